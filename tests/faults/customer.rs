//! The customer of these tests: a ready account in which every call has something to find, in an organization that
//! takes every call to read.

use aws_sdk_kms::types::GrantOperation;
use aws_sdk_organizations::Client;
use aws_sdk_organizations::types::PolicyType;
use serde_json::json;

use crate::account::{Account, Registration};
use crate::emulator::Emulator;
use crate::moto::{configuration, new_account_id, root_of};
use crate::place::{Placed, Reader};
use crate::policy::{documented_role_policy, trust_also_of};
use crate::setup::Setup;

/// AWS's own policy that allows everything, which the emulator attaches to the root and to each new account alone
/// (Organizations User Guide, "SCP evaluation").
const FULL: &str = "p-FullAWSAccess";
/// Denies nothing that OpenAI asks for.
const NO_DELETION: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":"kms:ScheduleKeyDeletion","Resource":"*"}]}"#;
/// What AWS attaches wherever resource control policies are enabled; the emulator has none (Organizations User Guide,
/// "Resource control policies").
const RESOURCES_FULL: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":"*","Action":"*","Resource":"*"}]}"#;

/// What is registered with OpenAI, and who may read the organization above it.
#[derive(Debug, Clone)]
pub(crate) struct Customer {
    pub(crate) registration: Registration,
    /// The organization's management account; `None` leaves the organization to the account's own caller.
    pub(crate) management_account: Option<String>,
}

impl Customer {
    /// The documented setup, a managed policy, a tag, an alias and a grant; the account is a member in a unit, under
    /// policies of both kinds, and its role trusts another member as well.
    pub(crate) fn build(emulator: &Emulator, registered_key: &'static str) -> Self {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        runtime.expect("starts the runtime").block_on(Self::built(emulator, registered_key))
    }

    async fn built(emulator: &Emulator, registered_key: &'static str) -> Self {
        let management_account = new_account_id();
        let organization = Client::new(&configuration(&emulator.url, &root_of(&management_account)));
        let [account, another] = govern(&organization).await;
        let setup = Setup {
            trust: trust_also_of(json!({ "AWS": format!("arn:aws:iam::{another}:root") })),
            attached_policies: vec![documented_role_policy()],
            key_tags: &[("purpose", "openai")],
            grants: vec![("$ROLE", GrantOperation::Encrypt), ("$ROLE", GrantOperation::Decrypt)],
            registered_key,
            ..Setup::documented("faults")
        };
        let registration = {
            let reader = Reader::In(management_account.clone());
            let placed = Placed { account, organization: String::new(), reader };
            Account::build_at(placed, emulator, &setup).await.registration
        };
        Self { registration, management_account: Some(management_account) }
    }

    /// The account of the role, as the evidence of a ready run has it.
    pub(crate) fn account(&self) -> &str {
        self.registration.role_arn.split(':').nth(4).expect("the role is of an account")
    }
}

/// Makes two members, the first of them in a unit, with policies of both kinds at the root, the unit and the member.
async fn govern(organization: &Client) -> [String; 2] {
    let roots = organization.list_roots().send().await.expect("lists the root").roots.expect("has a root");
    let root = roots[0].id().expect("has an id");
    let enable = organization.enable_policy_type().root_id(root);
    enable.policy_type(PolicyType::ResourceControlPolicy).send().await.expect("enables them");
    let create = organization.create_organizational_unit().name("workloads").parent_id(root).send().await;
    let unit = create.expect("makes the unit").organizational_unit.and_then(|unit| unit.id);
    let unit = unit.expect("has an id");
    let [account, another] = [member(organization).await, member(organization).await];
    let moved = organization.move_account().account_id(&account).source_parent_id(root);
    moved.destination_parent_id(&unit).send().await.expect("moves the account");

    let deletion = policy(organization, PolicyType::ServiceControlPolicy, "no-deletion", NO_DELETION).await;
    let full = policy(organization, PolicyType::ResourceControlPolicy, "full", RESOURCES_FULL).await;
    for (policy, target) in
        [(FULL, unit.as_str()), (&deletion, &unit), (&full, root), (&full, &unit), (&full, &account)]
    {
        let attach = organization.attach_policy().policy_id(policy).target_id(target);
        attach.send().await.expect("attaches the policy");
    }
    [account, another]
}

async fn member(organization: &Client) -> String {
    let create = organization.create_account().account_name("member").email("member@example.com");
    let made = create.send().await.expect("makes the account").create_account_status;
    made.and_then(|made| made.account_id).expect("has an id")
}

async fn policy(organization: &Client, kind: PolicyType, name: &str, content: &str) -> String {
    let create = organization.create_policy().name(name).description("").content(content).r#type(kind);
    let made = create.send().await.expect("makes the policy").policy.and_then(|policy| policy.policy_summary);
    made.and_then(|summary| summary.id).expect("has an id")
}
