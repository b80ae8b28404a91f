//! A Terraform plan or state, read into the same evidence that live collection fills.
//!
//! ```text
//! text ──document──▶ instances, configuration ──join──▶ values, symbols ──aws, azure──▶ evidence, before and after
//! ```
//!
//! What the plan creates is known whole. What is known only after apply becomes a symbol where the configuration tells
//! what it will be, and is missing with the attribute's address where it does not. What existed before and stands outside
//! of the plan is missing where it could take access away or add to it, unless live evidence is laid under the plan.
//! Everything here is pure.

use std::collections::BTreeSet;

use jiff::Timestamp;

use crate::encoding::decoded;
use crate::evidence::plan::PlanLimit;
use crate::evidence::{Cloud, Evidence};
use crate::target::FriendlyName;

mod attribute;
mod aws;
mod azure;
mod configuration;
mod document;
mod instances;
mod join;
mod kind;
mod planned;
mod refused;
mod symbols;
mod traversal;

pub use kind::{ReadKind, read_kinds};
pub use refused::{NotAPlan, Refused};

use document::Document;
use instances::Instance;
use planned::Planned;
use symbols::Symbols;

/// What is asked of a plan.
#[derive(Debug, Clone, Default)]
pub struct Wanted {
    /// The registration in AWS, as far as it is named.
    pub aws: Option<AwsNamed>,
    /// The registration in Azure, as far as it is named.
    pub azure: Option<AzureNamed>,
    /// The registration's friendly name.
    pub name: Option<FriendlyName>,
    /// Live evidence that the planned values are laid over.
    pub over: Option<Evidence>,
}

impl Wanted {
    /// What is named of either cloud. The address of a key says which cloud it is of.
    pub fn of(mut aws: AwsNamed, mut azure: AzureNamed) -> Self {
        let of_azure = |address: &String| address.contains("azurerm_");
        azure.key_address.take_if(|address| !of_azure(address));
        aws.key_address.take_if(|address| of_azure(address));
        Self {
            aws: Some(aws).filter(|named| *named != AwsNamed::default()),
            azure: Some(azure).filter(|named| *named != AzureNamed::default()),
            ..Self::default()
        }
    }
}

/// What is named of a registration in AWS: as options of the command line, as text. What is not named is found in the
/// plan.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AwsNamed {
    /// `--role-arn`
    pub role_arn: Option<String>,
    /// `--role-address`: a resource that is the role.
    pub role_address: Option<String>,
    /// `--kms-arn`
    pub kms_arn: Option<String>,
    /// `--key-address`: a resource that is the key, or an alias of it.
    pub key_address: Option<String>,
    /// `--external-id`
    pub external_id: Option<String>,
}

/// What is named of a registration in Azure: as options of the command line, as text. What is not named is found in the
/// plan.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AzureNamed {
    /// `--tenant-id`
    pub tenant_id: Option<String>,
    /// `--vault-uri`
    pub vault_uri: Option<String>,
    /// `--key-name`
    pub key_name: Option<String>,
    /// `--key-address`: a resource that is the key.
    pub key_address: Option<String>,
    /// `--organization-id`
    pub organization_id: Option<String>,
    /// `--service-principal-id`
    pub service_principal_id: Option<String>,
}

/// The text of a plan's JSON.
///
/// # Errors
/// For bytes that are none: the saved plan itself, which is a ZIP archive, or nothing at all.
pub fn text(bytes: Vec<u8>) -> Result<String, NotAPlan> {
    if bytes.starts_with(b"PK\x03\x04") {
        return Err(NotAPlan::Binary);
    }
    let text = decoded(bytes)?;
    if text.trim().is_empty() { Err(NotAPlan::Empty) } else { Ok(text) }
}

/// Reads a plan or state into evidence, one for each registration that it holds or that is named. A plan that does not
/// say when it was made is taken to be of `now`.
///
/// # Errors
/// For text that is no plan, for a plan without a registration, and for names that the plan does not hold.
pub fn read(text: &str, wanted: &Wanted, now: Timestamp) -> Result<Vec<Evidence>, Refused> {
    let document = Document::read(text)?;
    let made = document.timestamp.unwrap_or(now);
    // Dates are judged by what was read last.
    let read = wanted.over.as_ref().map(|over| over.collected_at);
    let at = read.map_or(made, |read| read.max(made));
    let planned = Planned { document: &document, symbols: Symbols::of(text), at };
    let mut found = Vec::new();
    if wanted.aws.is_some() || (wanted.azure.is_none() && document.holds(&["aws_", "openai_"])) {
        found.extend(aws::evidence(&planned, wanted)?);
    }
    if wanted.azure.is_some() || (wanted.aws.is_none() && document.holds(&["azurerm_", "azuread_"])) {
        found.extend(azure::evidence(&planned, wanted)?);
    }
    let of_over = wanted.over.as_ref().map(|over| over.cloud.provider());
    match of_over {
        _ if found.is_empty() => Err(no_registration(&planned)),
        Some(cloud) if found.iter().all(|evidence| evidence.cloud.provider() != cloud) => {
            Err(Refused::OverElsewhere(cloud))
        }
        _ => {
            for evidence in &mut found {
                inheriting(evidence, &planned);
                evidence_over(evidence, wanted.over.as_ref());
            }
            Ok(found)
        }
    }
}

