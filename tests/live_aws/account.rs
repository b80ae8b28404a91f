//! A customer's account, built in the emulator as its root.

use std::sync::atomic::{AtomicU32, Ordering};

use aws_sdk_iam::types::Tag as RoleTag;
use aws_sdk_kms::primitives::Blob;
use aws_sdk_kms::types::{EncryptionAlgorithmSpec, GrantOperation, KeySpec, KeyUsageType, Tag as KeyTag};
use serde_json::Value;

use crate::emulator::{Clients, Emulator, REGION};
use crate::policy;
use crate::setups::{KeyKind, KeyState, Setup};

const ROLE: &str = "openai-ekm";
const ALIAS: &str = "alias/openai-ekm";

/// An account with a setup in it.
#[derive(Debug, Clone)]
pub(crate) struct Account {
    /// Where it is.
    pub(crate) emulator: Emulator,
    /// Clients as its root.
    pub(crate) root: Clients,
    /// What is registered with OpenAI.
    pub(crate) registration: Registration,
    /// What the role's trust policy is.
    trust: String,
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
    /// Builds the setup in a new account.
    pub(crate) async fn build(emulator: &Emulator, setup: &Setup) -> Self {
        Self::build_in(new_account_id(), emulator, setup).await
    }

    /// Builds the setup in an account that has nothing yet.
    pub(crate) async fn build_in(id: String, emulator: &Emulator, setup: &Setup) -> Self {
        let root = emulator.root_of(&id);
        let key = create_key(&root, setup).await;
        let other_key =
            if setup.mentions("$OTHER_KEY") { create_key(&root, setup).await } else { String::new() };
        let names =
            Names { role: format!("arn:aws:iam::{id}:role{}{ROLE}", setup.role_path), key, other_key, id };

        let trust = names.written_in(&setup.trust);
        if setup.has_role {
            create_role(&root, setup, &names, &trust).await;
        }
        root.kms
            .put_key_policy()
            .key_id(&names.key)
            .policy(names.written_in(&setup.key_policy))
            .send()
            .await
            .expect("puts the key's policy");
        root.kms
            .create_alias()
            .alias_name(ALIAS)
            .target_key_id(&names.key)
            .send()
            .await
            .expect("makes the alias");
        if setup.has_grant {
            grant(&root, &names).await;
        }
        let ciphertext = ciphertext(&root, setup.key, &names.key).await;
        // Last: a key that is disabled or going to be deleted takes no more changes.
        match setup.key_state {
            KeyState::Enabled => {}
            KeyState::Disabled => {
                root.kms.disable_key().key_id(&names.key).send().await.expect("disables the key");
            }
            KeyState::PendingDeletion => {
                let schedule = root.kms.schedule_key_deletion().key_id(&names.key).pending_window_in_days(7);
                schedule.send().await.expect("schedules the key's deletion");
            }
        }

        Self {
            emulator: emulator.clone(),
            root,
            registration: Registration {
                role_arn: names.put_into(setup.registered_role),
                kms_arn: names.put_into(setup.registered_key),
                external_id: setup.registered_external_id.into(),
            },
            trust,
            has_role: setup.has_role,
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
    role: String,
    key: String,
    other_key: String,
}

impl Names {
    fn put_into(&self, text: &str) -> String {
        text.replace("$ROLE", &self.role)
            .replace("$KEY", &self.key)
            .replace("$OTHER_KEY", &self.other_key)
            .replace("$ALIAS", &format!("arn:aws:kms:{REGION}:{}:{ALIAS}", self.id))
            .replace("$AUDITOR", &format!("arn:aws:iam::{}:user/{}", self.id, crate::auditor::NAME))
            .replace("$ACCOUNT", &self.id)
    }

    fn written_in(&self, document: &Value) -> String {
        self.put_into(&document.to_string())
    }
}

/// A new id for each account: setups share nothing, so they can run at once, and a second run on one emulator
/// meets no account of the first.
pub(crate) fn new_account_id() -> String {
    static MADE: AtomicU32 = AtomicU32::new(0);
    let made = MADE.fetch_add(1, Ordering::Relaxed);
    format!("1{:07}{made:04}", std::process::id())
}

async fn create_key(root: &Clients, setup: &Setup) -> String {
    let create = root.kms.create_key();
    let create = match setup.key {
        KeyKind::Symmetric => create,
        KeyKind::MultiRegion => create.multi_region(true),
        KeyKind::Rsa => create.key_spec(KeySpec::Rsa2048),
        KeyKind::RsaForSigning => create.key_spec(KeySpec::Rsa2048).key_usage(KeyUsageType::SignVerify),
        KeyKind::Hmac => create.key_spec(KeySpec::Hmac256).key_usage(KeyUsageType::GenerateVerifyMac),
    };
    let tags = setup
        .key_tags
        .iter()
        .map(|(key, value)| KeyTag::builder().tag_key(*key).tag_value(*value).build().expect("is a tag"));
    let created = create.set_tags(Some(tags.collect())).send().await.expect("creates the key");
    created.key_metadata.and_then(|key| key.arn).expect("has an ARN")
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

async fn grant(root: &Clients, names: &Names) {
    root.kms
        .create_grant()
        .key_id(&names.key)
        .grantee_principal(&names.role)
        .operations(GrantOperation::Encrypt)
        .operations(GrantOperation::Decrypt)
        .send()
        .await
        .expect("makes the grant");
}

/// Something to decrypt, so that OpenAI's Decrypt is tried also where its Encrypt is denied.
async fn ciphertext(root: &Clients, kind: KeyKind, key: &str) -> Blob {
    let encrypt = root.kms.encrypt().key_id(key).plaintext(Blob::new("data key"));
    let encrypt = match kind {
        KeyKind::Symmetric | KeyKind::MultiRegion => encrypt,
        KeyKind::Rsa => encrypt.encryption_algorithm(EncryptionAlgorithmSpec::RsaesOaepSha256),
        KeyKind::RsaForSigning | KeyKind::Hmac => return Blob::new(vec![0; 256]),
    };
    let encrypted = encrypt.send().await.expect("encrypts");
    encrypted.ciphertext_blob.expect("has a ciphertext")
}
