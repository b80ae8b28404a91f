//! Azure: a custom role, the built-in roles that suffice, and the permission of Microsoft Graph.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use crate::evidence::Catalogued;
use crate::evidence::azure::{EvidenceKey, On};
use crate::report::page::Page;
use crate::report::table::Look;
use crate::target::azure::SubscriptionId;

/// The permissions of a live run.
#[derive(Debug, Clone)]
pub struct Permissions {
    /// By what they are granted with, and the evidence that each is for.
    granted: BTreeMap<Grant, BTreeMap<&'static str, BTreeSet<EvidenceKey>>>,
    /// Calls that need none, and what they are for.
    free: BTreeMap<&'static str, BTreeSet<EvidenceKey>>,
}

/// What a permission is granted with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Grant {
    Actions,
    DataActions,
    Graph,
}

/// A custom role, as `az role definition create --role-definition` takes it.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct CustomRole<'a> {
    name: &'a str,
    is_custom: bool,
    description: &'a str,
    actions: Vec<&'a str>,
    not_actions: [&'a str; 0],
    data_actions: Vec<&'a str>,
    not_data_actions: [&'a str; 0],
    assignable_scopes: [String; 1],
}

impl Grant {
    fn heading(self) -> &'static str {
        match self {
            Self::Actions => "Actions of a role at the vault's subscription",
            Self::DataActions => "Data actions of a role at the vault or the key",
            Self::Graph => "Microsoft Graph",
        }
    }

    /// What has all of them, and more (RBAC built-in-roles; Graph permissions-reference, "Default user permissions").
    fn ready_made(self) -> &'static str {
        match self {
            Self::Actions => "the built-in role Reader on the subscription has all of these",
            Self::DataActions => {
                "the built-in role Key Vault Reader on the vault has all of these; in a vault with access policies, a \
                 policy with `get`, `list` and `getrotationpolicy` on keys"
            }
            Self::Graph => {
                "ordinary members of the directory may read this, unless the directory restricts them; an application \
                 needs the permission, with an administrator's consent. Without it, --service-principal-id says what \
                 would be read"
            }
        }
    }
}

impl Permissions {
    /// What reading this evidence takes.
    pub fn of(needs: &BTreeSet<EvidenceKey>) -> Self {
        let mut permissions = Self { granted: BTreeMap::new(), free: BTreeMap::new() };
        for &key in needs {
            for call in key.calls() {
                let grant = match call.on {
                    On::NoPermission => None,
                    On::Vault | On::Subscription => Some(Grant::Actions),
                    On::Data => Some(Grant::DataActions),
                    On::Graph => Some(Grant::Graph),
                };
                let keys = match (grant, call.permission) {
                    (Some(grant), Some(permission)) => {
                        permissions.granted.entry(grant).or_default().entry(permission).or_default()
                    }
                    _ => permissions.free.entry(call.name).or_default(),
                };
                keys.insert(key);
            }
        }
        permissions
    }

    /// Whether no role is needed.
    pub fn needs_no_role(&self) -> bool {
        !self.granted.contains_key(&Grant::Actions) && !self.granted.contains_key(&Grant::DataActions)
    }

    /// The permissions of Microsoft Graph, which no role holds.
    pub fn of_graph(&self) -> Vec<&'static str> {
        self.names(Grant::Graph)
    }

    fn names(&self, grant: Grant) -> Vec<&'static str> {
        self.granted.get(&grant).into_iter().flat_map(BTreeMap::keys).copied().collect()
    }

    /// The custom role, which can be assigned in this subscription, ending in a newline.
    ///
    /// # Errors
    /// The serializer's; none is known.
    pub fn to_json(&self, subscription: SubscriptionId) -> Result<String, serde_json::Error> {
        let role = CustomRole {
            name: "ekm-preflight reader",
            is_custom: true,
            description: "Reads what ekm-preflight judges, and changes nothing.",
            actions: self.names(Grant::Actions),
            not_actions: [],
            data_actions: self.names(Grant::DataActions),
            not_data_actions: [],
            assignable_scopes: [format!("/subscriptions/{subscription}")],
        };
        let mut text = serde_json::to_string_pretty(&role)?;
        text.push('\n');
        Ok(text)
    }

    /// A line for each permission with what it is for.
    pub fn to_table(&self, look: Look) -> String {
        let mut page = Page::new(look);
        for (grant, permissions) in &self.granted {
            page.heading(grant.heading());
            for (permission, keys) in permissions {
                row(&mut page, permission, keys);
            }
            page.paragraph("  ", "  ", grant.ready_made());
        }
        if !self.free.is_empty() {
            page.heading("Without a permission");
            for (call, keys) in &self.free {
                row(&mut page, call, keys);
            }
        }
        if self.granted.is_empty() {
            page.line("");
            page.line("Nothing that is selected takes a permission.");
        }
        page.into_text().trim_start().to_owned()
    }
}

/// More than this are not named one by one: the first is what the permission is about, the others are behind it.
const MOST_NAMED: usize = 3;

fn row(page: &mut Page, permission: &str, keys: &BTreeSet<EvidenceKey>) {
    let meanings: Vec<&str> = keys.iter().map(|key| key.meaning()).collect();
    let said = match meanings.as_slice() {
        [first, others @ ..] if others.len() >= MOST_NAMED => {
            format!("{first}; and on the way to {} others of these", others.len())
        }
        few => few.join("; "),
    };
    page.line(&format!("    {permission}"));
    page.paragraph("      ", "      ", &said);
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn all() -> Permissions {
        Permissions::of(&EvidenceKey::ALL.iter().copied().collect())
    }

    #[test]
    fn the_custom_role_reads_and_does_nothing_else() {
        let subscription = "0b1f6471-1bf0-4dda-aec3-cb9272f09590".parse().unwrap();
        let role: Value = serde_json::from_str(&all().to_json(subscription).unwrap()).unwrap();
        // Azure permissions reference: Microsoft.KeyVault and Microsoft.Authorization.
        assert_eq!(
            role,
            json!({
                "Name": "ekm-preflight reader",
                "IsCustom": true,
                "Description": "Reads what ekm-preflight judges, and changes nothing.",
                "Actions": [
                    "Microsoft.Authorization/denyAssignments/read",
                    "Microsoft.Authorization/roleAssignments/read",
                    "Microsoft.Authorization/roleDefinitions/read",
                    "Microsoft.KeyVault/vaults/keys/read",
                    "Microsoft.KeyVault/vaults/keys/versions/read",
                    "Microsoft.KeyVault/vaults/read",
                ],
                "NotActions": [],
                "DataActions": [
                    "Microsoft.KeyVault/vaults/keyrotationpolicies/read",
                    "Microsoft.KeyVault/vaults/keys/read",
                ],
                "NotDataActions": [],
                "AssignableScopes": ["/subscriptions/0b1f6471-1bf0-4dda-aec3-cb9272f09590"],
            })
        );
    }

    #[test]
    fn graph_is_beside_the_role() {
        assert_eq!(all().of_graph(), ["Application.Read.All"]);
        let principal = Permissions::of(&[EvidenceKey::ServicePrincipal].into());
        assert!(principal.needs_no_role());
        assert!(!all().needs_no_role());
    }

    #[test]
    fn what_needs_nothing_says_so() {
        let look = Look { width: 80, unicode: true, colour: false };
        let text = Permissions::of(&[EvidenceKey::VaultEndpoint].into()).to_table(look);
        assert!(text.contains("keyvault:Challenge"), "{text}");
        assert!(text.contains("Nothing that is selected takes a permission."), "{text}");
    }
}
