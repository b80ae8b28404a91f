//! Reading an Azure tenant: the vault and the key, OpenAI's service principal, and who may do what with the key.

use std::collections::BTreeSet;
use std::time::Duration;

use crate::evidence::azure::{AzureEvidence, EvidenceKey};
use crate::evidence::{Item, Missing};
use crate::target::azure::AzureTarget;

/// How to read.
#[derive(Debug, Clone)]
pub struct Options {
    /// For everything together.
    pub time_limit: Duration,
    /// What the selected checks read. Nothing else is asked, but for what leads to these.
    pub needs: BTreeSet<EvidenceKey>,
}

/// Reads everything that the checks need of one target. A call that fails is in the evidence as missing; nothing here
/// ends the run.
pub async fn collect(_target: &AzureTarget, _options: &Options) -> AzureEvidence {
    nothing_asked(&Missing::not_asked("", "not yet"))
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
