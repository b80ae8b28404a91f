//! Mistakes in the key's policy.

use serde_json::json;

use super::NO_USE;
use crate::policy::{OPENAI_ROLE, USE, allow, delegation_to_the_account, deny, to, when};
use crate::setup::Decision::{Allowed, Denied};
use crate::setup::Setup;

/// Each is not ready.
pub(super) fn wrong() -> Vec<Setup> {
    // Without delegation to the account, the auditor reads only what the key's policy lets it read.
    let auditor_reads = || {
        let rights: Vec<&str> =
            crate::auditor::READ_RIGHTS.into_iter().filter(|right| right.starts_with("kms:")).collect();
        to("$AUDITOR", allow(&rights, "*"))
    };
    vec![
        // KMS-DG key-policies: no IAM policy counts unless the key's policy says so.
        Setup::documented("the key's policy knows neither the role nor the account")
            .key_policy([auditor_reads()])
            .not_ready([Allowed, Denied, Denied], NO_USE),
        // KMS-DG key-policy-default: the account gets the actions that the statement lists.
        Setup::documented("the key's policy leaves only reading to the account")
            .key_policy([to(
                "arn:aws:iam::$ACCOUNT:root",
                allow(&["kms:Describe*", "kms:Get*", "kms:List*"], "*"),
            )])
            .not_ready([Allowed, Denied, Denied], NO_USE),
        Setup::documented("the key's policy names another role")
            .key_policy([auditor_reads(), to("arn:aws:iam::$ACCOUNT:role/another-role", allow(USE, "*"))])
            .not_ready([Allowed, Denied, Denied], NO_USE)
            .warnings(&["aws-key-dedicated"]),
        Setup::documented("the key's policy denies the role")
            .key_policy([delegation_to_the_account(), to("$ROLE", deny(USE, "*"))])
            .not_ready([Allowed, Denied, Denied], NO_USE),
        // IAM-UG reference_policies_elements_principal: the account's ARN stands for everybody in it.
        Setup::documented("the key's policy denies Encrypt to the account")
            .key_policy([
                delegation_to_the_account(),
                to("arn:aws:iam::$ACCOUNT:root", deny(&["kms:Encrypt"], "*")),
            ])
            .not_ready([Allowed, Denied, Allowed], &["aws-encrypt-allowed"]),
        // KMS-DG key-policy-overview: PutKeyPolicy accepts it, but it has no effect.
        Setup::documented("the statement for the role has no Resource")
            .without_role_policy()
            .key_policy([
                delegation_to_the_account(),
                json!({ "Effect": "Allow", "Principal": { "AWS": "$ROLE" }, "Action": USE }),
            ])
            .not_ready([Allowed, Denied, Denied], NO_USE)
            .emulator_deviates("a statement without Resource counts in it; KMS-DG key-policy-overview"),
        Setup::documented("the key's policy names the role for Encrypt alone")
            .key_policy([auditor_reads(), to("$ROLE", allow(&["kms:Encrypt"], "*"))])
            .not_ready([Allowed, Allowed, Denied], &["aws-decrypt-allowed"]),
        // KMS-DG conditions-kms: the key is there only when an AWS service calls for the principal.
        Setup::documented("the key's policy allows the role through S3 only")
            .key_policy([
                auditor_reads(),
                when(
                    json!({ "StringEquals": { "kms:ViaService": "s3.eu-central-1.amazonaws.com" } }),
                    to("$ROLE", allow(USE, "*")),
                ),
            ])
            .not_ready([Allowed, Denied, Denied], NO_USE),
        // OpenAI comes through the role, and so this gives it nothing that it uses.
        Setup::documented("the key's policy names OpenAI's role and not the customer's")
            .key_policy([auditor_reads(), to(OPENAI_ROLE, allow(USE, "*"))])
            .not_ready([Allowed, Denied, Denied], NO_USE)
            .warnings(&["aws-key-dedicated"]),
        // IAM-UG reference_identifiers: a role of the same name made anew has another id.
        Setup::documented("the key's policy names the role as it was before it was made anew")
            .key_policy([auditor_reads(), to("AROADBQP57FF2AEXAMPLE", allow(USE, "*"))])
            .not_ready([Allowed, Denied, Denied], NO_USE)
            .warnings(&["aws-policy-principals-current"]),
        Setup::documented("the key's policy denies whoever is not on a list")
            .key_policy([
                delegation_to_the_account(),
                when(
                    json!({ "ArnNotEquals": { "aws:PrincipalArn": "arn:aws:iam::$ACCOUNT:role/another-role" } }),
                    to("*", deny(USE, "*")),
                ),
            ])
            .not_ready([Allowed, Denied, Denied], NO_USE),
        Setup::documented("the key's policy denies the algorithm")
            .key_policy([
                delegation_to_the_account(),
                when(
                    json!({ "StringNotEquals": { "kms:EncryptionAlgorithm": "RSAES_OAEP_SHA_256" } }),
                    to("*", deny(&["kms:Encrypt"], "*")),
                ),
            ])
            .not_ready([Allowed, Denied, Allowed], &["aws-encrypt-allowed"]),
        // KMS-DG key-policy-modifying-external-accounts: the key's policy must allow the other account.
        Setup::documented("the key is in another account, whose policy does not know the role")
            .key_elsewhere([delegation_to_the_account()])
            .not_ready([Allowed, Denied, Denied], NO_USE),
        // The same: the role's own policy must allow it as well.
        Setup::documented("the key is in another account, and the role has no policy")
            .without_role_policy()
            .key_elsewhere([delegation_to_the_account(), to("$ROLE", allow(USE, "*"))])
            .not_ready([Allowed, Denied, Denied], NO_USE),
    ]
}
