//! What may not be decided while it is not known: documents that tell apart the values that a symbol may stand for, and
//! documents that ask for tags of which not all are known. They go out of the evidence, with the reason.

use serde_json::Value;

use super::tags::Tagged;
use crate::evidence::aws::{AwsEvidence, Policy};
use crate::evidence::plan::SymbolKind;
use crate::evidence::{Item, Missing};
use crate::target::arn::Arn;
use crate::terraform::symbols::Symbols;

/// What documents are held against.
pub(super) struct Sound<'a, 's> {
    pub(super) symbols: &'a Symbols<'s>,
    /// The texts of the evidence that hold symbols, and that a policy may be compared with.
    pub(super) texts: Vec<String>,
    /// The role's tags.
    pub(super) role_tags: &'a Tagged,
}

impl<'a, 's> Sound<'a, 's> {
    /// For the evidence of one role and key.
    pub(super) fn of(
        symbols: &'a Symbols<'s>,
        role_tags: &'a Tagged,
        role: &Arn,
        key: Option<&Arn>,
        evidence: &AwsEvidence,
    ) -> Self {
        let all = symbols.all();
        let name = role.resource().rsplit('/').next().unwrap_or_default();
        let session = format!("arn:{}:sts::{}:assumed-role/{name}/-", role.partition(), role.account());
        let role_id = evidence.role.collected().map(|role| format!("{}:-", role.role_id));
        let of_key = key
            .into_iter()
            .flat_map(|key| [key.to_string(), key.account().to_owned(), key.region().to_owned()]);
        let aliases = evidence.key_aliases.known().into_iter().flatten().cloned();
        let texts = [role.to_string(), role.account().to_owned(), session].into_iter();
        let texts = texts.chain(role_id).chain(of_key).chain(aliases);
        let symbolic = |text: &String| all.iter().any(|symbol| text.contains(&symbol.text));
        Self { symbols, texts: texts.filter(symbolic).collect(), role_tags }
    }

    /// The evidence without the documents that can't be decided.
    pub(super) fn checked(&self, mut evidence: AwsEvidence) -> AwsEvidence {
        if let Some(role) = evidence.role.collected()
            && let Some(missing) = self.undecided(&role.trust_policy, "the role's trust policy", true)
        {
            evidence.role = Item::Missing(missing);
        }
        for list in [&mut evidence.role_inline_policies, &mut evidence.role_attached_policies] {
            let (Item::Collected(policies) | Item::Partial { known: policies, .. }) = list else { continue };
            policies.iter_mut().for_each(|policy| self.check(policy));
        }
        if let Item::Collected(boundary) = &mut evidence.role_boundary {
            self.check(boundary);
        }
        if let Item::Collected(policy) = &evidence.key_policy
            && let Some(missing) = self.undecided(policy, "the key's policy", false)
        {
            evidence.key_policy = Item::Missing(missing);
        }
        let levels = [
            &mut evidence.role_service_control_policies,
            &mut evidence.role_resource_control_policies,
            &mut evidence.key_resource_control_policies,
        ];
        for level in levels {
            let Item::Collected(levels) = level else { continue };
            for level in levels {
                if let Item::Collected(policies) = &mut level.policies {
                    policies.iter_mut().for_each(|policy| self.check(policy));
                }
            }
        }
        evidence
    }

    fn check(&self, policy: &mut Policy) {
        if let Item::Collected(document) = &policy.document
            && let Some(missing) = self.undecided(document, &policy.name, false)
        {
            policy.document = Item::Missing(missing);
        }
    }

    /// Why a document can't be decided.
    fn undecided(&self, document: &str, name: &str, is_trust: bool) -> Option<Missing> {
        if self.texts.is_empty() && self.role_tags.missing.is_none() {
            return None;
        }
        // What is no JSON the engine refuses by itself.
        let document: Value = serde_json::from_str(document).ok()?;
        let told = self.in_document(&document, is_trust)?;
        Some(Missing::after_apply(name.to_owned(), told))
    }

    fn in_document(&self, document: &Value, is_trust: bool) -> Option<String> {
        let statements =
            document.as_object()?.iter().filter(|(name, _)| name.eq_ignore_ascii_case("Statement"));
        let all = statements.flat_map(|(_, statements)| match statements {
            Value::Array(statements) => statements.iter().collect(),
            one => vec![one],
        });
        all.filter_map(Value::as_object).flatten().find_map(|(element, value)| {
            match element.to_ascii_lowercase().as_str() {
                "resource" | "notresource" => texts(value).find_map(|text| self.in_text(text, is_trust)),
                "condition" => self.in_conditions(value, is_trust),
                _ => None,
            }
        })
    }

    fn in_conditions(&self, conditions: &Value, is_trust: bool) -> Option<String> {
        let of_tests = conditions.as_object()?.values().filter_map(Value::as_object).flatten();
        of_tests.into_iter().find_map(|(key, values)| {
            self.unknown_tag(key, is_trust)
                .or_else(|| texts(values).find_map(|text| self.in_text(text, is_trust)))
        })
    }

