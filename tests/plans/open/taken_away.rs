//! Plans over saved evidence that take away, change or contradict what the evidence has. What the plan takes away is gone,
//! whatever was read before it; what can't be told is unknown.

use serde_json::{Value, json};

use super::over::{evidence, payload};
use crate::aws::{KEY, KEY_USE, ROLE, ROLE_POLICY, TOO_MUCH, managed_policy};
use crate::case::Case;
use crate::plan::{Plan, computed, refer};

const POLICY: &str = "arn:aws:iam::123456789012:policy/openai-ekm";
const THE_KEY: &str = "arn:aws:kms:us-east-1:123456789012:key/7d40bae5-811a-05c5-9a6f-4fed36ae25bf";
const ATTACHMENT: &str = "aws_iam_role_policy_attachment.openai_ekm";
const GRANT: &str = "aws_kms_grant.openai";
/// A denial is one, whatever stands outside of the plan.
const CUT: &[&str] = &["aws-access-kept", "aws-decrypt-allowed", "aws-encrypt-allowed"];
const OPEN: &[&str] =
    &["aws-access-kept", "aws-decrypt-allowed", "aws-encrypt-allowed", "aws-role-least-privilege"];
const OF_KEY: &[&str] = &[
    "aws-key-customer-managed",
    "aws-key-enabled",
    "aws-key-exists",
    "aws-key-symmetric",
    "aws-key-usage",
    "aws-role-least-privilege",
];
const OVER: &str = "ekm-preflight plan --help, --over";
const PROVIDER: &str = "documentation of the AWS provider, aws_iam_role";

/// Nothing changes; the key's policy leaves it to the account, and so the role's own policies decide.
fn delegating() -> Plan {
    Plan::corpus("aws-official-nochange").omit(KEY_USE).has(KEY, "policy", by_the_account())
}

fn by_the_account() -> Value {
    text(json!([{
        "Effect": "Allow",
        "Principal": { "AWS": "arn:aws:iam::123456789012:root" },
        "Action": "kms:*",
        "Resource": "*",
    }]))
}

fn use_of_the_key() -> Value {
    text(json!([{
        "Effect": "Allow",
        "Action": ["kms:Encrypt", "kms:Decrypt"],
        "Resource": THE_KEY,
    }]))
}

fn nothing_of_the_key() -> Value {
    text(json!([{ "Effect": "Allow", "Action": "s3:ListBucket", "Resource": "arn:aws:s3:::none" }]))
}

fn nothing_of_the_role() -> Value {
    text(json!([{
        "Effect": "Allow",
        "Principal": { "AWS": "arn:aws:iam::123456789012:role/KeyAdmin" },
        "Action": "kms:*",
        "Resource": "*",
    }]))
}

fn text(statements: Value) -> Value {
    json!(json!({ "Version": "2012-10-17", "Statement": statements }).to_string())
}

/// Evidence of the same, with the role's inline policy.
fn inline(edit: impl FnOnce(&mut Value)) -> String {
    evidence(|evidence| {
        evidence["key_policy"] = json!({ "collected": by_the_account() });
        evidence["role_inline_policies"] = json!({ "collected": [
            { "name": "openai-ekm", "document": { "collected": use_of_the_key() } },
        ] });
        edit(evidence);
    })
}

/// Evidence of the same, with an attached policy instead.
fn attached() -> String {
    inline(|evidence| {
        evidence["role_inline_policies"] = json!({ "collected": [] });
        evidence["role_attached_policies"] = json!({ "collected": [
            { "name": POLICY, "document": { "collected": use_of_the_key() } },
        ] });
    })
}

/// The plan with an attached policy instead, which stays as it is.
fn attaching() -> Plan {
    with_policy(delegating().omit(ROLE_POLICY))
        .create(ATTACHMENT, json!({ "role": "openai-ekm", "policy_arn": POLICY, "id": "openai-ekm-1" }))
        .stays(ATTACHMENT)
}

/// The plan with the managed policy, which stays as it is.
fn with_policy(plan: Plan) -> Plan {
    let mut policy = managed_policy("openai-ekm", use_of_the_key());
    for (attribute, value) in [("arn", POLICY), ("id", POLICY), ("policy_id", "ANPAEXAMPLE")] {
        policy[attribute] = json!(value);
    }
    plan.create("aws_iam_policy.openai_ekm", policy).stays("aws_iam_policy.openai_ekm")
}