/// Configurations of providers that are taken to be inherited. A module's own, in which nothing is set, looks the same.
fn inheriting(evidence: &mut Evidence, planned: &Planned<'_>) {
    let kinds: &[&str] = match evidence.cloud {
        Cloud::Aws { .. } => &["aws_"],
        Cloud::Azure { .. } => &["azurerm_", "azuread_"],
    };
    let of_cloud = |one: &&Instance| kinds.iter().any(|kind| one.kind.name.starts_with(kind));
    let instances = planned.document.instances.iter().filter(of_cloud);
    let said: BTreeSet<String> = instances
        .filter_map(|instance| planned.document.configured(instance))
        .filter_map(|resource| {
            Some(format!("`{}` is taken to be `{}`", resource.inherits.as_ref()?, resource.provider))
        })
        .collect();
    if let (false, Some(plan)) = (said.is_empty(), evidence.plan.as_mut()) {
        let said: Vec<String> = said.into_iter().collect();
        plan.limits.push(PlanLimit {
            what: format!("provider {} of the root module", said.join(", ")),
            lift: "name the provider in the `required_providers` of each module on the way".into(),
        });
    }
}

/// What the plan is laid over is as old as it is.
fn evidence_over(evidence: &mut Evidence, over: Option<&Evidence>) {
    let of_cloud = over.filter(|over| over.cloud.provider() == evidence.cloud.provider());
    let elsewhere = of_cloud.and_then(|over| of_another(&over.cloud, &evidence.cloud));
    if let (Some(elsewhere), Some(plan)) = (elsewhere, evidence.plan.as_mut()) {
        plan.limits.push(elsewhere);
    } else if let (Some(over), Some(plan)) = (of_cloud, evidence.plan.as_mut()) {
        let day = over.collected_at.strftime("%Y-%m-%d at %H:%M UTC");
        plan.limits.push(PlanLimit {
            what: format!("what stands outside of the plan is as it was read on {day}"),
            lift: "read it anew before the apply".into(),
        });
    }
}

/// That evidence is of another registration altogether, and tells of accounts or of the tenant alone.
fn of_another(over: &Cloud, judged: &Cloud) -> Option<PlanLimit> {
    let of = match (over, judged) {
        (Cloud::Aws { registration: over, evidence, .. }, Cloud::Aws { registration: judged, .. }) => {
            let key = evidence.key.collected().is_some_and(|key| key.arn == judged.kms_arn);
            let same = over.role_arn == judged.role_arn || over.kms_arn == judged.kms_arn || key;
            (!same).then(|| format!("of the role `{}` and the key `{}`", over.role_arn, over.kms_arn))
        }
        (Cloud::Azure { registration: over, .. }, Cloud::Azure { registration: judged, .. }) => {
            let same = over.tenant_id == judged.tenant_id && over.vault_uri == judged.vault_uri;
            (!same).then(|| format!("of the key `{}` in `{}`", over.key_name, over.vault_uri))
        }
        (Cloud::Aws { .. }, Cloud::Azure { .. }) | (Cloud::Azure { .. }, Cloud::Aws { .. }) => None,
    }?;
    Some(PlanLimit {
        what: format!("the evidence of --over is {of}, and tells little of what is judged here"),
        lift: "give the evidence of this registration".into(),
    })
}

/// Why nothing is found: there is none, or the plan may say nothing of it.
fn no_registration(planned: &Planned<'_>) -> Refused {
    let all = &planned.document.left_out;
    let of = |kinds: &'static [&'static str]| all.iter().filter(move |one| kinds.contains(&one.kind.name));
    let registrations = of(&["openai_external_key", "azuread_service_principal"]);
    let at_keys = of(&["azurerm_key_vault_key", "azurerm_role_assignment"]);
    let at_keys = at_keys.filter(|_| azure::has_principal(planned));
    let left_out: Vec<String> = registrations.chain(at_keys).map(|one| one.address.clone()).collect();
    if left_out.is_empty() { Refused::NoRegistration } else { Refused::LeftOut(left_out) }
}
