//! Whose credentials read what: `--role-profile`, `--key-profile`, `--organization-profile`, and the environment.
//!
//! A server of the test's own answers `GetCallerIdentity` with the account that the access key stands for, and denies
//! all else, so that the evidence shows who asked.
#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "tests say what they expect by panicking"
)]

use std::collections::BTreeMap;
use std::fs;
use std::process::{Command, Stdio};

use serde_json::Value;

#[path = "calls/http.rs"]
mod http;
#[path = "profiles/server.rs"]
mod server;

use server::Server;

const ROLES: &str = "111122223333";
const KEYS: &str = "444455556666";
const ELSEWHERE: &str = "777788889999";

/// Profiles for two accounts, and one that takes a role in one of them.
const PROFILES: &str = "
[profile of-role]
aws_access_key_id = AKIA111122223333
aws_secret_access_key = example
[profile of-key]
aws_access_key_id = AKIA444455556666
aws_secret_access_key = example
[profile takes-a-role]
role_arn = arn:aws:iam::444455556666:role/auditor
source_profile = of-role
[profile without-credentials]
region = eu-central-1
";

/// What came of a run.
struct Ran {
    evidence: Value,
    said: String,
    asked_organizations: Vec<String>,
    asked_who_asks: usize,
    /// By call, the region that it was signed for.
    regions: BTreeMap<String, String>,
}

/// Runs the program with these options; the environment's credentials are of a third account.
fn run(options: &[&str]) -> Ran {
    run_in(&[("AWS_ACCESS_KEY_ID", "AKIA777788889999"), ("AWS_SECRET_ACCESS_KEY", "example")], options)
}

/// The same with this environment.
fn run_in(environment: &[(&str, &str)], options: &[&str]) -> Ran {
    let server = Server::start();
    let directory = tempfile::tempdir().expect("makes a directory");
    let at = directory.path();
    fs::write(at.join("config"), PROFILES).expect("writes the profiles");
    let output = Command::new(env!("CARGO_BIN_EXE_ekm-preflight"))
        .args(["aws", "--role-arn", "arn:aws:iam::111122223333:role/openai-ekm"])
        .args(["--kms-arn", "arn:aws:kms:eu-central-1:444455556666:key/1234abcd-12ab-34cd-56ef-1234567890ab"])
        .args(["--external-id", "org-AbC123", "--save-evidence", "evidence.json"])
        .args(options)
        .env_clear()
        .env("HOME", at)
        .env("AWS_CONFIG_FILE", at.join("config"))
        .env("AWS_SHARED_CREDENTIALS_FILE", "/dev/null")
        .env("AWS_EC2_METADATA_DISABLED", "true")
        .envs(environment.iter().copied())
        .env("AWS_ENDPOINT_URL", server.url())
        .current_dir(at)
        .stdin(Stdio::null())
        .output()
        .expect("runs");
    let said = String::from_utf8(output.stderr).expect("text");
    let saved = fs::read_to_string(at.join("evidence.json")).expect("the evidence");
    let saved: Value = serde_json::from_str(&saved).expect("JSON");
    let asked = server.asked();
    let accounts_that_asked = |call: &str| -> Vec<String> {
        asked.iter().filter(|asked| asked.call == call).map(|asked| asked.account.clone()).collect()
    };
    Ran {
        evidence: saved["cloud"]["aws"]["evidence"].clone(),
        said,
        asked_organizations: accounts_that_asked("DescribeOrganization"),
        regions: asked.iter().map(|asked| (asked.call.clone(), asked.region.clone())).collect(),
        asked_who_asks: accounts_that_asked("GetCallerIdentity").len(),
    }
}

impl Ran {
    fn callers(&self) -> [&Value; 2] {
        ["caller", "key_caller"].map(|key| &self.evidence[key]["collected"]["account"])
    }

    /// The same reason under each key.
    fn is_missing(&self, keys: &[&str], reason: &str, detail: &str) {
        for key in keys {
            let missing = &self.evidence[key]["missing"];
            assert_eq!(missing["reason"], reason, "{key}: {missing}");
            assert_eq!(missing["detail"], detail, "{key}");
        }
    }
}

#[test]
fn without_profiles_the_environment_asks_once_for_both_sides() {
    let ran = run(&[]);
    assert_eq!(ran.callers(), [ELSEWHERE, ELSEWHERE]);
    assert_eq!(ran.asked_who_asks, 1);
    assert_eq!(ran.asked_organizations, [ELSEWHERE]);
}

/// Organizations has one endpoint, in one region, wherever the key is (General Reference, "AWS Organizations endpoints
/// and quotas").
#[test]
fn organizations_is_asked_in_its_own_region_and_kms_in_the_keys() {
    let ran = run(&[]);
    assert_eq!(ran.regions["DescribeOrganization"], "us-east-1");
    assert_eq!(ran.regions["DescribeKey"], "eu-central-1");
}

