//! What a plan does to a registered key in Azure beyond what the calls' decisions tell.

use super::network;
use crate::evidence::Item;
use crate::evidence::azure::AzureEvidence;
use crate::facts::change::Compared;
use crate::target::azure::AzureRegistration;

/// Compares what was there before a plan with what will be there.
pub(in crate::facts) fn compared(
    (was, before): (&AzureRegistration, &AzureEvidence),
    (will_be, after): (&AzureRegistration, &AzureEvidence),
) -> Compared {
    let mut repointed = Vec::new();
    let of = |registration: &AzureRegistration| {
        [
            ("tenant", registration.tenant_id.to_string()),
            ("vault", registration.vault_uri.to_string()),
            ("key", registration.key_name.to_string()),
        ]
    };
    for ((what, was), (_, will_be)) in of(was).into_iter().zip(of(will_be)) {
        if was != will_be {
            repointed.push(format!("the registered {what} is `{was}` and becomes `{will_be}`"));
        }
    }
    // Azure decides by who calls and by the key's id: conditions, which could ask for more, are never decided.
    let principal = |evidence: &AzureEvidence| evidence.service_principal.collected().map(|one| one.id);
    let vault = |evidence: &AzureEvidence| evidence.vault.collected().map(|vault| vault.id.clone());
    Compared {
        same_requests: repointed.is_empty()
            && principal(before) == principal(after)
            && vault(before) == vault(after),
        repointed,
        disabled: Vec::new(),
    }
}

/// Both sides as if the vault had no firewall, where it has one that lets in afterwards whomever it let in before: which of
/// OpenAI's addresses it lets in is not known, and makes no difference to what the change takes away.
pub(in crate::facts) fn behind_the_firewall(
    before: &AzureEvidence,
    after: &AzureEvidence,
) -> Option<(AzureEvidence, AzureEvidence)> {
    let (was, will_be) = (before.vault.known()?, after.vault.known()?);
    if !network::lets_in_no_fewer(was, will_be) {
        return None;
    }
    let without = |evidence: &AzureEvidence| {
        let mut evidence = evidence.clone();
        if let Item::Collected(vault) | Item::Partial { known: vault, .. } = &mut evidence.vault {
            vault.network_rules = None;
        }
        // It refused whoever asked by the same rules.
        if let Item::Collected(endpoint) = &mut evidence.vault_endpoint {
            endpoint.refused.take_if(|code| code.eq_ignore_ascii_case("ForbiddenByFirewall"));
        }
        evidence
    };
    Some((without(before), without(after)))
}
