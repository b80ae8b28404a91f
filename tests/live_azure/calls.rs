//! The calls that the double answers.

use std::fmt;

use crate::http::Request;

/// Where a managed identity gets its tokens: on its machine, and without TLS.
pub(crate) const IDENTITY_ENDPOINT: &str = "/msi/token";

/// A call, by what it asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Call {
    /// Of the login endpoint, or of the endpoint of a managed identity.
    Token,
    /// The list of a vault's keys, which is asked without a token for the challenge.
    Challenge,
    /// A key, of the vault itself.
    Key,
    /// A key's versions, of the vault itself.
    KeyVersions,
    RotationPolicy,
    Subscriptions,
    /// The vaults of a name, of Azure Resource Graph.
    ResourceGraph,
    /// The vaults of a subscription.
    Vaults,
    Vault,
    /// A key, of Azure Resource Manager.
    ManagedKey,
    /// A key's versions, or one of them, of Azure Resource Manager.
    ManagedKeyVersions,
    RoleAssignments,
    RoleDefinition,
    DenyAssignments,
    /// The service principals of an application.
    ServicePrincipals,
    ServicePrincipal,
    /// The groups of a service principal.
    Groups,
    /// None that the double knows.
    Unknown,
}

impl Call {
    /// All that the double knows.
    pub(crate) const ALL: [Self; 17] = [
        Self::Token,
        Self::Challenge,
        Self::Key,
        Self::KeyVersions,
        Self::RotationPolicy,
        Self::Subscriptions,
        Self::ResourceGraph,
        Self::Vaults,
        Self::Vault,
        Self::ManagedKey,
        Self::ManagedKeyVersions,
        Self::RoleAssignments,
        Self::RoleDefinition,
        Self::DenyAssignments,
        Self::ServicePrincipals,
        Self::ServicePrincipal,
        Self::Groups,
    ];

    /// Which call a request is. Paths of Azure Resource Manager are compared without regard to case.
    pub(crate) fn of(request: &Request) -> Self {
        let segments = request.segments().iter().map(|segment| segment.to_lowercase()).collect::<Vec<_>>();
        let segments: Vec<&str> = segments.iter().map(String::as_str).collect();
        match (request.method.as_str(), request.host.as_str()) {
            ("GET", _) if request.path() == IDENTITY_ENDPOINT => Self::Token,
            ("POST", "login.microsoftonline.com" | "login.windows.net") => of_login(&segments),
            ("GET", "graph.microsoft.com") => of_graph(&segments),
            (method, "management.azure.com") => of_resource_manager(method, &segments),
            ("GET", host) if host.ends_with(".vault.azure.net") => of_vault(&segments),
            _ => Self::Unknown,
        }
    }
}

fn of_login(segments: &[&str]) -> Call {
    match segments {
        [_, "oauth2", "v2.0", "token"] => Call::Token,
        _ => Call::Unknown,
    }
}

fn of_graph(segments: &[&str]) -> Call {
    match segments {
        ["v1.0", "serviceprincipals"] => Call::ServicePrincipals,
        ["v1.0", "serviceprincipals", _] => Call::ServicePrincipal,
        ["v1.0", alternate] if alternate.starts_with("serviceprincipals(appid=") => Call::ServicePrincipal,
        ["v1.0", "serviceprincipals", _, "transitivememberof", "microsoft.graph.group"] => Call::Groups,
        _ => Call::Unknown,
    }
}

fn of_vault(segments: &[&str]) -> Call {
    match segments {
        ["keys"] => Call::Challenge,
        ["keys", _, "versions"] => Call::KeyVersions,
        ["keys", _, "rotationpolicy"] => Call::RotationPolicy,
        ["keys", _] | ["keys", _, _] => Call::Key,
        _ => Call::Unknown,
    }
}

fn of_resource_manager(method: &str, segments: &[&str]) -> Call {
    match (method, segments) {
        ("POST", ["providers", "microsoft.resourcegraph", "resources"]) => Call::ResourceGraph,
        ("GET", ["subscriptions"]) => Call::Subscriptions,
        ("GET", [.., "providers", "microsoft.authorization", "roleassignments"]) => Call::RoleAssignments,
        ("GET", [.., "providers", "microsoft.authorization", "denyassignments"]) => Call::DenyAssignments,
        ("GET", [.., "providers", "microsoft.authorization", "roledefinitions", _]) => Call::RoleDefinition,
        ("GET", ["subscriptions", _, "providers", "microsoft.keyvault", "vaults"]) => Call::Vaults,
        (
            "GET",
            ["subscriptions", _, "resourcegroups", _, "providers", "microsoft.keyvault", "vaults", rest @ ..],
        ) => match rest {
            [_] => Call::Vault,
            [_, "keys", _] => Call::ManagedKey,
            [_, "keys", _, "versions"] | [_, "keys", _, "versions", _] => Call::ManagedKeyVersions,
            _ => Call::Unknown,
        },
        _ => Call::Unknown,
    }
}

impl fmt::Display for Call {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self, f)
    }
}
