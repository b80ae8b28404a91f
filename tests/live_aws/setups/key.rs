//! Keys that can't do what OpenAI asks of them: the calls are allowed, and fail.

use crate::setup::Decision::Allowed;
use crate::setup::{KeyKind, KeyState, Setup};

/// Each is not ready.
pub(super) fn wrong() -> Vec<Setup> {
    vec![
        // KMS-DG key-state.
        Setup::documented("the key is disabled")
            .key_state(KeyState::Disabled)
            .not_ready([Allowed; 3], &["aws-key-enabled"])
            .key_refuses("DisabledException", "DisabledException"),
        Setup::documented("the key is going to be deleted")
            .key_state(KeyState::PendingDeletion)
            .not_ready([Allowed; 3], &["aws-key-enabled"])
            .key_refuses("KMSInvalidStateException", "KMSInvalidStateException"),
        Setup::documented("the key is an RSA key")
            .key(KeyKind::Rsa)
            .not_ready([Allowed; 3], &["aws-key-symmetric"])
            .key_refuses("InvalidKeyUsageException", "InvalidCiphertextException"),
        Setup::documented("the key is an RSA key to sign with")
            .key(KeyKind::RsaForSigning)
            .not_ready([Allowed; 3], &["aws-key-symmetric", "aws-key-usage"])
            // Its own codes: AWS's is InvalidKeyUsageException for both (KMS API Encrypt, Decrypt).
            .key_refuses("UnsupportedOperationException", "InvalidCiphertextException"),
        Setup::documented("the key is an HMAC key")
            .key(KeyKind::Hmac)
            .not_ready([Allowed; 3], &["aws-key-symmetric", "aws-key-usage"])
            .key_refuses("InvalidKeyUsageException", "InvalidKeyUsageException"),
        // KMS-DG key-state, importing-keys.
        Setup::documented("the key's material is yet to be imported")
            .key(KeyKind::WithoutMaterial)
            .not_ready([Allowed; 3], &["aws-key-enabled"])
            .key_refuses("KMSInvalidStateException", "KMSInvalidStateException"),
    ]
}
