//! `ekm-preflight.toml`: the targets of a run, how each is judged, and what is accepted of it for a while.
//!
//! Two steps, and two types. A [`file::File`] is the text as it is written, read strictly: an unknown key, a wrong type or
//! a key that stands twice is refused with its place. A [`Configuration`] is what is valid of it: every value has been
//! read as the command line reads its options. Whether the checks that it names exist is asked last
//! ([`Configuration::against`]), since the customer's own are in other files.

use std::fmt;
use std::path::PathBuf;

use jiff::civil::Date;
use thiserror::Error;

use crate::check::Registry;
use crate::collect::aws::Profiles;
use crate::contract::Provider;
use crate::selection::{NoSuchCheck, NotSelectable};
use crate::target::FriendlyName;
use crate::target::arn::Arn;
use crate::target::aws::{AwsRegistration, ExternalId};
use crate::target::azure::{AzureRegistration, KeyName, ObjectId, OrganizationId, TenantId, VaultUri};
use crate::waiver::{Subject, Waiver};

pub mod file;
mod place;
mod settings;
mod starter;
mod valid;

pub use place::Place;
pub use settings::Settings;
pub use starter::STARTER;

/// The file's name, where none is given.
pub const FILE: &str = "ekm-preflight.toml";
/// The file is refused above this size, in bytes: some ten thousand targets.
pub const LARGEST: u64 = 8 * 1024 * 1024;
/// How many targets are read at the same time, where the file does not say.
pub const AT_ONCE: usize = 8;
/// The most that can be read at the same time.
const MOST_AT_ONCE: usize = 64;
/// How long a waiver lasts at most, in years from the day of the run.
const LONGEST_WAIVER: i64 = 2;
/// How many problems of one file are told.
pub(crate) const MOST_PROBLEMS: usize = 20;

/// What a run is to do.
#[derive(Debug, Clone)]
pub struct Configuration {
    /// Directories with the customer's own checks.
    pub checks: Vec<PathBuf>,
    /// How many targets are read at the same time.
    pub at_once: usize,
    /// How targets are judged that don't say otherwise.
    pub defaults: Settings,
    /// The targets, in the order of the file.
    pub targets: Vec<Target>,
    /// The waivers, in the order of the file.
    pub waivers: Vec<(Subject, Waiver)>,
    file: String,
    named_checks: Vec<NamedCheck>,
}

/// A check that the file names.
#[derive(Debug, Clone)]
struct NamedCheck {
    id: String,
    place: Place,
    /// The cloud of the target that names it for itself, where the file tells.
    cloud: Option<Provider>,
}

/// Something that is or is to be registered.
#[derive(Debug, Clone)]
pub struct Target {
    /// Its name in the file, in reports and in waivers, and the registration's friendly name.
    pub name: FriendlyName,
    /// What it is read from.
    pub origin: Origin,
    /// How it is judged, where that is not as the defaults say.
    pub settings: Settings,
}

/// What a target is read from.
#[derive(Debug, Clone)]
pub enum Origin {
    /// An AWS account, or two.
    Aws {
        /// What is to be registered.
        registration: Box<AwsRegistration>,
        /// Whose credentials read it.
        profiles: Profiles,
    },
    /// An Azure tenant.
    Azure(Box<AzureRegistration>),
    /// A Terraform plan or state.
    Plan(Box<PlanFile>),
    /// Evidence that was saved.
    Evidence(PathBuf),
}

impl Origin {
    /// The cloud, where the file tells it.
    fn cloud(&self) -> Option<Provider> {
        match self {
            Self::Aws { .. } => Some(Provider::Aws),
            Self::Azure(_) => Some(Provider::Azure),
            Self::Plan(_) | Self::Evidence(_) => None,
        }
    }
}

/// A Terraform plan or state, and what in it is looked at. Without a registration the plan's own are.
#[derive(Debug, Clone, Default)]
pub struct PlanFile {
    /// What `terraform show -json` printed.
    pub file: PathBuf,
    /// Saved evidence that the planned values are laid over.
    pub over: Option<PathBuf>,
    /// A plan that registers nothing is no error.
    pub allow_none: bool,
    /// The address of the role.
    pub role_address: Option<String>,
    /// The address of the key.
    pub key_address: Option<String>,
    /// The role's ARN.
    pub role_arn: Option<Arn>,
    /// The key's ARN.
    pub kms_arn: Option<Arn>,
    /// The ExternalId that OpenAI passes.
    pub external_id: Option<ExternalId>,
    /// The tenant of the vault.
    pub tenant_id: Option<TenantId>,
    /// The vault.
    pub vault_uri: Option<VaultUri>,
    /// The key's name.
    pub key_name: Option<KeyName>,
    /// The OpenAI organization.
    pub organization_id: Option<OrganizationId>,
    /// The object id of OpenAI's service principal.
    pub service_principal_id: Option<ObjectId>,
}

/// What is wrong with the file, and where.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub struct Problem {
    /// The file's name.
    pub file: String,
    /// Where, if it is at a place.
    pub place: Option<Place>,
    /// What is wrong, and what was expected.
    pub problem: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.file)?;
        if let Some(Place { line, column }) = self.place {
            write!(f, ":{line}:{column}")?;
        }
        write!(f, ": {}", self.problem)
    }
}

/// What a file is read with.
#[derive(Debug, Clone)]
pub struct Reading {
    /// The file's name, for messages: inert already.
    pub file: String,
    /// The directory that its paths begin at.
    pub directory: PathBuf,
    /// The day of the run.
    pub day: Date,
}

/// Reads a file.
///
/// # Errors
/// Everything that is wrong with it, in its order; of text that is no TOML or has another shape the first problem only.
pub fn read(text: &str, reading: &Reading) -> Result<Configuration, Vec<Problem>> {
    let file = file::read(text).map_err(|(place, problem)| {
        vec![Problem { file: reading.file.clone(), place, problem: crate::text::inert(&problem) }]
    })?;
    valid::configuration(file, text, reading)
}

impl Configuration {
    /// Whether all checks exist that the file names, and are of the cloud of the target that names them for itself.
    ///
    /// # Errors
    /// For each that does not, with the one that may have been meant, and for each that is not.
    pub fn against(&self, registry: &Registry) -> Result<(), Vec<Problem>> {
        let wrong = |named: &NamedCheck| match (registry.get(&named.id), named.cloud) {
            (None, _) if !registry.knows(&named.id) => Some(NoSuchCheck::of(&named.id, registry).to_string()),
            (Some(check), Some(provider)) if check.provider() != provider => {
                Some(NotSelectable::Elsewhere { id: named.id.clone(), provider }.to_string())
            }
            _ => None,
        };
        let mut named: Vec<&NamedCheck> = self.named_checks.iter().collect();
        named.sort_by_key(|named| named.place);
        let problems: Vec<Problem> = named
            .into_iter()
            .filter_map(|named| {
                let problem = wrong(named)?;
                Some(Problem { file: self.file.clone(), place: Some(named.place), problem })
            })
            .take(MOST_PROBLEMS)
            .collect();
        if problems.is_empty() { Ok(()) } else { Err(problems) }
    }
}

#[cfg(test)]
mod tests;
