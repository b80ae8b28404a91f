//! Hostile texts: addresses, names, tags and policies may hold anything, and act nowhere.

use serde_json::json;

use crate::aws::{KEY, REGISTRATION, ROLE};
use crate::plan::{Plan, computed, refer};
use crate::program::{Run, text};
use crate::several::require_none;

/// What acts on a terminal, in a workflow, in a page.
const HOSTILE: &str =
    "\u{1b}[2J\u{1b}]0;owned\u{7}\r\n::error file=a::owned\n<script>alert(1)</script>\u{202e}\u{200b}`|**";

/// Characters that act on a terminal, or on the direction and width of text.
fn acts(character: char) -> bool {
    let control = character.is_control() && character != '\n';
    control || ['\u{202e}', '\u{2066}', '\u{200b}', '\u{feff}', '\u{85}'].contains(&character)
}

fn plans() -> Vec<(&'static str, Plan, Vec<&'static str>)> {
    let official = || Plan::corpus("aws-official");
    let policy = json!({ "Version": "2012-10-17", "Statement": [{
        "Sid": HOSTILE, "Effect": "Allow", "Action": HOSTILE, "Resource": HOSTILE,
    }] })
    .to_string();
    let instance = format!("ekm[{}]", json!(HOSTILE));
    vec![
        ("the module's key", official().in_module(&instance), vec![]),
        ("the key's own key", official().indexed(KEY, json!(HOSTILE)), vec![]),
        ("the registration's name", official().set(REGISTRATION, "name", json!(HOSTILE)), vec![]),
        ("the registration's ExternalId", official().set(REGISTRATION, "external_id", json!(HOSTILE)), vec![]),
        ("the registration's key", official().set(REGISTRATION, "kms_arn", json!(HOSTILE)), vec![]),
        ("the role's name", official().set(ROLE, "name", json!(HOSTILE)), vec![]),
        ("the role's path", official().set(ROLE, "path", json!(HOSTILE)), vec![]),
        ("the role's tags", official().set(ROLE, "tags", json!({ HOSTILE: HOSTILE })), vec![]),
        ("the key's spec", official().set(KEY, "customer_master_key_spec", json!(HOSTILE)), vec![]),
        ("the key's usage", official().set(KEY, "key_usage", json!(HOSTILE)), vec![]),
        ("the trust policy", official().set(ROLE, "assume_role_policy", json!(policy)), vec![]),
        ("the trust policy, as text", official().set(ROLE, "assume_role_policy", json!(HOSTILE)), vec![]),
        (
            "a second policy",
            official().create(
                "aws_iam_role_policy.second",
                json!({ "name": HOSTILE, "role": refer("aws_iam_role.openai_ekm.id"), "policy": policy }),
            ),
            vec![],
        ),
        (
            "an attached policy",
            official().create(
                "aws_iam_role_policy_attachment.second",
                json!({ "role": "openai-ekm", "policy_arn": HOSTILE }),
            ),
            vec![],
        ),
        (
            "a grant",
            crate::aws::granted(official(), json!(HOSTILE), json!([HOSTILE])),
            vec![],
        ),
        (
            "an alias",
            official().create(
                "aws_kms_alias.a",
                json!({ "name": HOSTILE, "target_key_id": refer("aws_kms_key.openai.key_id"), "arn": computed() }),
            ),
            vec![],
        ),
        ("the format's version", official().top("format_version", json!(HOSTILE)), vec![]),
        (
            "what the configuration refers to",
            official().set(KEY, "policy", computed()).referring(KEY, "policy", &[HOSTILE]),
            vec![],
        ),
        (
            "what changes",
            Plan::corpus("aws-official-nochange").set(KEY, "policy", json!(policy)),
            vec![],
        ),
        (
            "where it was before",
            Plan::corpus("aws-official-nochange").delete(KEY).moved(HOSTILE, ROLE),
            vec![],
        ),
        (
            "the vault's name",
            Plan::corpus("azure").set(crate::azure::VAULT, "name", json!(HOSTILE)),
            vec![],
        ),
        (
            "the key's name on Azure",
            Plan::corpus("azure").set(crate::azure::KEY, "name", json!(HOSTILE)),
            vec![],
        ),
        (
            "the role's data actions",
            Plan::corpus("azure").set(
                crate::azure::DEFINITION,
                "permissions",
                crate::azure::data(&[HOSTILE, crate::azure::READ]),
            ),
            vec![],
        ),
        (
            "the assignment's scope",
            Plan::corpus("azure").set(crate::azure::ASSIGNMENT, "scope", json!(HOSTILE)),
            crate::azure::REGISTERED.to_vec(),
        ),
        (
            "the firewall's rules",
            Plan::corpus("azure").set(
                crate::azure::VAULT,
                "network_acls",
                json!([{ "bypass": HOSTILE, "default_action": HOSTILE, "ip_rules": [HOSTILE] }]),
            ),
            vec![],
        ),
        ("an address that nobody has", official(), vec!["--role-address", HOSTILE, "--key-address", HOSTILE]),
    ]
}

#[test]
fn hostile_texts_act_in_no_output() {
    require_none(plans(), |(name, plan, arguments)| {
        let run = Run::on(plan.text()).arguments(&arguments).replays();
        let outcome = run.outcome();
        let shown = run.in_format("table");
        let mut found: Vec<String> = [
            ("the report", &outcome.stdout),
            ("the messages", &outcome.stderr),
            ("the evidence", &outcome.evidence),
            ("the payload", &outcome.payload),
            ("the table", &text(&shown.stdout)),
            ("the table's messages", &text(&shown.stderr)),
        ]
        .into_iter()
        .filter(|(_, said)| {
            said.chars().any(acts)
                || said.contains("panicked")
                || said.lines().any(|line| line.starts_with("::"))
        })
        .map(|(what, said)| format!("{name}: {what}:\n{said:?}"))
        .collect();
        if outcome.exit.is_none() || outcome.exit == Some(101) {
            found.push(format!("{name}: {outcome}"));
        }
        found
    });
}

/// What each format must not let through, beside what acts on a terminal: a workflow command of its own, markup. What
/// stands between backticks is no markup in Markdown.
fn acts_in(format: &str, said: &str) -> bool {
    match format {
        "github" => said.lines().any(|line| line.starts_with("::error file=a::")),
        "junit" => said.contains("<script>"),
        _ => said.lines().any(|line| line.starts_with("::")),
    }
}

#[test]
fn hostile_texts_act_in_no_format() {
    let named = ["the module's key", "the trust policy", "a second policy", "a grant", "what changes"];
    let azure = ["the role's data actions", "the firewall's rules"];
    let wanted = [named.as_slice(), azure.as_slice()].concat();
    let plans: Vec<_> = plans().into_iter().filter(|(name, _, _)| wanted.contains(name)).collect();
    assert_eq!(plans.len(), wanted.len());
    require_none(plans, |(name, plan, arguments)| {
        let run = Run::on(plan.text()).arguments(&arguments);
        let exit = run.outcome().exit;
        ["sarif", "junit", "markdown", "github"]
            .into_iter()
            .filter_map(|format| {
                let output = run.in_format(format);
                let (said, errors) = (text(&output.stdout), text(&output.stderr));
                let broken = said.chars().any(acts) || acts_in(format, &said) || errors.contains("panicked");
                let differs = output.status.code() != exit;
                (broken || differs)
                    .then(|| format!("{name}: {format}: {:?}:\n{said:?}\n{errors}", output.status))
            })
            .collect()
    });
}
