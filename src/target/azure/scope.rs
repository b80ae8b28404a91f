//! Places in Azure's hierarchy: where a role is assigned, and what it reaches.

use std::fmt;
use std::hash::{Hash, Hasher};
use std::str::FromStr;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::SubscriptionId;
use crate::text;

/// The id of a resource, or of something that resources are in: `/`, a management group, a subscription, a resource
/// group, a vault, a key. Azure compares ids without case (RBAC role-definitions), and so does this type; it shows them
/// as they were written.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "String", into = "String")]
#[schemars(with = "String")]
pub struct Scope {
    written: String,
    folded: String,
}

/// Text that is no scope.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("not a resource id: expected `/subscriptions/…`, `/providers/…` or `/`")]
pub struct NotAScope;

/// In front of the name of a management group.
const MANAGEMENT_GROUP: &str = "/providers/microsoft.management/managementgroups/";

impl Scope {
    /// `/`, above everything.
    pub const ROOT: Self = Self { written: String::new(), folded: String::new() };

    /// The text as Azure wrote it, without a slash at its end.
    pub fn as_str(&self) -> &str {
        &self.written
    }

    /// Whether everything here is at the other scope or below it, as far as the ids tell: whole segments of the other id
    /// stand in front of this one. A management group's id is in front of nothing; which subscriptions are in it, ids
    /// don't tell.
    pub fn is_within(&self, other: &Scope) -> bool {
        other.is_root()
            || self
                .folded
                .strip_prefix(&other.folded)
                .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    }

    /// Whether it is `/`, above everything.
    pub fn is_root(&self) -> bool {
        self.folded.is_empty()
    }

    /// Whether it is in a resource group of this name, in whatever subscription.
    pub fn is_in_group(&self, group: &str) -> bool {
        let segments: Vec<&str> = self.as_str().split('/').collect();
        segments.windows(2).any(|pair| {
            matches!(pair, [kind, name] if kind.eq_ignore_ascii_case("resourceGroups") && name.eq_ignore_ascii_case(group))
        })
    }

    /// Whether it is a management group.
    pub fn is_management_group(&self) -> bool {
        self.folded.strip_prefix(MANAGEMENT_GROUP).is_some_and(|name| !name.contains('/'))
    }

    /// The subscription that it is or is in.
    pub fn subscription(&self) -> Option<SubscriptionId> {
        self.folded.strip_prefix("/subscriptions/")?.split('/').next()?.parse().ok()
    }

    /// What it is, for a sentence: `the vault contoso-ekm`.
    pub fn described(&self) -> String {
        let segments: Vec<&str> = self.written.split('/').skip(1).collect();
        let folded: Vec<&str> = self.folded.split('/').skip(1).collect();
        let last = segments.last().copied().unwrap_or_default();
        match folded.as_slice() {
            [] => "the root".into(),
            ["subscriptions", _] => format!("the subscription {last}"),
            ["subscriptions", _, "resourcegroups", _] => format!("the resource group `{last}`"),
            [.., "vaults", _] => format!("the vault `{last}`"),
            [.., "vaults", _, "keys", _] => format!("the key `{last}`"),
            _ if self.is_management_group() => format!("the management group `{last}`"),
            _ => format!("`{self}`"),
        }
    }

    /// What is behind this scope in the path given: `keys/x` of a key in the vault.
    #[must_use]
    pub fn child(&self, path: &str) -> Scope {
        let (written, folded) = (&self.written, &self.folded);
        Self {
            written: format!("{written}/{path}"),
            folded: format!("{folded}/{}", path.to_ascii_lowercase()),
        }
    }

    /// The last segment, in lower case: the name of what has this id.
    pub fn name(&self) -> &str {
        self.folded.rsplit('/').next().unwrap_or_default()
    }
}

impl PartialEq for Scope {
    fn eq(&self, other: &Self) -> bool {
        self.folded == other.folded
    }
}

impl Eq for Scope {}

impl PartialOrd for Scope {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Scope {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.folded.cmp(&other.folded)
    }
}