    /// Why a text can't be decided: it tells values of a symbol apart, or stands for a tag.
    fn in_text(&self, text: &str, is_trust: bool) -> Option<String> {
        let mut variables = text.split("${").skip(1).filter_map(|rest| rest.split(['}', ',']).next());
        if let Some(why) = variables.find_map(|variable| self.unknown_tag(variable.trim(), is_trust)) {
            return Some(why);
        }
        let told = self.texts.iter().find_map(|with| self.told_apart(text, with))?;
        Some(format!(
            "`{text}` holds or not by what {told} will be, which is known only after apply; write it without wildcards \
             there, or judge a plan made after the apply"
        ))
    }

    /// A tag that a condition asks for, where it is not known whether the role has it.
    fn unknown_tag(&self, key: &str, is_trust: bool) -> Option<String> {
        let missing = self.role_tags.missing.as_ref()?;
        let key = key.to_ascii_lowercase();
        let of_role =
            if is_trust { ["aws:resourcetag/", "iam:resourcetag/"] } else { ["aws:principaltag/"; 2] };
        let tag = of_role.iter().find_map(|start| key.strip_prefix(start))?;
        let known = self.role_tags.known.0.keys().any(|name| name.to_ascii_lowercase() == tag);
        (!known).then(|| {
            format!(
                "it asks for the role's tag `{tag}`, and not all of the role's tags are known: {}",
                missing.call
            )
        })
    }

    /// What a pattern tells apart of the values that the symbols in a text may stand for.
    fn told_apart(&self, pattern: &str, text: &str) -> Option<String> {
        if !pattern.contains(['*', '?']) || pattern == "*" {
            return None;
        }
        let (of_pattern, of_text): (Vec<&str>, Vec<&str>) =
            (pattern.splitn(6, ':').collect(), text.splitn(6, ':').collect());
        if let ([.., region, account, resource], [.., text_region, text_account, _]) =
            (of_pattern.as_slice(), of_text.as_slice())
            && of_pattern.len() == 6
            && of_text.len() == 6
        {
            return self.told_apart_by_parts(
                [region, account, resource],
                [text_region, text_account],
                pattern,
                text,
            );
        }
        self.regions_apart(pattern, text)
            .or_else(|| self.symbols.tells_apart(pattern, text).map(|symbol| symbol.stands_for))
    }

    /// Account and region that are written out are decided case by case, and an id that is written out is not one that
    /// is yet to be made.
    fn told_apart_by_parts(
        &self,
        [region, account, resource]: [&str; 3],
        [text_region, text_account]: [&str; 2],
        pattern: &str,
        text: &str,
    ) -> Option<String> {
        let wild = |part: &str| part.contains(['*', '?']);
        if wild(region)
            && region != "*"
            && let Some(symbol) = self.is_symbol(text_region, SymbolKind::Region)
        {
            return Some(symbol);
        }
        if !wild(resource) && !wild(account) {
            return None;
        }
        let mut parts: Vec<&str> = pattern.splitn(6, ':').collect();
        if let [_, _, _, region, account, _] = parts.as_mut_slice() {
            *region = "*";
            if !wild(account) {
                *account = "*";
            }
        }
        if !wild(resource) {
            // Only the account is left to be told apart.
            return self.symbols.tells_apart(account, text_account).map(|symbol| symbol.stands_for);
        }
        self.symbols.tells_apart(&parts.join(":"), text).map(|symbol| symbol.stands_for)
    }

    /// A pattern across the parts of an ARN may reach into a region. One that ends in its only wildcard before it does
    /// not.
    fn regions_apart(&self, pattern: &str, text: &str) -> Option<String> {
        let all = self.symbols.all();
        let symbol =
            all.iter().find(|symbol| symbol.kind == SymbolKind::Region && text.contains(&symbol.text))?;
        let (front, _) = text.split_once(&symbol.text)?;
        let (literal, rest) = pattern.split_at(pattern.find(['*', '?'])?);
        // A region has no other characters.
        let of_region = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        if *text == symbol.text && !literal.chars().all(of_region) {
            return None;
        }
        let open = rest == "*" && front.starts_with(literal);
        let apart = !front.starts_with(literal) && !literal.starts_with(front);
        (!open && !apart).then(|| symbol.stands_for.clone())
    }

    fn is_symbol(&self, text: &str, kind: SymbolKind) -> Option<String> {
        let all = self.symbols.all();
        all.iter().find(|symbol| symbol.kind == kind && symbol.text == text).map(|one| one.stands_for.clone())
    }
}

/// The texts of an element: one, or those of a list.
fn texts(value: &Value) -> impl Iterator<Item = &str> {
    let list = match value {
        Value::Array(list) => list.as_slice(),
        one => std::slice::from_ref(one),
    };
    list.iter().filter_map(Value::as_str)
}
