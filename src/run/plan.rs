//! `ekm-preflight plan`.

use super::files::{outputs_differ, read, read_bytes, write_whole};
use super::live::now;
use super::terminal::print;
use super::{Exit, Failure, LARGEST_EVIDENCE, report, selection};
use crate::cli::{Plan, PlanTarget};
use crate::evidence::{self, Evidence};
use crate::terraform::{self, AwsNamed, AzureNamed, Refused, Wanted};

/// A plan is refused above this size, in bytes.
const LARGEST_PLAN: u64 = 128 * 1024 * 1024;

pub(super) fn run(options: &Plan) -> Result<Exit, Failure> {
    outputs_differ(&options.reporting, options.save_evidence.as_deref())?;
    let evidence = match evidence_of(options) {
        Err(Failure::Plan { problem: Refused::NoRegistration, .. }) if options.allow_none => {
            if !options.reporting.writing.quiet {
                print("the plan holds no registration: there is nothing to judge\n")?;
            }
            return Ok(Exit::Ready);
        }
        other => other?,
    };
    for (file, option) in [(&options.save_evidence, "save-evidence"), (&options.reporting.payload, "payload")]
    {
        if file.is_some() && evidence.len() > 1 {
            return Err(Failure::Several(evidence.len(), option));
        }
    }
    let Some(provider) = evidence.first().map(|evidence| evidence.cloud.provider()) else {
        return Ok(Exit::Undetermined);
    };
    let selection = selection(&options.reporting.judging, provider)?;
    if let (Some(file), Some(evidence)) = (&options.save_evidence, evidence.first()) {
        write_whole(file, &evidence::to_json(evidence)?)?;
    }
    report(&evidence, &selection, &options.reporting, Some(&options.file))
}

/// The evidence of each registration that the plan holds.
fn evidence_of(options: &Plan) -> Result<Vec<Evidence>, Failure> {
    let over = options.over.as_deref().map(|file| {
        let (file, text) = read(file, LARGEST_EVIDENCE)?;
        evidence::from_json(&text).map_err(|problem| Failure::Evidence { file, problem })
    });
    let mut wanted = wanted(&options.target);
    wanted.name.clone_from(&options.reporting.name);
    wanted.over = over.transpose()?;
    let (file, bytes) = read_bytes(&options.file, LARGEST_PLAN)?;
    terraform::decoded(bytes)
        .map_err(Refused::NotAPlan)
        .and_then(|text| terraform::read(&text, &wanted, now()))
        .map_err(|problem| Failure::Plan { file, problem })
}

/// What is named on the command line.
fn wanted(target: &PlanTarget) -> Wanted {
    let aws = AwsNamed {
        role_arn: target.role_arn.clone(),
        role_address: target.role_address.clone(),
        kms_arn: target.kms_arn.clone(),
        key_address: target.key_address.clone(),
        external_id: target.external_id.clone(),
    };
    let azure = AzureNamed {
        tenant_id: target.tenant_id.clone(),
        vault_uri: target.vault_uri.clone(),
        key_name: target.key_name.clone(),
        key_address: target.key_address.clone(),
        organization_id: target.organization_id.clone(),
        service_principal_id: target.service_principal_id.clone(),
    };
    let of_azure = |address: &String| address.contains("azurerm_");
    let (mut aws, mut azure) = (aws, azure);
    // A key's address says which cloud it is of.
    azure.key_address.take_if(|address| !of_azure(address));
    aws.key_address.take_if(|address| of_azure(address));
    Wanted {
        aws: Some(aws).filter(|named| *named != AwsNamed::default()),
        azure: Some(azure).filter(|named| *named != AzureNamed::default()),
        ..Wanted::default()
    }
}
