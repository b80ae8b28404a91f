//! Reading an Azure tenant: the vault and the key, OpenAI's service principal, and who may do what with the key.
//!
//! Each call is made once, and as soon as what it depends on is known: the vault's own answers at once; what is asked at
//! the vault's id after Azure Resource Manager has shown the vault; assignments also after Microsoft Graph has shown the
//! principal; roles after the assignments. Where one way gives no answer there is sometimes a second one, which is taken
//! only then.

use std::collections::BTreeSet;
use std::env;
use std::time::Duration;

use crate::evidence::azure::{AzureEvidence, Call, Endpoint, EvidenceKey};
use crate::evidence::{Item, Missing};
use crate::target::azure::AzureTarget;

mod address;
mod answer;
mod authorization;
mod challenge;
mod key;
mod login;
mod network;
mod pages;
mod principal;
mod session;
mod vault;

use answer::{Answer, Why, absent};
use authorization::AuthorizationReader;
use key::KeyReader;
use login::{Audience, Environment};
use principal::PrincipalReader;
use session::Session;
use vault::VaultReader;

/// How to read.
#[derive(Debug, Clone)]
pub struct Options {
    /// For everything together.
    pub time_limit: Duration,
    /// What the selected checks read. Nothing else is asked, but for what leads to these.
    pub needs: BTreeSet<EvidenceKey>,
}

const NOT_NEEDED: &str = "no selected check reads it";

/// Reads everything that the checks need of one target. A call that fails is in the evidence as missing; nothing here
/// ends the run. Who asks is what the environment says (`AZURE_CLIENT_ID`, …), or a developer's login.
pub async fn collect(target: &AzureTarget, options: &Options) -> AzureEvidence {
    Tenants::default().collect(target, options).await
}

/// The tenants that a run reads. What was answered to one target is not asked again for another: tokens, a vault,
/// OpenAI's service principal, roles and what is assigned where.
#[derive(Debug, Default)]
pub struct Tenants(session::Tenants);

impl Tenants {
    /// Reads everything that the checks need of one target, as [`collect`] does.
    pub async fn collect(&self, target: &AzureTarget, options: &Options) -> AzureEvidence {
        Box::pin(seen(&self.0, target, options)).await
    }
}

async fn seen(tenants: &session::Tenants, target: &AzureTarget, options: &Options) -> AzureEvidence {
    let environment = Environment::new(|name| env::var(name).ok());
    let asked = asked(&options.needs);
    let needed = audiences(&asked);
    let session = Session::new(tenants, target.tenant, environment, options.time_limit, needed);
    let vault = VaultReader::new(&session, target);
    let key = KeyReader::new(&session, target, &vault);
    let principal = PrincipalReader::new(&session, target);
    let authorization = AuthorizationReader::new(&session, target, &vault, &principal);

    let mut seen = nothing_asked(&Missing::not_asked("", NOT_NEEDED));
    let mut endpoint = None;
    let is = |key| asked.contains(&key);
    tokio::join!(
        async {
            if is(EvidenceKey::VaultEndpoint) {
                endpoint = Some(Box::pin(vault.endpoint()).await);
            }
        },
        fill(&mut seen.vault, is(EvidenceKey::Vault), async { vault.vault().await.clone() }),
        fill(&mut seen.key, is(EvidenceKey::Key), key.key()),
        fill(&mut seen.key_versions, is(EvidenceKey::KeyVersions), key.versions()),
        fill(&mut seen.key_rotation_policy, is(EvidenceKey::KeyRotationPolicy), key.rotation_policy()),
        fill(&mut seen.service_principal, is(EvidenceKey::ServicePrincipal), principal.principal()),
        fill(&mut seen.service_principal_groups, is(EvidenceKey::ServicePrincipalGroups), principal.groups()),
        fill(&mut seen.role_assignments, is(EvidenceKey::RoleAssignments), authorization.at_key()),
        fill(
            &mut seen.subscription_role_assignments,
            is(EvidenceKey::SubscriptionRoleAssignments),
            authorization.in_subscription()
        ),
        fill(&mut seen.role_definitions, is(EvidenceKey::RoleDefinitions), authorization.definitions()),
        fill(&mut seen.deny_assignments, is(EvidenceKey::DenyAssignments), authorization.denials()),
    );
    if let Some(endpoint) = endpoint {
        let host = target.vault.host();
        settle(&mut seen, endpoint, host, session.hosts().found_another_than(host));
    }
    seen
}

