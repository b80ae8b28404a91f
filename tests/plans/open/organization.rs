//! What a plan changes of the organization above the account: decided where evidence has its policies, and never passed
//! over where nothing has them.

use serde_json::{Value, json};

use super::over::{evidence, payload};
use crate::case::Case;
use crate::plan::{Plan, computed};

const ACCOUNT: &str = "123456789012";
const ROOT: &str = "r-ab12";
const UNIT: &str = "ou-ab12-11111111";
const POLICY: &str = "aws_organizations_policy.guardrail";
const ATTACHMENT: &str = "aws_organizations_policy_attachment.guardrail";
const HERE: &str = "aws_organizations_account.here";
const SOURCE: &str = "Organizations User Guide, SCP evaluation";
const CUT: &[&str] = &["aws-access-kept", "aws-decrypt-allowed", "aws-encrypt-allowed"];
const OPEN: &[&str] = &["aws-access-kept", "aws-decrypt-allowed", "aws-encrypt-allowed"];

fn nochange() -> Plan {
    Plan::corpus("aws-official-nochange")
}

fn allowing() -> String {
    json!({ "Version": "2012-10-17", "Statement": { "Effect": "Allow", "Action": "*", "Resource": "*" } })
        .to_string()
}

fn denying(action: &str) -> String {
    let deny = json!({ "Effect": "Deny", "Action": action, "Resource": "*" });
    json!({ "Version": "2012-10-17", "Statement": [deny] }).to_string()
}

/// A resource control policy names everybody.
fn denying_everybody(action: &str) -> String {
    let deny = json!({ "Effect": "Deny", "Principal": "*", "Action": action, "Resource": "*" });
    json!({ "Version": "2012-10-17", "Statement": [deny] }).to_string()
}

/// Evidence of an account under a unit under the root, with all policies above it: at the unit also a guardrail.
fn read_whole() -> String {
    let policy = |name: &str, text: String| json!({ "name": name, "document": { "collected": text } });
    let level =
        |target: &str, policies: Value| json!({ "target": target, "policies": { "collected": policies } });
    let everything = || policy("FullAWSAccess (p-FullAWSAccess)", allowing());
    let guardrail = || policy("guardrail (p-11111111)", denying("ec2:*"));
    let service_control = json!([
        level(ROOT, json!([everything()])),
        level(UNIT, json!([everything(), guardrail()])),
        level(ACCOUNT, json!([everything()])),
    ]);
    let everybody = json!({ "Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*" });
    let everybody = json!({ "Version": "2012-10-17", "Statement": everybody }).to_string();
    let of_resources = || json!([policy("RCPFullAWSAccess (p-RCPFullAWSAccess)", everybody.clone())]);
    let resource_control =
        json!([level(ROOT, of_resources()), level(UNIT, of_resources()), level(ACCOUNT, of_resources())]);
    let organization = json!({
        "id": "o-a1b2c3d4e5",
        "management_account": "999988887777",
        "parents": { "collected": [ROOT, UNIT] },
    });
    evidence(|evidence| {
        for of in ["role", "key"] {
            evidence[format!("{of}_organization")] = json!({ "collected": organization });
            evidence[format!("{of}_resource_control_policies")] = json!({ "collected": resource_control });
        }
        evidence["role_service_control_policies"] = json!({ "collected": service_control });
    })
}

/// The same, where what is attached to the unit could not be listed.
fn read_but_for_the_unit() -> String {
    let denied = json!({
        "call": "organizations:ListPoliciesForTarget", "reason": "denied",
        "permission": "organizations:ListPoliciesForTarget", "detail": "",
    });
    let mut document: Value = serde_json::from_str(&read_whole()).expect("evidence is JSON");
    let levels = &mut document["cloud"]["aws"]["evidence"]["role_service_control_policies"]["collected"];
    levels[1]["policies"] = json!({ "missing": denied });
    document.to_string()
}

fn policy(content: &str, kind: &str) -> Value {
    json!({ "content": content, "name": "guardrail", "skip_destroy": null, "type": kind })
}