fn over(name: &'static str, plan: Plan, evidence: String) -> Case {
    Case::aws(name, OVER, plan).over(evidence).payload(payload())
}

pub(crate) fn all() -> Vec<Case> {
    [
        same(),
        removed(),
        moved(),
        changed(),
        exclusive(),
        found_on_the_key(),
        in_another_form(),
        left_behind(),
        put_off_elsewhere(),
        elsewhere(),
        put_off(),
    ]
    .concat()
}

/// What the tests begin with is ready.
fn same() -> Vec<Case> {
    vec![
        over("the account decides, and nothing changes", delegating(), inline(|_| {})),
        over("a policy is attached, and nothing changes", attaching(), attached()),
        over("the role is elsewhere, and its policy stays", delegating().omit(ROLE), inline(|_| {})),
        over(
            "a policy is attached elsewhere, and stays",
            with_policy(delegating().omit(ROLE_POLICY)),
            attached(),
        ),
    ]
}

fn removed() -> Vec<Case> {
    let elsewhere = |name, plan: Plan, evidence, at: &'static str| {
        over(name, plan.omit(ROLE), evidence).undetermined(OPEN, at)
    };
    vec![
        elsewhere(
            "the role is elsewhere, and its policy is deleted",
            delegating().delete(ROLE_POLICY),
            inline(|_| {}),
            ROLE_POLICY,
        ),
        elsewhere(
            "the role is elsewhere, and its policy is detached",
            attaching().delete(ATTACHMENT),
            attached(),
            ATTACHMENT,
        ),
        over("a policy is detached", attaching().delete(ATTACHMENT), attached()).not_ready(CUT, ATTACHMENT),
    ]
}

fn moved() -> Vec<Case> {
    let grant = json!({
        "name": null, "constraints": [], "grant_creation_tokens": null, "grant_id": "g-1", "grant_token": "t",
        "grantee_principal": "arn:aws:iam::123456789012:role/openai-ekm", "id": "k:g-1",
        "key_id": "7d40bae5-811a-05c5-9a6f-4fed36ae25bf", "operations": ["Decrypt", "Encrypt"],
    });
    let granted = || {
        inline(|evidence| {
            evidence["role_inline_policies"] = json!({ "collected": [] });
            evidence["key_grants"] = json!({ "collected": [{
                "id": "g-1",
                "grantee": "arn:aws:iam::123456789012:role/openai-ekm",
                "operations": ["Decrypt", "Encrypt"],
            }] });
        })
    };
    let granting = || delegating().omit(ROLE_POLICY).create(GRANT, grant.clone()).stays(GRANT);
    vec![
        over(
            "an inline policy goes to another role",
            delegating().set(ROLE_POLICY, "role", json!("other")),
            inline(|_| {}),
        )
        .not_ready(CUT, ROLE_POLICY),
        over(
            "an attachment goes to another role",
            attaching().set(ATTACHMENT, "role", json!("other")),
            attached(),
        )
        .not_ready(CUT, ATTACHMENT),
        over("a grant is there, and stays", granting(), granted()),
        over(
            "a grant goes to another key",
            granting().set(GRANT, "key_id", json!("11111111-811a-05c5-9a6f-4fed36ae25bf")),
            granted(),
        )
        .not_ready(CUT, GRANT),
        over(
            "a policy that denies goes to another role",
            delegating()
                .create(
                    "aws_iam_role_policy.denial",
                    json!({ "name": "denial", "role": "openai-ekm", "id": "openai-ekm:denial", "name_prefix": "",
                        "policy": text(json!([{ "Effect": "Deny", "Action": "kms:*", "Resource": "*" }])) }),
                )
                .stays("aws_iam_role_policy.denial")
                .set("aws_iam_role_policy.denial", "role", json!("other")),
            inline(|evidence| {
                let denial = text(json!([{ "Effect": "Deny", "Action": "kms:*", "Resource": "*" }]));
                let policies = evidence["role_inline_policies"]["collected"].as_array_mut().expect("a list");
                policies.push(json!({ "name": "denial", "document": { "collected": denial } }));
            }),
        ),
        over(
            "an attachment has another address, and no `moved` says so",
            attaching().delete(ATTACHMENT).create(
                "aws_iam_role_policy_attachment.again",
                json!({ "role": "openai-ekm", "policy_arn": POLICY, "id": computed() }),
            ),
            attached(),
        )
        .undetermined(OPEN, "`moved`")
        ,
        over(
            "another resource writes the policy of the same name",
            delegating().create(
                "aws_iam_role_policy.again",
                json!({ "name": "openai-ekm", "role": "openai-ekm", "policy": nothing_of_the_key(),
                    "name_prefix": computed(), "id": computed() }),
            ),
            inline(|_| {}),
        )
        .undetermined(OPEN, "two resources write")
        ,
    ]
}

