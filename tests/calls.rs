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
use std::fs;
use std::process::{Command, Stdio};
use std::time::Duration;

use ekm_preflight::collect::aws::{Options, Profiles, collect};
use ekm_preflight::evidence::Catalogued;
use ekm_preflight::evidence::aws::EvidenceKey;
use ekm_preflight::target::aws::AwsRegistration;
use serde_json::{Value, json};

#[path = "calls/answers.rs"]
mod answers;
#[path = "calls/http.rs"]
mod http;
#[path = "calls/server.rs"]
mod server;
#[path = "calls/shared.rs"]
mod shared;

use answers::Request;
use server::Server;

/// What the process that reads is to read: evidence keys, or `all`.
const NEEDS: &str = "EKM_PREFLIGHT_NEEDS";
/// The ARN that it is to read.
const KMS_ARN: &str = "EKM_PREFLIGHT_KMS_ARN";
/// Where it puts the evidence.
const EVIDENCE: &str = "EKM_PREFLIGHT_EVIDENCE";

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
    require_all_read(&read_apart("all", answers::KEY_ARN, &server));
    let expected: BTreeSet<&str> = waves.into_iter().flatten().copied().collect();
    let made = server.calls();
    assert_eq!(made.iter().map(String::as_str).collect::<BTreeSet<_>>(), expected);
    once_each(&made);
}

/// Most accounts are members: they may learn which organization they are in, but not what stands above them
/// (Organizations API: "can be called only from the organization's management account or by a member account that is a
/// delegated administrator").
#[test]
fn a_member_learns_its_organization_and_no_more() {
    let server = Server::but(|request| {
        let administrators = request.name().starts_with("organizations:")
            && request.name() != "organizations:DescribeOrganization";
        let denied = json!({"__type": "AccessDeniedException", "Message": "You don't have permissions."});
        administrators.then(|| ("400 Bad Request", denied.to_string()))
    });
    let evidence = read_apart("all", answers::KEY_ARN, &server);
    let denied = |call: &str| {
        json!({"missing": {
            "call": call,
            "reason": "denied",
            "permission": call,
            "detail": "AccessDeniedException: You don't have permissions."
        }})
    };
    let organization = json!({"collected": {
        "id": "o-exampleorgid",
        "management_account": "777788889999",
        "parents": denied("organizations:ListParents")
    }});
    assert_eq!(evidence["role_organization"], organization);
    assert_eq!(evidence["key_organization"], organization);
    for key in
        ["role_service_control_policies", "role_resource_control_policies", "key_resource_control_policies"]
    {
        assert_eq!(evidence[key], denied("organizations:ListRoots"), "{key}");
    }
    assert_eq!(
        evidence["named_accounts"],
        json!({"collected": [
            {"account": "444455556666", "organization": denied("organizations:DescribeAccount")}
        ]})
    );
    // Nor is it worth the attempt.
    assert!(!names(&server.calls()).contains("organizations:DescribePolicy"));
}

/// A kind of policies that is about to be enabled or disabled may or may not count.
#[test]
fn policies_on_the_way_are_neither_there_nor_absent() {
    let server = Server::but(|request| {
        let roots = json!({"Roots": [{"Id": "r-ab12", "PolicyTypes": [
            {"Type": "SERVICE_CONTROL_POLICY", "Status": "PENDING_DISABLE"}
        ]}]});
        (request.name() == "organizations:ListRoots").then(|| ("200 OK", roots.to_string()))
    });
    let evidence = read_apart("all", answers::KEY_ARN, &server);
    assert_eq!(evidence["role_service_control_policies"]["missing"]["reason"], "unreadable");
    assert_eq!(
        evidence["role_resource_control_policies"],
        json!({"absent": {"call": "organizations:ListRoots"}})
    );
}

/// Units that are in each other have no root.
#[test]
fn a_climb_in_circles_ends() {
    let server = Server::but(|request| {
        let parent = json!({"Parents": [{"Id": "ou-ab12-11111111", "Type": "ORGANIZATIONAL_UNIT"}]});
        (request.name() == "organizations:ListParents").then(|| ("200 OK", parent.to_string()))
    });
    let evidence = read_apart("all", answers::KEY_ARN, &server);
    let circles = json!({"missing": {
        "call": "organizations:ListParents",
        "reason": "unreadable",
        "detail": "no root was found in 16 steps up"
    }});
    assert_eq!(evidence["role_organization"]["collected"]["parents"], circles);
    assert_eq!(evidence["role_service_control_policies"], circles);
}

/// A policy may name any number of accounts.
#[test]
fn not_every_account_is_asked_about() {
    let server = Server::but(|request| {
        let named: Vec<String> = (0..70).map(|number| format!("1000000000{number:02}")).collect();
        let policy = json!({"Policy": json!({"AWS": named}).to_string(), "PolicyName": "default"});
        (request.name() == "kms:GetKeyPolicy").then(|| ("200 OK", policy.to_string()))
    });
    let evidence = read_apart("aws.named_accounts", answers::KEY_ARN, &server);
    let named = evidence["named_accounts"]["collected"].as_array().expect("a list");
    // 444455556666 of the trust policy is the last of them.
    assert_eq!(named.len(), 71);
    assert_eq!(named[63]["organization"], json!({"collected": "o-exampleorgid"}));
    assert_eq!(named[63]["account"], "100000000063");
    for not_asked in &named[64..] {
        assert_eq!(
            not_asked["organization"]["missing"],
            json!({
                "call": "organizations:DescribeAccount",
                "reason": "not_asked",
                "detail": "more than 64 accounts are named"
            })
        );
    }
}