async fn fill<T>(item: &mut Item<T>, asked: bool, read: impl Future<Output = Item<T>>) {
    if asked {
        *item = Box::pin(read).await;
    }
}

/// What the vault's host said, now that everything else was asked. A vault that does not exist shows in nothing but its
/// name (Key Vault soft-delete-overview), and a name that the resolver does not know is proof only where the resolver
/// works and Azure Resource Manager does not show the vault all the same: in a network with a private zone for vaults of
/// its own, others that have private endpoints have no name (Key Vault private-link-diagnostics).
fn settle(seen: &mut AzureEvidence, endpoint: Answer<Endpoint>, host: &str, resolver_works: bool) {
    let failure = match endpoint {
        Ok(endpoint) => {
            seen.vault_endpoint = Item::Collected(endpoint);
            return;
        }
        Err(failure) => failure,
    };
    let no_such_host = matches!(&failure.why, Why::NoSuchHost(name) if name == host);
    if !no_such_host || !resolver_works || seen.vault.collected().is_some() {
        seen.vault_endpoint = failure.item();
        return;
    }
    seen.vault_endpoint = absent(&Call::CHALLENGE);
    // What is not there has nothing in it and nothing at it.
    fn gone<T>(item: &mut Item<T>) {
        if !item.missing().is_some_and(|missing| missing.call.is_empty()) {
            *item = absent(&Call::CHALLENGE);
        }
    }
    gone(&mut seen.vault);
    gone(&mut seen.key);
    gone(&mut seen.key_versions);
    gone(&mut seen.key_rotation_policy);
    gone(&mut seen.role_assignments);
    gone(&mut seen.deny_assignments);
}

/// The evidence of a target of which nothing is asked, for a reason.
pub fn nothing_asked(reason: &Missing) -> AzureEvidence {
    fn missing<T>(reason: &Missing) -> Item<T> {
        Item::Missing(reason.clone())
    }
    AzureEvidence {
        vault_endpoint: missing(reason),
        vault: missing(reason),
        key: missing(reason),
        key_versions: missing(reason),
        key_rotation_policy: missing(reason),
        service_principal: missing(reason),
        service_principal_groups: missing(reason),
        role_assignments: missing(reason),
        subscription_role_assignments: missing(reason),
        role_definitions: missing(reason),
        deny_assignments: missing(reason),
    }
}

/// What is asked: what is needed, and what leads there.
fn asked(needs: &BTreeSet<EvidenceKey>) -> BTreeSet<EvidenceKey> {
    use EvidenceKey as K;
    let mut asked = needs.clone();
    if needs.contains(&K::RoleDefinitions) {
        asked.extend([K::RoleAssignments, K::SubscriptionRoleAssignments]);
    }
    let assigned = [K::RoleAssignments, K::SubscriptionRoleAssignments];
    if assigned.iter().any(|key| asked.contains(key)) {
        asked.extend([K::ServicePrincipal, K::Vault]);
    }
    if needs.contains(&K::ServicePrincipalGroups) {
        asked.insert(K::ServicePrincipal);
    }
    if needs.contains(&K::DenyAssignments) {
        asked.insert(K::Vault);
    }
    asked
}