impl Hash for Scope {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.folded.hash(state);
    }
}

impl FromStr for Scope {
    type Err = NotAScope;

    fn from_str(text: &str) -> Result<Self, NotAScope> {
        if !text.starts_with('/') || text.len() > 4096 || text.chars().any(text::acts) || text.contains("//")
        {
            return Err(NotAScope);
        }
        let written = text.trim_end_matches('/').to_owned();
        Ok(Self { folded: written.to_ascii_lowercase(), written })
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.is_root() { "/" } else { &self.written })
    }
}

serialized_as_text!(Scope, NotAScope);

#[cfg(test)]
mod tests {
    use super::*;

    const SUBSCRIPTION: &str = "/subscriptions/0b1f6471-1bf0-4dda-aec3-cb9272f09590";

    fn scope(text: &str) -> Scope {
        text.parse().unwrap()
    }

    /// RBAC scope-overview: assignments are inherited by what is below.
    #[test]
    fn a_scope_reaches_what_is_below_it_and_nothing_beside_it() {
        let vault = format!("{SUBSCRIPTION}/resourceGroups/rg/providers/Microsoft.KeyVault/vaults/kv");
        let key = scope(&vault).child("keys/org-a--b");
        for (above, reaches) in [
            ("/".to_owned(), true),
            (SUBSCRIPTION.to_owned(), true),
            (format!("{SUBSCRIPTION}/resourcegroups/RG"), true),
            (vault.clone(), true),
            (vault.to_uppercase(), true),
            (key.to_string(), true),
            (format!("{vault}/keys/org-a--bc"), false),
            (format!("{vault}2"), false),
            (format!("{SUBSCRIPTION}/resourceGroups/r"), false),
            ("/subscriptions/0b1f6471-1bf0-4dda-aec3-cb9272f09591".to_owned(), false),
            ("/providers/Microsoft.Management/managementGroups/top".to_owned(), false),
        ] {
            assert_eq!(key.is_within(&scope(&above)), reaches, "{above}");
        }
    }

    #[test]
    fn parts_of_an_id_are_found_whatever_their_case() {
        let key = scope(&format!("{SUBSCRIPTION}/RESOURCEGROUPS/rg/x/keys/Org-A--b/"));
        assert_eq!(key.subscription().unwrap().to_string(), "0b1f6471-1bf0-4dda-aec3-cb9272f09590");
        assert_eq!(key.name(), "org-a--b");
        assert!(scope("/providers/Microsoft.Management/managementGroups/top").is_management_group());
        assert!(!scope(SUBSCRIPTION).is_management_group());
        assert_eq!(scope("/").to_string(), "/");
    }

    #[test]
    fn a_scope_is_described_by_what_it_is() {
        let vault = format!("{SUBSCRIPTION}/resourceGroups/rg/providers/Microsoft.KeyVault/vaults/KV");
        for (text, said) in [
            ("/".to_owned(), "the root".to_owned()),
            (SUBSCRIPTION.to_owned(), "the subscription 0b1f6471-1bf0-4dda-aec3-cb9272f09590".to_owned()),
            (format!("{SUBSCRIPTION}/RESOURCEGROUPS/Rg"), "the resource group `Rg`".to_owned()),
            (vault.clone(), "the vault `KV`".to_owned()),
            (format!("{vault}/keys/Org-A--b"), "the key `Org-A--b`".to_owned()),
            (
                "/providers/Microsoft.Management/managementGroups/top".to_owned(),
                "the management group `top`".to_owned(),
            ),
            ("/elsewhere/x".to_owned(), "`/elsewhere/x`".to_owned()),
        ] {
            assert_eq!(scope(&text).described(), said);
        }
    }

    #[test]
    fn other_text_is_no_scope() {
        for text in ["", "subscriptions/x", "//", "/a//b", "/a\u{1b}[2J"] {
            assert_eq!(text.parse::<Scope>(), Err(NotAScope), "{text:?}");
        }
    }
}
