//! One configuration's credentials and clients, and the account that they are of.

use std::time::Duration;

use aws_config::profile::ProfileFileCredentialsProvider;
use aws_config::provider_config::ProviderConfig;
use aws_config::{BehaviorVersion, Region, SdkConfig, timeout::TimeoutConfig};
use aws_sdk_sts::config::{ProvideCredentials, SharedCredentialsProvider};
use aws_sdk_sts::error::{ProvideErrorMetadata, SdkError};
use tokio::sync::OnceCell;
use tokio::time::{Instant, timeout_at};

use super::answer::{Answer, answer, chain, credentials_missing, of_call};
use super::whole::WholeAnswers;
use crate::evidence::aws::Caller;
use crate::evidence::{Item, Missing, MissingReason};
use crate::target::arn::AccountId;

const IDENTITY: &str = "sts:GetCallerIdentity";

/// Organizations is one service for a whole partition, and in the commercial one its requests are signed for this
/// region (General Reference, "AWS Organizations endpoints and quotas"). The SDK sees to that for AWS's own endpoints
/// alone, not for one that is configured.
const ORGANIZATIONS_REGION: Region = Region::from_static("us-east-1");

/// What one configuration can ask.
#[derive(Debug)]
pub(super) struct Session {
    deadline: Instant,
    clients: Result<Clients, Missing>,
    caller: OnceCell<Item<Caller>>,
}

/// The services, all asked with the same credentials.
#[derive(Debug)]
pub(super) struct Clients {
    sts: aws_sdk_sts::Client,
    pub(super) iam: aws_sdk_iam::Client,
    pub(super) kms: aws_sdk_kms::Client,
    pub(super) organizations: aws_sdk_organizations::Client,
}

/// Which account a session's answers are of.
#[derive(Debug, Clone)]
pub(super) enum Answering {
    /// The account that was asked about.
    Same,
    /// Another one.
    Other(AccountId),
    /// It could not be read.
    Unknown(Missing),
}

impl Session {
    /// Loads a profile, or the configuration that the environment names. Without credentials every call is missing for
    /// that one reason.
    pub(super) async fn open(
        profile: Option<String>,
        region: Region,
        deadline: Instant,
        time_limit: Duration,
    ) -> Self {
        let configured = Box::pin(configuration(profile.as_deref(), region, time_limit));
        let clients = match timeout_at(deadline, configured).await {
            Ok(config) => config.map(|config| Clients::of(&config)),
            Err(_) => Err(credentials_missing("looking for them took longer than the time limit")),
        };
        Self { deadline, clients, caller: OnceCell::new() }
    }

    /// Asks nothing, for a reason.
    pub(super) fn closed(reason: Missing) -> Self {
        Self { deadline: Instant::now(), clients: Err(reason), caller: OnceCell::new() }
    }

    /// Asks one call within the time limit.
    pub(super) async fn ask<'a, T, E, F>(
        &'a self,
        call: &'static str,
        send: impl FnOnce(&'a Clients) -> F,
    ) -> Answer<T>
    where
        E: ProvideErrorMetadata + std::error::Error + 'static,
        F: Future<Output = Result<T, SdkError<E>>>,
    {
        let clients = match &self.clients {
            Ok(clients) => clients,
            Err(missing) => return Answer::Failed(of_call(missing, call)),
        };
        // The SDK's futures are tens of kilobytes each, and all of them together wait in one.
        match timeout_at(self.deadline, Box::pin(send(clients))).await {
            Ok(result) => answer(call, result),
            Err(_) => Answer::Failed(Missing {
                call: call.into(),
                reason: MissingReason::TimedOut,
                permission: None,
                detail: "no answer within the time limit; raise it with --timeout".into(),
            }),
        }
    }

    /// Who asks, asked once.
    pub(super) async fn caller(&self) -> Item<Caller> {
        let asked = async {
            self.ask(IDENTITY, |clients| clients.sts.get_caller_identity().send())
                .await
                .and_then(IDENTITY, |output| {
                    Some(Caller {
                        account: output.account()?.parse().ok()?,
                        arn: output.arn()?.parse().ok()?,
                    })
                })
                .item(IDENTITY)
        };
        self.caller.get_or_init(|| asked).await.clone()
    }

    /// Whether the answers are of this account.
    pub(super) async fn answering(&self, account: &AccountId) -> Answering {
        match self.caller().await {
            Item::Collected(caller) if caller.account == *account => Answering::Same,
            Item::Collected(caller) => Answering::Other(caller.account),
            Item::Missing(missing) | Item::Partial { missing, .. } => Answering::Unknown(missing),
            Item::Absent(_) => Answering::Unknown(Missing::not_asked(IDENTITY, "")),
        }
    }
}

impl Clients {
    fn of(config: &SdkConfig) -> Self {
        let sts = aws_sdk_sts::config::Builder::from(config).interceptor(WholeAnswers);
        let iam = aws_sdk_iam::config::Builder::from(config).interceptor(WholeAnswers);
        let kms = aws_sdk_kms::config::Builder::from(config).interceptor(WholeAnswers);
        let organizations = aws_sdk_organizations::config::Builder::from(config)
            .region(ORGANIZATIONS_REGION)
            .interceptor(WholeAnswers);
        Self {
            sts: aws_sdk_sts::Client::from_conf(sts.build()),
            iam: aws_sdk_iam::Client::from_conf(iam.build()),
            kms: aws_sdk_kms::Client::from_conf(kms.build()),
            organizations: aws_sdk_organizations::Client::from_conf(organizations.build()),
        }
    }
}

/// The user's configuration, with the key's region: KMS is regional, and the caller's default region says nothing
/// about the key. The SDK has no read timeout of its own.
///
/// Credentials are looked up once, before anything is asked: their lack is one clear reason and not twenty errors, and
/// a program that hands them out is not run again for each call.
async fn configuration(
    profile: Option<&str>,
    region: Region,
    time_limit: Duration,
) -> Result<SdkConfig, Missing> {
    let timeouts = TimeoutConfig::builder()
        .connect_timeout(Duration::from_secs(5))
        .operation_attempt_timeout(Duration::from_secs(10))
        .operation_timeout(time_limit)
        .build();
    let mut loader =
        aws_config::defaults(BehaviorVersion::latest()).region(region.clone()).timeout_config(timeouts);
    if let Some(profile) = profile {
        loader = loader.profile_name(profile).credentials_provider(credentials_of(profile, region));
    }
    let config = loader.load().await;
    let Some(provider) = config.credentials_provider() else {
        return Err(credentials_missing("no provider of credentials is configured"));
    };
    let credentials = provider.provide_credentials().await.map_err(|error| {
        let said = chain(&error);
        credentials_missing(&match profile {
            Some(profile) => format!(
                "the profile `{profile}` gives no credentials (`aws configure list-profiles` lists the profiles): {said}"
            ),
            None => said,
        })
    })?;
    Ok(config.to_builder().credentials_provider(SharedCredentialsProvider::new(credentials)).build())
}

/// The credentials of a profile that was asked for, and no others. The SDK's chain would look into the environment
/// first, where the AWS CLI's `--profile` overrides it, and into the machine's role after a profile that is not there.
fn credentials_of(profile: &str, region: Region) -> ProfileFileCredentialsProvider {
    ProfileFileCredentialsProvider::builder()
        .configure(&ProviderConfig::without_region().with_region(Some(region)))
        .profile_name(profile)
        .build()
}
