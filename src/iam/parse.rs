//! Reading policy documents: strict, with line and column.
//!
//! The grammar is IAM-UG reference_policies_grammar. What it does not have is an error, and so is a repeated element:
//! a policy that can't be read for certain must not be decided on.

use std::collections::BTreeSet;
use std::fmt;
use std::marker::PhantomData;

use serde::de::{Deserialize, DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use thiserror::Error;

use super::places::{Place, places};

use super::condition::{Condition, Operator};
use super::context::Key;
use super::policy::{
    ActionElement, ActionPattern, Effect, Policy, PrincipalElement, Principals, ResourceElement,
    ResourcePattern, Statement,
};
use super::policy::{NamedPrincipal, PrincipalKind};

/// The largest document that is read, in bytes. AWS's own quotas end at 32 KiB, for key policies (KMS-DG
/// resource-limits).
const LARGEST: usize = 8 * 1024 * 1024;

/// A document that is no policy.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{0}")]
pub struct NotAPolicy(pub String);

impl Policy {
    /// Reads a policy document.
    ///
    /// # Errors
    /// For text that is not JSON, and for elements or values that the policy grammar does not have, with line and
    /// column.
    pub fn parse(text: &str) -> Result<Self, NotAPolicy> {
        Self::parse_at(text, Place::START)
    }

    /// Reads a policy document that stands inside of another one, from this place on.
    ///
    /// # Errors
    /// As [`Policy::parse`], with line and column of the outer document.
    pub fn parse_at(text: &str, start: Place) -> Result<Self, NotAPolicy> {
        if text.len() > LARGEST {
            return Err(NotAPolicy(format!(
                "the document has {} bytes; expected at most {LARGEST}, which is more than AWS takes: at {}",
                text.len(),
                start.behind(text.get(..LARGEST).unwrap_or(text))
            )));
        }
        let document: Document =
            serde_json::from_str(text).map_err(|error| NotAPolicy(start.of_error(&error)))?;
        let mut places = places(text, start).into_iter();
        // Variables exist in this version only; a missing version is 2008-10-17 (IAM-UG
        // reference_policies_elements_version).
        let variables = document.version.as_deref() == Some("2012-10-17");
        let statements = document.statements.into_iter().enumerate();
        Ok(Self {
            statements: statements
                .map(|(index, raw)| raw.typed(index, places.next().unwrap_or(start), variables))
                .collect(),
        })
    }
}

/// A document before its texts are read as templates: the version may stand behind the statements.
struct Document {
    version: Option<String>,
    statements: Vec<RawStatement>,
}

struct RawStatement {
    sid: Option<String>,
    effect: Effect,
    principal: Option<PrincipalElement>,
    action: Choice,
    resource: Option<Choice>,
    conditions: Vec<RawCondition>,
}

/// An element or its `Not…` twin.
enum Choice {
    These(Vec<String>),
    AllBut(Vec<String>),
}

struct RawCondition {
    operator: Operator,
    key: String,
    values: Vec<String>,
}

impl RawStatement {
    fn typed(self, index: usize, place: Place, variables: bool) -> Statement {
        let resources =
            |texts: Vec<String>| texts.iter().map(|text| ResourcePattern::new(text, variables)).collect();
        let actions = |texts: Vec<String>| texts.iter().map(|text| ActionPattern::new(text)).collect();
        Statement {
            sid: self.sid,
            index,
            place,
            effect: self.effect,
            principal: self.principal,
            action: match self.action {
                Choice::These(texts) => ActionElement::Action(actions(texts)),
                Choice::AllBut(texts) => ActionElement::NotAction(actions(texts)),
            },
            resource: self.resource.map(|resource| match resource {
                Choice::These(texts) => ResourceElement::Resource(resources(texts)),
                Choice::AllBut(texts) => ResourceElement::NotResource(resources(texts)),
            }),
            conditions: self
                .conditions
                .into_iter()
                .map(|raw| Condition {
                    values: raw.values.iter().map(|value| raw.operator.operand(value, variables)).collect(),
                    operator: raw.operator,
                    key: Key::new(&raw.key),
                })
                .collect(),
        }
    }
}

fn repeated<E: Error>(element: &str) -> E {
    E::custom(format!("`{element}` stands twice"))
}

/// That an element is there for the first time, said before its value is read, so that the error has its place.
fn first<T, E: Error>(slot: &Option<T>, element: &str) -> Result<(), E> {
    match (slot, element) {
        (None, _) => Ok(()),
        (Some(_), "Principal" | "Action" | "Resource") => {
            Err(E::custom(format!("`{element}` stands twice or beside `Not{element}`")))
        }
        (Some(_), "NotPrincipal" | "NotAction" | "NotResource") => {
            let opposite = element.trim_start_matches("Not");
            Err(E::custom(format!("`{element}` stands twice or beside `{opposite}`")))
        }
        (Some(_), _) => Err(repeated(element)),
    }
}

impl<'de> Deserialize<'de> for Document {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct DocumentVisitor;
        impl<'de> Visitor<'de> for DocumentVisitor {
            type Value = Document;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a policy, `{\"Version\": …, \"Statement\": […]}`")
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Document, A::Error> {
                let (mut version, mut id, mut statements) = (None, None, None);
                while let Some(element) = map.next_key::<String>()? {
                    match element.as_str() {
                        "Version" => {
                            first(&version, &element)?;
                            let text: String = map.next_value()?;
                            if text != "2012-10-17" && text != "2008-10-17" {
                                return Err(A::Error::custom(format!(
                                    "version `{text}`; expected `2012-10-17` or `2008-10-17`"
                                )));
                            }
                            version = Some(text);
                        }
                        "Id" => {
                            first(&id, &element)?;
                            id = Some(map.next_value::<String>()?);
                        }
                        "Statement" => {
                            first(&statements, &element)?;
                            statements = Some(map.next_value_seed(OneOrMany::of("Statement"))?);
                        }
                        other => {
                            return Err(A::Error::custom(format!(
                                "unknown element `{other}`; expected `Version`, `Id` or `Statement`"
                            )));
                        }
                    }
                }
                let statements = statements.ok_or_else(|| A::Error::missing_field("Statement"))?;
                Ok(Document { version, statements })
            }
        }
        deserializer.deserialize_map(DocumentVisitor)
    }
}

