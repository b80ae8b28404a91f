//! A customer's account, built in the emulator as its root.

use aws_sdk_iam::types::Tag as RoleTag;
use aws_sdk_kms::primitives::Blob;
use serde_json::Value;

use crate::emulator::{Clients, Emulator, REGION};
use crate::moto::{new_account_id, root_of};
use crate::place::{Placed, Reader};
use crate::policy;
use crate::setup::{KeyKind, Setup};

#[path = "account/key.rs"]
mod key;

use key::Made;

const ROLE: &str = "openai-ekm";
const ALIAS: &str = "alias/openai-ekm";
/// Where replicas of multi-Region keys are.
const REPLICA_REGION: &str = "eu-west-1";

/// An account with a setup in it.
#[derive(Debug, Clone)]
pub(crate) struct Account {
    /// Where it is.
    pub(crate) emulator: Emulator,
    /// Clients as its root.
    pub(crate) root: Clients,
    /// Clients as the root of the key's account, which may be the same, in the key's region.
    pub(crate) key_root: Clients,
    /// Whether the key's account is another.
    pub(crate) key_is_elsewhere: bool,
    /// Who reads its organization.
    pub(crate) reader: Reader,
    /// What is registered with OpenAI.
    pub(crate) registration: Registration,
    /// What the role's trust policy is.
    trust: String,
    /// Whether it has a role of the registered name.
    has_role: bool,
    /// A ciphertext of the registered key, or any bytes where the key can make none.
    pub(crate) ciphertext: Blob,
}

/// What is registered with OpenAI.
#[derive(Debug, Clone)]
pub(crate) struct Registration {
    /// The role's ARN.
    pub(crate) role_arn: String,
    /// The key's ARN, or an alias's.
    pub(crate) kms_arn: String,
    /// The id that OpenAI passes.
    pub(crate) external_id: String,
}

impl Account {
    /// Builds the setup in a new account, or in two.
    pub(crate) async fn build(emulator: &Emulator, setup: &Setup) -> Self {
        Self::build_at(Placed::new(emulator, &setup.place).await, emulator, setup).await
    }

    /// Builds the setup in an account that has nothing yet.
    pub(crate) async fn build_at(placed: Placed, emulator: &Emulator, setup: &Setup) -> Self {
        let Placed { account: id, organization, reader } = placed;
        let management = if let Reader::In(management) = &reader { management.clone() } else { id.clone() };
        let root = emulator.root_of(&id);
        let owner = if setup.key_in_another_account { new_account_id() } else { id.clone() };
        let region = if setup.key == KeyKind::Replica { REPLICA_REGION } else { REGION };
        let key_root = emulator.with(&root_of(&owner), region);
        let key = key::create(&emulator.root_of(&owner), &key_root, setup).await;
        let other_key = if setup.mentions("$OTHER_KEY") {
            key::create(&emulator.root_of(&owner), &key_root, setup).await
        } else {
            String::new()
        };
        let role = format!("arn:aws:iam::{id}:role{}{ROLE}", setup.role_path);
        let names = Names { id, organization, management, owner, region, role, key, other_key };

        let trust = names.written_in(&setup.trust);
        if setup.has_role {
            create_role(&root, setup, &names, &trust).await;
        }
        let grants = setup.grants.iter().map(|(to, operation)| (names.put_into(to), operation.clone()));
        let made =
            Made { arn: &names.key, policy: names.written_in(&setup.key_policy), grants: grants.collect() };
        let ciphertext = made.finish(&key_root, setup).await;

        Self {
            emulator: emulator.clone(),
            root,
            key_root,
            key_is_elsewhere: setup.key_in_another_account,
            reader,
            registration: Registration {
                role_arn: names.put_into(setup.registered_role),
                kms_arn: names.put_into(setup.registered_key),
                external_id: setup.registered_external_id.into(),
            },
            trust,
            has_role: setup.has_role
                && ["$ROLE", ROLE].iter().any(|name| setup.registered_role.ends_with(name)),
            ciphertext,
        }
    }

    /// Gives the role the article's trust policy for as long as `while_lent` takes, so that its session can
    /// be tried where its own trust policy does not let OpenAI in. `None` where there is no role.
    pub(crate) async fn with_documented_trust<T>(&self, while_lent: impl Future<Output = T>) -> Option<T> {
        if !self.has_role {
            return None;
        }
        let documented = policy::trust_when(serde_json::json!({
            "StringEquals": { "sts:ExternalId": self.registration.external_id }
        }));
        self.put_trust(&documented.to_string()).await;
        let result = while_lent.await;
        self.put_trust(&self.trust).await;
        Some(result)
    }

    async fn put_trust(&self, policy: &str) {
        let update = self.root.iam.update_assume_role_policy().role_name(ROLE).policy_document(policy);
        update.send().await.expect("puts the trust policy");
    }
}

/// What the names in a setup stand for.
struct Names {
    id: String,
    organization: String,
    management: String,
    owner: String,
    region: &'static str,
    role: String,
    key: String,
    other_key: String,
}

impl Names {
    fn put_into(&self, text: &str) -> String {
        let Self { id, organization, management, owner, region, role, key, other_key } = self;
        text.replace("$ROLE", role)
            .replace("$KEY", key)
            .replace("$OTHER_KEY", other_key)
            .replace("$ALIAS", &format!("arn:aws:kms:{region}:{owner}:{ALIAS}"))
            .replace("$AUDITOR", &format!("arn:aws:iam::{owner}:user/{}", crate::auditor::NAME))
            .replace("$ACCOUNT", id)
            .replace("$OWNER", owner)
            .replace("$ORGANIZATION", organization)
            .replace("$MANAGEMENT", management)
    }

    fn written_in(&self, document: &Value) -> String {
        self.put_into(&document.to_string())
    }
}

async fn create_role(root: &Clients, setup: &Setup, names: &Names, trust: &str) {
    let iam = &root.iam;
    let tags = setup
        .role_tags
        .iter()
        .map(|(key, value)| RoleTag::builder().key(*key).value(*value).build().expect("is a tag"));
    let mut create = iam
        .create_role()
        .role_name(ROLE)
        .path(setup.role_path)
        .assume_role_policy_document(trust)
        .set_tags(Some(tags.collect()));
    if let Some(boundary) = &setup.boundary {
        create =
            create.permissions_boundary(create_policy(root, "boundary", names.written_in(boundary)).await);
    }
    create.send().await.expect("creates the role");
    for (number, inline) in setup.inline_policies.iter().enumerate() {
        let put = iam.put_role_policy().role_name(ROLE).policy_name(format!("use-the-key-{number}"));
        put.policy_document(names.written_in(inline)).send().await.expect("puts an inline policy");
    }
    for (number, attached) in setup.attached_policies.iter().enumerate() {
        let arn = create_policy(root, &format!("attached-{number}"), names.written_in(attached)).await;
        let attach = iam.attach_role_policy().role_name(ROLE).policy_arn(arn);
        attach.send().await.expect("attaches the policy");
    }
    for (number, forgotten) in setup.policies_left_unattached.iter().enumerate() {
        create_policy(root, &format!("unattached-{number}"), names.written_in(forgotten)).await;
    }
}

async fn create_policy(root: &Clients, name: &str, document: String) -> String {
    let create = root.iam.create_policy().policy_name(name).policy_document(document);
    let created = create.send().await.expect("creates the policy");
    created.policy.and_then(|policy| policy.arn).expect("has an ARN")
}
