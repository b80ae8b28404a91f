//! Who may do what with the key, from Azure Resource Manager: the roles assigned to OpenAI's service principal, what the
//! roles are, and what is refused whatever they are.

use std::collections::BTreeSet;

use futures_util::StreamExt;
use futures_util::stream;
use serde::de::DeserializeOwned;
use tokio::sync::OnceCell;

use super::address::{RESOURCE_MANAGER, address};
use super::answer::{Failure, absent};
use super::login::Audience;
use super::pages::every;
use super::principal::PrincipalReader;
use super::session::Session;
use super::vault::VaultReader;
use crate::evidence::Item;
use crate::evidence::azure::{Call, DenyAssignment, NamedRole, RoleAssignment, RoleDefinition, Vault};
use crate::target::azure::{AzureTarget, Scope};

mod shape;

use shape::{Assignment, Definition, Denial};

/// The version that shows conditions (RBAC role-assignments-list-rest).
const VERSION: (&str, &str) = ("api-version", "2022-04-01");
/// Roles that are read at the same time.
const AT_ONCE: usize = 8;

/// Reads what is assigned, each call once.
#[derive(Debug)]
pub(super) struct AuthorizationReader<'a> {
    session: &'a Session<'a>,
    target: &'a AzureTarget,
    vault: &'a VaultReader<'a>,
    principal: &'a PrincipalReader<'a>,
    at_key: OnceCell<Item<Vec<RoleAssignment>>>,
    in_subscription: OnceCell<Item<Vec<RoleAssignment>>>,
}

impl<'a> AuthorizationReader<'a> {
    pub(super) fn new(
        session: &'a Session<'a>,
        target: &'a AzureTarget,
        vault: &'a VaultReader<'a>,
        principal: &'a PrincipalReader<'a>,
    ) -> Self {
        let (at_key, in_subscription) = (OnceCell::new(), OnceCell::new());
        Self { session, target, vault, principal, at_key, in_subscription }
    }

    /// The roles assigned at the key or above it, to the principal or to groups that it is in.
    pub(super) async fn at_key(&self) -> Item<Vec<RoleAssignment>> {
        let call = &Call::LIST_ROLE_ASSIGNMENTS;
        let asked = self.assignments(call, "atScope() and ", |vault| Some(self.key_id(vault).to_string()));
        self.at_key.get_or_init(|| Box::pin(asked)).await.clone()
    }

    /// The roles assigned in the vault's subscription or above it.
    pub(super) async fn in_subscription(&self) -> Item<Vec<RoleAssignment>> {
        let call = &Call::LIST_SUBSCRIPTION_ROLE_ASSIGNMENTS;
        let subscription = |vault: &Vault| Some(format!("/subscriptions/{}", vault.id.subscription()?));
        let asked = self.assignments(call, "", subscription);
        self.in_subscription.get_or_init(|| Box::pin(asked)).await.clone()
    }

    /// The definitions of all roles that are assigned, as far as that is known, each asked for once.
    pub(super) async fn definitions(&self) -> Item<Vec<NamedRole>> {
        let (at_key, in_subscription) = tokio::join!(self.at_key(), self.in_subscription());
        let lists = [at_key, in_subscription];
        let known = || lists.iter().filter_map(Item::collected);
        if known().next().is_none() {
            let mut lists = lists.into_iter();
            return match (lists.next(), lists.next()) {
                (Some(Item::Missing(missing)), _) | (_, Some(Item::Missing(missing))) => {
                    Item::Missing(missing)
                }
                _ => absent(&Call::LIST_SERVICE_PRINCIPALS),
            };
        }
        let ids: BTreeSet<&Scope> =
            known().flatten().map(|assignment| &assignment.role_definition_id).collect();
        let roles = stream::iter(ids).map(|id| Box::pin(self.definition(id)));
        Item::Collected(roles.buffered(AT_ONCE).collect().await)
    }

    async fn definition(&self, id: &Scope) -> NamedRole {
        let call = &Call::GET_ROLE_DEFINITION;
        let asked = async {
            let url = address(call, RESOURCE_MANAGER, id.as_str(), &[VERSION])?;
            let shown: Definition = self.session.get(call, Audience::ResourceManager, url).await?;
            shown.evidence(id).map_err(|problem| Failure::unreadable(call, problem))
        };
        let definition: Item<RoleDefinition> = match asked.await {
            Ok(definition) => Item::Collected(definition),
            Err(failure) if failure.is_not_found() && failure.has_code("RoleDefinitionDoesNotExist") => {
                absent(call)
            }
            Err(failure) => failure.item(),
        };
        NamedRole { id: id.clone(), definition }
    }

    /// The deny assignments at the key or above it.
    pub(super) async fn denials(&self) -> Item<Vec<DenyAssignment>> {
        let call = &Call::LIST_DENY_ASSIGNMENTS;
        let vault = match self.vault.required().await {
            Ok(vault) => vault,
            Err(missing) => return Item::Missing(missing),
        };
        let scope = self.key_id(vault).to_string();
        let denials = |shown: Vec<Denial>| shown.into_iter().map(Denial::evidence).collect();
        Box::pin(self.listed(call, &scope, "denyAssignments", "atScope()", denials)).await
    }

    async fn assignments(
        &self,
        call: &Call,
        filter: &str,
        scope: impl FnOnce(&Vault) -> Option<String>,
    ) -> Item<Vec<RoleAssignment>> {
        let (principal, vault) = tokio::join!(self.principal.id(), self.vault.required());
        let principal = match principal {
            Item::Collected(principal) => principal,
            Item::Absent(absent) => return Item::Absent(absent),
            Item::Missing(missing) | Item::Partial { missing, .. } => return Item::Missing(missing),
        };
        let scope = match vault.map(scope) {
            Ok(Some(scope)) => scope,
            Ok(None) => return Failure::unreadable(call, "the vault's id names no subscription").item(),
            Err(missing) => return Item::Missing(missing),
        };
        // Groups and all (RBAC role-assignments-list-rest).
        let filter = format!("{filter}assignedTo('{principal}')");
        let assignments = |shown: Vec<Assignment>| Ok(shown.into_iter().map(Assignment::evidence).collect());
        Box::pin(self.listed(call, &scope, "roleAssignments", &filter, assignments)).await
    }

    async fn listed<S: DeserializeOwned, T>(
        &self,
        call: &Call,
        scope: &str,
        kind: &str,
        filter: &str,
        evidence: impl FnOnce(Vec<S>) -> Result<Vec<T>, String>,
    ) -> Item<Vec<T>> {
        let asked = async {
            let path = format!("{scope}/providers/Microsoft.Authorization/{kind}");
            let url = address(call, RESOURCE_MANAGER, &path, &[VERSION, ("$filter", filter)])?;
            let shown: Vec<S> = every(self.session, call, Audience::ResourceManager, url).await?;
            evidence(shown).map_err(|problem| Failure::unreadable(call, problem))
        };
        asked.await.map_or_else(Failure::item, Item::Collected)
    }

    fn key_id(&self, vault: &Vault) -> Scope {
        vault.id.child(&format!("keys/{}", self.target.key_name))
    }
}