impl<'de> Deserialize<'de> for RawStatement {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct StatementVisitor;
        impl<'de> Visitor<'de> for StatementVisitor {
            type Value = RawStatement;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a statement, `{\"Effect\": …, \"Action\": …}`")
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<RawStatement, A::Error> {
                let (mut sid, mut effect, mut principal) = (None, None, None);
                let (mut action, mut resource, mut conditions) = (None, None, None);
                while let Some(element) = map.next_key::<String>()? {
                    let name = element.as_str();
                    match name {
                        "Sid" => {
                            first(&sid, name)?;
                            sid = Some(map.next_value::<String>()?);
                        }
                        "Effect" => {
                            first(&effect, name)?;
                            let text: String = map.next_value()?;
                            effect = Some(match text.as_str() {
                                "Allow" => Effect::Allow,
                                "Deny" => Effect::Deny,
                                _ => {
                                    return Err(A::Error::custom(format!(
                                        "effect `{text}`; expected `Allow` or `Deny`"
                                    )));
                                }
                            });
                        }
                        "Principal" => {
                            first(&principal, name)?;
                            principal = Some(PrincipalElement::Principal(map.next_value()?));
                        }
                        "NotPrincipal" => {
                            first(&principal, name)?;
                            principal = Some(PrincipalElement::NotPrincipal(map.next_value()?));
                        }
                        "Action" => {
                            first(&action, name)?;
                            action = Some(Choice::These(map.next_value_seed(OneOrMany::of("Action"))?));
                        }
                        "NotAction" => {
                            first(&action, name)?;
                            action = Some(Choice::AllBut(map.next_value_seed(OneOrMany::of("NotAction"))?));
                        }
                        "Resource" => {
                            first(&resource, name)?;
                            resource = Some(Choice::These(map.next_value_seed(OneOrMany::of("Resource"))?));
                        }
                        "NotResource" => {
                            first(&resource, name)?;
                            let values = map.next_value_seed(OneOrMany::of("NotResource"))?;
                            resource = Some(Choice::AllBut(values));
                        }
                        "Condition" => {
                            first(&conditions, name)?;
                            conditions = Some(map.next_value::<Conditions>()?.0);
                        }
                        other => {
                            return Err(A::Error::custom(format!(
                                "unknown element `{other}`; expected one of a statement's: `Sid`, `Effect`, \
                                 `Principal`, `Action`, `Resource`, `Condition` or a `Not…`"
                            )));
                        }
                    }
                }
                Ok(RawStatement {
                    sid,
                    effect: effect.ok_or_else(|| A::Error::missing_field("Effect"))?,
                    principal,
                    action: action.ok_or_else(|| A::Error::missing_field("Action"))?,
                    resource,
                    conditions: conditions.unwrap_or_default(),
                })
            }
        }
        deserializer.deserialize_map(StatementVisitor)
    }
}

