//! Mistakes in the role's own policies and in its boundary.

use aws_sdk_kms::types::GrantOperation;
use serde_json::json;

use super::NO_USE;
use crate::policy::{
    USE, allow, delegation_to_the_account, deny, documented_role_policy, policy, role_policy_by_tag, to, when,
};
use crate::setup::Decision::{Allowed, Denied};
use crate::setup::Setup;

/// The checks that fail where what the role may use is another key.
const NO_USE_AND_MORE: &[&str] = &["aws-decrypt-allowed", "aws-encrypt-allowed", "aws-role-least-privilege"];

/// The policies leave out or deny what OpenAI needs.
pub(super) fn wrong() -> Vec<Setup> {
    vec![
        Setup::documented("Encrypt is missing")
            .inline(policy([allow(&["kms:Decrypt"], "$KEY")]))
            .not_ready([Allowed, Denied, Allowed], &["aws-encrypt-allowed"]),
        Setup::documented("Decrypt is missing")
            .inline(policy([allow(&["kms:Encrypt"], "$KEY")]))
            .not_ready([Allowed, Allowed, Denied], &["aws-decrypt-allowed"]),
        Setup::documented("the policy is on another key")
            .inline(policy([allow(USE, "$OTHER_KEY")]))
            .not_ready([Allowed, Denied, Denied], NO_USE_AND_MORE),
        // KMS-DG alias-access: an alias as Resource gives nothing for the key's use.
        Setup::documented("the policy is on the alias")
            .inline(policy([allow(USE, "$ALIAS")]))
            .not_ready([Allowed, Denied, Denied], NO_USE),
        Setup::documented("the policy is on the alias, which is registered")
            .inline(policy([allow(USE, "$ALIAS")]))
            .registers_key("$ALIAS")
            .warnings(&["aws-key-alias"])
            .not_ready([Allowed, Denied, Denied], NO_USE)
            .emulator_deviates("it matches Resource against the alias's ARN; KMS-DG alias-access"),
        Setup::documented("the policy was made but not attached")
            .unattached(documented_role_policy())
            .not_ready([Allowed, Denied, Denied], NO_USE),
        Setup::documented("another policy denies Decrypt")
            .another_inline(policy([deny(&["kms:Decrypt"], "*")]))
            .not_ready([Allowed, Allowed, Denied], &["aws-decrypt-allowed"]),
        // KMS-DG conditions-kms: the key is there only when an AWS service calls for the principal.
        Setup::documented("only through S3")
            .inline(policy([when(
                json!({ "StringEquals": { "kms:ViaService": "s3.eu-central-1.amazonaws.com" } }),
                allow(USE, "$KEY"),
            )]))
            .not_ready([Allowed, Denied, Denied], NO_USE),
        Setup::documented("the key lacks the tag that allows it")
            .inline(role_policy_by_tag())
            .not_ready([Allowed, Denied, Denied], NO_USE),
        // A policy for another product was copied.
        Setup::documented("data keys in the place of Encrypt")
            .inline(policy([allow(&["kms:GenerateDataKey*", "kms:Decrypt"], "$KEY")]))
            .not_ready([Allowed, Denied, Allowed], &["aws-encrypt-allowed", "aws-role-least-privilege"]),
        // KMS-DG multi-region-keys-auth: an ARN holds for its region.
        Setup::documented("the policy is on the keys of another region")
            .inline(policy([allow(USE, "arn:aws:kms:us-east-1:$ACCOUNT:key/*")]))
            .not_ready([Allowed, Denied, Denied], NO_USE_AND_MORE),
        // KMS-DG conditions-kms: the key is there only when the request names an alias.
        Setup::documented("only by an alias, and the key is registered")
            .inline(policy([when(
                json!({ "StringEquals": { "kms:RequestAlias": "alias/openai-ekm" } }),
                allow(USE, "$KEY"),
            )]))
            .not_ready([Allowed, Denied, Denied], NO_USE),
        Setup::documented("another policy denies whoever comes from elsewhere than an endpoint")
            .another_inline(policy([when(
                json!({ "StringNotEquals": { "aws:SourceVpce": "vpce-1a2b3c4d" } }),
                deny(&["kms:*"], "*"),
            )]))
            .not_ready([Allowed, Denied, Denied], NO_USE),
        // IAM-UG reference_policies_condition-keys: no session of OpenAI's has a second factor.
        Setup::documented("another policy denies whoever has no second factor")
            .another_inline(policy([when(
                json!({ "BoolIfExists": { "aws:MultiFactorAuthPresent": "false" } }),
                deny(&["*"], "*"),
            )]))
            .not_ready([Allowed, Denied, Denied], NO_USE),
    ]
}