fn changed() -> Vec<Case> {
    const MANAGED: &str = "aws_iam_policy.openai_ekm";
    let elsewhere = || with_policy(delegating().omit(ROLE_POLICY));
    let bounded = || {
        inline(|evidence| {
            evidence["role"]["collected"]["permissions_boundary"] = json!(POLICY);
            evidence["role_boundary"] =
                json!({ "collected": { "name": POLICY, "document": { "collected": use_of_the_key() } } });
        })
    };
    vec![
        over(
            "a policy that is attached elsewhere lets go of the key",
            elsewhere().set(MANAGED, "policy", nothing_of_the_key()),
            attached(),
        )
        .not_ready(
            &["aws-access-kept", "aws-decrypt-allowed", "aws-encrypt-allowed", "aws-role-least-privilege"],
            MANAGED,
        ),
        over(
            "a policy that is attached elsewhere allows everything",
            elsewhere().set(
                MANAGED,
                "policy",
                text(json!([{ "Effect": "Allow", "Action": "*", "Resource": "*" }])),
            ),
            attached(),
        )
        .not_ready(TOO_MUCH, POLICY),
        over(
            "a policy that is attached elsewhere is known only after apply",
            elsewhere().set(MANAGED, "policy", refer("local.policy")),
            attached(),
        )
        .undetermined(OPEN, "aws_iam_policy.openai_ekm.policy"),
        over(
            "a policy is made anew, and what was attached stays attached to the old one",
            attaching().replace(MANAGED, "name", json!("another"), &["arn", "id", "policy_id"]),
            attached(),
        )
        .undetermined(OPEN, MANAGED),
        over(
            "a policy that is attached elsewhere is made anew",
            elsewhere().replace(MANAGED, "name", json!("another"), &["arn", "id", "policy_id"]),
            attached(),
        )
        .undetermined(OPEN, MANAGED),
        over(
            "a policy of the role in another case is deleted",
            delegating().has(ROLE_POLICY, "role", json!("OpenAI-EKM")).delete(ROLE_POLICY),
            inline(|_| {}),
        )
        .undetermined(OPEN, ROLE_POLICY),
        // Nothing is known of the role, to which it may be attached.
        over(
            "the role is elsewhere and not read, and a policy of the plan changes",
            elsewhere().omit(ROLE).set(MANAGED, "policy", nothing_of_the_key()),
            attached(),
        )
        .without_evidence()
        .withheld(MANAGED)
        .unknown_kept(),
        over(
            "a policy that bounds a role elsewhere lets go of the key",
            with_policy(delegating().omit(ROLE)).set(MANAGED, "policy", nothing_of_the_key()),
            bounded(),
        )
        .not_ready(CUT, MANAGED),
    ]
}

/// A key shows the policy that an `aws_kms_key_policy` wrote as one that was found changed.
fn found_on_the_key() -> Vec<Case> {
    const POLICY_OF_KEY: &str = "aws_kms_key_policy.openai";
    let id = "7d40bae5-811a-05c5-9a6f-4fed36ae25bf";
    let there = |bypass: bool| {
        let values = json!({
            "id": id, "key_id": id, "policy": by_the_account(), "bypass_policy_lockout_safety_check": bypass,
        });
        delegating().exists(POLICY_OF_KEY, values).drifted(KEY, "policy", json!("{}"))
    };
    vec![
        over(
            "the key's policy goes, and KMS's own comes back",
            there(false).delete(POLICY_OF_KEY),
            inline(|_| {}),
        )
        .passing(&["aws-access-kept"]),
        over("the key's policy is let go of, and stays", there(true).delete(POLICY_OF_KEY), inline(|_| {}))
            .passing(&["aws-access-kept"]),
    ]
}