/// A policy that the plan makes and attaches.
fn attaching(content: &str, kind: &str, target: Value) -> Plan {
    let mut made = policy(content, kind);
    made["id"] = computed();
    let attachment = json!({ "target_id": target, "policy_id": computed(), "skip_destroy": null });
    nochange().create(POLICY, made).create(ATTACHMENT, attachment).referring(
        ATTACHMENT,
        "policy_id",
        &["aws_organizations_policy.guardrail.id", POLICY],
    )
}

/// The guardrail that the evidence has, which stays as it is.
fn with_guardrail() -> Plan {
    let mut there = policy(&denying("ec2:*"), "SERVICE_CONTROL_POLICY");
    there["id"] = json!("p-11111111");
    let attachment = json!({ "target_id": UNIT, "policy_id": "p-11111111", "skip_destroy": null });
    nochange().exists(POLICY, there).exists(ATTACHMENT, attachment)
}

fn over(name: &'static str, plan: Plan, evidence: String) -> Case {
    Case::aws(name, SOURCE, plan).over(evidence).payload(payload()).unknown_warnings(&[])
}

/// The policies are in the evidence.
fn read() -> Vec<Case> {
    let service = "SERVICE_CONTROL_POLICY";
    let cut_at = |name, target: &str| {
        over(name, attaching(&denying("kms:*"), service, json!(target)), read_whole())
            .not_ready(CUT, "guardrail (aws_organizations_policy.guardrail)")
    };
    let harmless = |name, plan: Plan| over(name, plan, read_whole()).passing(&["aws-access-kept"]);
    let denied = denying("kms:*");
    vec![
        over("the organization is read, and nothing changes", nochange(), read_whole()),
        cut_at("a policy denies all of KMS to the account", ACCOUNT),
        cut_at("a policy denies all of KMS to the unit", UNIT),
        cut_at("a policy denies all of KMS to the root", ROOT),
        harmless(
            "a policy denies all of KMS to another account",
            attaching(&denied, service, json!("444455556666")),
        ),
        harmless(
            "a policy denies all of KMS to another unit",
            attaching(&denied, service, json!("ou-ab12-22222222")),
        ),
        harmless("a policy denies something else", attaching(&denying("s3:*"), service, json!(ACCOUNT))),
        harmless("a tag policy", attaching("{}", "TAG_POLICY", json!(ACCOUNT))),
        harmless("the guardrail stays", with_guardrail()),
        harmless("the guardrail goes", with_guardrail().delete(ATTACHMENT).delete(POLICY)),
        over(
            "the guardrail is written anew",
            with_guardrail().set(POLICY, "content", json!(denied)),
            read_whole(),
        )
        .not_ready(CUT, "aws_organizations_policy.guardrail.content"),
        over(
            "the guardrail is destroyed and stays attached",
            with_guardrail().omit(ATTACHMENT).delete(POLICY),
            read_whole(),
        )
        .undetermined(OPEN, POLICY),
        harmless(
            "the guardrail is let go of, and stays in the organization",
            with_guardrail().omit(ATTACHMENT).has(POLICY, "skip_destroy", json!(true)).delete(POLICY),
        ),
        over(
            "what allows everything is detached from the account",
            nochange()
                .exists(
                    ATTACHMENT,
                    json!({ "target_id": ACCOUNT, "policy_id": "p-FullAWSAccess", "skip_destroy": null }),
                )
                .delete(ATTACHMENT),
            read_whole(),
        )
        .not_ready(CUT, "service control policy"),
        over(
            "a resource control policy keeps everybody from the role",
            attaching(&denying_everybody("sts:AssumeRole"), "RESOURCE_CONTROL_POLICY", json!(ACCOUNT)),
            read_whole(),
        )
        .not_ready(&["aws-access-kept", "aws-assume-role-allowed"], "resource control policy"),
        over("the target is known after apply", attaching(&denied, service, computed()), read_whole())
            .undetermined(OPEN, ATTACHMENT),
    ]
}

