//! Mistakes in what is registered.

use crate::policy::{PROJECT, USE, allow, policy};
use crate::setup::Decision::{Allowed, Denied};
use crate::setup::Setup;

/// Each is not ready.
pub(super) fn wrong() -> Vec<Setup> {
    const NOTHING: &[&str] =
        &["aws-assume-role-allowed", "aws-decrypt-allowed", "aws-encrypt-allowed", "aws-role-exists"];
    const NO_SUCH_KEY: &str = "arn:aws:kms:eu-central-1:$ACCOUNT:key/11111111-2222-4333-8444-555555555555";
    vec![
        Setup::documented("there is no such role").without_role().not_ready([Denied; 3], NOTHING),
        // IAM-UG reference_identifiers: the path is part of the ARN.
        Setup::documented("the role's path is left out")
            .role_path("/security/openai/")
            .registers_role("arn:aws:iam::$ACCOUNT:role/openai-ekm")
            .not_ready([Denied; 3], NOTHING)
            .emulator_deviates(
                "it looks at the last part of a role's ARN only; IAM-UG reference_identifiers",
            ),
        Setup::documented("there is no such key")
            .inline(policy([allow(USE, NO_SUCH_KEY)]))
            .registers_key(NO_SUCH_KEY)
            .not_ready(
                [Allowed, Denied, Denied],
                &["aws-decrypt-allowed", "aws-encrypt-allowed", "aws-key-exists"],
            )
            .emulator_deviates("its Decrypt falls back to the key that made the ciphertext; KMS API Decrypt"),
        Setup::documented("there is no such alias")
            .registers_key("arn:aws:kms:eu-central-1:$ACCOUNT:alias/not-made-yet")
            .not_ready(
                [Allowed, Denied, Denied],
                &["aws-decrypt-allowed", "aws-encrypt-allowed", "aws-key-exists"],
            ),
        Setup::documented("the ExternalId registered is the project's, the one trusted the organization's")
            .registers_external_id(PROJECT)
            .not_ready([Denied, Allowed, Allowed], &["aws-assume-role-allowed", "aws-trust-external-id"])
            .warnings(&["aws-trust-additional"]),
        // IAM-UG reference_identifiers: names differ in case in an ARN, though not as names.
        Setup::documented("the role is in another case")
            .registers_role("arn:aws:iam::$ACCOUNT:role/OpenAI-EKM")
            .not_ready([Denied; 3], NOTHING),
    ]
}