/// `"a"` or `["a", "b"]` under an element; likewise with objects.
struct OneOrMany<'a, T> {
    element: &'a str,
    of: PhantomData<T>,
}

impl<'a, T> OneOrMany<'a, T> {
    fn of(element: &'a str) -> Self {
        Self { element, of: PhantomData }
    }
}

impl<'de, T: Deserialize<'de>> DeserializeSeed<'de> for OneOrMany<'_, T> {
    type Value = Vec<T>;
    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Vec<T>, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de, T: Deserialize<'de>> Visitor<'de> for OneOrMany<'_, T> {
    type Value = Vec<T>;
    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "one value or a list of them for `{}`", self.element)
    }
    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Vec<T>, A::Error> {
        let mut list = Vec::new();
        while let Some(value) = seq.next_element()? {
            list.push(value);
        }
        Ok(list)
    }
    fn visit_str<E: Error>(self, text: &str) -> Result<Vec<T>, E> {
        T::deserialize(serde::de::value::StrDeserializer::new(text)).map(|value| vec![value])
    }
    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Vec<T>, A::Error> {
        T::deserialize(serde::de::value::MapAccessDeserializer::new(map)).map(|value| vec![value])
    }
}

impl<'de> Deserialize<'de> for Principals {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct PrincipalsVisitor;
        impl<'de> Visitor<'de> for PrincipalsVisitor {
            type Value = Principals;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("`\"*\"` or principals by type, `{\"AWS\": …}`")
            }
            fn visit_str<E: Error>(self, text: &str) -> Result<Principals, E> {
                if text == "*" {
                    return Ok(Principals::Everyone);
                }
                Err(E::custom(format!(
                    "principal `{text}` without a type; expected `\"*\"` or `{{\"AWS\": …}}`"
                )))
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Principals, A::Error> {
                let mut named = Vec::new();
                let mut seen = BTreeSet::new();
                while let Some(kind) = map.next_key::<String>()? {
                    if !seen.insert(kind.clone()) {
                        return Err(repeated(&kind));
                    }
                    let written = kind;
                    let kind = match written.as_str() {
                        "AWS" => PrincipalKind::Aws,
                        "Service" => PrincipalKind::Service,
                        "Federated" => PrincipalKind::Federated,
                        "CanonicalUser" => PrincipalKind::CanonicalUser,
                        other => {
                            return Err(A::Error::custom(format!(
                                "principal type `{other}`; expected `AWS`, `Service`, `Federated` or `CanonicalUser`"
                            )));
                        }
                    };
                    let names: Vec<String> = map.next_value_seed(OneOrMany::of(&written))?;
                    for name in names {
                        named.push(NamedPrincipal::new(kind, name));
                    }
                }
                Ok(Principals::Named(named))
            }
        }
        deserializer.deserialize_any(PrincipalsVisitor)
    }
}

