//! What a plan does to a registered key in Azure beyond what the calls' decisions tell.

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
