//! The key of a customer's account.

use aws_lc_rs::rsa::{OAEP_SHA256_MGF1SHA256, OaepPublicEncryptingKey, PublicEncryptingKey};
use aws_sdk_kms::primitives::{Blob, DateTime};
use aws_sdk_kms::types::{
    AlgorithmSpec, EncryptionAlgorithmSpec, ExpirationModelType, GrantOperation, KeySpec, KeyUsageType,
    OriginType, Tag, WrappingKeySpec,
};

use super::{ALIAS, REPLICA_REGION};
use crate::emulator::Clients;
use crate::setup::{KeyKind, KeyState, Setup};

/// The material that customers import: 256 bits (KMS API, ImportKeyMaterial).
const MATERIAL: [u8; 32] = [7; 32];
/// 2100-01-01T00:00:00Z.
const END_OF_MATERIAL: i64 = 4_102_444_800;

/// A key, and what it is to get.
pub(super) struct Made<'a> {
    pub(super) arn: &'a str,
    pub(super) policy: String,
    pub(super) grants: Vec<(String, GrantOperation)>,
}

/// Makes a key as the root of its account: `there` is in its region, `home` in that of the others.
pub(super) async fn create(home: &Clients, there: &Clients, setup: &Setup) -> String {
    let create = home.kms.create_key();
    let create = match setup.key {
        KeyKind::Symmetric => create,
        KeyKind::MultiRegion | KeyKind::Replica => create.multi_region(true),
        KeyKind::Imported | KeyKind::ImportedUntil2100 | KeyKind::WithoutMaterial => {
            create.origin(OriginType::External)
        }
        KeyKind::Rsa => create.key_spec(KeySpec::Rsa2048),
        KeyKind::RsaForSigning => create.key_spec(KeySpec::Rsa2048).key_usage(KeyUsageType::SignVerify),
        KeyKind::Hmac => create.key_spec(KeySpec::Hmac256).key_usage(KeyUsageType::GenerateVerifyMac),
    };
    let tags = setup
        .key_tags
        .iter()
        .map(|(key, value)| Tag::builder().tag_key(*key).tag_value(*value).build().expect("is a tag"));
    let created = create.set_tags(Some(tags.collect())).send().await.expect("creates the key");
    let arn = created.key_metadata.and_then(|key| key.arn).expect("has an ARN");
    match setup.key {
        KeyKind::Replica => {
            let replicate = home.kms.replicate_key().key_id(&arn).replica_region(REPLICA_REGION);
            let replicated = replicate.send().await.expect("replicates the key");
            return replicated.replica_key_metadata.and_then(|key| key.arn).expect("has an ARN");
        }
        KeyKind::Imported => import(there, &arn, None).await,
        KeyKind::ImportedUntil2100 => import(there, &arn, Some(END_OF_MATERIAL)).await,
        _ => {}
    }
    arn
}

/// Imports material: wrapped with the public key that KMS gives for it (KMS-DG importing-keys).
async fn import(root: &Clients, key: &str, expires: Option<i64>) {
    let parameters = root
        .kms
        .get_parameters_for_import()
        .key_id(key)
        .wrapping_algorithm(AlgorithmSpec::RsaesOaepSha256)
        .wrapping_key_spec(WrappingKeySpec::Rsa2048);
    let parameters = parameters.send().await.expect("gives parameters");
    let public_key = parameters.public_key.expect("has a public key");
    let public_key = PublicEncryptingKey::from_der(public_key.as_ref()).expect("is an RSA key");
    let public_key = OaepPublicEncryptingKey::new(public_key).expect("is large enough");
    let mut wrapped = vec![0; public_key.ciphertext_size()];
    let wrapped = public_key.encrypt(&OAEP_SHA256_MGF1SHA256, &MATERIAL, &mut wrapped, None).expect("wraps");
    let import = root
        .kms
        .import_key_material()
        .key_id(key)
        .import_token(parameters.import_token.expect("has a token"))
        .encrypted_key_material(Blob::new(&*wrapped));
    let import = match expires {
        None => import.expiration_model(ExpirationModelType::KeyMaterialDoesNotExpire),
        Some(end) => import.valid_to(DateTime::from_secs(end)),
    };
    import.send().await.expect("imports the material");
}

impl Made<'_> {
    /// Gives the key all that it is to have, as its root, and a ciphertext back: something to decrypt, so that OpenAI's
    /// Decrypt is tried also where its Encrypt is denied.
    pub(super) async fn finish(self, root: &Clients, setup: &Setup) -> Blob {
        let (kms, key) = (&root.kms, self.arn);
        let put = kms.put_key_policy().key_id(key).policy(self.policy);
        put.send().await.expect("puts the key's policy");
        let alias = kms.create_alias().alias_name(ALIAS).target_key_id(key);
        alias.send().await.expect("makes the alias");
        if setup.key_rotates && setup.key.can_rotate() {
            kms.enable_key_rotation().key_id(key).send().await.expect("has it rotate");
        }
        for (grantee, operation) in self.grants {
            let grant = kms.create_grant().key_id(key).grantee_principal(grantee).operations(operation);
            grant.send().await.expect("makes a grant");
        }
        let ciphertext = ciphertext(root, setup.key, key).await;
        // Last: a key that is disabled or going to be deleted takes no more changes.
        match setup.key_state {
            KeyState::Enabled => {}
            KeyState::Disabled => {
                kms.disable_key().key_id(key).send().await.expect("disables the key");
            }
            KeyState::PendingDeletion => {
                let schedule = kms.schedule_key_deletion().key_id(key).pending_window_in_days(7);
                schedule.send().await.expect("schedules the key's deletion");
            }
        }
        ciphertext
    }
}

impl KeyKind {
    /// KMS-DG rotate-keys: symmetric keys whose material KMS made.
    fn can_rotate(self) -> bool {
        matches!(self, Self::Symmetric | Self::MultiRegion | Self::Replica)
    }
}

async fn ciphertext(root: &Clients, kind: KeyKind, key: &str) -> Blob {
    let encrypt = root.kms.encrypt().key_id(key).plaintext(Blob::new("data key"));
    let encrypt = match kind {
        KeyKind::Symmetric | KeyKind::MultiRegion | KeyKind::Replica => encrypt,
        KeyKind::Imported | KeyKind::ImportedUntil2100 => encrypt,
        KeyKind::Rsa => encrypt.encryption_algorithm(EncryptionAlgorithmSpec::RsaesOaepSha256),
        KeyKind::RsaForSigning | KeyKind::Hmac | KeyKind::WithoutMaterial => {
            return Blob::new(vec![0; 256]);
        }
    };
    let encrypted = encrypt.send().await.expect("encrypts");
    encrypted.ciphertext_blob.expect("has a ciphertext")
}
