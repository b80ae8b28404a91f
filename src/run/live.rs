//! Live runs: what is asked of a cloud, and what to do where nothing could be read at all.

use std::future::Future;
use std::path::Path;
use std::time::Duration;

use jiff::Timestamp;

use super::files::{Readers, can_be_written, write_whole, written};
use super::terminal::{progress, say};
use super::{Exit, Failure, checks, report, selection};
use crate::cli::{Aws, Azure, Reporting};
use crate::collect;
use crate::contract::Provider;
use crate::evidence::azure::AzureEvidence;
use crate::evidence::{self, Cloud, Evidence, Item, Missing, MissingReason, Source};
use crate::selection::Selection;
use crate::target::aws::{AwsRegistration, RoleArn};
use crate::target::azure::{AzureRegistration, Given};
use crate::target::{FriendlyName, InvalidInput, NotAFriendlyName};
use crate::text::inert;

/// What is not asked for where OpenAI would not take the values.
const NOT_ACCEPTABLE: &str = "OpenAI would not accept the values as written";

/// `ekm-preflight aws`.
pub(super) fn aws(options: &Aws) -> Result<Exit, Failure> {
    let registration = AwsRegistration::parse(&options.role_arn, &options.kms_arn, &options.external_id)?;
    let role = registration.role().ok();
    let default_name = role.as_ref().map_or("openai-ekm", RoleArn::name);
    let run = Run::begin(Provider::Aws, &options.reporting, options.save_evidence.as_deref())?;
    let name = run.name(default_name, "--role-arn")?;
    let profiles = collect::aws::Profiles {
        role: options.role_profile.clone(),
        key: options.key_profile.clone(),
        organization: options.organization_profile.clone(),
    };
    let live = Live::Aws { registration: &registration, profiles: &profiles };
    run.report(name, "reading the role and the key", live, options.timeout)
}

/// `ekm-preflight azure`.
pub(super) fn azure(options: &Azure) -> Result<Exit, Failure> {
    let registration = AzureRegistration::parse(&Given {
        tenant_id: &options.tenant_id,
        vault_uri: &options.vault_uri,
        key_name: &options.key_name,
        organization_id: options.organization_id.as_deref(),
        service_principal_id: options.service_principal_id.as_deref(),
    })?;
    let run = Run::begin(Provider::Azure, &options.reporting, options.save_evidence.as_deref())?;
    let name = run.name(registration.key_name.as_str(), "--key-name")?;
    let published = registration.vault_uri.to_string();
    if published != options.vault_uri {
        say(
            options.reporting.writing.quiet,
            &format!(
                "the vault's URI is registered as `{published}`, the form that OpenAI publishes (`{}` was given)",
                inert(&options.vault_uri)
            ),
        );
    }
    run.report(name, "reading the vault and the key", Live::Azure(&registration), options.timeout)
}

/// A registration, to be read from its cloud.
#[derive(Debug, Clone, Copy)]
pub(super) enum Live<'a> {
    Aws { registration: &'a AwsRegistration, profiles: &'a collect::aws::Profiles },
    Azure(&'a AzureRegistration),
}

/// What the targets of a run are read with: what one of them was told the others need not ask.
#[derive(Debug, Default)]
pub(super) struct Clouds {
    accounts: collect::aws::Accounts,
    tenants: collect::azure::Tenants,
}

impl Live<'_> {
    /// Reads what the selected checks need. A registration that OpenAI would refuse is not asked about.
    pub(super) async fn read(&self, clouds: &Clouds, selection: &Selection, time_limit: Duration) -> Cloud {
        let refused = || Missing::not_asked("", NOT_ACCEPTABLE);
        match *self {
            Live::Aws { registration, profiles } => {
                let seen = match registration.target() {
                    Some(target) => {
                        let options = collect::aws::Options {
                            time_limit,
                            profiles: profiles.clone(),
                            needs: selection.needs(),
                        };
                        Box::pin(clouds.accounts.collect(&target, &options)).await
                    }
                    None => collect::aws::nothing_asked(&refused()),
                };
                let registration = registration.clone();
                Cloud::Aws { registration, other_keys: Vec::new(), evidence: Box::new(seen) }
            }
            Live::Azure(registration) => {
                let seen = match registration.target() {
                    Some(target) => {
                        let options = collect::azure::Options { time_limit, needs: selection.needs() };
                        Box::pin(clouds.tenants.collect(&target, &options)).await
                    }
                    None => collect::azure::nothing_asked(&refused()),
                };
                Cloud::Azure { registration: registration.clone(), evidence: Box::new(seen) }
            }
        }
    }
}

