//! Who asks: what they log in with, and what they may read.

use crate::tenant::{Scope, TENANT};

#[path = "callers/token.rs"]
mod token;

pub(crate) use token::{EXPIRES, Token, issuer};

/// Somebody who can log in.
#[derive(Debug, Clone)]
pub(crate) struct Caller {
    /// The application (client) id.
    pub(crate) application_id: String,
    pub(crate) object_id: String,
    /// The tenants that give it tokens.
    pub(crate) tenants: Vec<String>,
    /// Its client secret.
    pub(crate) secret: String,
    /// The token of the identity provider that it is federated with.
    pub(crate) assertion: String,
    /// What it may read, and where: there and below.
    pub(crate) rights: Vec<(Right, Scope)>,
}

/// A right to read. Rights in the directory are the same everywhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Right {
    /// The action `Microsoft.KeyVault/vaults/read`.
    Vaults,
    /// The action `Microsoft.KeyVault/vaults/keys/read`.
    Keys,
    /// The action `Microsoft.KeyVault/vaults/keys/versions/read`.
    KeyVersions,
    /// The data action `Microsoft.KeyVault/vaults/keys/read`, or `get` and `list` in an access policy.
    KeysData,
    /// The data action `Microsoft.KeyVault/vaults/keyrotationpolicies/read`, or `getrotationpolicy` in an access policy.
    RotationPoliciesData,
    /// The action `Microsoft.Authorization/roleAssignments/read`.
    RoleAssignments,
    /// The action `Microsoft.Authorization/roleDefinitions/read`.
    RoleDefinitions,
    /// The action `Microsoft.Authorization/denyAssignments/read`.
    DenyAssignments,
    /// Microsoft Graph's `Application.Read.All`.
    Applications,
    /// Microsoft Graph's `GroupMember.Read.All`.
    GroupMembers,
}

/// What a token is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Audience {
    /// Azure Resource Manager.
    ResourceManager,
    Graph,
    Vault,
}

impl Right {
    pub(crate) const ALL: [Self; 10] = [
        Self::Vaults,
        Self::Keys,
        Self::KeyVersions,
        Self::KeysData,
        Self::RotationPoliciesData,
        Self::RoleAssignments,
        Self::RoleDefinitions,
        Self::DenyAssignments,
        Self::Applications,
        Self::GroupMembers,
    ];

    /// Azure's name. An action and a data action can have the same.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Vaults => "Microsoft.KeyVault/vaults/read",
            Self::Keys | Self::KeysData => "Microsoft.KeyVault/vaults/keys/read",
            Self::KeyVersions => "Microsoft.KeyVault/vaults/keys/versions/read",
            Self::RotationPoliciesData => "Microsoft.KeyVault/vaults/keyrotationpolicies/read",
            Self::RoleAssignments => "Microsoft.Authorization/roleAssignments/read",
            Self::RoleDefinitions => "Microsoft.Authorization/roleDefinitions/read",
            Self::DenyAssignments => "Microsoft.Authorization/denyAssignments/read",
            Self::Applications => "Application.Read.All",
            Self::GroupMembers => "GroupMember.Read.All",
        }
    }

    /// Whom one needs it for.
    pub(crate) fn audience(self) -> Audience {
        match self {
            Self::KeysData | Self::RotationPoliciesData => Audience::Vault,
            Self::Applications | Self::GroupMembers => Audience::Graph,
            _ => Audience::ResourceManager,
        }
    }
}

impl Audience {
    pub(crate) const ALL: [Self; 3] = [Self::ResourceManager, Self::Graph, Self::Vault];

    /// What the token says that it is for.
    pub(crate) fn resource(self) -> &'static str {
        match self {
            Self::ResourceManager => "https://management.azure.com",
            Self::Graph => "https://graph.microsoft.com",
            Self::Vault => "https://vault.azure.net",
        }
    }

    /// Of a scope such as `https://vault.azure.net/.default`, or a resource such as `https://vault.azure.net`.
    pub(crate) fn of(scope: &str) -> Option<Self> {
        let resource = scope.trim_end_matches("/.default").trim_end_matches('/');
        Self::ALL.into_iter().find(|audience| audience.resource() == resource)
    }
}

impl Caller {
    /// The customer's auditor, who may read everything.
    pub(crate) fn auditor() -> Self {
        Self {
            application_id: "5d6e7f80-91a2-43b4-85c6-d7e8f90a1b2c".into(),
            object_id: "6e7f8091-a2b3-44c5-96d7-e8f90a1b2c3d".into(),
            tenants: vec![TENANT.into()],
            secret: "a-secret-of-the-auditors".into(),
            assertion: "a-token-of-the-auditors-identity-provider".into(),
            rights: Right::ALL.map(|right| (right, Scope::root())).into(),
        }
    }

    /// Takes a right away.
    pub(crate) fn loses(&mut self, right: Right) {
        self.rights.retain(|(of_caller, _)| *of_caller != right);
    }

    /// Has its rights here and below only.
    pub(crate) fn is_limited_to(&mut self, scope: &Scope) {
        for (_, everywhere) in &mut self.rights {
            *everywhere = scope.clone();
        }
    }

    /// Has these rights here and below, and no others in this place.
    pub(crate) fn has_only(&mut self, rights: &[Right], scope: &Scope) {
        self.rights = rights.iter().map(|right| (*right, scope.clone())).collect();
    }

    /// Whether it has a right in the directory.
    pub(crate) fn has(&self, right: Right) -> bool {
        self.rights.iter().any(|(of_caller, _)| *of_caller == right)
    }
}