#[test]
fn a_profile_is_taken_before_the_credentials_of_the_environment() {
    let ran = run(&["--role-profile", "of-role", "--key-profile", "of-key"]);
    assert_eq!(ran.callers(), [ROLES, KEYS]);
    assert_eq!(ran.asked_who_asks, 2);
    let mut asked = ran.asked_organizations.clone();
    asked.sort();
    assert_eq!(asked, [ROLES, KEYS]);
}

#[test]
fn one_profile_for_both_sides_asks_once() {
    let ran = run(&["--role-profile", "of-role", "--key-profile", "of-role"]);
    assert_eq!(ran.callers(), [ROLES, ROLES]);
    assert_eq!(ran.asked_who_asks, 1);
    assert_eq!(ran.asked_organizations, [ROLES]);
}

#[test]
fn a_side_without_a_profile_is_read_with_the_environment() {
    let ran = run(&["--key-profile", "of-key"]);
    assert_eq!(ran.callers(), [ELSEWHERE, KEYS]);
    ran.is_missing(
        &["role", "role_inline_policies", "role_attached_policies", "role_boundary"],
        "wrong_account",
        "the credentials are of account 777788889999, the role is in 111122223333; use credentials of 111122223333 (--role-profile)",
    );
    assert_eq!(ran.evidence["key"]["missing"]["reason"], "denied");
}

#[test]
fn the_keys_side_says_where_its_credentials_are_of_another_account() {
    let ran = run(&["--role-profile", "of-role"]);
    assert_eq!(ran.callers(), [ROLES, ELSEWHERE]);
    ran.is_missing(
        &["key", "key_policy", "key_aliases", "key_tags", "key_grants", "key_rotation"],
        "wrong_account",
        "the credentials are of account 777788889999, the key is in 444455556666; use credentials of 444455556666 (--key-profile)",
    );
    assert_eq!(ran.evidence["role"]["missing"]["reason"], "denied");
}

#[test]
fn the_organizations_profile_is_for_both_sides() {
    let ran =
        run(&["--role-profile", "of-role", "--key-profile", "of-key", "--organization-profile", "of-key"]);
    assert_eq!(ran.callers(), [ROLES, KEYS]);
    assert_eq!(ran.asked_organizations, [KEYS]);
    assert_eq!(ran.asked_who_asks, 2);
}

#[test]
fn a_profile_may_take_a_role() {
    let ran = run(&["--role-profile", "of-role", "--key-profile", "takes-a-role"]);
    assert_eq!(ran.callers(), [ROLES, KEYS]);
}

/// The other side is read all the same, and nothing else steps in for the profile that is not there.
#[test]
fn a_profile_that_gives_no_credentials_is_one_reason_for_its_side() {
    for (profile, why) in [
        ("no-such", "profile `no-such` was not defined"),
        ("without-credentials", "the credential provider was not enabled"),
    ] {
        let ran = run(&["--role-profile", profile, "--key-profile", "of-key"]);
        let detail = ran.evidence["caller"]["missing"]["detail"].as_str().expect("a reason");
        let begins = format!(
            "the profile `{profile}` gives no credentials (`aws configure list-profiles` lists the profiles): "
        );
        assert!(detail.starts_with(&begins) && detail.contains(why), "{detail}");
        ran.is_missing(
            &[
                "caller",
                "role",
                "role_inline_policies",
                "role_attached_policies",
                "role_boundary",
                "role_organization",
                "role_service_control_policies",
                "role_resource_control_policies",
            ],
            "credentials",
            detail,
        );
        assert_eq!(ran.evidence["key_caller"]["collected"]["account"], KEYS);
        assert_eq!(ran.evidence["key"]["missing"]["reason"], "denied");
        assert_eq!(ran.asked_organizations, [KEYS]);
        assert!(ran.said.ends_with(&format!("\n  {detail}\n")), "{}", ran.said);
    }
}

/// The SDK passes over a profile of the environment that is not there.
#[test]
fn a_profile_of_the_environment_that_gives_no_credentials_is_named() {
    for profile in ["no-such", "without-credentials"] {
        let ran = run_in(&[("AWS_PROFILE", profile)], &[]);
        let begins = format!(
            "AWS_PROFILE names the profile `{profile}`, which gives no credentials (`aws configure list-profiles` lists the \
             profiles): "
        );
        let missing = &ran.evidence["caller"]["missing"];
        assert_eq!(missing["reason"], "credentials");
        assert!(missing["detail"].as_str().is_some_and(|detail| detail.starts_with(&begins)), "{missing}");
        assert!(ran.said.contains(&begins), "{}", ran.said);
    }
}
