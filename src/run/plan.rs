//! `ekm-preflight plan`, and plans among the targets of a run.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;

use super::files::{Readers, can_be_written, read, read_bytes, write_whole, written};
use super::live::now;
use super::terminal::say;
use super::{Exit, Failure, LARGEST_EVIDENCE, checks, selected, write};
use crate::cli::{Judging, Plan, PlanTarget};
use crate::contract::Provider;
use crate::evidence::{self, Evidence};
use crate::report::{Judged, Report};
use crate::selection::Selection;
use crate::terraform::{self, AwsNamed, AzureNamed, Refused, Wanted};
use crate::waiver::Waivers;

/// What is said of plans that register nothing, where that is allowed.
pub(super) const NOTHING: &str = "the plan holds no registration: there is nothing to judge";
/// A plan is refused above this size, in bytes.
const LARGEST_PLAN: u64 = 128 * 1024 * 1024;

pub(super) fn run(options: &Plan) -> Result<Exit, Failure> {
    let checks = checks::files(&options.reporting.judging.selecting.checks);
    let read = [Some(options.file.as_path()), options.over.as_deref()].into_iter().flatten();
    let inputs = read.chain(checks.iter().map(AsRef::as_ref));
    can_be_written(written(&options.reporting, options.save_evidence.as_deref()), inputs)?;
    let wanted = Wanted { name: options.reporting.name.clone(), ..wanted(&options.target) };
    let evidence = match evidence_of(&options.file, options.over.as_deref(), wanted) {
        Err(Failure::Plan { problem: Refused::NoRegistration, .. }) if options.allow_none => {
            say(options.reporting.writing.quiet, NOTHING);
            let registry = checks::registry_for_judging(&options.reporting.judging.selecting.checks)?;
            return write(&Report::of_nothing(), &registry, &options.reporting, Some(&options.file));
        }
        other => other?,
    };
    for (file, option) in [(&options.save_evidence, "save-evidence"), (&options.reporting.payload, "payload")]
    {
        if file.is_some() && evidence.len() > 1 {
            return Err(Failure::Several(evidence.len(), option));
        }
    }
    let selections = selections(&options.reporting.judging, &evidence)?;
    let judged: Vec<Judged<'_>> = evidence
        .iter()
        .filter_map(|evidence| {
            let selection = selections.get(evidence.cloud.provider().as_str())?;
            let name = evidence.name.as_str();
            Some(Judged { target: name, name, evidence, selection })
        })
        .collect();
    let Some(first) = judged.first() else { return Ok(Exit::UNDETERMINED) };
    if let Some(file) = &options.save_evidence {
        write_whole(file, &evidence::to_json(first.evidence)?, Readers::Owner)?;
    }
    let report = Report::with_waivers(&judged, &Waivers::default());
    write(&report, first.selection.registry(), &options.reporting, Some(&options.file))
}

/// What is chosen of the checks of each cloud that there is evidence of.
fn selections(
    options: &Judging,
    evidence: &[Evidence],
) -> Result<BTreeMap<&'static str, Selection>, Failure> {
    let names: BTreeSet<&str> = evidence.iter().map(|one| one.cloud.provider().as_str()).collect();
    let clouds: Vec<Provider> =
        Provider::ALL.into_iter().filter(|cloud| names.contains(cloud.as_str())).collect();
    let directories = &options.selecting.checks;
    let registry = Arc::new(match clouds.as_slice() {
        [cloud] => checks::registry_of(*cloud, directories)?,
        _ => checks::registry_for_judging(directories)?,
    });
    clouds
        .into_iter()
        .map(|cloud| Ok((cloud.as_str(), selected(options, Arc::clone(&registry), cloud)?)))
        .collect()
}

/// The evidence of each registration that a plan holds, laid over saved evidence where that is given.
pub(super) fn evidence_of(
    file: &Path,
    over: Option<&Path>,
    wanted: Wanted,
) -> Result<Vec<Evidence>, Failure> {
    let over = over.map(|file| {
        let (file, text) = read(file, LARGEST_EVIDENCE)?;
        evidence::from_json(&text).map_err(|problem| Failure::Evidence { file, problem })
    });
    let wanted = Wanted { over: over.transpose()?, ..wanted };
    let (file, bytes) = read_bytes(file, LARGEST_PLAN)?;
    terraform::text(bytes)
        .map_err(Refused::NotAPlan)
        .and_then(|text| terraform::read(&text, &wanted, now()))
        .map_err(|problem| Failure::Plan { file, problem })
}

/// What is named on the command line.
fn wanted(target: &PlanTarget) -> Wanted {
    Wanted::of(
        AwsNamed {
            role_arn: target.role_arn.clone(),
            role_address: target.role_address.clone(),
            kms_arn: target.kms_arn.clone(),
            key_address: target.key_address.clone(),
            external_id: target.external_id.clone(),
        },
        AzureNamed {
            tenant_id: target.tenant_id.clone(),
            vault_uri: target.vault_uri.clone(),
            key_name: target.key_name.clone(),
            key_address: target.key_address.clone(),
            organization_id: target.organization_id.clone(),
            service_principal_id: target.service_principal_id.clone(),
        },
    )
}