/// The boundary does.
pub(super) fn wrong_boundary() -> Vec<Setup> {
    vec![
        Setup::documented("the boundary has no room for KMS")
            .boundary(policy([allow(&["s3:*", "logs:*"], "*")]))
            .not_ready([Allowed, Denied, Denied], NO_USE),
        // IAM-UG access_policies_boundaries: it limits what a resource's policy gives to the role's ARN.
        Setup::documented("the boundary has no room for KMS, and the key's policy names the role")
            .boundary(policy([allow(&["s3:*", "logs:*"], "*")]))
            .key_policy([delegation_to_the_account(), to("$ROLE", allow(USE, "*"))])
            .not_ready([Allowed, Denied, Denied], NO_USE),
        Setup::documented("the boundary has no room for Decrypt")
            .boundary(policy([allow(&["kms:Encrypt"], "*")]))
            .not_ready([Allowed, Allowed, Denied], &["aws-decrypt-allowed"]),
        Setup::documented("the boundary denies Encrypt")
            .boundary(policy([allow(&["*"], "*"), deny(&["kms:Encrypt"], "$KEY")]))
            .not_ready([Allowed, Denied, Allowed], &["aws-encrypt-allowed"]),
        Setup::documented("the boundary has room for another key")
            .boundary(policy([allow(USE, "$OTHER_KEY")]))
            .not_ready([Allowed, Denied, Denied], NO_USE),
        Setup::documented("the boundary has room in another region")
            .boundary(policy([when(
                json!({ "StringEquals": { "aws:RequestedRegion": "us-east-1" } }),
                allow(&["*"], "*"),
            )]))
            .not_ready([Allowed, Denied, Denied], NO_USE),
    ]
}

/// The role can do more than OpenAI needs.
pub(super) fn too_much() -> Vec<Setup> {
    let more = |name: &'static str, setup: Setup| {
        Setup { name, ..setup }.not_ready([Allowed; 3], &["aws-role-least-privilege"])
    };
    let inline = |statement| Setup::documented("").another_inline(policy([statement]));
    vec![
        more("everything with the key", inline(allow(&["kms:*"], "$KEY"))),
        more("every key", inline(allow(USE, "*"))),
        more("every key of the region", inline(allow(USE, "arn:aws:kms:eu-central-1:$ACCOUNT:key/*"))),
        more("data keys as well", inline(allow(&["kms:GenerateDataKey"], "$KEY"))),
        more("reading the key's description as well", inline(allow(&["kms:DescribeKey"], "$KEY"))),
        more("another service as well", inline(allow(&["s3:GetObject"], "arn:aws:s3:::reports/*"))),
        more(
            "everything that is not another service's",
            inline(json!({ "Effect": "Allow", "NotAction": ["s3:*", "ec2:*"], "Resource": "$KEY" })),
        ),
        more(
            "the key's policy lets it do more",
            Setup::documented("")
                .key_policy([delegation_to_the_account(), to("$ROLE", allow(&["kms:DescribeKey"], "*"))]),
        ),
        // KMS-DG grants: a grant allows without any policy.
        more(
            "a grant lets it do more",
            Setup::documented("").grants("$ROLE", [GrantOperation::GenerateDataKey]),
        ),
        more(
            "more than the key, and the boundary leaves it",
            inline(allow(&["kms:ReEncrypt*"], "$KEY")).boundary(policy([allow(&["kms:*"], "*")])),
        ),
    ]
}