/// An account of another organization than the one that was asked.
#[test]
fn a_member_of_another_organization_is_not_believed() {
    let server = Server::but(|request| {
        let arn = "arn:aws:organizations::777788889999:account/o-anotherorgid/444455556666";
        let account = json!({"Account": {"Id": "444455556666", "Arn": arn}});
        (request.name() == "organizations:DescribeAccount").then(|| ("200 OK", account.to_string()))
    });
    let evidence = read_apart("aws.named_accounts", answers::KEY_ARN, &server);
    assert_eq!(
        evidence["named_accounts"]["collected"][0]["organization"]["missing"],
        json!({
            "call": "organizations:DescribeAccount",
            "reason": "unreadable",
            "detail": "it says o-anotherorgid, while the caller's organization is o-exampleorgid"
        })
    );
}

#[test]
fn a_key_that_has_no_rotation_is_proof_and_other_calls_are_not() {
    let server = Server::but(|request| {
        let refused = json!({"__type": "UnsupportedOperationException", "message": "not for this key"});
        request.name().starts_with("kms:Get").then(|| ("400 Bad Request", refused.to_string()))
    });
    let evidence = read_apart("all", answers::KEY_ARN, &server);
    assert_eq!(evidence["key_rotation"], json!({"absent": {"call": "kms:GetKeyRotationStatus"}}));
    assert_eq!(evidence["key_policy"]["missing"]["reason"], "unreadable");
}

/// What a proxy or a broken service may say: a page for people, a body cut off, other types than documented.
#[test]
fn answers_that_make_no_sense_are_unreadable_in_one_plain_line() {
    let cut_off = |request: &Request| {
        let (status, mut body) = answers::to(request);
        body.truncate(body.len() / 2);
        Some((status, body))
    };
    let servers = [
        Server::but(|_| {
            let page = "<html>\n<body>\u{1b}[31m<h1>502 Bad Gateway</h1>\n</body></html>".to_owned();
            Some(("502 Bad Gateway", page))
        }),
        Server::but(|_| Some(("200 OK", "<html><body>Log in</body></html>".to_owned()))),
        Server::but(|_| Some(("200 OK", r#"{"KeyMetadata": [], "Policy": 1, "Roots": {}}"#.to_owned()))),
        Server::but(cut_off),
    ];
    for server in servers {
        let evidence = read_apart("all", answers::KEY_ARN, &server);
        for (key, item) in evidence.as_object().expect("evidence by key") {
            let missing = &item["missing"];
            if key == "key_rotation" && item["collected"] == json!({"enabled": false}) {
                // A truth value that is not there is false to the SDK.
                continue;
            }
            let detail = missing["detail"].as_str().unwrap_or_default();
            assert_eq!(missing["reason"], "unreadable", "{key}: {item}");
            assert!(!detail.is_empty() && !detail.contains(['\n', '\u{1b}']), "{key}: {detail:?}");
        }
    }
}

/// A list of which there is more, without a word on where, is not the whole list.
#[test]
fn a_page_that_is_not_the_last_is_not_taken_for_it() {
    let server = Server::but(|request| {
        let (status, body) = answers::to(request);
        let more = body.replace("\"Truncated\":false", "\"Truncated\":true");
        Some((status, more.replace("<IsTruncated>false", "<IsTruncated>true")))
    });
    let evidence = read_apart("all", answers::KEY_ARN, &server);
    for key in ["role_inline_policies", "role_attached_policies", "key_aliases", "key_tags", "key_grants"] {
        assert_eq!(evidence[key]["missing"]["reason"], "unreadable", "{key}: {}", evidence[key]);
    }
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
    require_all_read(&read_apart(needs, kms_arn, &server));
    server.calls()
}

/// Reads in a process of its own, and gives the evidence.
fn read_apart(needs: &str, kms_arn: &str, server: &Server) -> Value {
    let directory = tempfile::tempdir().expect("makes a directory");
    let evidence = directory.path().join("evidence.json");
    let test = env::current_exe().expect("knows its own path");
    let status = Command::new(test)
        .args(["each_evidence_key_takes_the_calls_of_the_catalogue", "--exact", "--nocapture"])
        .env_clear()
        .envs(env::var_os("LD_LIBRARY_PATH").map(|path| ("LD_LIBRARY_PATH", path)))
        .env(NEEDS, needs)
        .env(KMS_ARN, kms_arn)
        .env(EVIDENCE, &evidence)
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
    serde_json::from_str(&fs::read_to_string(&evidence).expect("the evidence")).expect("JSON")
}

/// What of the evidence could not be read, other than what nobody needs.
fn require_all_read(evidence: &Value) {
    let items = evidence.as_object().expect("evidence by key");
    let not_needed = |item: &Value| item["missing"]["detail"] == "no selected check reads it";
    for (key, item) in items.iter().filter(|(_, item)| !not_needed(item)) {
        assert!(!item.to_string().contains("\"missing\""), "{key}: {item}");
    }
}

/// Reads, as the process that does nothing else.
fn read(needs: &str) {
    let needs: BTreeSet<EvidenceKey> = match needs {
        "all" => EvidenceKey::ALL.iter().copied().collect(),
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
    let evidence = serde_json::to_string(&evidence).expect("JSON");
    fs::write(env::var_os(EVIDENCE).expect("a file"), evidence).expect("writes it");
}
