//! Where a customer's account is: in an organization that it manages, in one of another account's, or in none.

use aws_sdk_organizations::types::PolicyType;

use crate::emulator::{Emulator, Keys};
use crate::moto::{new_account_id, root_of};
use crate::organization::Organization;
use crate::setup::{Attached, Place};

/// The policy of AWS's own that a new account and unit have (Organizations User Guide, "SCP evaluation").
const FULL_ACCESS: &str = "p-FullAWSAccess";

/// An account's place.
#[derive(Debug, Clone)]
pub(crate) struct Placed {
    /// The account.
    pub(crate) account: String,
    /// The id of its organization; empty where it is in none.
    pub(crate) organization: String,
    /// Who reads the organization, where the account itself can't.
    pub(crate) reader: Reader,
}

/// Who reads an organization.
#[derive(Debug, Clone)]
pub(crate) enum Reader {
    /// The account's own auditor.
    Own,
    /// An auditor in this account, which manages it.
    In(String),
    /// A session in moto, which lets it read everything.
    InMoto(String, Keys),
}

impl Placed {
    /// Makes an account in this place.
    pub(crate) async fn new(emulator: &Emulator, place: &Place) -> Self {
        match place {
            Place::Management(policies) => {
                let account = new_account_id();
                let own = Organization::of(&emulator.url, root_of(&account), account.clone()).await;
                attach(&own, &PolicyType::ServiceControlPolicy, policies, &own.root).await;
                Self { account, organization: own.id, reader: Reader::Own }
            }
            Place::Member(attached) => member(emulator, attached).await,
            Place::MemberUnderResourceControl(policies) => {
                let kind = PolicyType::ResourceControlPolicy;
                let organization = Organization::create(&emulator.both).await;
                organization.enable(kind.clone()).await;
                let unit = organization.unit("keys", &organization.root).await;
                let account = organization.member(&unit).await;
                attach(&organization, &kind, policies, &unit).await;
                let reader = Reader::InMoto(emulator.both.moto.clone(), organization.keys);
                Self { account, organization: organization.id, reader }
            }
            Place::Nowhere => {
                let account = new_account_id();
                let keys = emulator.both.session_in(&account).await;
                let reader = Reader::InMoto(emulator.both.moto.clone(), keys);
                Self { account, organization: String::new(), reader }
            }
        }
    }
}

async fn member(emulator: &Emulator, attached: &Attached) -> Placed {
    let kind = PolicyType::ServiceControlPolicy;
    let management = new_account_id();
    let organization = Organization::of(&emulator.url, root_of(&management), management).await;
    let unit = organization.unit("keys", &organization.root).await;
    // As in AWS, where the emulator leaves a new unit without any (Organizations User Guide, "SCP evaluation").
    organization.attach_there(FULL_ACCESS, &unit).await;
    let account = organization.member(&unit).await;
    attach(&organization, &kind, &attached.to_unit, &unit).await;
    if let Some(policy) = &attached.to_account_instead {
        organization.attach(&kind, "instead", &policy.to_string(), &account).await;
        organization.detach(FULL_ACCESS, &account).await;
    }
    Placed { account, organization: organization.id, reader: Reader::In(organization.management_account) }
}

async fn attach(
    organization: &Organization,
    kind: &PolicyType,
    policies: &[serde_json::Value],
    target: &str,
) {
    for (number, policy) in policies.iter().enumerate() {
        organization.attach(kind, &format!("policy-{number}"), &policy.to_string(), target).await;
    }
}