/// Those of the unit are not.
fn read_in_part() -> Vec<Case> {
    let service = "SERVICE_CONTROL_POLICY";
    let denied = denying("kms:*");
    let over = |name, plan: Plan| {
        over(name, plan, read_but_for_the_unit()).unknown_warnings(&["aws-organization-policies"])
    };
    vec![
        over("the unit is not read, and nothing changes", nochange()).passing(&["aws-access-kept"]),
        over(
            "the unit is not read, and a policy is attached to it",
            attaching(&denied, service, json!(UNIT)),
        )
        .undetermined(OPEN, ATTACHMENT),
        over("the unit is not read, and the guardrail is detached", with_guardrail().delete(ATTACHMENT))
            .undetermined(OPEN, ATTACHMENT),
        over(
            "the unit is not read, and the guardrail is written anew",
            with_guardrail().set(POLICY, "content", json!(denied)),
        )
        .undetermined(OPEN, POLICY),
        over(
            "the unit is not read, and a policy is attached to another",
            attaching(&denied, service, json!("ou-ab12-22222222")),
        )
        .passing(&["aws-access-kept"]),
    ]
}

/// The account is not known, or is made by the plan.
fn in_an_unknown_account() -> Vec<Case> {
    const NEW: &str = "aws_organizations_account.new";
    let first = || Plan::corpus("aws-official");
    let attaching = |target: Value| {
        let mut made = policy(&denying("kms:*"), "SERVICE_CONTROL_POLICY");
        made["id"] = computed();
        let attachment = json!({ "target_id": target, "policy_id": computed(), "skip_destroy": null });
        first().create(POLICY, made).create(ATTACHMENT, attachment).referring(
            ATTACHMENT,
            "policy_id",
            &["aws_organizations_policy.guardrail.id", POLICY],
        )
    };
    let case = |name, plan: Plan| Case::aws(name, SOURCE, plan).withheld(ATTACHMENT);
    vec![
        case("a policy is attached to an account that may be the role's", attaching(json!("444455556666"))),
        case(
            "a policy is attached to an account that is made, which may be the role's",
            attaching(computed())
                .create(NEW, json!({ "id": computed(), "close_on_deletion": null, "parent_id": UNIT }))
                .referring(ATTACHMENT, "target_id", &["aws_organizations_account.new.id", NEW]),
        ),
    ]
}

/// The policies are in nothing that was read.
fn unread() -> Vec<Case> {
    let service = "SERVICE_CONTROL_POLICY";
    let denied = denying("kms:*");
    let over = |name, plan: Plan| {
        over(name, plan, evidence(|_| {})).unknown_warnings(&["aws-organization-policies"])
    };
    vec![
        over(
            "nothing is read, and a policy is attached to the account",
            attaching(&denied, service, json!(ACCOUNT)),
        )
        .undetermined(OPEN, ATTACHMENT),
        over("nothing is read, and a policy is attached to a unit", attaching(&denied, service, json!(UNIT)))
            .undetermined(OPEN, ATTACHMENT),
        over(
            "nothing is read, and a policy is attached to another account",
            attaching(&denied, service, json!("444455556666")),
        )
        .passing(&["aws-access-kept"]),
        over("nothing is read, and the guardrail stays", with_guardrail()).passing(&["aws-access-kept"]),
        over(
            "nothing is read, and the guardrail is written anew",
            with_guardrail().set(POLICY, "content", json!(denied)),
        )
        .undetermined(OPEN, POLICY),
    ]
}

fn account(id: &str) -> Value {
    json!({ "id": id, "close_on_deletion": true, "parent_id": UNIT })
}

