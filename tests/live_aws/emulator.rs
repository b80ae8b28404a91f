//! The emulator of role and key, and clients of it as whoever is asked for.

use aws_config::Region;

use crate::moto::{Emulators, configuration, root_of};

pub(crate) use crate::moto::{Keys, REGION};

/// The emulators.
#[derive(Debug, Clone)]
pub(crate) struct Emulator {
    /// Where the one listens that enforces policies.
    pub(crate) url: String,
    /// Both, for organizations.
    pub(crate) both: Emulators,
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
    /// The emulators that `tests/run` started; without them, says so.
    pub(crate) fn from_environment() -> Option<Self> {
        Emulators::from_environment().map(|both| Self { url: both.ministack.clone(), both })
    }

    /// Runs a test to its end.
    pub(crate) fn run(&self, test: impl Future<Output = ()>) {
        self.both.run(test);
    }

    /// Clients with the given keys, in a region.
    pub(crate) fn with(&self, keys: &Keys, region: &str) -> Clients {
        let configuration =
            configuration(&self.url, keys).into_builder().region(Region::new(region.to_owned())).build();
        Clients {
            iam: aws_sdk_iam::Client::new(&configuration),
            kms: aws_sdk_kms::Client::new(&configuration),
            sts: aws_sdk_sts::Client::new(&configuration),
        }
    }

    /// Clients as the root of an account.
    pub(crate) fn root_of(&self, account: &str) -> Clients {
        self.with(&root_of(account), REGION)
    }
}