struct Conditions(Vec<RawCondition>);

impl<'de> Deserialize<'de> for Conditions {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct ConditionsVisitor;
        impl<'de> Visitor<'de> for ConditionsVisitor {
            type Value = Conditions;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("conditions, `{\"StringEquals\": {\"key\": \"value\"}}`")
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Conditions, A::Error> {
                let mut all = Vec::new();
                let mut seen = BTreeSet::new();
                while let Some(written) = map.next_key::<String>()? {
                    if !seen.insert(written.clone()) {
                        return Err(repeated(&written));
                    }
                    let operator = Operator::parse(&written)
                        .ok_or_else(|| A::Error::custom(format!("unknown condition operator `{written}`")))?;
                    map.next_value_seed(OperatorConditions { operator, into: &mut all })?;
                }
                Ok(Conditions(all))
            }
        }
        deserializer.deserialize_map(ConditionsVisitor)
    }
}

/// The keys under one operator.
struct OperatorConditions<'a> {
    operator: Operator,
    into: &'a mut Vec<RawCondition>,
}

impl<'de> DeserializeSeed<'de> for OperatorConditions<'_> {
    type Value = ();
    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for OperatorConditions<'_> {
    type Value = ();
    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("condition keys with values, `{\"key\": \"value\"}`")
    }
    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let mut seen = BTreeSet::new();
        while let Some(key) = map.next_key::<String>()? {
            if !seen.insert(key.to_ascii_lowercase()) {
                return Err(repeated(&key));
            }
            let ConditionValues(values) = map.next_value()?;
            self.into.push(RawCondition { operator: self.operator, key, values });
        }
        Ok(())
    }
}

/// Strings, booleans and numbers, one or many: AWS accepts all of them (28 of AWS's managed policies have booleans).
struct ConditionValues(Vec<String>);

