//! AWS: an IAM policy.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use crate::evidence::Catalogued;
use crate::evidence::aws::{EvidenceKey, On};
use crate::report::page::Page;
use crate::report::table::Look;
use crate::target::aws::{KeyArn, KeyResource, RoleArn};

/// Whose credentials make a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Side {
    /// Those of the role's account.
    Role,
    /// Those of the key's account.
    Key,
    /// Those that may read the organization.
    Organization,
}

/// What the permissions are narrowed to; without it they are on `*`.
#[derive(Debug, Clone, Default)]
pub struct Narrowing {
    /// The role that is read.
    pub role: Option<RoleArn>,
    /// The key that is read, or the alias by which it is named.
    pub key: Option<KeyArn>,
}

/// The permissions of a live run.
#[derive(Debug, Clone)]
pub struct Permissions {
    /// By whose credentials they are, and by the statement's Sid.
    groups: BTreeMap<(Side, &'static str), Group>,
    /// Calls that need none, and what they are for.
    free: BTreeMap<&'static str, BTreeSet<EvidenceKey>>,
}

/// Permissions on the same resources: a statement of the policy.
#[derive(Debug, Clone)]
struct Group {
    /// The account whose resources they are, where it is known.
    account: Option<String>,
    resources: Vec<String>,
    /// The alias that the key must have.
    alias: Option<String>,
    /// The permissions, and the evidence that each is for.
    actions: BTreeMap<&'static str, BTreeSet<EvidenceKey>>,
}

/// A policy document, in the order in which people write them.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct Document<'a> {
    version: &'static str,
    statement: Vec<Statement<'a>>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct Statement<'a> {
    sid: &'static str,
    effect: &'static str,
    action: Vec<&'static str>,
    resource: Resource<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    condition: Option<BTreeMap<&'static str, BTreeMap<&'static str, &'a str>>>,
}

#[derive(Debug, Serialize)]
#[serde(untagged)]
enum Resource<'a> {
    One(&'a str),
    Several(&'a [String]),
}

impl Permissions {
    /// What reading this evidence takes.
    pub fn of(needs: &BTreeSet<EvidenceKey>, narrowing: &Narrowing) -> Self {
        let mut permissions = Self { groups: BTreeMap::new(), free: BTreeMap::new() };
        for &key in needs {
            for call in key.calls() {
                let actions = match statement(call.on) {
                    None => &mut permissions.free,
                    Some(statement) => {
                        let group = permissions.groups.entry(statement);
                        &mut group.or_insert_with(|| Group::on(call.on, statement.0, narrowing)).actions
                    }
                };
                actions.entry(call.name).or_default().insert(key);
            }
        }
        permissions
    }

    /// Only what is asked with the credentials of one side.
    pub fn only(mut self, side: Side) -> Self {
        self.groups.retain(|(of, _), _| *of == side);
        self.free.retain(|_, keys| {
            keys.retain(|key| side == if key.of_key() { Side::Key } else { Side::Role });
            !keys.is_empty()
        });
        self
    }

    /// Whether no permission is needed at all.
    pub fn is_empty(&self) -> bool {
        self.groups.is_empty()
    }

    /// The policy document, ending in a newline.
    ///
    /// # Errors
    /// The serializer's; none is known.
    pub fn to_json(&self) -> Result<String, serde_json::Error> {
        let statements = self.groups.iter().map(|((_, sid), group)| Statement {
            sid,
            effect: "Allow",
            action: group.actions.keys().copied().collect(),
            resource: match group.resources.as_slice() {
                [one] => Resource::One(one),
                several => Resource::Several(several),
            },
            // KMS-DG conditions-kms: the key has several aliases, so that a set operator is needed.
            condition: group
                .alias
                .as_deref()
                .map(|alias| [("ForAnyValue:StringEquals", [("kms:ResourceAliases", alias)].into())].into()),
        });
        let document = Document { version: "2012-10-17", statement: statements.collect() };
        let mut text = serde_json::to_string_pretty(&document)?;
        text.push('\n');
        Ok(text)
    }

    /// A line for each permission with what it is for.
    pub fn to_table(&self, look: Look) -> String {
        let mut page = Page::new(look);
        let names = self.groups.values().flat_map(|group| group.actions.keys()).chain(self.free.keys());
        let width = names.map(|name| name.len()).max().unwrap_or_default() + 2;
        let mut before = None;
        for ((side, sid), group) in &self.groups {
            if before != Some(side) {
                page.heading(&side.heading(group.account.as_deref()));
                before = Some(side);
            }
            let on = match &group.alias {
                Some(alias) => format!("{} with {alias}", group.resources.join(", ")),
                None => group.resources.join(", "),
            };
            page.paragraph("  ", "    ", &format!("{sid}: on {on}"));
            rows(&mut page, &group.actions, width);
        }
        if !self.free.is_empty() {
            page.heading("Without a permission");
            rows(&mut page, &self.free, width);
        }
        if self.groups.is_empty() {
            page.line("");
            page.line("Nothing that is selected takes a permission.");
        }
        page.into_text().trim_start().to_owned()
    }
}

fn rows(page: &mut Page, actions: &BTreeMap<&'static str, BTreeSet<EvidenceKey>>, width: usize) {
    for (action, keys) in actions {
        let meanings: Vec<&str> = keys.iter().map(|key| key.meaning()).collect();
        let rest = " ".repeat(width + 4);
        page.paragraph(&format!("    {action:<width$}"), &rest, &meanings.join("; "));
    }
}

/// Whose credentials make a call, and the statement that allows it; nothing for a call that needs no permission.
fn statement(on: On) -> Option<(Side, &'static str)> {
    match on {
        On::NoPermission => None,
        On::Role => Some((Side::Role, "ReadRole")),
        On::ManagedPolicy => Some((Side::Role, "ReadManagedPolicies")),
        On::Key => Some((Side::Key, "ReadKey")),
        On::Everything => Some((Side::Key, "ListAccount")),
        On::Organization => Some((Side::Organization, "ReadOrganization")),
    }
}

impl Side {
    fn heading(self, account: Option<&str>) -> String {
        let by = account.map(|account| format!(", by a caller of account {account}")).unwrap_or_default();
        match self {
            Self::Role => format!("The role{by}"),
            Self::Key => format!("The key{by}"),
            Self::Organization => "The organization".into(),
        }
    }
}

impl Group {
    fn on(on: On, side: Side, narrowing: &Narrowing) -> Self {
        let Narrowing { role, key } = narrowing;
        let account = match side {
            Side::Role => role.as_ref().map(|role| role.account().to_string()),
            Side::Key => key.as_ref().map(|key| key.account().to_string()),
            Side::Organization => None,
        };
        let everything = || vec!["*".to_owned()];
        let (resources, alias) = match (on, role, key) {
            (On::Role, Some(role), _) => (vec![literal(&role.to_string())], None),
            (On::ManagedPolicy, Some(role), _) => {
                let own = format!("arn:aws:iam::{}:policy/*", role.account());
                (vec![own, "arn:aws:iam::aws:policy/*".into()], None)
            }
            (On::Key, _, Some(key)) => match key.resource() {
                KeyResource::Key(_) => (vec![key.to_string()], None),
                // KMS-DG alias-authorization: an alias is no resource of calls on a key.
                KeyResource::Alias(alias) => {
                    let keys = format!("arn:aws:kms:{}:{}:key/*", key.region(), key.account());
                    (vec![keys], Some(alias.clone()))
                }
            },
            _ => (everything(), None),
        };
        Self { account, resources, alias, actions: BTreeMap::new() }
    }
}

/// An ARN as a policy writes it: a path of IAM may hold characters that would be wildcards (IAM-UG
/// reference_policies_variables, "special characters").
fn literal(arn: &str) -> String {
    arn.chars()
        .map(|character| match character {
            '*' | '?' | '$' => format!("${{{character}}}"),
            other => other.to_string(),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    const ROLE: &str = "arn:aws:iam::111122223333:role/openai-ekm";
    const KEY: &str = "arn:aws:kms:us-east-1:444455556666:key/1234abcd-12ab-34cd-56ef-1234567890ab";
    const ALIAS: &str = "arn:aws:kms:us-east-1:444455556666:alias/openai-ekm";

    fn narrowed(role: Option<&str>, key: Option<&str>) -> Narrowing {
        let key = key.map(|key| KeyArn::parse(key).unwrap());
        Narrowing { role: role.map(|role| RoleArn::parse(role).unwrap()), key }
    }

    fn statements(permissions: &Permissions) -> Value {
        let document: Value = serde_json::from_str(&permissions.to_json().unwrap()).unwrap();
        assert_eq!(document["Version"], "2012-10-17");
        document["Statement"].clone()
    }

    #[test]
    fn each_call_is_allowed_on_what_it_is_made_on_and_on_nothing_else() {
        use EvidenceKey::{Caller, Key, KeyAliases, RoleAttachedPolicies};
        let needs = [Caller, Key, KeyAliases, RoleAttachedPolicies].into();
        // Service Authorization Reference, IAM and KMS: the resources of each action.
        assert_eq!(
            statements(&Permissions::of(&needs, &narrowed(Some(ROLE), Some(KEY)))),
            json!([
                {"Sid": "ReadManagedPolicies", "Effect": "Allow", "Action": ["iam:GetPolicy", "iam:GetPolicyVersion"],
                 "Resource": ["arn:aws:iam::111122223333:policy/*", "arn:aws:iam::aws:policy/*"]},
                {"Sid": "ReadRole", "Effect": "Allow", "Action": ["iam:ListAttachedRolePolicies"], "Resource": ROLE},
                {"Sid": "ListAccount", "Effect": "Allow", "Action": ["kms:ListAliases"], "Resource": "*"},
                {"Sid": "ReadKey", "Effect": "Allow", "Action": ["kms:DescribeKey"], "Resource": KEY},
            ])
        );
    }

    #[test]
    fn a_key_named_by_an_alias_is_known_by_that_alias() {
        let needs = [EvidenceKey::KeyPolicy].into();
        assert_eq!(
            statements(&Permissions::of(&needs, &narrowed(None, Some(ALIAS)))),
            json!([
                {"Sid": "ReadKey", "Effect": "Allow", "Action": ["kms:DescribeKey", "kms:GetKeyPolicy"],
                 "Resource": "arn:aws:kms:us-east-1:444455556666:key/*",
                 "Condition": {"ForAnyValue:StringEquals": {"kms:ResourceAliases": "alias/openai-ekm"}}},
            ])
        );
    }

    #[test]
    fn without_arns_everything_is_on_everything() {
        let all = EvidenceKey::ALL.iter().copied().collect();
        let written = statements(&Permissions::of(&all, &Narrowing::default()));
        let written = written.as_array().unwrap();
        assert!(written.iter().all(|statement| statement["Resource"] == "*"));
        let actions: BTreeSet<&str> = written
            .iter()
            .flat_map(|statement| statement["Action"].as_array().unwrap())
            .filter_map(Value::as_str)
            .collect();
        assert!(actions.contains("organizations:DescribePolicy"));
        assert!(!actions.contains("sts:GetCallerIdentity"));
    }

    #[test]
    fn every_permission_only_reads() {
        for call in EvidenceKey::ALL.iter().flat_map(|key| key.calls()) {
            let verb = call.name.split(':').nth(1).unwrap();
            assert!(["Get", "List", "Describe"].iter().any(|reads| verb.starts_with(reads)), "{}", call.name);
        }
    }

    #[test]
    fn the_sides_together_are_the_whole() {
        let all = EvidenceKey::ALL.iter().copied().collect();
        let whole = Permissions::of(&all, &narrowed(Some(ROLE), Some(KEY)));
        let mut parts = Vec::new();
        for side in [Side::Role, Side::Key, Side::Organization] {
            let part = statements(&whole.clone().only(side));
            let part = part.as_array().unwrap().clone();
            assert!(!part.is_empty());
            parts.extend(part);
        }
        assert_eq!(Value::from(parts), statements(&whole));
    }

    #[test]
    fn a_path_with_wildcards_is_no_pattern() {
        let needs = [EvidenceKey::Role].into();
        let role = "arn:aws:iam::111122223333:role/a*b?/openai-ekm";
        let written = statements(&Permissions::of(&needs, &narrowed(Some(role), None)));
        assert_eq!(written[0]["Resource"], "arn:aws:iam::111122223333:role/a${*}b${?}/openai-ekm");
    }

    #[test]
    fn what_needs_nothing_is_nothing() {
        let permissions = Permissions::of(&[EvidenceKey::Caller].into(), &Narrowing::default());
        assert!(permissions.is_empty());
        assert_eq!(statements(&permissions), json!([]));
    }
}