fn exclusive() -> Vec<Case> {
    let blocks = |name: &str| json!([{ "name": name, "policy": use_of_the_key() }]);
    vec![
        over(
            "the role's own blocks are emptied beside its policy",
            delegating().has(ROLE, "inline_policy", blocks("openai-ekm")).set(
                ROLE,
                "inline_policy",
                json!([{ "name": "", "policy": "" }]),
            ),
            inline(|_| {}),
        )
        .undetermined(OPEN, "name it in both"),
        over(
            "the role's policy gets another name, and so does the list that keeps it",
            delegating()
                .found(ROLE, "inline_policy", blocks("openai-ekm"))
                .replace(ROLE_POLICY, "name", json!("use"), &["id"])
                .exists(
                    "aws_iam_role_policies_exclusive.openai_ekm",
                    json!({ "role_name": "openai-ekm", "policy_names": ["openai-ekm"] }),
                )
                .set("aws_iam_role_policies_exclusive.openai_ekm", "policy_names", json!(["use"])),
            inline(|_| {}),
        )
        .passing(&["aws-access-kept"]),
        over(
            "the role shows a policy that the list does not keep",
            delegating()
                .found(
                    ROLE,
                    "inline_policy",
                    json!([
                        { "name": "openai-ekm", "policy": use_of_the_key() },
                        { "name": "all", "policy": by_the_account() },
                    ]),
                )
                .exists(
                    "aws_iam_role_policies_exclusive.openai_ekm",
                    json!({ "role_name": "openai-ekm", "policy_names": ["all", "openai-ekm"] }),
                )
                .set("aws_iam_role_policies_exclusive.openai_ekm", "policy_names", json!(["openai-ekm"])),
            inline(|_| {}),
        )
        .passing(&["aws-access-kept", "aws-role-least-privilege"]),
        over(
            "the role's own list is emptied beside its attachment",
            attaching().has(ROLE, "managed_policy_arns", json!([POLICY])).set(
                ROLE,
                "managed_policy_arns",
                json!([]),
            ),
            attached(),
        )
        .undetermined(OPEN, "name it in both"),
        over(
            "an attachment to other roles takes the policy from this one",
            attaching().create(
                "aws_iam_policy_attachment.others",
                json!({ "name": "others", "roles": ["other"], "users": [], "groups": [], "policy_arn": POLICY,
                    "id": computed() }),
            ),
            attached(),
        )
        .undetermined(OPEN, "name it in both"),
        Case::aws(
            "the role's own list is empty beside an attachment that is made",
            PROVIDER,
            crate::aws::identity::attached(
                crate::aws::identity::managed(
                    crate::aws::delegating().omit(crate::aws::USE),
                    json!([{ "Effect": "Allow", "Action": ["kms:Decrypt", "kms:Encrypt"], "Resource": "*" }]),
                ),
                "openai-ekm",
            )
            .set(ROLE, "managed_policy_arns", json!([]))
            .referring(ROLE, "managed_policy_arns", &[]),
        )
        .undetermined(
            &["aws-decrypt-allowed", "aws-encrypt-allowed", "aws-role-least-privilege"],
            "name it in both",
        ),
    ]
}

/// Resources that change the same in another form, and names of what is registered that the plan changes.
fn in_another_form() -> Vec<Case> {
    let by_names = [
        "--role-arn",
        "arn:aws:iam::123456789012:role/openai-ekm",
        "--kms-arn",
        "arn:aws:kms:us-east-1:123456789012:key/7d40bae5-811a-05c5-9a6f-4fed36ae25bf",
        "--external-id",
        "org-AbCdEf123456",
    ];
    let role = |name: Value| json!({ "role_name": name, "policy_name": "denial", "policy_document": "{}" });
    const HAND: &str = "awscc_iam_role_policy.denial";
    vec![
        over(
            "the provider awscc makes a policy of the role",
            delegating().create(HAND, role(json!("openai-ekm"))),
            inline(|_| {}),
        )
        .undetermined(OPEN, HAND),
        over(
            "the provider awscc makes a policy of a role that is not known",
            delegating().create(HAND, role(computed())),
            inline(|_| {}),
        )
        .undetermined(OPEN, HAND),
        over(
            "the provider awscc makes a policy of another role",
            delegating().create(HAND, role(json!("other"))),
            inline(|_| {}),
        ),
        over(
            "the provider awscc has a policy of the role, which stays",
            delegating().create(HAND, role(json!("openai-ekm"))).stays(HAND),
            inline(|_| {}),
        ),
        over("the registration is named, and stays", delegating(), inline(|_| {})).with(&by_names),
        over(
            "the registration is named, and becomes another",
            delegating().set(crate::aws::REGISTRATION, "external_id", json!("org-Other1234567")),
            inline(|_| {}),
        )
        .with(&by_names)
        .not_ready(
            &["aws-access-kept", "aws-assume-role-allowed", "aws-trust-external-id"],
            "org-AbCdEf123456",
        ),
    ]
}