impl<'de> Deserialize<'de> for ConditionValues {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct ValuesVisitor;
        impl<'de> Visitor<'de> for ValuesVisitor {
            type Value = ConditionValues;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a string, a boolean, a number, or a list of them")
            }
            fn visit_str<E: Error>(self, text: &str) -> Result<ConditionValues, E> {
                Ok(ConditionValues(vec![text.to_owned()]))
            }
            fn visit_bool<E: Error>(self, value: bool) -> Result<ConditionValues, E> {
                Ok(ConditionValues(vec![value.to_string()]))
            }
            fn visit_u64<E: Error>(self, value: u64) -> Result<ConditionValues, E> {
                Ok(ConditionValues(vec![value.to_string()]))
            }
            fn visit_i64<E: Error>(self, value: i64) -> Result<ConditionValues, E> {
                Ok(ConditionValues(vec![value.to_string()]))
            }
            fn visit_f64<E: Error>(self, value: f64) -> Result<ConditionValues, E> {
                Ok(ConditionValues(vec![value.to_string()]))
            }
            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<ConditionValues, A::Error> {
                let mut all = Vec::new();
                while let Some(ConditionValues(mut values)) = seq.next_element()? {
                    all.append(&mut values);
                }
                Ok(ConditionValues(all))
            }
        }
        deserializer.deserialize_any(ValuesVisitor)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn single_values_and_lists_are_the_same() {
        let one =
            Policy::parse(r#"{"Statement": {"Effect": "Allow", "Action": "kms:Encrypt", "Resource": "*"}}"#);
        let many = Policy::parse(
            r#"{"Statement": [{"Effect": "Allow", "Action": ["kms:Encrypt"], "Resource": ["*"]}]}"#,
        );
        let mut many = many.unwrap();
        // All but the place.
        many.statements[0].place = Place { line: 1, column: 15 };
        assert_eq!(one.unwrap(), many);
    }

    #[test]
    fn booleans_and_numbers_are_condition_values() {
        let policy = Policy::parse(
            r#"{"Statement": {"Effect": "Deny", "Action": "*", "Resource": "*",
                "Condition": {"Bool": {"aws:SecureTransport": false}, "NumericLessThan": {"s3:max-keys": [10, 1.5]}}}}"#,
        )
        .unwrap();
        let written: Vec<Vec<&str>> = policy.statements[0]
            .conditions
            .iter()
            .map(|condition| condition.values.iter().map(|value| value.written()).collect())
            .collect();
        assert_eq!(written, [vec!["false"], vec!["10", "1.5"]]);
    }

    #[test]
    fn what_the_grammar_does_not_have_is_an_error_with_its_place() {
        for (text, part) in [
            ("", "line 1 column 0"),
            ("[]", "a policy"),
            ("\"{}\"", "a policy"),
            ("{}", "missing field `Statement`"),
            (r#"{"Version": "2012", "Statement": []}"#, "version `2012`"),
            (r#"{"Statements": []}"#, "unknown element `Statements`"),
            (r#"{"Statement": [], "Statement": []}"#, "`Statement` stands twice"),
            (r#"{"Statement": {"Effect": "allow", "Action": "*"}}"#, "effect `allow`"),
            (r#"{"Statement": {"Action": "*"}}"#, "missing field `Effect`"),
            (r#"{"Statement": {"Effect": "Allow"}}"#, "missing field `Action`"),
            (r#"{"Statement": {"Effect": "Allow", "Action": 1}}"#, "one value or a list"),
            (
                r#"{"Statement": {"Effect": "Allow", "Action": "*", "Principal": "arn:aws:iam::1:root"}}"#,
                "without a type",
            ),
            (
                r#"{"Statement": {"Effect": "Allow", "Action": "*", "Principal": {"aws": "*"}}}"#,
                "principal type `aws`",
            ),
            (
                r#"{"Statement": {"Effect": "Allow", "Action": "*", "Condition": {"StringIs": {"a": "b"}}}}"#,
                "operator `StringIs`",
            ),
            (
                "{\"Statement\": {\"Effect\": \"Allow\", \"Action\": \"*\",\n \"Condition\": {\"Null\": {\"a\": {}}}}}",
                "line 2",
            ),
        ] {
            let error = Policy::parse(text).unwrap_err().to_string();
            assert!(error.contains(part), "{text}: {error}");
        }
    }

    #[test]
    fn a_document_larger_than_any_policy_is_an_error() {
        let text = format!("{}{}", r#"{"Statement": []}"#, " ".repeat(LARGEST));
        assert!(Policy::parse(&text).unwrap_err().to_string().contains("8388625 bytes"));
    }

    #[test]
    fn statements_know_their_place() {
        let text = "{\"Statement\": [\n  {\"Effect\": \"Allow\", \"Action\": \"[{,\\\"}\"},\n  {\"Effect\": \"Deny\", \"Action\": []}],\n \"Id\": \"\"}";
        let policy = Policy::parse_at(text, Place { line: 7, column: 5 }).unwrap();
        let places: Vec<(usize, usize)> = policy
            .statements
            .iter()
            .map(|statement| (statement.place.line, statement.place.column))
            .collect();
        assert_eq!(places, [(8, 3), (9, 3)]);
        let error =
            Policy::parse_at("{\"Statement\": 1}", Place { line: 7, column: 5 }).unwrap_err().to_string();
        assert!(error.ends_with("at line 7 column 19"), "{error}");
    }

    #[test]
    fn deep_nesting_is_an_error() {
        let deep = format!("{{\"Statement\": {}", "[".repeat(10_000));
        assert!(Policy::parse(&deep).is_err());
    }
}
