//! The calls of a run, and what comes of it when one of them fails.

use crate::callers::Right;
use crate::calls::Call;
use crate::judged::{ALLOWED, Expected, OPEN, OPEN_USE};
use crate::network::Asked;
use crate::tenant::Azure;

/// A call of the catalogue.
#[derive(Debug)]
pub(crate) struct Made {
    /// `arm:GetVault`.
    pub(crate) name: &'static str,
    /// Which request it is.
    pub(crate) is: fn(&Asked) -> bool,
    /// Where it is made: what is different from the documented tenant.
    tenant: fn(&mut Azure),
    /// What is lost when it fails.
    lost: Lost,
    /// What is lost when it does not answer before the time is up, where that is more: nothing that waits for it is asked
    /// then.
    hanging: Option<Lost>,
    /// The reason where another way failed before for another one.
    reason: Option<&'static str>,
}

/// What can't be known.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Lost {
    /// What is missing in the evidence, by its path there.
    missing: &'static [&'static str],
    decisions: [&'static str; 4],
    /// The checks of severity `error` that can't be decided, by id.
    unknown: &'static [&'static str],
    /// The warnings and notes that can't be decided.
    unknown_warnings: &'static [&'static str],
}

impl Lost {
    pub(crate) const NOTHING: Self =
        Self { missing: &[], decisions: ALLOWED, unknown: &[], unknown_warnings: &[] };
}

const USES: &[&str] = &["azure-decrypt-allowed", "azure-encrypt-allowed", "azure-read-allowed"];
const OF_ROLES: &[&str] = &[
    "azure-decrypt-allowed",
    "azure-encrypt-allowed",
    "azure-least-privilege",
    "azure-read-allowed",
    "azure-role-data-actions",
];
const WARNINGS_OF_ROLES: &[&str] = &["azure-role-assignment-scope", "azure-vault-subscription"];

/// Without the vault's resource nothing is asked at its id. Its host says that it is there and whose it is.
pub(crate) const VAULT: Lost = Lost {
    missing: &[
        "deny_assignments",
        "role_assignments",
        "role_definitions",
        "subscription_role_assignments",
        "vault",
    ],
    decisions: OPEN_USE,
    unknown: &[
        "azure-decrypt-allowed",
        "azure-encrypt-allowed",
        "azure-least-privilege",
        "azure-read-allowed",
        "azure-role-data-actions",
        "azure-vault-network",
        "azure-vault-rbac",
    ],
    unknown_warnings: &[
        "azure-role-assignment-scope",
        "azure-vault-purge-protection",
        "azure-vault-subscription",
    ],
};
/// Without the principal nobody knows whose roles to ask for.
pub(crate) const PRINCIPAL: Lost = Lost {
    missing: &[
        "role_assignments",
        "role_definitions",
        "service_principal",
        "service_principal_groups",
        "subscription_role_assignments",
    ],
    decisions: OPEN,
    unknown: &[
        "azure-decrypt-allowed",
        "azure-encrypt-allowed",
        "azure-least-privilege",
        "azure-read-allowed",
        "azure-role-data-actions",
        "azure-service-principal",
    ],
    unknown_warnings: WARNINGS_OF_ROLES,
};
/// Without the key, of either way.
pub(crate) const THE_KEY: Lost = Lost {
    missing: &["key"],
    decisions: OPEN_USE,
    unknown: &[
        "azure-decrypt-allowed",
        "azure-encrypt-allowed",
        "azure-key-enabled",
        "azure-key-exists",
        "azure-key-operations",
        "azure-key-rsa",
        "azure-least-privilege",
        "azure-read-allowed",
        "azure-role-data-actions",
    ],
    unknown_warnings: &[
        "azure-key-expiry",
        "azure-key-rotation",
        "azure-key-versions",
        "azure-role-assignment-scope",
        "azure-vault-subscription",
    ],
};
pub(crate) const VERSIONS: Lost =
    Lost { missing: &["key_versions"], unknown_warnings: &["azure-key-versions"], ..Lost::NOTHING };
pub(crate) const AT_KEY: Lost = Lost {
    missing: &["role_assignments"],
    decisions: OPEN_USE,
    unknown: OF_ROLES,
    unknown_warnings: WARNINGS_OF_ROLES,
};
pub(crate) const IN_SUBSCRIPTION: Lost = Lost {
    missing: &["subscription_role_assignments"],
    unknown: &["azure-least-privilege"],
    ..Lost::NOTHING
};
/// Without both lists nobody knows which roles there are.
pub(crate) const ASSIGNMENTS: Lost =
    Lost { missing: &["role_assignments", "role_definitions", "subscription_role_assignments"], ..AT_KEY };
