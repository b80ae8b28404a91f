//! Evidence to facts.

use jiff::Timestamp;

use super::authorization::{self, Call};
use super::key::TheKey;
use super::layer::{self, Layer};
use super::principal::{Principal, because};
use super::roles::Roles;
use super::vault::SeenVault;
use super::vocabulary::AzureTargetValues;
use super::{
    AzureFacts, Form, KeyFacts, NetworkFacts, PrivilegeFacts, RoleFacts, ServicePrincipalFacts, VaultFacts,
    network,
};
use crate::assume::Assumptions;
use crate::contract;
use crate::evidence::azure::AzureEvidence;
use crate::facts::change::ChangeFacts;
use crate::facts::path::{Step, StepKind};
use crate::facts::{DecisionFacts, Derived, Fact, Limit, UnknownBecause, ValueForm};
use crate::target::azure::{AzureRegistration, AzureTarget};

/// What the identity step is called: OpenAI asks Microsoft Entra for a token.
const TOKEN: &str = "oauth2/v2.0/token";

/// Derives everything from the registration, what was seen, and what is assumed of OpenAI's calls, as of the time of
/// the evidence.
pub fn derive(
    registration: &AzureRegistration,
    evidence: &AzureEvidence,
    assumptions: &Assumptions,
    now: Timestamp,
) -> Derived {
    let known = Known::of_registered(registration, evidence, assumptions, now);
    let [identity, read, encrypt, decrypt] = &known.path;
    let facts = AzureFacts {
        form: Form {
            vault_uri: ValueForm::of(registration.vault_uri.vault_name().map(|_| ())),
            key_name: ValueForm::of(registration.key_name.acceptable()),
            organization: registration.key_name.organization().unwrap_or_default().to_owned(),
        },
        vault: known.vault,
        network: known.network,
        service_principal: known.service_principal,
        key: known.key,
        role: known.role,
        privilege: known.privilege,
        identity: DecisionFacts::of(identity),
        read: DecisionFacts::of(read),
        encrypt: DecisionFacts::of(encrypt),
        decrypt: DecisionFacts::of(decrypt),
        change: ChangeFacts::default(),
    };
    let limits = known.limits.into_iter().chain(assumptions.limits()).collect();
    Derived {
        facts: serde_json::to_value(&facts).unwrap_or_default(),
        target: serde_json::to_value(AzureTargetValues::from(registration)).unwrap_or_default(),
        places: places(registration, &known.path),
        path: known.path.into(),
        limits,
    }
}

/// OpenAI's calls alone, decided as [`derive()`] decides them.
pub(in crate::facts) fn path(
    registration: &AzureRegistration,
    evidence: &AzureEvidence,
    assumptions: &Assumptions,
    now: Timestamp,
) -> Vec<Step> {
    Known::of_registered(registration, evidence, assumptions, now).path.into()
}

/// What the evidence says of one target.
struct Known {
    vault: VaultFacts,
    network: NetworkFacts,
    service_principal: ServicePrincipalFacts,
    key: KeyFacts,
    role: RoleFacts,
    privilege: PrivilegeFacts,
    path: [Step; 4],
    limits: Vec<Limit>,
}

impl Known {
    fn of_registered(
        registration: &AzureRegistration,
        evidence: &AzureEvidence,
        assumptions: &Assumptions,
        now: Timestamp,
    ) -> Self {
        match registration.target() {
            Some(target) => Self::of(&target, evidence, assumptions, now),
            None => Self::not_asked(),
        }
    }

    fn of(target: &AzureTarget, evidence: &AzureEvidence, assumptions: &Assumptions, now: Timestamp) -> Self {
        let assumed = assumptions.source_address();
        let vault = SeenVault::of(target, evidence);
        let principal = Principal::of(evidence, target.service_principal);
        let key = TheKey::of(&vault, evidence, now);
        let roles = Roles::of(&vault, evidence, &principal);
        let place = |layer: Layer| place(layer, target);
        let on_key = |kind: StepKind, call: Call| {
            let mut said = vault.said();
            // Behind a vault that is not there is nothing to say.
            if vault.exists() != Fact::Known(false) {
                said.push(principal.said());
                said.push(network::said(&vault, assumed));
                said.extend(authorization::said(call, &vault, &roles));
                said.extend(key.said(kind));
            }
            layer::step(kind, call.action, said, place)
        };
        let identity = layer::step(StepKind::Identity, TOKEN, vec![principal.said()], place);
        Self {
            path: [
                identity,
                on_key(StepKind::Read, authorization::READ),
                on_key(StepKind::Encrypt, authorization::ENCRYPT),
                on_key(StepKind::Decrypt, authorization::DECRYPT),
            ],
            vault: vault.facts(),
            network: NetworkFacts::of(&vault, assumed),
            service_principal: principal.facts(),
            key: key.facts(),
            role: RoleFacts::of(&roles),
            privilege: PrivilegeFacts::of(&vault, &roles),
            limits: principal.limit().into_iter().chain(network::limit(&vault)).collect(),
        }
    }

