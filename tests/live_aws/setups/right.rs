//! Setups that work and grant nothing more, as customers usually have them.

use serde_json::json;

use crate::policy::{
    ORGANIZATION, PROJECT, USE, allow, delegation_to_the_account, documented_role_policy, policy, to,
    trust_also_of, trust_when,
};
use crate::setup::{KeyKind, Setup};

/// Each is ready.
pub(super) fn all() -> Vec<Setup> {
    vec![
        Setup::documented("as documented"),
        Setup::documented("the role's policy is managed, not inline").attached(documented_role_policy()),
        Setup::documented("a project's id is the ExternalId")
            .trust(trust_when(json!({ "StringEquals": { "sts:ExternalId": PROJECT } })))
            .registers_external_id(PROJECT),
        // IAM-UG reference_policies_elements_action: not case-sensitive.
        Setup::documented("the actions are in another case")
            .inline(policy([allow(&["KMS:encrypt", "kms:DECRYPT"], "$KEY")])),
        Setup::documented("the boundary leaves room for the key")
            .boundary(policy([allow(&["kms:Encrypt", "kms:Decrypt", "s3:*"], "*")])),
        Setup::documented("the key is allowed by its tag").allowed_by_the_keys_tag(),
        Setup::documented("the customer's own account may assume the role as well")
            .trust(trust_also_of(json!({ "AWS": "arn:aws:iam::$ACCOUNT:root" })))
            .warnings(&["aws-trust-additional"]),
        Setup::documented("the key's material is not rotated")
            .key_without_rotation()
            .warnings(&["aws-key-rotation"]),
        // KMS-DG importing-keys: no such key rotates by itself.
        Setup::documented("the key's material was imported and expires")
            .key(KeyKind::ImportedUntil2100)
            .warnings(&["aws-key-material"]),
        Setup::documented("another role of the account uses the key as well")
            .key_policy([
                delegation_to_the_account(),
                to("arn:aws:iam::$ACCOUNT:role/backup", allow(&["kms:Decrypt"], "*")),
            ])
            .warnings(&["aws-key-dedicated"]),
        // IAM-UG reference_identifiers: the id of a user that was deleted stays in the ARN's place.
        Setup::documented("the key's policy names a user who was deleted")
            .key_policy([
                delegation_to_the_account(),
                to("AIDACKCEVSQ6C2EXAMPLE", allow(&["kms:DescribeKey"], "*")),
            ])
            .warnings(&["aws-policy-principals-current"]),
        Setup::documented("organization and project are both listed")
            .trust(trust_when(json!({ "StringEquals": { "sts:ExternalId": [ORGANIZATION, PROJECT] } })))
            .warnings(&["aws-trust-additional"]),
        Setup::documented("what is allowed twice is allowed once")
            .key_policy([delegation_to_the_account(), to("$ROLE", allow(USE, "*"))]),
    ]
}
