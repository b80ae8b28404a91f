//! What nobody can tell who reads this account alone.

use serde_json::json;

use super::NO_USE;
use crate::policy::{
    ORGANIZATION, USE, allow, delegation_to_the_account, deny, policy, to, trust_when, when,
};
use crate::setup::Decision::{Allowed, Depends};
use crate::setup::Setup;

/// Each is undetermined.
pub(super) fn all() -> Vec<Setup> {
    vec![
        // No article lists the addresses that OpenAI's calls come from.
        Setup::documented("the trust policy admits some addresses")
            .trust(trust_when(json!({
                "StringEquals": { "sts:ExternalId": ORGANIZATION },
                "IpAddress": { "aws:SourceIp": "203.0.113.0/24" },
            })))
            .undetermined([Depends, Allowed, Allowed], &["aws-assume-role-allowed"]),
        Setup::documented("the key's policy denies some addresses")
            .key_policy([
                delegation_to_the_account(),
                when(
                    json!({ "NotIpAddress": { "aws:SourceIp": "203.0.113.0/24" } }),
                    to("*", deny(USE, "*")),
                ),
            ])
            .undetermined([Allowed, Depends, Depends], NO_USE),
        // OpenAI's encryption context is not documented.
        Setup::documented("the role's policy asks for an encryption context")
            .inline(policy([when(
                json!({ "StringEquals": { "kms:EncryptionContext:customer": "example" } }),
                allow(USE, "$KEY"),
            )]))
            .undetermined([Allowed, Depends, Depends], NO_USE),
    ]
}
