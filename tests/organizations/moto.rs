//! moto, an emulator of AWS that has organizations, and clients of it as whichever account is asked for.

use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use aws_config::timeout::TimeoutConfig;
use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_sdk_sts::config::{Credentials, SharedCredentialsProvider};

/// The region that all keys are in.
pub(crate) const REGION: &str = "eu-central-1";
/// Where `tests/run` has moto listen.
const MOTO: &str = "EKM_PREFLIGHT_MOTO";
/// Where `tests/run` has ministack listen.
const MINISTACK: &str = "EKM_PREFLIGHT_MINISTACK";

/// Both emulators.
#[derive(Debug, Clone)]
pub(crate) struct Emulators {
    /// Where moto listens: organizations.
    pub(crate) moto: String,
    /// Where ministack listens: all else.
    pub(crate) ministack: String,
}

/// Access keys of an account's session.
#[derive(Debug, Clone)]
pub(crate) struct Keys {
    /// The access key's id.
    pub(crate) id: String,
    /// The access key.
    pub(crate) secret: String,
    /// The session's token.
    pub(crate) token: Option<String>,
}

impl Emulators {
    /// The emulators that `tests/run` started; without them, says so.
    pub(crate) fn from_environment() -> Option<Self> {
        let both = std::env::var(MOTO).ok().zip(std::env::var(MINISTACK).ok());
        if both.is_none() {
            println!("skipped: start tests/run, which runs emulators");
        }
        both.map(|(moto, ministack)| Self { moto, ministack })
    }

    /// Runs a test to its end. Each has a runtime of its own, since connections end with the runtime.
    pub(crate) fn run(&self, test: impl Future<Output = ()>) {
        tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .expect("starts the runtime")
            .block_on(test);
    }

    /// A session in an account of moto's: it lets anybody take any role of any account, there or not.
    pub(crate) async fn session_in(&self, account: &str) -> Keys {
        let anybody = Keys { id: "AKIAEXAMPLE".into(), secret: "example".into(), token: None };
        let sts = aws_sdk_sts::Client::new(&configuration(&self.moto, &anybody));
        let assume = sts.assume_role().role_session_name("test");
        let assumed = assume.role_arn(format!("arn:aws:iam::{account}:role/administrator")).send().await;
        let keys = assumed.expect("takes the role").credentials.expect("has credentials");
        Keys { id: keys.access_key_id, secret: keys.secret_access_key, token: Some(keys.session_token) }
    }
}

/// The root of an account in ministack, which takes an access key id of 12 digits for that.
pub(crate) fn root_of(account: &str) -> Keys {
    Keys { id: account.into(), secret: "test".into(), token: None }
}

/// The configuration of a client with these keys.
pub(crate) fn configuration(url: &str, keys: &Keys) -> SdkConfig {
    let credentials =
        Credentials::new(keys.id.clone(), keys.secret.clone(), keys.token.clone(), None, "test");
    SdkConfig::builder()
        .behavior_version(BehaviorVersion::latest())
        .endpoint_url(url)
        .region(Region::new(REGION))
        .credentials_provider(SharedCredentialsProvider::new(credentials))
        // The SDK itself waits for an answer without end.
        .timeout_config(TimeoutConfig::builder().operation_timeout(Duration::from_secs(30)).build())
        .build()
}

/// A new id for each account: tests share nothing, so they can run at once, and a second run on one emulator meets no
/// account of the first.
pub(crate) fn new_account_id() -> String {
    static MADE: AtomicU32 = AtomicU32::new(0);
    let made = MADE.fetch_add(1, Ordering::Relaxed);
    format!("2{:07}{made:04}", std::process::id())
}