/// What a replacement left behind, and what is made before the one whose place it takes is destroyed.
fn left_behind() -> Vec<Case> {
    let made_first = |plan: Plan, address: &str| {
        let mut plan = plan;
        for change in plan.document["resource_changes"].as_array_mut().into_iter().flatten() {
            if change["address"] == address {
                change["change"]["actions"] = json!(["create", "delete"]);
            }
        }
        plan
    };
    // The key that is registered stands beside one that was made in its place.
    let another = "arn:aws:kms:us-east-1:123456789012:key/11111111-811a-05c5-9a6f-4fed36ae25bf";
    let of_key = |plan: Plan| {
        let id = "11111111-811a-05c5-9a6f-4fed36ae25bf";
        plan.deposed(KEY, &[]).has(KEY, "arn", json!(another)).has(KEY, "key_id", json!(id)).has(
            KEY,
            "id",
            json!(id),
        )
    };
    vec![
        over("the key is left behind, and destroyed", of_key(delegating()), inline(|_| {}))
            .not_ready(&["aws-access-kept", "aws-key-enabled"], "aws_kms_key.openai.deposed"),
        over(
            "an attachment is left behind, and destroyed beside the same",
            attaching().deposed(ATTACHMENT, &[]),
            attached(),
        )
        .undetermined(OPEN, "aws_iam_role_policy_attachment.openai_ekm.deposed"),
        over(
            "a policy of the role is made before the same one is destroyed",
            made_first(delegating(), ROLE_POLICY),
            inline(|_| {}),
        )
        .undetermined(OPEN, ROLE_POLICY),
        over(
            "an attachment is made before the same one is destroyed",
            made_first(attaching(), ATTACHMENT),
            attached(),
        )
        .undetermined(OPEN, ATTACHMENT),
    ]
}

/// What else the plan puts off of the role, the key and the policies.
fn put_off_elsewhere() -> Vec<Case> {
    let deferred = |plan: Plan, address: &str, action: &str| {
        let kind = address.split('.').next().unwrap_or_default();
        let before = plan.change(address)["before"].clone();
        let change = json!([{ "reason": "absent_prereq", "resource_change": {
            "address": address, "mode": "managed", "type": kind, "name": "x",
            "change": { "actions": [action], "before": before, "after": null, "after_unknown": {} },
        } }]);
        plan.top("complete", json!(false)).top("deferred_changes", change)
    };
    const UNKNOWN: &[&str] = &["aws-decrypt-allowed", "aws-encrypt-allowed"];
    vec![
        over("the end of the role is put off", deferred(delegating(), ROLE, "delete"), inline(|_| {}))
            .withheld(ROLE)
            .unknown_kept()
            .unknown_among(UNKNOWN),
        over("the end of the key is put off", deferred(delegating(), KEY, "delete"), inline(|_| {}))
            .withheld(KEY)
            .unknown_kept()
            .unknown_among(UNKNOWN),
        over(
            "the end of a policy is put off",
            deferred(with_policy(delegating().omit(ROLE_POLICY)), "aws_iam_policy.openai_ekm", "delete"),
            attached(),
        )
        .undetermined(OPEN, "aws_iam_policy.openai_ekm"),
    ]
}

