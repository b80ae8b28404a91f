//! The emulator, and clients of it as whoever is asked for.

use std::time::Duration;

use aws_config::timeout::TimeoutConfig;
use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_sdk_iam::config::{Credentials, SharedCredentialsProvider};

/// The region that all keys are in.
pub(crate) const REGION: &str = "eu-central-1";

/// Where `tests/run` has the emulator listen.
const ADDRESS: &str = "EKM_PREFLIGHT_MINISTACK";

/// The emulator.
#[derive(Debug, Clone)]
pub(crate) struct Emulator {
    /// Where it listens.
    pub(crate) url: String,
}

/// Access keys of a user, or of a session.
#[derive(Debug, Clone)]
pub(crate) struct Keys {
    /// The access key's id.
    pub(crate) id: String,
    /// The access key.
    pub(crate) secret: String,
    /// The session's token; `None` for users.
    pub(crate) token: Option<String>,
}

impl Keys {
    /// The root of an account: the emulator takes an access key id of 12 digits for that.
    pub(crate) fn of_root(account: &str) -> Self {
        Self { id: account.into(), secret: "test".into(), token: None }
    }
}

/// Clients of the services that setups use, all as one caller.
#[derive(Debug, Clone)]
pub(crate) struct Clients {
    /// Roles, users and policies.
    pub(crate) iam: aws_sdk_iam::Client,
    /// Keys.
    pub(crate) kms: aws_sdk_kms::Client,
    /// Sessions.
    pub(crate) sts: aws_sdk_sts::Client,
}

impl Emulator {
    /// The emulator that `tests/run` started; without one, says so.
    pub(crate) fn from_environment() -> Option<Self> {
        let url = std::env::var(ADDRESS).ok();
        if url.is_none() {
            println!("skipped: start tests/run, which runs an emulator");
        }
        url.map(|url| Self { url })
    }

    /// Runs a test to its end. Each has a runtime of its own, since connections end with the runtime.
    pub(crate) fn run(&self, test: impl Future<Output = ()>) {
        tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .expect("starts the runtime")
            .block_on(test);
    }

    /// Clients with the given keys.
    pub(crate) fn with(&self, keys: Keys) -> Clients {
        let config = self.configuration(keys);
        Clients {
            iam: aws_sdk_iam::Client::new(&config),
            kms: aws_sdk_kms::Client::new(&config),
            sts: aws_sdk_sts::Client::new(&config),
        }
    }

    /// Clients as the root of an account.
    pub(crate) fn root_of(&self, account: &str) -> Clients {
        self.with(Keys::of_root(account))
    }

    /// The configuration of clients with the given keys.
    pub(crate) fn configuration(&self, keys: Keys) -> SdkConfig {
        let credentials = Credentials::new(keys.id, keys.secret, keys.token, None, "test");
        SdkConfig::builder()
            .behavior_version(BehaviorVersion::latest())
            .endpoint_url(&self.url)
            .region(Region::new(REGION))
            .credentials_provider(SharedCredentialsProvider::new(credentials))
            // The SDK itself waits for an answer without end.
            .timeout_config(TimeoutConfig::builder().operation_timeout(Duration::from_secs(30)).build())
            .build()
    }
}
