use serde_json::json;

use super::*;
use crate::check::registry_of;
use crate::contract::Provider;
use crate::report::{Report, Verdict};
use crate::selection::{Choice, Selection};

const READY: &str = include_str!("../../../examples/aws-ready.json");
const KEY_ID: &str = "00000000-0000-0000-0000-000000000001";
const ACCOUNT: &str = "000000000001";

fn symbol(text: &str, kind: &str, stands_for: &str) -> Value {
    json!({ "text": text, "kind": kind, "stands_for": stands_for })
}

/// The example as a plan would have it: the ids known only after apply, and changes of its texts.
fn planned(changes: &[(&str, &str)]) -> Evidence {
    let key_id = "1234abcd-12ab-34cd-56ef-1234567890ab";
    let mut text = READY.replace(key_id, KEY_ID).replace("111122223333", ACCOUNT);
    for (from, to) in changes {
        assert!(text.contains(from), "{from}");
        text = text.replacen(from, to, 1);
    }
    let mut document: Value = serde_json::from_str(&text).unwrap();
    document["source"] = json!("plan");
    document["plan"] = json!({
        "places": {},
        "symbols": [
            symbol(KEY_ID, "made", "aws_kms_key.openai.key_id"),
            symbol(ACCOUNT, "account", "the account of provider aws"),
        ],
        "changes": [],
        "limits": [],
    });
    from_json(&document.to_string()).unwrap()
}

fn judged(evidence: &Evidence) -> Report {
    let selection = Selection::new(registry_of(Provider::Aws).unwrap(), Choice::default()).unwrap();
    Report::of(std::slice::from_ref(evidence), &selection)
}

fn outcome(report: &Report, id: &str) -> String {
    let check = report.targets[0].checks.iter().find(|check| check.id == id).unwrap();
    format!("{} {}", check.word(), check.outcome.message().unwrap_or_default())
}

#[test]
fn ids_that_the_apply_makes_are_no_reason_for_doubt() {
    let report = judged(&planned(&[]));
    assert_eq!(report.verdict, Verdict::Ready);
    let target = &report.targets[0];
    assert_eq!(
        target.payload.clone().unwrap_err(),
        "known only after apply: role_arn, `arn:aws:iam::(the account of provider aws):role/openai-ekm`; kms_arn, \
         `arn:aws:kms:us-east-1:(the account of provider aws):key/(aws_kms_key.openai.key_id)`"
    );
    assert_eq!(target.way.identity.1, "arn:aws:iam::(the account of provider aws):role/openai-ekm");
}

/// The key's policy leaves the key to an account, which may be the role's or another one.
#[test]
fn an_account_that_is_named_may_be_the_one_that_is_not_known() {
    let delegated = [(r#"arn:aws:iam::000000000001:root\""#, r#"arn:aws:iam::444455556666:root\""#)];
    let evidence = planned(&delegated);
    // Neither of the accounts named, the management account of the organization among them, or one of the two.
    assert_eq!(Cases::of(&evidence).evidence.len(), 3);
    let report = judged(&evidence);
    assert_eq!(
        outcome(&report, "aws-encrypt-allowed"),
        "unknown can't be decided without `the account of provider aws` (known_after_apply)"
    );
    assert_eq!(report.verdict, Verdict::Undetermined);
}

#[test]
fn no_check_decides_about_what_stands_for_a_value() {
    let evidence = planned(&[]);
    let symbolic = Symbolic::of(&evidence);
    let unread =
        json!({ UNKNOWN_MARK: [{ "evidence": "aws.key_policy", "reason": format!("of {KEY_ID}") }] });
    let facts =
        json!({ "arn": format!("key/{KEY_ID}"), "list": ["a", KEY_ID], "kept": true, "unread": unread });
    let because = |stands_for: &str| json!({ UNKNOWN_MARK: [{ "evidence": stands_for, "reason": "known_after_apply" }] });
    let key = because("aws_kms_key.openai.key_id");
    assert_eq!(
        symbolic.unknown_in(&facts).into_owned(),
        json!({ "arn": key, "list": ["a", key], "kept": true, "unread": unread })
    );
    assert_eq!(
        symbolic.shown_in(&facts).into_owned(),
        json!({
            "arn": "key/(aws_kms_key.openai.key_id)",
            "list": ["a", "(aws_kms_key.openai.key_id)"],
            "kept": true,
            "unread": unread,
        })
    );
}

#[test]
fn with_too_many_accounts_nothing_is_decided() {
    let many: Vec<String> =
        (0..MOST_CASES).map(|number| format!("arn:aws:iam::4444555{number:05}:root")).collect();
    let principals = format!(r#"[\"{}\"]"#, many.join(r#"\", \""#));
    let evidence = planned(&[(r#"\"arn:aws:iam::000000000001:root\""#, &principals)]);
    assert!(Cases::of(&evidence).incomplete);
    let report = judged(&evidence);
    assert!(report.targets[0].checks.iter().all(|check| check.word() == "unknown"));
}