/// Aliases of the same name in another region, policies of the organization, and keys in another form.
fn elsewhere() -> Vec<Case> {
    const ALIAS: &str = "aws_kms_alias.elsewhere";
    let alias = json!({
        "arn": "arn:aws:kms:eu-west-1:123456789012:alias/openai-ekm", "id": "alias/openai-ekm",
        "name": "alias/openai-ekm", "name_prefix": "", "target_key_arn":
            "arn:aws:kms:eu-west-1:123456789012:key/22222222-811a-05c5-9a6f-4fed36ae25bf",
        "target_key_id": "22222222-811a-05c5-9a6f-4fed36ae25bf",
    });
    let denied = text(json!([
        { "Effect": "Allow", "Action": ["kms:Encrypt", "kms:Decrypt"], "Resource": THE_KEY },
        { "Effect": "Deny", "Action": "kms:*", "Resource": "*",
          "Condition": { "ForAnyValue:StringEquals": { "kms:ResourceAliases": "alias/openai-ekm" } } },
    ]));
    let seen = inline(|evidence| {
        evidence["role_inline_policies"]["collected"][0]["document"]["collected"] = denied.clone();
        evidence["key_aliases"] = json!({ "collected": ["alias/openai-ekm"] });
    });
    vec![
        over(
            "an alias of the same name stays in another region",
            delegating().has(ROLE_POLICY, "policy", denied.clone()).create(ALIAS, alias).stays(ALIAS),
            seen,
        )
        .not_ready(&["aws-decrypt-allowed", "aws-encrypt-allowed"], "identity policy `openai-ekm`"),
        over(
            "the provider awscc changes the key",
            delegating()
                .create("awscc_kms_key.x", json!({ "key_id": "7d40bae5-811a-05c5-9a6f-4fed36ae25bf" }))
                .but(|document| {
                    let changes = document["resource_changes"].as_array_mut().into_iter().flatten();
                    for change in changes.filter(|change| change["address"] == "awscc_kms_key.x") {
                        change["change"]["actions"] = json!(["update"]);
                        change["change"]["before"] = change["change"]["after"].clone();
                    }
                }),
            inline(|_| {}),
        )
        .withheld("awscc_kms_key.x")
        .unknown_kept(),
    ]
}

/// Changes that the plan puts off, and evidence that was read after it.
fn put_off() -> Vec<Case> {
    let deferred = json!([{ "reason": "instance_count_unknown", "resource_change": {
        "address": "aws_iam_role_policy.more[*]", "mode": "managed", "type": "aws_iam_role_policy", "name": "more",
        "change": { "actions": ["create"], "before": null, "after": { "role": "openai-ekm" }, "after_unknown": {} },
    } }]);
    // Of everything but the key's state the evidence says what the plan does.
    let newer = |state: &str| {
        let plan = delegating();
        let (role, policy) =
            (plan.change(ROLE)["before"].clone(), plan.change(ROLE_POLICY)["before"].clone());
        let evidence = inline(|evidence| {
            let seen = &mut evidence["role"]["collected"];
            seen["trust_policy"] = role["assume_role_policy"].clone();
            seen["role_id"] = role["unique_id"].clone();
            evidence["role_inline_policies"]["collected"][0]["document"]["collected"] =
                policy["policy"].clone();
            evidence["key"]["collected"]["state"] = json!(state);
        });
        evidence.replace("2026-11-20T12:00:00Z", "2026-11-21T12:00:00Z")
    };
    let of_state =
        |name, state: &'static str| over(name, delegating(), newer(state)).undetermined(OF_KEY, "plan again");
    vec![
        over(
            "a policy of the role is put off",
            delegating().top("complete", json!(false)).top("deferred_changes", deferred),
            inline(|_| {}),
        )
        .undetermined(OPEN, "aws_iam_role_policy.more"),
        over("evidence is newer, and says the same", delegating(), newer("Enabled")),
        of_state("the key was scheduled for deletion since", "PendingDeletion"),
        // Somebody undid the policy, and did it again.
        over(
            "the key's policy was put right, and the evidence that is newer has it wrong",
            delegating().drifted(KEY, "policy", nothing_of_the_role()),
            newer("Enabled").replace(
                &by_the_account().as_str().unwrap_or_default().replace('"', "\\\""),
                &nothing_of_the_role().as_str().unwrap_or_default().replace('"', "\\\""),
            ),
        )
        .undetermined(OPEN, "plan again"),
        of_state("the key's store was disconnected since", "Unavailable"),
    ]
}