/// The services that are asked whatever they answer.
fn audiences(asked: &BTreeSet<EvidenceKey>) -> Vec<Audience> {
    let asks = |keys: &[EvidenceKey]| keys.iter().any(|key| asked.contains(key));
    let mut audiences = Vec::new();
    if asks(&[EvidenceKey::Vault]) {
        audiences.push(Audience::ResourceManager);
    }
    if asks(&[EvidenceKey::ServicePrincipal]) {
        audiences.push(Audience::Graph);
    }
    if asks(&[EvidenceKey::Key, EvidenceKey::KeyVersions, EvidenceKey::KeyRotationPolicy]) {
        audiences.push(Audience::Vault);
    }
    audiences
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evidence::MissingReason;

    const HOST: &str = "contoso-ekm.vault.azure.net";

    fn no_such_host(host: &str) -> Answer<Endpoint> {
        let failure =
            answer::Failure::new(&Call::CHALLENGE, MissingReason::Unreachable, "there is no such host");
        Err(answer::Failure { why: Why::NoSuchHost(host.into()), ..failure })
    }

    /// Everything was asked, and nothing answered.
    fn nothing_answered() -> AzureEvidence {
        let failure = answer::Failure::new(&Call::LIST_VAULTS, MissingReason::Denied, "not in any");
        nothing_asked(&failure.missing)
    }

    #[test]
    fn a_vault_without_a_name_does_not_exist() {
        let mut seen = nothing_answered();
        seen.key_rotation_policy = Item::Missing(Missing::not_asked("", NOT_NEEDED));
        settle(&mut seen, no_such_host(HOST), HOST, true);
        assert_eq!(seen.vault_endpoint, absent(&Call::CHALLENGE));
        assert_eq!(seen.vault, absent(&Call::CHALLENGE));
        assert_eq!(seen.key, absent(&Call::CHALLENGE));
        assert_eq!(seen.role_assignments, absent(&Call::CHALLENGE));
        // What nobody asked about stays so, and what is elsewhere stays missing.
        assert_eq!(seen.key_rotation_policy.missing().unwrap().reason, MissingReason::NotAsked);
        assert_eq!(seen.service_principal.missing().unwrap().reason, MissingReason::Denied);
    }

    #[test]
    fn a_name_that_is_not_found_is_no_proof_by_itself() {
        for (endpoint, resolver_works) in [
            (no_such_host(HOST), false),
            (no_such_host("proxy.contoso.com"), true),
            (Err(answer::Failure::unreadable(&Call::CHALLENGE, "odd")), true),
        ] {
            let mut seen = nothing_answered();
            settle(&mut seen, endpoint.clone(), HOST, resolver_works);
            assert!(seen.vault_endpoint.missing().is_some(), "{endpoint:?}");
            assert_eq!(seen.vault.missing().unwrap().reason, MissingReason::Denied, "{endpoint:?}");
        }
    }

    #[test]
    fn a_vault_that_is_seen_exists_whatever_its_name_does() {
        let mut seen = nothing_answered();
        seen.vault = Item::Collected(crate::evidence::azure::Vault {
            id: "/subscriptions/0b1f6471-1bf0-4dda-aec3-cb9272f09590/resourceGroups/rg/providers/Microsoft.KeyVault/vaults/contoso-ekm".parse().unwrap(),
            tenant_id: "72f988bf-86f1-41af-91ab-2d7cd011db47".parse().unwrap(),
            vault_uri: "https://contoso-ekm.vault.azure.net/".parse().unwrap(),
            rbac_authorization: Some(true),
            access_policies: vec![],
            public_network_access: None,
            network_rules: None,
            private_endpoints: 1,
            purge_protection: None,
            provisioning_state: None,
        });
        settle(&mut seen, no_such_host(HOST), HOST, true);
        assert!(seen.vault_endpoint.missing().is_some());
        assert!(seen.vault.collected().is_some());
    }

    #[test]
    fn what_leads_there_is_asked_too() {
        use EvidenceKey as K;
        let cases = [
            (vec![], vec![], vec![]),
            (vec![K::VaultEndpoint], vec![K::VaultEndpoint], vec![]),
            (vec![K::Key], vec![K::Key], vec![Audience::Vault]),
            (vec![K::DenyAssignments], vec![K::Vault, K::DenyAssignments], vec![Audience::ResourceManager]),
            (
                vec![K::RoleDefinitions],
                vec![
                    K::Vault,
                    K::ServicePrincipal,
                    K::RoleAssignments,
                    K::SubscriptionRoleAssignments,
                    K::RoleDefinitions,
                ],
                vec![Audience::ResourceManager, Audience::Graph],
            ),
        ];
        for (needs, expected, services) in cases {
            let asked = asked(&needs.iter().copied().collect());
            assert_eq!(asked, expected.into_iter().collect(), "{needs:?}");
            assert_eq!(audiences(&asked), services, "{needs:?}");
        }
    }
}