/// Without the role itself.
pub(crate) const DEFINITION: Lost = Lost { missing: &["role_definitions/0/definition"], ..AT_KEY };
/// What is denied may be any of the uses; it gives nothing.
pub(crate) const DENIALS: Lost =
    Lost { missing: &["deny_assignments"], decisions: OPEN_USE, unknown: USES, unknown_warnings: &[] };
/// The role is assigned to the principal itself.
pub(crate) const GROUPS: Lost = Lost { missing: &["service_principal_groups"], ..Lost::NOTHING };
/// Azure Resource Manager shows whose the vault is.
pub(crate) const ENDPOINT: Lost = Lost { missing: &["vault_endpoint"], ..Lost::NOTHING };

const fn made(name: &'static str, is: fn(&Asked) -> bool, lost: Lost) -> Made {
    Made { name, is, tenant: |_| {}, lost, hanging: None, reason: None }
}

fn lags_behind(azure: &mut Azure) {
    azure.behaviour.resource_graph = Some(vec![]);
}

/// The vault itself shows the auditor no keys.
fn without_data(azure: &mut Azure) {
    azure.auditor().loses(Right::KeysData);
}

fn at_key(asked: &Asked) -> bool {
    asked.target.to_lowercase().contains("/keys/")
}

/// Every call of the catalogue. Of what there are two ways to, the second is taken where the first fails.
pub(crate) const MADE: &[Made] = &[
    made("keyvault:Challenge", |asked| asked.call == Call::Challenge, ENDPOINT),
    made("arm:QueryResources", |asked| asked.call == Call::ResourceGraph, Lost::NOTHING),
    Made {
        tenant: lags_behind,
        ..made("arm:ListSubscriptions", |asked| asked.call == Call::Subscriptions, VAULT)
    },
    Made { tenant: lags_behind, ..made("arm:ListVaults", |asked| asked.call == Call::Vaults, VAULT) },
    made("arm:GetVault", |asked| asked.call == Call::Vault, VAULT),
    made("keyvault:GetKey", |asked| asked.call == Call::Key, Lost::NOTHING),
    Made {
        tenant: without_data,
        reason: Some("denied"),
        ..made("arm:GetKey", |asked| asked.call == Call::ManagedKey, THE_KEY)
    },
    made("keyvault:ListKeyVersions", |asked| asked.call == Call::KeyVersions, Lost::NOTHING),
    Made {
        tenant: without_data,
        reason: Some("denied"),
        ..made("arm:ListKeyVersions", |asked| asked.call == Call::ManagedKeyVersions, VERSIONS)
    },
    made("keyvault:GetKeyRotationPolicy", |asked| asked.call == Call::RotationPolicy, Lost::NOTHING),
    made("graph:ListServicePrincipals", |asked| asked.call == Call::ServicePrincipals, PRINCIPAL),
    made("graph:ListGroups", |asked| asked.call == Call::Groups, GROUPS),
    Made {
        hanging: Some(Lost { missing: &["role_assignments", "role_definitions/0/definition"], ..AT_KEY }),
        ..made(
            "arm:ListRoleAssignments",
            |asked| asked.call == Call::RoleAssignments && at_key(asked),
            AT_KEY,
        )
    },
    Made {
        hanging: Some(Lost {
            missing: &["role_definitions/0/definition", "subscription_role_assignments"],
            ..AT_KEY
        }),
        ..made(
            "arm:ListSubscriptionRoleAssignments",
            |asked| asked.call == Call::RoleAssignments && !at_key(asked),
            IN_SUBSCRIPTION,
        )
    },
    made("arm:GetRoleDefinition", |asked| asked.call == Call::RoleDefinition, DEFINITION),
    made("arm:ListDenyAssignments", |asked| asked.call == Call::DenyAssignments, DENIALS),
];

/// Lists in one page each, so that a call is one request.
pub(crate) fn large_pages(change: fn(&mut Azure)) -> Azure {
    Azure::documented().but(|azure| azure.behaviour.page_size = 100).but(change)
}

impl Made {
    pub(crate) fn in_tenant(&self) -> Azure {
        large_pages(self.tenant)
    }

    /// What a report comes to where it fails for a reason.
    pub(crate) fn failing_for(&self, reason: &'static str) -> Expected {
        let hanging = self.hanging.filter(|_| reason == "timed_out");
        hanging.unwrap_or(self.lost).failing_for(self.reason.unwrap_or(reason))
    }
}

impl Lost {
    /// What a report comes to where this is lost for a reason.
    pub(crate) fn failing_for(&self, reason: &'static str) -> Expected {
        Expected {
            verdict: if self.unknown.is_empty() { "ready" } else { "undetermined" },
            decisions: self.decisions,
            missing: self.missing.iter().map(|path| (*path, reason)).collect(),
            unknown: self.unknown,
            unknown_warnings: self.unknown_warnings,
            ..Expected::ready()
        }
    }
}
