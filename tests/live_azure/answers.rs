//! Azure's answers, in the shapes that Microsoft publishes.
//!
//! Where a text is not in a published example or recording, it is as Microsoft's documents and clients quote it. Texts
//! are for people: nothing may depend on them.

use crate::calls::Call;
use crate::http::{Answer, Request};
use crate::tenant::Azure;

#[path = "answers/access.rs"]
mod access;
#[path = "answers/authorization.rs"]
mod authorization;
#[path = "answers/errors.rs"]
mod errors;
#[path = "answers/graph.rs"]
mod graph;
#[path = "answers/login.rs"]
mod login;
#[path = "answers/managed_keys.rs"]
mod managed_keys;
#[path = "answers/paging.rs"]
mod paging;
#[path = "answers/query.rs"]
mod query;
#[path = "answers/resource_graph.rs"]
mod resource_graph;
#[path = "answers/resources.rs"]
mod resources;
#[path = "answers/vault.rs"]
mod vault;

/// An answer, or the error that is the answer.
type Answered = Result<Answer, Answer>;

/// The host of Azure Resource Manager.
const RESOURCE_MANAGER: &str = "management.azure.com";
const GRAPH: &str = "graph.microsoft.com";

/// Whether there is such a host.
pub(crate) fn is_served(azure: &Azure, host: &str) -> bool {
    let fixed = [RESOURCE_MANAGER, GRAPH, "login.microsoftonline.com", "login.windows.net"];
    let known = fixed.contains(&host) || vault::at(azure, host).is_some();
    known && !azure.behaviour.unreachable_hosts.iter().any(|unreachable| unreachable == host)
}

/// Azure's answer to a request.
pub(crate) fn to(azure: &Azure, request: &Request) -> Answer {
    let answered = match Call::of(request) {
        Call::Token => login::token(azure, request),
        Call::Key => vault::key(azure, request),
        Call::Challenge => vault::keys(azure, request),
        Call::KeyVersions => vault::versions(azure, request),
        Call::RotationPolicy => vault::rotation_policy(azure, request),
        Call::Subscriptions => resources::subscriptions(azure, request),
        Call::ResourceGraph => resource_graph::resources(azure, request),
        Call::Vaults => resources::vaults(azure, request),
        Call::Vault => resources::vault(azure, request),
        Call::ManagedKey => managed_keys::key(azure, request),
        Call::ManagedKeyVersions => managed_keys::versions(azure, request),
        Call::RoleAssignments => authorization::role_assignments(azure, request),
        Call::RoleDefinition => authorization::role_definition(azure, request),
        Call::DenyAssignments => authorization::deny_assignments(azure, request),
        Call::ServicePrincipals => graph::service_principals(azure, request),
        Call::ServicePrincipal => graph::service_principal(azure, request),
        Call::Groups => graph::groups(azure, request),
        Call::Unknown => Err(unknown(azure, request)),
    };
    answered.unwrap_or_else(|error| error)
}

/// The answer to what no service has, in the words of the service.
fn unknown(azure: &Azure, request: &Request) -> Answer {
    match request.host.as_str() {
        RESOURCE_MANAGER => errors::resource_manager(
            404,
            "InvalidResourceType",
            &format!("The resource type of '{}' could not be found.", request.path()),
        ),
        GRAPH => errors::graph(
            400,
            "BadRequest",
            &format!(
                "Resource not found for the segment '{}'.",
                request.segments().last().map_or("", |last| last)
            ),
        ),
        host if is_served(azure, host) => {
            errors::resource_manager(404, "NotFound", "The requested resource was not found.")
        }
        _ => Answer { status: azure.behaviour.unresolved, headers: vec![], body: String::new() },
    }
}