/// The account itself.
fn accounts() -> Vec<Case> {
    let with = |id: &str| nochange().exists(HERE, account(id));
    vec![
        over("the account stays", with(ACCOUNT), read_whole()).passing(&["aws-access-kept"]),
        over("another account is closed", with("444455556666").delete(HERE), read_whole())
            .passing(&["aws-access-kept"]),
        over("the account is closed", with(ACCOUNT).delete(HERE), read_whole())
            .withheld("it closes the account 123456789012")
            .unknown_kept(),
        over(
            "the account leaves the organization",
            with(ACCOUNT).has(HERE, "close_on_deletion", json!(false)).delete(HERE),
            read_whole(),
        )
        .withheld(HERE)
        .unknown_kept(),
        over(
            "the account moves to another unit",
            with(ACCOUNT).set(HERE, "parent_id", json!("ou-ab12-22222222")),
            read_whole(),
        )
        .withheld(HERE)
        .unknown_kept(),
        over(
            "closing the account is only allowed",
            with(ACCOUNT).had(HERE, "close_on_deletion", json!(false)).set(
                HERE,
                "close_on_deletion",
                json!(true),
            ),
            read_whole(),
        )
        .passing(&["aws-access-kept"]),
    ]
}

pub(super) fn all() -> Vec<Case> {
    [read(), read_in_part(), unread(), accounts(), found(), otherwise(), in_an_unknown_account()].concat()
}

/// What the plan found and leaves, and the evidence shows otherwise. It was read the day before the plan.
fn found() -> Vec<Case> {
    let service = "SERVICE_CONTROL_POLICY";
    let denying_all = |id: &str| {
        let mut there = policy(&denying("kms:*"), service);
        there["id"] = json!(id);
        there
    };
    let attached = |id: &str| json!({ "target_id": UNIT, "policy_id": id, "skip_destroy": null });
    let newer = || read_whole().replace("2026-11-20T12:00:00Z", "2030-01-01T12:00:00Z");
    vec![
        over(
            "a policy was attached since",
            nochange().exists(POLICY, denying_all("p-22222222")).exists(ATTACHMENT, attached("p-22222222")),
            read_whole(),
        )
        .not_ready(&["aws-decrypt-allowed", "aws-encrypt-allowed"], "guardrail (p-22222222)"),
        over(
            "a policy was written anew since",
            nochange().exists(POLICY, denying_all("p-11111111")).exists(ATTACHMENT, attached("p-11111111")),
            read_whole(),
        )
        .not_ready(&["aws-decrypt-allowed", "aws-encrypt-allowed"], "guardrail (p-11111111)"),
        over(
            "newer evidence has another content",
            nochange().exists(POLICY, denying_all("p-11111111")).exists(ATTACHMENT, attached("p-11111111")),
            newer(),
        )
        .withheld("newer than the plan")
        .unknown_among(&["aws-decrypt-allowed", "aws-encrypt-allowed"]),
    ]
}

/// Changes that are none, and those that are not read.
fn otherwise() -> Vec<Case> {
    const OWN: &str = "awscc_organizations_policy.guardrail";
    let harmless = |name, plan: Plan| over(name, plan, read_whole()).passing(&["aws-access-kept"]);
    let made_unit = json!({ "id": computed(), "parent_id": ROOT, "name": "new" });
    let denied = denying("kms:*");
    let own = |target: &str| nochange().create(OWN, json!({ "target_ids": [target], "id": computed() }));
    vec![
        harmless(
            "a policy is attached to a unit that is made",
            attaching(&denied, "SERVICE_CONTROL_POLICY", computed())
                .create("aws_organizations_organizational_unit.new", made_unit)
                .referring(
                    ATTACHMENT,
                    "target_id",
                    &[
                        "aws_organizations_organizational_unit.new.id",
                        "aws_organizations_organizational_unit.new",
                    ],
                ),
        ),
        harmless("the guardrail is let go of", with_guardrail().forget(ATTACHMENT).forget(POLICY)),
        harmless("the account is let go of", nochange().exists(HERE, account(ACCOUNT)).forget(HERE)),
        harmless("awscc attaches a policy to another account", own("444455556666")),
        over("awscc attaches a policy to the account", own(ACCOUNT), read_whole())
            .withheld(OWN)
            .unknown_kept(),
    ]
}