/// What to do where nothing could be read at all, with what was said.
pub(super) fn advice(cloud: &Cloud) -> Vec<String> {
    let advised: Vec<(&str, &Missing)> = match cloud {
        Cloud::Aws { evidence, .. } => {
            let mut callers: Vec<_> =
                [&evidence.caller, &evidence.key_caller].into_iter().filter_map(Item::missing).collect();
            callers.dedup();
            callers.into_iter().filter_map(|missing| Some((advice_on_aws(missing)?, missing))).collect()
        }
        Cloud::Azure { evidence, .. } => advice_on_azure(evidence).into_iter().collect(),
    };
    advised.into_iter().map(|(advice, missing)| format!("{advice}\n  {}", inert(&missing.detail))).collect()
}

fn advice_on_azure(seen: &AzureEvidence) -> Option<(&'static str, &Missing)> {
    let unread = seen.missing();
    if let Some(missing) = unread.into_iter().find(|missing| missing.reason == MissingReason::Credentials) {
        return Some((ADVICE_ON_AZURE_CREDENTIALS, missing));
    }
    // The vault alone may be out of reach; where nothing else answers either, it is not the vault's fault.
    let out_of_reach = [seen.vault_endpoint.missing(), seen.service_principal.missing()].map(|missing| {
        missing
            .filter(|missing| matches!(missing.reason, MissingReason::Unreachable | MissingReason::TimedOut))
    });
    match out_of_reach {
        [Some(_), Some(missing)] => Some((ADVICE_ON_REACHING_AZURE, missing)),
        _ => None,
    }
}

const ADVICE_ON_AZURE_CREDENTIALS: &str = "no usable Azure credentials for this tenant: log in with `az login --tenant ID`, or set AZURE_CLIENT_ID and \
     AZURE_CLIENT_SECRET; `az account get-access-token --tenant ID` shows whether they work";

const ADVICE_ON_REACHING_AZURE: &str =
    "Azure could not be reached: check the network, HTTPS_PROXY and SSL_CERT_FILE, or raise --timeout";

/// Waits for what is read.
pub(super) fn wait<T>(reading: impl Future<Output = T>) -> Result<T, Failure> {
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(Failure::Runtime)?;
    let seen = runtime.block_on(reading);
    // A resolver that still waits for an answer must not hold the program up.
    runtime.shutdown_timeout(Duration::ZERO);
    Ok(seen)
}

/// A run of one target.
struct Run<'a> {
    selection: Selection,
    options: &'a Reporting,
    save_evidence: Option<&'a Path>,
}

impl<'a> Run<'a> {
    /// Everything that can be wrong with the options, before anything is asked.
    fn begin(
        provider: Provider,
        options: &'a Reporting,
        save_evidence: Option<&'a Path>,
    ) -> Result<Self, Failure> {
        let checks = checks::files(&options.judging.selecting.checks);
        can_be_written(written(options, save_evidence), checks.iter().map(AsRef::as_ref))?;
        let selection = selection(&options.judging, provider)?;
        Ok(Self { selection, options, save_evidence })
    }

    /// The name given, or this one.
    fn name(&self, default: &str, option: &str) -> Result<FriendlyName, InvalidInput> {
        if let Some(name) = &self.options.name {
            return Ok(name.clone());
        }
        default.parse().map_err(|NotAFriendlyName| InvalidInput {
            option: option.into(),
            given: default.into(),
            problem: "this can't be the registration's name".into(),
            expected: "a name of its own with --name".into(),
        })
    }

    /// Reads the target, saves the evidence and reports.
    fn report(
        self,
        name: FriendlyName,
        doing: &'static str,
        live: Live<'_>,
        time_limit: Duration,
    ) -> Result<Exit, Failure> {
        let collected_at = now();
        let progress = progress(doing, self.options.writing.quiet);
        let cloud = wait(live.read(&Clouds::default(), &self.selection, time_limit))?;
        progress.finish_and_clear();
        for advice in advice(&cloud) {
            say(self.options.writing.quiet, &advice);
        }
        let evidence = Evidence {
            version: evidence::VERSION,
            name,
            source: Source::Live,
            collected_at,
            cloud,
            plan: None,
        };
        if let Some(file) = self.save_evidence {
            write_whole(file, &evidence::to_json(&evidence)?, Readers::Owner)?;
        }
        report(&[evidence], &self.selection, self.options, None)
    }
}

/// The time, in whole seconds.
pub(super) fn now() -> Timestamp {
    Timestamp::now().round(jiff::Unit::Second).unwrap_or_else(|_| Timestamp::now())
}

fn advice_on_aws(missing: &Missing) -> Option<&'static str> {
    match missing.reason {
        MissingReason::Credentials => Some(
            "no usable AWS credentials: log in with `aws sso login`, set AWS_PROFILE, or set \
             AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY; `aws sts get-caller-identity` shows whether they work",
        ),
        MissingReason::Unreachable | MissingReason::TimedOut => Some(
            "AWS could not be reached: check the network, HTTPS_PROXY and AWS_ENDPOINT_URL, or raise --timeout",
        ),
        _ => None,
    }
}
