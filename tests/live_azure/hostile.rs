//! Names and messages that would act on a terminal, on a pipeline's log or on whoever reads them, wherever Azure lets
//! somebody write: nothing that the program prints or saves does.

use std::path::Path;
use std::process::Command;

use serde_json::{Value, json};

use crate::calls::Call;
use crate::network::{Asked, Network, Reply};
use crate::program::{Outcome, Run};
use crate::several::require_none;
use crate::tenant::{
    AccessPolicy, Azure, DenyAssignment, Group, NetworkAcls, OPENAI_OBJECT, Permission, TENANT,
};

#[path = "../fixtures/hostile/names.rs"]
mod names;

/// A tenant in which everything has this name that can have one: what is wrong with it is told by that.
fn tenant(name: &str) -> Azure {
    Azure::documented().but(|azure| {
        let scope = azure.vault().scope();
        let vault = azure.vault();
        vault.location = name.into();
        vault.sku = name.into();
        vault.provisioning_state = name.into();
        vault.access_policies = vec![AccessPolicy::new(TENANT, OPENAI_OBJECT, &[name])];
        vault.network_acls =
            Some(NetworkAcls { bypass: name.into(), ip_rules: vec![name.into()], ..NetworkAcls::open() });
        let version = azure.version();
        version.operations.push(name.into());
        version.recovery_level = Some(name.into());
        version.tags = vec![(name.into(), name.into())];
        let openai = azure.openai();
        openai.display_name = name.into();
        openai.disabled_by_microsoft = Some(name.into());
        let role = azure.role();
        (role.name, role.description) = (name.into(), name.into());
        role.permissions[0].data_actions.push(format!("Microsoft.Storage/{name}"));
        role.permissions.push(Permission::control(&[name]));
        let assignment = azure.assignment().clone();
        *azure.assignment() = assignment.on_condition(name);
        let denial = DenyAssignment::of_everyone(
            "2d3e4f50-6172-4839-8a4b-5c6d7e8f9a0b",
            name,
            Permission::data(&["*/decrypt/action", name]),
            scope,
        );
        let tenant = azure.tenant();
        tenant.deny_assignments.push(denial);
        tenant.groups.push(Group::new("a1000000-0000-4000-8000-000000000001", name, &[OPENAI_OBJECT]));
        tenant.subscriptions.iter_mut().for_each(|subscription| subscription.display_name = name.into());
    })
}

/// What some services refuse in these words.
fn refusals(name: &str) -> impl Fn(&Asked) -> Reply + Send + Sync + 'static {
    let error = json!({"error": {"code": name, "message": name, "innererror": {"code": name}}});
    move |asked| match asked.call {
        Call::KeyVersions | Call::ManagedKeyVersions => Reply::json(403, &error),
        Call::RotationPolicy | Call::ManagedKey => Reply::json(400, &error),
        Call::Groups => Reply::json(404, &error),
        _ => Reply::Passed,
    }
}

/// A tenant of which nothing can be read, because a service says so in these words.
fn refused(name: &str) -> Network {
    let error =
        json!({"error": name, "error_description": format!("AADSTS7000215: {name} Trace ID: {name}")});
    Network::but(Azure::documented(), move |asked| match asked.call {
        Call::Token => Reply::json(401, &error),
        _ => Reply::Passed,
    })
}

