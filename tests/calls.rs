//! The calls that are made: for each evidence key those of the published catalogue and no others, each once, and no
//! call waits for another that it does not depend on.
//!
//! A server of the test's own counts them. Reading takes place in a process that has nothing of this machine's AWS
//! settings.
#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "tests say what they expect by panicking"
)]

use std::collections::BTreeSet;
use std::env;
use std::process::{Command, Stdio};
use std::time::Duration;

use ekm_preflight::collect::aws::{Options, Profiles, collect};
use ekm_preflight::evidence::aws::EvidenceKey;
use ekm_preflight::target::aws::AwsRegistration;

#[path = "calls/answers.rs"]
mod answers;
#[path = "calls/server.rs"]
mod server;

use server::Server;

/// What the process that reads is to read: evidence keys, or `all`.
const NEEDS: &str = "EKM_PREFLIGHT_NEEDS";
/// The ARN that it is to read.
const KMS_ARN: &str = "EKM_PREFLIGHT_KMS_ARN";

#[test]
fn each_evidence_key_takes_the_calls_of_the_catalogue() {
    if let Ok(needs) = env::var(NEEDS) {
        read(&needs);
        return;
    }
    for key in EvidenceKey::ALL {
        let made = calls_for(key.name(), answers::ALIAS_ARN);
        // Who asks is asked whatever is needed.
        let expected: BTreeSet<String> = key
            .calls()
            .iter()
            .map(|call| call.name.to_owned())
            .chain(["sts:GetCallerIdentity".into()])
            .collect();
        assert_eq!(names(&made), expected, "{key}");
        once_each(&made);
    }
}

#[test]
fn all_of_it_takes_all_calls_of_the_catalogue_each_once() {
    let made = calls_for("all", answers::ALIAS_ARN);
    let expected: BTreeSet<String> =
        EvidenceKey::ALL.iter().flat_map(|key| key.calls()).map(|call| call.name.to_owned()).collect();
    assert_eq!(names(&made), expected);
    once_each(&made);
}

#[test]
fn a_key_needs_no_look_behind_an_alias() {
    let made = calls_for("aws.key_policy", answers::KEY_ARN);
    assert_eq!(names(&made), ["kms:GetKeyPolicy", "sts:GetCallerIdentity"].map(String::from).into());
}

#[test]
fn what_nobody_needs_is_not_asked() {
    assert_eq!(calls_for("", answers::KEY_ARN), [""; 0]);
}

/// Each answer is held back until all calls of its wave are there: were one of them to wait for another, none would be
/// answered.
#[test]
fn no_call_waits_for_what_it_does_not_depend_on() {
    let waves: [&[&str]; 4] = [
        &[
            "sts:GetCallerIdentity",
            "iam:GetRole",
            "iam:ListRolePolicies",
            "iam:ListAttachedRolePolicies",
            "kms:DescribeKey",
            "kms:GetKeyPolicy",
            "kms:ListAliases",
            "kms:ListResourceTags",
            "kms:ListGrants",
            "kms:GetKeyRotationStatus",
            "organizations:DescribeOrganization",
            "organizations:ListRoots",
            "organizations:ListParents 111122223333",
            "organizations:ListPoliciesForTarget 111122223333 SERVICE_CONTROL_POLICY",
            "organizations:ListPoliciesForTarget 111122223333 RESOURCE_CONTROL_POLICY",
        ],
        &[
            "iam:GetRolePolicy use-the-key",
            "iam:GetPolicy arn:aws:iam::111122223333:policy/attached",
            "iam:GetPolicy arn:aws:iam::111122223333:policy/boundary",
            "organizations:ListParents ou-ab12-11111111",
            "organizations:ListPoliciesForTarget ou-ab12-11111111 SERVICE_CONTROL_POLICY",
            "organizations:ListPoliciesForTarget ou-ab12-11111111 RESOURCE_CONTROL_POLICY",
            "organizations:DescribePolicy p-FullAWSAccess",
            "organizations:DescribePolicy p-RCPFullAWSAccess",
            "organizations:DescribeAccount 444455556666",
        ],
        &[
            "iam:GetPolicyVersion arn:aws:iam::111122223333:policy/attached",
            "iam:GetPolicyVersion arn:aws:iam::111122223333:policy/boundary",
            "organizations:ListPoliciesForTarget r-ab12 SERVICE_CONTROL_POLICY",
            "organizations:ListPoliciesForTarget r-ab12 RESOURCE_CONTROL_POLICY",
            "organizations:DescribePolicy p-unitservice",
            "organizations:DescribePolicy p-unitresource",
        ],
        &["organizations:DescribePolicy p-rootservice"],
    ];
    let server = Server::holding(&waves);
    read_apart("all", answers::KEY_ARN, &server);
    let expected: BTreeSet<&str> = waves.into_iter().flatten().copied().collect();
    let made = server.calls();
    assert_eq!(made.iter().map(String::as_str).collect::<BTreeSet<_>>(), expected);
    once_each(&made);
}

/// The calls, without what they are about.
fn names(calls: &[String]) -> BTreeSet<String> {
    calls.iter().filter_map(|call| call.split(' ').next()).map(str::to_owned).collect()
}

fn once_each(calls: &[String]) {
    let distinct: BTreeSet<&String> = calls.iter().collect();
    assert_eq!(distinct.len(), calls.len(), "a call was made twice: {calls:?}");
}

/// The calls that reading takes.
fn calls_for(needs: &str, kms_arn: &str) -> Vec<String> {
    let server = Server::start();
    read_apart(needs, kms_arn, &server);
    server.calls()
}

/// Reads in a process of its own.
fn read_apart(needs: &str, kms_arn: &str, server: &Server) {
    let test = env::current_exe().expect("knows its own path");
    let status = Command::new(test)
        .args(["each_evidence_key_takes_the_calls_of_the_catalogue", "--exact", "--nocapture"])
        .env_clear()
        .envs(env::var_os("LD_LIBRARY_PATH").map(|path| ("LD_LIBRARY_PATH", path)))
        .env(NEEDS, needs)
        .env(KMS_ARN, kms_arn)
        .env("AWS_CONFIG_FILE", "/dev/null")
        .env("AWS_SHARED_CREDENTIALS_FILE", "/dev/null")
        .env("AWS_ACCESS_KEY_ID", "AKIAEXAMPLE")
        .env("AWS_SECRET_ACCESS_KEY", "example")
        .env("AWS_ENDPOINT_URL", server.url())
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .status()
        .expect("runs itself");
    assert!(status.success(), "reading {needs} fails: see above");
}

/// Reads, and sees to it that all that was needed was there.
fn read(needs: &str) {
    let needs: BTreeSet<EvidenceKey> = match needs {
        "all" => EvidenceKey::ALL.into(),
        "" => BTreeSet::new(),
        key => [EvidenceKey::of(key).expect("an evidence key")].into(),
    };
    let kms_arn = env::var(KMS_ARN).expect("the key's ARN");
    let registration =
        AwsRegistration::parse(answers::ROLE_ARN, &kms_arn, "org-AbC123").expect("a registration");
    let target = registration.target().expect("acceptable");
    let options =
        Options { time_limit: Duration::from_secs(20), profiles: Profiles::default(), needs: needs.clone() };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let evidence = runtime.block_on(collect(&target, &options));
    if needs.is_empty() {
        return;
    }
    let missing = evidence.missing();
    let failed: Vec<_> =
        missing.iter().filter(|missing| missing.detail != "no selected check reads it").collect();
    assert!(failed.is_empty(), "not all could be read: {failed:#?}");
}