    /// Of values that OpenAI would not accept: nothing was asked.
    fn not_asked() -> Self {
        let because = [because("azure.vault", "not_asked")];
        let step = |kind, action| layer::not_asked(kind, action, Layer::RoleAssignment);
        Self {
            vault: VaultFacts::unknown(&because),
            network: NetworkFacts::unknown(&because),
            service_principal: ServicePrincipalFacts::unknown(&because),
            key: KeyFacts::unknown(&because),
            role: RoleFacts::unknown(&because),
            privilege: PrivilegeFacts::unknown(&because),
            path: [
                layer::not_asked(StepKind::Identity, TOKEN, Layer::ServicePrincipal),
                step(StepKind::Read, contract::azure::READ),
                step(StepKind::Encrypt, contract::azure::ENCRYPT),
                step(StepKind::Decrypt, contract::azure::DECRYPT),
            ],
            limits: Vec::new(),
        }
    }
}

/// The call that shows what a layer says, and what it is made on.
fn place(layer: Layer, target: &AzureTarget) -> String {
    let key = format!("{}keys/{}", target.vault, target.key_name);
    match layer {
        Layer::ServicePrincipal => {
            format!("graph:ListServicePrincipals of {}", contract::azure::APPLICATION_ID)
        }
        Layer::RoleAssignment => format!("arm:ListRoleAssignments of {key}"),
        Layer::DenyAssignment => format!("arm:ListDenyAssignments of {key}"),
        Layer::AccessPolicy | Layer::Network => format!("arm:GetVault of {}", target.vault),
        Layer::KeyState | Layer::KeyOperations => format!("keyvault:GetKey of {key}"),
    }
}

fn places(registration: &AzureRegistration, path: &[Step; 4]) -> Vec<(&'static str, String)> {
    let [identity, read, encrypt, decrypt] = path.each_ref().map(|step| step.place.clone());
    let vault = &registration.vault_uri;
    let key = format!("{vault}keys/{}", registration.key_name);
    let of = |call: &str, what: &dyn std::fmt::Display| Some(format!("{call} of {what}"));
    let by_group = [
        ("form.vault_uri", Some("--vault-uri".to_owned())),
        ("form.key_name", Some("--key-name".to_owned())),
        ("form.organization", Some("--key-name".to_owned())),
        ("vault", of("arm:GetVault", vault)),
        ("vault.exists", of("keyvault:Challenge", vault)),
        ("vault.tenant_id", of("keyvault:Challenge", vault)),
        ("network", of("arm:GetVault", vault)),
        ("service_principal", of("graph:ListServicePrincipals", &contract::azure::APPLICATION_ID)),
        ("key", of("keyvault:GetKey", &key)),
        ("key.disabled_versions", of("keyvault:ListKeyVersions", &key)),
        ("key.rotates", of("keyvault:GetKeyRotationPolicy", &key)),
        ("role", of("arm:ListRoleAssignments", &key)),
        ("privilege", of("arm:ListSubscriptionRoleAssignments", vault)),
        ("identity", identity),
        ("read", read),
        ("encrypt", encrypt),
        ("decrypt", decrypt),
    ];
    by_group.into_iter().filter_map(|(group, place)| Some((group, place?))).collect()
}

impl VaultFacts {
    fn unknown(because: &[UnknownBecause]) -> Self {
        let open = || because.to_vec();
        Self {
            exists: Fact::Unknown(open()),
            provisioned: Fact::Unknown(open()),
            tenant_id: Fact::Unknown(open()),
            subscription_id: Fact::Unknown(open()),
            rbac: Fact::Unknown(open()),
            purge_protection: Fact::Unknown(open()),
        }
    }
}

impl NetworkFacts {
    fn unknown(because: &[UnknownBecause]) -> Self {
        let open = || Fact::Unknown(because.to_vec());
        Self {
            reachable: open(),
            public_access_disabled: open(),
            secured_by_perimeter: open(),
            allowed_addresses: Fact::Unknown(because.to_vec()),
            default_deny: open(),
            trusted_services: open(),
            private_endpoints: open(),
        }
    }
}

impl ServicePrincipalFacts {
    fn unknown(because: &[UnknownBecause]) -> Self {
        Self {
            exists: Fact::Unknown(because.to_vec()),
            enabled: Fact::Unknown(because.to_vec()),
            object_id: Fact::Unknown(because.to_vec()),
            is_the_one_given: Fact::Unknown(because.to_vec()),
        }
    }
}

impl KeyFacts {
    fn unknown(because: &[UnknownBecause]) -> Self {
        let open = || because.to_vec();
        Self {
            exists: Fact::Unknown(open()),
            kind: Fact::Unknown(open()),
            enabled: Fact::Unknown(open()),
            started: Fact::Unknown(open()),
            expired: Fact::Unknown(open()),
            expires: Fact::Unknown(open()),
            not_before: Fact::Unknown(open()),
            operations: Fact::Unknown(open()),
            disabled_versions: Fact::Unknown(open()),
            rotates: Fact::Unknown(open()),
        }
    }
}
