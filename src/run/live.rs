//! Live runs: what is asked of a cloud, and what to do where nothing could be read at all.

use std::future::Future;
use std::io::{self, Write};
use std::path::Path;
use std::time::Duration;

use jiff::Timestamp;

use super::files::{outputs_differ, write_whole};
use super::terminal::progress;
use super::{Exit, Failure, report, selection};
use crate::cli::{Aws, Azure, Reporting};
use crate::collect;
use crate::contract::Provider;
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
    let collected_at = now();
    let seen = match registration.target() {
        Some(target) => {
            let collector = collect::aws::Options {
                time_limit: options.timeout,
                profiles: collect::aws::Profiles {
                    role: options.role_profile.clone(),
                    key: options.key_profile.clone(),
                    organization: options.organization_profile.clone(),
                },
                needs: run.selection.needs(),
            };
            run.collected("reading the role and the key", collect::aws::collect(&target, &collector))?
        }
        None => collect::aws::nothing_asked(&Missing::not_asked("", NOT_ACCEPTABLE)),
    };
    let mut callers: Vec<_> =
        [&seen.caller, &seen.key_caller].into_iter().filter_map(Item::missing).collect();
    callers.dedup();
    for missing in callers {
        run.advise(advice_on_aws(missing), missing);
    }
    let cloud = Cloud::Aws { registration, evidence: Box::new(seen) };
    run.end(Evidence {
        version: evidence::VERSION,
        name,
        source: Source::Live,
        collected_at,
        cloud,
        plan: None,
    })
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
        run.say(&format!(
            "the vault's URI is registered as `{published}`, the form that OpenAI publishes (`{}` was given)",
            inert(&options.vault_uri)
        ));
    }
    let collected_at = now();
    let seen = match registration.target() {
        Some(target) => {
            let collector =
                collect::azure::Options { time_limit: options.timeout, needs: run.selection.needs() };
            run.collected("reading the vault and the key", collect::azure::collect(&target, &collector))?
        }
        None => collect::azure::nothing_asked(&Missing::not_asked("", NOT_ACCEPTABLE)),
    };
    let unread = seen.missing();
    let credentials = unread.iter().find(|missing| missing.reason == MissingReason::Credentials);
    // The vault alone may be out of reach; where nothing else answers either, it is not the vault's fault.
    let out_of_reach = [seen.vault_endpoint.missing(), seen.service_principal.missing()].map(|missing| {
        missing
            .filter(|missing| matches!(missing.reason, MissingReason::Unreachable | MissingReason::TimedOut))
    });
    match (credentials, out_of_reach) {
        (Some(missing), _) => run.advise(Some(ADVICE_ON_AZURE_CREDENTIALS), missing),
        (None, [Some(_), Some(missing)]) => run.advise(Some(ADVICE_ON_REACHING_AZURE), missing),
        _ => {}
    }
    let cloud = Cloud::Azure { registration, evidence: Box::new(seen) };
    run.end(Evidence {
        version: evidence::VERSION,
        name,
        source: Source::Live,
        collected_at,
        cloud,
        plan: None,
    })
}

const ADVICE_ON_AZURE_CREDENTIALS: &str = "no usable Azure credentials for this tenant: log in with `az login --tenant ID`, or set AZURE_CLIENT_ID and \
     AZURE_CLIENT_SECRET; `az account get-access-token --tenant ID` shows whether they work";

const ADVICE_ON_REACHING_AZURE: &str =
    "Azure could not be reached: check the network, HTTPS_PROXY and SSL_CERT_FILE, or raise --timeout";

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
        outputs_differ(options, save_evidence)?;
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

    /// Waits for what is read.
    fn collected<T>(&self, doing: &'static str, reading: impl Future<Output = T>) -> Result<T, Failure> {
        let runtime =
            tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(Failure::Runtime)?;
        let progress = progress(doing, self.options.quiet);
        let seen = runtime.block_on(reading);
        progress.finish_and_clear();
        // A resolver that still waits for an answer must not hold the program up.
        runtime.shutdown_timeout(Duration::ZERO);
        Ok(seen)
    }

    /// What to do where nothing could be read, and what was said.
    fn advise(&self, advice: Option<&str>, missing: &Missing) {
        if let Some(advice) = advice {
            self.say(&format!("{advice}\n  {}", inert(&missing.detail)));
        }
    }

    fn say(&self, text: &str) {
        if !self.options.quiet {
            let _ = writeln!(io::stderr(), "{text}");
        }
    }

    /// Saves the evidence and reports.
    fn end(self, evidence: Evidence) -> Result<Exit, Failure> {
        if let Some(file) = self.save_evidence {
            write_whole(file, &evidence::to_json(&evidence)?)?;
        }
        report(&[evidence], &self.selection, self.options, None)
    }
}

fn now() -> Timestamp {
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
