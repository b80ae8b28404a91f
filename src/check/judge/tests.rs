use std::sync::LazyLock;

use serde_json::json;

use super::*;
use crate::check::Registry;
use crate::check::load::registry;
use crate::facts::UNKNOWN_MARK;
use crate::facts::change::ChangeFacts;

mod azure;

/// Read and linted once for all tests, which takes a while.
static REGISTRY: LazyLock<Registry> = LazyLock::new(|| registry().unwrap());

/// A check of the given parts, with cases that only make it load.
fn check(parts: &str) -> Check {
    let source = format!(
        "format: 1
id: aws-sample
title: All is well
provider: aws
severity: error
since: 0.1.0
why: It matters.
references: [https://example.com/]
needs: [aws.key, aws.key_caller, aws.caller, aws.role]
{parts}
tests:
  - {{ name: a, expect: pass }}
  - {{ name: b, expect: fail, assertion: 1 }}
  - {{ name: c, expect: fail, assertion: 2 }}
  - {{ name: d, expect: unknown }}
  - {{ name: e, expect: not_applicable }}
"
    );
    let registry = REGISTRY.clone().with(vec![("aws-sample.yaml".into(), source)]);
    registry.unwrap_or_else(|errors| panic!("{errors:?}")).get("aws-sample").unwrap().clone()
}

fn two_assertions() -> Check {
    check(
        r#"
when:
  - { expression: facts.role.exists, message: no role }
assertions:
  - expression: facts.key.exists
    message: no key
    symptom: "{{target.kms_arn}} is not there"
    seen: facts.key.arn
    fix:
      text: Make {{target.kms_arn}}
      snippet: { language: shell, text: "make {{facts.key.arn}}" }
  - expression: facts.key.state == 'Enabled'
    message_expression: "facts.key.spec + facts.key.usage"
    seen: facts.trust.principals
    fix: { text: Enable it }
"#,
    )
}

fn unknown(evidence: &str) -> Json {
    json!({ UNKNOWN_MARK: [{ "evidence": evidence, "reason": "denied", "permission": "kms:DescribeKey" }] })
}

fn facts(role: Json, exists: Json, state: Json) -> Json {
    json!({
        "role": { "exists": role, "real_arn": null },
        "key": { "exists": exists, "arn": "arn:aws:kms:x", "state": state, "spec": "S", "usage": "U" },
        "trust": { "principals": ["a", "b"] },
    })
}

fn judge(check: &Check, facts: &Json) -> Outcome {
    let target = json!({ "kms_arn": "K" });
    check.judge(&Subject { facts, target: &target, contract: &json!({}), shown: None })
}

fn because(evidence: &str) -> UnknownBecause {
    UnknownBecause {
        evidence: evidence.into(),
        reason: "denied".into(),
        permission: Some("kms:DescribeKey".into()),
    }
}

#[test]
fn all_assertions_true_is_a_pass() {
    assert_eq!(judge(&two_assertions(), &facts(json!(true), json!(true), json!("Enabled"))), Outcome::Pass);
}

#[test]
fn the_first_assertion_that_is_false_fails_with_all_that_it_says() {
    assert_eq!(
        judge(&two_assertions(), &facts(json!(true), json!(false), json!("Disabled"))),
        Outcome::Fail(Failure {
            assertion: 1,
            message: "no key".into(),
            seen: Some("arn:aws:kms:x".into()),
            symptom: Some("K is not there".into()),
            fix: Fix {
                text: "Make K".into(),
                snippet: Some(Snippet { language: Language::Shell, text: "make arn:aws:kms:x".into() }),
            },
        })
    );
}

#[test]
fn a_definite_failure_wins_over_an_earlier_unknown() {
    let outcome = judge(&two_assertions(), &facts(json!(true), unknown("aws.key"), json!("Disabled")));
    let Outcome::Fail(failure) = outcome else { panic!("{outcome:?}") };
    assert_eq!(
        (failure.assertion, failure.message.as_str(), failure.seen.as_deref()),
        (2, "SU", Some("a, b"))
    );
}

#[test]
fn a_definite_failure_wins_over_an_earlier_error() {
    let mut facts = facts(json!(true), json!(1), json!("Disabled"));
    assert_eq!(judge(&two_assertions(), &facts).name(), "fail");
    facts["key"]["state"] = json!("Enabled");
    assert_eq!(
        judge(&two_assertions(), &facts),
        Outcome::Error {
            message: "the check can't be judged: an assertion is an integer: expected true or false".into()
        }
    );
}

#[test]
fn unknowns_give_every_reason_once_and_sorted() {
    let facts = facts(json!(true), unknown("b.second"), unknown("a.first"));
    assert_eq!(
        judge(&two_assertions(), &facts),
        Outcome::Unknown {
            message: "can't be decided without `a.first` (denied; needs `kms:DescribeKey`), `b.second` (denied; needs \
                      `kms:DescribeKey`)"
                .into(),
            because: vec![because("a.first"), because("b.second")],
        }
    );
    let same = judge(&two_assertions(), &self::facts(json!(true), unknown("x"), unknown("x")));
    let Outcome::Unknown { because: reasons, .. } = same else { panic!("{same:?}") };
    assert_eq!(reasons, [because("x")]);
}

#[test]
fn when_decides_first() {
    let check = two_assertions();
    assert_eq!(
        judge(&check, &facts(json!(false), json!(false), json!("Disabled"))),
        Outcome::NotApplicable { message: "no role".into() }
    );
    assert_eq!(judge(&check, &facts(unknown("aws.role"), json!(false), json!("Disabled"))).name(), "unknown");
    assert_eq!(judge(&check, &facts(json!("x"), json!(false), json!("Disabled"))).name(), "error");
}

#[test]
fn a_failure_whose_message_is_unknown_stays_a_failure() {
    let mut facts = facts(json!(true), json!(true), json!("Disabled"));
    facts["key"]["spec"] = unknown("aws.key");
    facts["trust"]["principals"] = unknown("aws.role");
    let outcome = judge(&two_assertions(), &facts);
    let Outcome::Fail(failure) = outcome else { panic!("{outcome:?}") };
    assert_eq!(failure.message, "it is not so that: All is well");
    assert_eq!(failure.seen, None);
}

#[test]
fn an_empty_message_is_an_error() {
    let mut facts = facts(json!(true), json!(true), json!("Disabled"));
    facts["key"]["spec"] = json!("");
    facts["key"]["usage"] = json!(" ");
    assert_eq!(
        judge(&two_assertions(), &facts).message(),
        Some("the check can't be judged: the message of an assertion that failed is empty")
    );
}

#[test]
fn a_fact_that_is_not_there_is_an_error_that_names_it() {
    let mut facts = facts(json!(true), json!(true), json!("Enabled"));
    facts["key"].as_object_mut().unwrap().remove("state");
    assert_eq!(
        judge(&two_assertions(), &facts).message(),
        Some("the check can't be judged: `facts.key.state` is not given")
    );
}

#[test]
fn hostile_values_do_not_act() {
    let mut facts = facts(json!(true), json!(false), json!("Disabled"));
    facts["key"]["arn"] = json!("\u{1b}[2J\u{202e}'; reboot\n");
    let target = json!({ "kms_arn": "\u{9b}31m" });
    let outcome = two_assertions().judge(&Subject {
        facts: &facts,
        target: &target,
        contract: &json!({}),
        shown: None,
    });
    let Outcome::Fail(failure) = outcome else { panic!("{outcome:?}") };
    assert_eq!(failure.seen.as_deref(), Some(r"\u{1b}[2J\u{202e}'; reboot\u{a}"));
    assert_eq!(failure.symptom.as_deref(), Some(r"\u{9b}31m is not there"));
    assert_eq!(failure.fix.text, r"Make \u{9b}31m");
    assert_eq!(failure.fix.snippet.unwrap().text, r"make '\u{1b}[2J\u{202e}'\''; reboot\u{a}'");
}

#[test]
fn a_check_that_costs_too_much_ends_in_an_error_soon() {
    let check = check(
        r#"
when:
  - { expression: facts.role.exists || facts.key.exists, message: no role }
assertions:
  - expression: facts.trust.principals.all(a, facts.trust.principals.all(b, a == b || true))
    message: no
    fix: { text: none }
  - expression: "true"
    message: no
    fix: { text: none }
"#,
    );
    let mut facts = facts(json!(true), json!(true), json!("Enabled"));
    facts["trust"]["principals"] = (0..5_000).map(|number| format!("p{number}")).collect();
    assert_eq!(
        judge(&check, &facts).message(),
        Some("the check can't be judged: evaluation costs too much: compare fewer or shorter values")
    );
}

mod whole_facts {
    use super::*;
    use crate::facts::aws::vocabulary::AwsTargetValues;
    use crate::facts::aws::{
        AwsFacts, Form, KeyFacts, OrganizationFacts, PrivilegeFacts, RoleFacts, TrustFacts,
    };
    use crate::facts::{DecisionFacts, Fact, ValueForm};

    const KEY: &str = "arn:aws:kms:us-east-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab";

    fn ready() -> AwsFacts {
        let acceptable = || ValueForm { acceptable: true, problem: String::new() };
        let allowed = || DecisionFacts {
            allowed: Fact::Known(true),
            blocked_by: Fact::Known(vec![]),
            explicitly_denied: Fact::Known(false),
            reason: "allowed".into(),
        };
        AwsFacts {
            change: ChangeFacts { planned: true, ..ChangeFacts::default() },
            form: Form {
                role_arn: acceptable(),
                key_arn: acceptable(),
                external_id: acceptable(),
                key_is_alias: false,
            },
            role: RoleFacts {
                exists: Fact::Known(true),
                real_arn: Fact::Known(Some("arn:aws:iam::111122223333:role/openai-ekm".into())),
            },
            trust: TrustFacts {
                readable: Fact::Known(true),
                admits_openai: Fact::Known(true),
                principals: Fact::Known(vec![crate::contract::aws::ROLE_ARN.into()]),
                strangers: Fact::Known(Vec::new()),
                accepts_external_id: Fact::Known(true),
                allows_without_external_id: Fact::Known(false),
                unlisted_external_id: Fact::Known(None),
                external_ids: Fact::Known(vec!["org-A".into()]),
                own_principals: Fact::Known(Vec::new()),
                additional_external_ids: Fact::Known(Vec::new()),
                deleted_principals: Fact::Known(Vec::new()),
            },
            key: KeyFacts {
                exists: Fact::Known(true),
                arn: Fact::Known(Some(KEY.into())),
                manager: Fact::Known("CUSTOMER".into()),
                spec: Fact::Known("SYMMETRIC_DEFAULT".into()),
                usage: Fact::Known("ENCRYPT_DECRYPT".into()),
                state: Fact::Known("Enabled".into()),
                deletion_date: Fact::Known(None),
                origin: Fact::Known("AWS_KMS".into()),
                custom_key_store: Fact::Known(None),
                material_expires: Fact::Known(None),
                multi_region: Fact::Known(false),
                rotation_supported: Fact::Known(true),
                rotation_enabled: Fact::Known(true),
                other_users: Fact::Known(Vec::new()),
                openai_directly: Fact::Known(Vec::new()),
                deleted_principals: Fact::Known(Vec::new()),
            },
            privilege: PrivilegeFacts {
                excess: Fact::Known(Vec::new()),
                excess_actions: Fact::Known(Vec::new()),
            },
            organization: OrganizationFacts {
                policies_read: Fact::Known(true),
                refusing: Fact::Known(Vec::new()),
            },
            assume_role: allowed(),
            encrypt: allowed(),
            decrypt: allowed(),
        }
    }

    /// The outcome of every check of AWS, by id.
    fn outcomes(facts: &Json) -> Vec<(String, Outcome)> {
        let contract = &REGISTRY.vocabulary(crate::contract::Provider::Aws).unwrap().contract_values;
        let target = serde_json::to_value(AwsTargetValues::default()).unwrap();
        let subject = Subject { facts, target: &target, contract, shown: None };
        let of_aws = REGISTRY.iter().filter(|check| check.provider() == crate::contract::Provider::Aws);
        of_aws.map(|check| (check.id().to_owned(), check.judge(&subject))).collect()
    }

    #[test]
    fn a_sound_setup_passes_every_check() {
        for (id, outcome) in outcomes(&serde_json::to_value(ready()).unwrap()) {
            assert_eq!(outcome, Outcome::Pass, "{id}");
        }
    }

    #[test]
    fn one_fact_taken_away_is_never_a_failure_and_never_an_error() {
        let facts = serde_json::to_value(ready()).unwrap();
        let mut touched = 0;
        for (group, fields) in facts.as_object().unwrap() {
            for name in fields.as_object().unwrap().keys().filter(|_| group != "form") {
                let mut facts = facts.clone();
                facts[group][name] = unknown("aws.taken");
                for (id, outcome) in outcomes(&facts) {
                    assert!(
                        matches!(outcome.name(), "pass" | "unknown"),
                        "{group}.{name}: {id}: {outcome:?}"
                    );
                    touched += usize::from(outcome.name() == "unknown");
                }
            }
        }
        assert!(touched >= 20, "{touched}");
    }

    #[test]
    fn facts_that_decide_are_not_passed_over() {
        for (path, ids) in [
            (
                "role.exists",
                vec![
                    "aws-role-exists",
                    "aws-role-least-privilege",
                    "aws-trust-additional",
                    "aws-trust-exclusive",
                    "aws-trust-external-id",
                    "aws-trust-principal",
                ],
            ),
            ("trust.readable", vec!["aws-trust-principal"]),
            ("trust.admits_openai", vec!["aws-trust-principal"]),
            ("trust.strangers", vec!["aws-trust-exclusive"]),
            ("trust.accepts_external_id", vec!["aws-trust-external-id"]),
            ("trust.allows_without_external_id", vec!["aws-trust-external-id"]),
            ("trust.unlisted_external_id", vec!["aws-trust-external-id"]),
            (
                "key.exists",
                vec![
                    "aws-key-customer-managed",
                    "aws-key-dedicated",
                    "aws-key-enabled",
                    "aws-key-exists",
                    "aws-key-material",
                    "aws-key-rotation",
                    "aws-key-symmetric",
                    "aws-key-usage",
                    "aws-role-least-privilege",
                ],
            ),
            ("key.manager", vec!["aws-key-customer-managed"]),
            ("key.spec", vec!["aws-key-symmetric"]),
            ("key.usage", vec!["aws-key-usage"]),
            ("key.state", vec!["aws-key-enabled"]),
            ("key.material_expires", vec!["aws-key-material"]),
            ("key.origin", vec!["aws-key-material"]),
            ("key.rotation_enabled", vec!["aws-key-rotation"]),
            ("key.other_users", vec!["aws-key-dedicated"]),
            ("key.openai_directly", vec!["aws-key-dedicated"]),
            ("key.deleted_principals", vec!["aws-policy-principals-current"]),
            ("trust.deleted_principals", vec!["aws-policy-principals-current"]),
            ("trust.own_principals", vec!["aws-trust-additional"]),
            ("trust.additional_external_ids", vec!["aws-trust-additional"]),
            ("privilege.excess", vec!["aws-role-least-privilege"]),
            ("privilege.excess_actions", vec!["aws-role-least-privilege"]),
            ("organization.refusing", vec!["aws-organization-policies"]),
            ("organization.policies_read", vec!["aws-organization-policies"]),
            ("assume_role.allowed", vec!["aws-assume-role-allowed"]),
            ("encrypt.allowed", vec!["aws-encrypt-allowed"]),
            ("decrypt.allowed", vec!["aws-decrypt-allowed"]),
        ] {
            let mut facts = serde_json::to_value(ready()).unwrap();
            let (group, name) = path.split_once('.').unwrap();
            facts[group][name] = unknown("aws.taken");
            let undecided: Vec<_> = outcomes(&facts)
                .into_iter()
                .filter(|(_, outcome)| outcome.name() == "unknown")
                .map(|(id, _)| id)
                .collect();
            assert_eq!(undecided, ids, "{path}");
        }
    }
}
