//! One configuration's credentials and clients, the account that they are of, and what was asked with them.

use std::any::Any;
use std::sync::Arc;
use std::time::Duration;

use aws_config::profile::ProfileFileCredentialsProvider;
use aws_config::provider_config::ProviderConfig;
use aws_config::{BehaviorVersion, Region, SdkConfig, timeout::TimeoutConfig};
use aws_sdk_sts::config::{ProvideCredentials, SharedCredentialsProvider};
use aws_sdk_sts::error::{ProvideErrorMetadata, SdkError};
use tokio::sync::OnceCell;
use tokio::time::{Instant, timeout_at};

use super::answer::{Answer, answer, chain, credentials_missing, of_call, unreadable};
use super::whole::WholeAnswers;
use crate::collect::shared::{Answered, Shared};
use crate::evidence::aws::Caller;
use crate::evidence::{Item, Missing, MissingReason};
use crate::target::arn::AccountId;

const IDENTITY: &str = "sts:GetCallerIdentity";

/// Organizations is one service for a whole partition, and in the commercial one its requests are signed for this
/// region (General Reference, "AWS Organizations endpoints and quotas"). The SDK sees to that for AWS's own endpoints
/// alone, not for one that is configured.
const ORGANIZATIONS_REGION: Region = Region::from_static("us-east-1");

/// What one target asks with one configuration.
#[derive(Debug)]
pub(super) struct Session {
    deadline: Instant,
    asking: Result<Asking, Missing>,
    caller: OnceCell<Item<Caller>>,
}

#[derive(Debug)]
struct Asking {
    configuration: Arc<Configuration>,
    clients: Clients,
}

/// One profile's settings and credentials, or the environment's, and what was answered to them: the same for every target
/// of a run.
#[derive(Debug)]
pub(super) struct Configuration {
    settings: SdkConfig,
    answers: Shared<(&'static str, String), Told>,
}

/// An answer, of the type that its call's answers have.
#[derive(Debug, Clone)]
struct Told {
    answer: Arc<dyn Any + Send + Sync>,
    failure: Option<MissingReason>,
}

impl Answered for Told {
    fn failure(&self) -> Option<MissingReason> {
        self.failure
    }
}

/// What a look for credentials comes to.
#[derive(Debug, Clone)]
pub(super) enum Configured {
    Ready(Arc<Configuration>),
    Without(Missing),
    TooLate,
}

impl Answered for Configured {
    fn failure(&self) -> Option<MissingReason> {
        match self {
            Self::Ready(_) => None,
            Self::Without(missing) => Some(missing.reason),
            Self::TooLate => Some(MissingReason::TimedOut),
        }
    }
}

/// The configurations that a run reads with, by profile.
pub(super) type Configurations = Shared<Option<String>, Configured>;

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
    /// Loads a profile, or the configuration that the environment names, unless another target has. Without credentials
    /// every call is missing for that one reason.
    pub(super) async fn open(
        configurations: &Configurations,
        profile: Option<String>,
        region: Region,
        deadline: Instant,
        time_limit: Duration,
    ) -> Self {
        let loading = async {
            let loaded = Box::pin(loaded(profile.as_deref(), region.clone(), time_limit));
            match timeout_at(deadline, loaded).await {
                Ok(Ok(settings)) => {
                    Configured::Ready(Arc::new(Configuration { settings, answers: Shared::default() }))
                }
                Ok(Err(missing)) => Configured::Without(missing),
                Err(_) => Configured::TooLate,
            }
        };
        let asking = match configurations.get(profile.clone(), deadline, loading).await {
            Configured::Ready(configuration) => {
                let own = configuration.settings.to_builder();
                let own = own.region(region).timeout_config(timeouts(time_limit)).build();
                Ok(Asking { clients: Clients::of(&own), configuration })
            }
            Configured::Without(missing) => Err(missing),
            Configured::TooLate => {
                Err(credentials_missing("looking for them took longer than the time limit"))
            }
        };
        Self { deadline, asking, caller: OnceCell::new() }
    }

    /// Asks nothing, for a reason.
    pub(super) fn closed(reason: Missing) -> Self {
        Self { deadline: Instant::now(), asking: Err(reason), caller: OnceCell::new() }
    }

    /// Asks one call within the time limit, unless another target has. `about` is what tells it from others of its name.
    pub(super) async fn ask<'a, T, E, F>(
        &'a self,
        call: &'static str,
        about: impl Into<String>,
        send: impl FnOnce(&'a Clients) -> F,
    ) -> Answer<T>
    where
        T: Clone + Send + Sync + 'static,
        E: ProvideErrorMetadata + std::error::Error + 'static,
        F: Future<Output = Result<T, SdkError<E>>>,
    {
        let Asking { configuration, clients } = match &self.asking {
            Ok(asking) => asking,
            Err(missing) => return Answer::Failed(of_call(missing, call)),
        };
        let asked = async {
            // The SDK's futures are tens of kilobytes each, and all of them together wait in one.
            let answer: Answer<T> = match timeout_at(self.deadline, Box::pin(send(clients))).await {
                Ok(result) => answer(call, result),
                Err(_) => Answer::Failed(Missing {
                    call: call.into(),
                    reason: MissingReason::TimedOut,
                    permission: None,
                    detail: "no answer within the time limit; raise it with --timeout".into(),
                }),
            };
            let failure = match &answer {
                Answer::Failed(missing) => Some(missing.reason),
                Answer::Got(_) | Answer::NotThere => None,
            };
            Told { answer: Arc::new(answer), failure }
        };
        let told = configuration.answers.get((call, about.into()), self.deadline, asked).await;
        match told.answer.downcast_ref::<Answer<T>>() {
            Some(answer) => answer.clone(),
            // A call has answers of one type.
            None => Answer::Failed(unreadable(call, "the answer is another call's")),
        }
    }

    /// Who asks, asked once.
    pub(super) async fn caller(&self) -> Item<Caller> {
        let asked = async {
            self.ask(IDENTITY, "", |clients| clients.sts.get_caller_identity().send())
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

/// The SDK has no read timeout of its own.
fn timeouts(time_limit: Duration) -> TimeoutConfig {
    TimeoutConfig::builder()
        .connect_timeout(Duration::from_secs(5))
        .operation_attempt_timeout(Duration::from_secs(10))
        .operation_timeout(time_limit)
        .build()
}

/// The user's configuration, with the key's region: KMS is regional, and the caller's default region says nothing
/// about the key.
///
/// Credentials are looked up once, before anything is asked: their lack is one clear reason and not twenty errors, and
/// a program that hands them out is not run again for each call.
async fn loaded(profile: Option<&str>, region: Region, time_limit: Duration) -> Result<SdkConfig, Missing> {
    let mut loader = aws_config::defaults(BehaviorVersion::latest())
        .region(region.clone())
        .timeout_config(timeouts(time_limit));
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
            // The SDK passes over a profile that is not there.
            None => match std::env::var("AWS_PROFILE") {
                Ok(profile) if !profile.is_empty() => format!(
                    "AWS_PROFILE names the profile `{profile}`, which gives no credentials (`aws configure list-profiles` \
                     lists the profiles): {said}"
                ),
                _ => said,
            },
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