#[test]
fn names_that_would_act_do_not() {
    require_none(names::all(), |name| {
        let mut problems = Vec::new();
        for (what, network) in
            [("named", Network::but(tenant(&name), refusals(&name))), ("refused", refused(&name))]
        {
            let directory = tempfile::tempdir().expect("makes a directory");
            let outcome = Run::against(&network).outcome();
            let drawn = drawn(directory.path(), &outcome);
            let exits: &[i32] = if what == "named" { &[1] } else { &[3] };
            let mut require = |holds: bool, problem: &str| {
                if !holds {
                    let name: String = name.escape_debug().take(40).collect();
                    problems.push(format!("{what} `{name}`: {problem}"));
                }
            };
            require(outcome.exit.is_some_and(|exit| exits.contains(&exit)), &format!("{outcome}"));
            for (place, text) in [
                ("the report", &outcome.stdout),
                ("what is said beside it", &outcome.stderr),
                ("the table", &drawn),
            ] {
                require(!text.chars().any(acts), &format!("{place} acts"));
                let commands = ["::", "##["];
                let commanding =
                    |line: &str| commands.iter().any(|command| line.trim_start().starts_with(command));
                require(!text.lines().any(commanding), &format!("{place} holds a command"));
            }
            require(!drawn.is_empty(), "there is no table");
            require(!saved(&outcome).chars().any(acts), "the saved evidence acts");
            if what == "named" {
                let seen = &outcome.evidence["cloud"]["azure"]["evidence"];
                let role = &seen["role_definitions"]["collected"][0]["definition"]["collected"]["name"];
                require(*role == name.as_str(), "the role's name was not read");
                let denial = &seen["deny_assignments"]["collected"][0]["name"];
                require(*denial == name.as_str(), "the deny assignment's name was not read");
            }
        }
        problems
    });
}

/// Else the test above would say nothing: what is hostile there is shown.
#[test]
fn names_are_shown() {
    let name = names::HARMLESS;
    let network = Network::but(tenant(name), refusals(name));
    let outcome = Run::against(&network).outcome();
    let directory = tempfile::tempdir().expect("makes a directory");
    let drawn = drawn(directory.path(), &outcome);
    for (place, text, least) in [("the table", &drawn, 5), ("the report", &outcome.stdout, 10)] {
        let times = text.matches(name).count();
        assert!(times >= least, "{place} has it {times} times: {text}");
    }
    let refused = Run::against(&refused(name)).outcome();
    assert!(refused.stderr.contains("AADSTS7000215: harmless"), "{refused}");
}

/// The evidence as it was saved.
fn saved(outcome: &Outcome) -> &str {
    assert!(outcome.evidence.is_object(), "no evidence was saved: {outcome}");
    &outcome.saved
}

/// The table of the same report.
fn drawn(directory: &Path, outcome: &Outcome) -> String {
    let evidence = directory.join("evidence.json");
    std::fs::write(&evidence, saved(outcome)).expect("writes the evidence");
    let output = Command::new(env!("CARGO_BIN_EXE_ekm-preflight"))
        .env_clear()
        .arg("replay")
        .arg(evidence)
        .output()
        .expect("runs the program");
    String::from_utf8(output.stdout).expect("prints UTF-8")
}

/// Written out here rather than asked of the program.
fn acts(character: char) -> bool {
    (character.is_control() && character != '\n')
        || matches!(
            character,
            '\u{ad}' | '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{2069}'
            | '\u{feff}' | '\u{e0000}'..='\u{e007f}'
        )
}

/// Saved evidence gives the same report, byte for byte.
#[test]
fn replayed_evidence_gives_the_same_report() {
    type Case = (&'static str, fn(&mut Azure));
    let cases: Vec<Case> = vec![
        ("ready", |_| {}),
        ("not ready", |azure| azure.vault().rbac_authorization = None),
        ("undetermined", |azure| azure.auditor().rights.clear()),
    ];
    require_none(cases, |(verdict, change)| {
        let network = Network::of(Azure::documented().but(change));
        let outcome = Run::against(&network).outcome();
        let directory = tempfile::tempdir().expect("makes a directory");
        let evidence = directory.path().join("evidence.json");
        std::fs::write(&evidence, saved(&outcome)).expect("writes the evidence");
        let output = Command::new(env!("CARGO_BIN_EXE_ekm-preflight"))
            .env_clear()
            .args(["replay", "--format", "json"])
            .arg(evidence)
            .output()
            .expect("runs the program");
        let same = output.stdout == outcome.stdout.as_bytes() && output.status.code() == outcome.exit;
        let verdicts: Value = outcome.verdict().replace('_', " ").into();
        if same && verdicts == verdict { vec![] } else { vec![format!("{verdict}: {outcome}")] }
    });
}
