//! `action.yml`: read strictly, its scripts parsed by bash, and the one that judges run as a runner would.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use serde::Deserialize;

use crate::root;

/// The metadata of an action ("Metadata syntax for GitHub Actions"): the keys that this one uses, and no other.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Action {
    name: String,
    description: String,
    branding: BTreeMap<String, String>,
    inputs: BTreeMap<String, Input>,
    outputs: BTreeMap<String, Value>,
    runs: Runs,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Input {
    description: String,
    default: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Value {
    description: String,
    value: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Runs {
    using: String,
    steps: Vec<Step>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Step {
    name: String,
    #[serde(default)]
    id: Option<String>,
    #[serde(default, rename = "if")]
    condition: Option<String>,
    #[serde(default)]
    shell: Option<String>,
    #[serde(default)]
    env: BTreeMap<String, String>,
    #[serde(default)]
    run: Option<String>,
    #[serde(default)]
    uses: Option<String>,
    #[serde(default)]
    with: BTreeMap<String, String>,
}

fn action() -> Action {
    serde_saphyr::from_str(&root("action.yml")).unwrap_or_else(|error| panic!("action.yml: {error}"))
}

/// The step that judges.
fn judge(action: &Action) -> &Step {
    action.runs.steps.iter().find(|step| step.id.as_deref() == Some("judge")).unwrap()
}

#[test]
fn the_action_is_one_that_github_takes() {
    let action = action();
    assert_eq!((action.name.as_str(), action.runs.using.as_str()), ("ekm-preflight", "composite"));
    assert!(!action.description.is_empty());
    assert_eq!(action.branding.keys().collect::<Vec<_>>(), ["color", "icon"]);
    for (name, input) in &action.inputs {
        assert!(!input.description.is_empty(), "{name}");
        let used = format!("${{{{ inputs.{name} }}}}");
        let taken = |step: &Step| step.env.values().any(|value| *value == used);
        assert!(action.runs.steps.iter().any(taken), "no step takes the input {name}");
    }
    for (name, output) in &action.outputs {
        assert_eq!(output.value, format!("${{{{ steps.judge.outputs.{name} }}}}"));
        assert!(!output.description.is_empty());
    }
    for step in &action.runs.steps {
        assert!(!step.name.is_empty());
        assert_eq!(step.run.is_some(), step.shell.as_deref() == Some("bash"), "{}", step.name);
        assert!(step.run.is_some() != step.uses.is_some(), "{}", step.name);
        assert!(step.uses.is_some() || step.with.is_empty(), "{}", step.name);
        assert!(
            step.condition.as_deref().is_none_or(|condition| !condition.contains("${{")),
            "{}",
            step.name
        );
    }
    assert_eq!(judge(&action).env["COMMAND"], "${{ inputs.command }}");
    assert_eq!(action.inputs["command"].default, "plan");
}

/// An expression in a script is put in as text before bash reads it: whoever names the value writes the script.
#[test]
fn every_script_of_the_action_is_one_and_takes_nothing_but_its_environment() {
    for step in action().runs.steps {
        let Some(script) = step.run else { continue };
        assert!(!script.contains("${{"), "{}", step.name);
        let parsed = Command::new("bash").args(["-n", "-c", &script]).output().unwrap();
        assert!(parsed.status.success(), "{}: {}", step.name, String::from_utf8_lossy(&parsed.stderr));
    }
}

/// The recipes are YAML, and what they give the action it takes.
#[test]
fn the_recipes_give_the_action_what_it_takes() {
    let inputs = action().inputs;
    let recipes = root("docs/pipelines.md");
    let blocks: Vec<&str> =
        recipes.split("```yaml\n").skip(1).filter_map(|rest| rest.split("```").next()).collect();
    assert_eq!(blocks.len(), 6);
    let mut given = 0;
    for block in blocks {
        let recipe: serde_json::Value =
            serde_saphyr::from_str(block).unwrap_or_else(|error| panic!("{error}: {block}"));
        let jobs = recipe["jobs"].as_object().into_iter().flat_map(|jobs| jobs.values());
        for step in jobs.flat_map(|job| job["steps"].as_array().unwrap()) {
            if let Some(script) = step["run"].as_str() {
                assert!(!script.contains("${{"), "{script}");
                assert!(Command::new("bash").args(["-n", "-c", script]).status().unwrap().success());
            }
            if step["uses"].as_str().is_some_and(|action| action.starts_with("OWNER/ekm-preflight@")) {
                for name in step["with"].as_object().unwrap().keys() {
                    assert!(inputs.contains_key(name), "{name}");
                    given += 1;
                }
            }
        }
    }
    assert_eq!(given, 5);
}

/// What a step came to.
struct Judged {
    output: Output,
    outputs: String,
    summary: String,
}

/// Runs the script that judges, as a runner does, with these inputs in the place of the defaults.
fn judged(directory: &Path, inputs: &[(&str, &str)]) -> Judged {
    let action = action();
    let step = judge(&action);
    let (outputs, summary) = (directory.join("outputs"), directory.join("summary"));
    fs::write(&outputs, "").unwrap();
    fs::write(&summary, "").unwrap();
    let value = |expression: &String| {
        let name = expression.trim_start_matches("${{ inputs.").trim_end_matches(" }}");
        let given = inputs.iter().find(|(input, _)| *input == name);
        given.map_or(action.inputs[name].default.clone(), |(_, value)| (*value).to_owned())
    };
    let program = inputs.iter().find(|(input, _)| *input == "program").map(|(_, program)| *program);
    let program = program.unwrap_or(env!("CARGO_BIN_EXE_ekm-preflight"));
    let output = Command::new("bash")
        .args(["--noprofile", "--norc", "-e", "-o", "pipefail", "-c", step.run.as_deref().unwrap()])
        .env_clear()
        .env("PATH", std::env::var_os("PATH").unwrap())
        .envs(step.env.iter().map(|(name, expression)| (name, value(expression))))
        .env("PROGRAM", program)
        .env("TMPDIR", directory)
        .env("GITHUB_OUTPUT", &outputs)
        .env("GITHUB_STEP_SUMMARY", &summary)
        .current_dir(directory)
        .output()
        .unwrap();
    let read = |file| fs::read_to_string(file).unwrap();
    Judged { output, outputs: read(&outputs), summary: read(&summary) }
}

#[test]
fn the_action_judges_and_says_so_in_its_outputs_and_in_the_summary() {
    let directory = tempfile::tempdir().unwrap();
    let at = directory.path();
    let files = at.join("infra/files of ours");
    fs::create_dir_all(&files).unwrap();
    for example in ["aws-ready.json", "aws-broken.json"] {
        fs::copy(Path::new(env!("CARGO_MANIFEST_DIR")).join("examples").join(example), files.join(example))
            .unwrap();
    }
    let replay = [("command", "replay"), ("working-directory", "infra")];
    for (file, arguments, status, verdict) in [
        ("files of ours/aws-ready.json", "", 0, "ready"),
        ("files of ours/aws-broken.json", "", 1, "not_ready"),
        ("files of ours/aws-ready.json", "--require\norganization-policies\n\n--name=a b", 3, "undetermined"),
    ] {
        let judged = judged(at, &[&replay[..], &[("file", file), ("arguments", arguments)]].concat());
        assert_eq!(judged.output.status.code(), Some(status), "{:?}", judged.output);
        let expected = format!("exit-status={status}\nverdict={verdict}\nsarif=infra/ekm-preflight.sarif\n");
        assert_eq!(judged.outputs, expected);
        let spoken = verdict.replace('_', " ");
        assert!(judged.summary.lines().next().unwrap().ends_with(&format!("ekm-preflight: {spoken}")));
        let log = String::from_utf8(judged.output.stdout).unwrap();
        assert!(log.ends_with(&format!("\nekm-preflight: {spoken}\n")), "{log}");
        let sarif = fs::read_to_string(at.join("infra/ekm-preflight.sarif")).unwrap();
        assert!(sarif.contains("\"id\": \"ekm-preflight/files%20of%20ours/aws-"), "{sarif}");
    }
}

#[test]
fn the_action_lets_an_undetermined_verdict_pass_where_it_is_told_to_and_no_other() {
    let directory = tempfile::tempdir().unwrap();
    let at = directory.path();
    let example = |name: &str| format!("{}/examples/{name}", env!("CARGO_MANIFEST_DIR"));
    let (ready, broken) = (example("aws-ready.json"), example("aws-broken.json"));
    let required = ("arguments", "--require=organization-policies");
    let allow = [("command", "replay"), ("allow-undetermined", "true"), ("summary", "false")];
    let undetermined = judged(at, &[&allow[..], &[("file", &ready), required, ("sarif", "")]].concat());
    assert_eq!(undetermined.output.status.code(), Some(0));
    assert_eq!(undetermined.outputs, "exit-status=3\nverdict=undetermined\n");
    assert_eq!(undetermined.summary, "");
    assert_eq!(judged(at, &[&allow[..], &[("file", &broken)]].concat()).output.status.code(), Some(1));
    let missing = judged(at, &[&allow[..], &[("file", "no-such-file.json")]].concat());
    assert_eq!(missing.output.status.code(), Some(2));
    assert_eq!(missing.outputs, "exit-status=2\n");
}

/// A plan that registers nothing is let through, and nothing is ready: the verdict is the report's, not the exit status's.
#[test]
fn the_action_calls_nothing_ready_that_was_not_judged() {
    let directory = tempfile::tempdir().unwrap();
    let at = directory.path();
    fs::write(at.join("plan.json"), r#"{"format_version": "1.2", "resource_changes": []}"#).unwrap();
    let judged = judged(at, &[("file", "plan.json"), ("arguments", "--allow-none")]);
    assert_eq!(judged.output.status.code(), Some(0), "{:?}", judged.output);
    assert_eq!(judged.outputs, "exit-status=0\nverdict=undetermined\nsarif=./ekm-preflight.sarif\n");
    assert!(judged.summary.contains("ekm-preflight: undetermined\n"), "{}", judged.summary);
    let log = String::from_utf8(judged.output.stdout).unwrap();
    assert!(!log.contains("::warning title=ekm-preflight::undetermined, which"), "{log}");
}

/// What says nothing in a report says nothing in the outputs either, and the step fails: the report of an earlier run that
/// stands there still is not this one's.
#[test]
fn the_action_fails_where_no_report_was_written() {
    let directory = tempfile::tempdir().unwrap();
    let at = directory.path();
    fs::write(at.join("ekm-preflight.sarif"), "yesterday's").unwrap();
    let ready = format!("{}/examples/aws-ready.json", env!("CARGO_MANIFEST_DIR"));
    // It writes a report that says ready, and fails.
    let stand_in = at.join("stand-in");
    fs::write(
        &stand_in,
        "#!/usr/bin/env bash\nfor given in \"$@\"; do\n  case $given in json=*) printf '{\\n  \"verdict\": \
         \"ready\",\\n}\\n' >\"${given#json=}\" ;; esac\ndone\nexit 1\n",
    )
    .unwrap();
    assert!(Command::new("chmod").arg("+x").arg(&stand_in).status().unwrap().success());
    let stand_in = stand_in.to_str().unwrap();
    for (inputs, status) in [
        (vec![("command", "replay"), ("file", &ready), ("arguments", "--help")], 2),
        (vec![("command", "replay"), ("file", &ready), ("arguments", "-h")], 2),
        (vec![("command", "--help")], 2),
        (vec![("command", "--version")], 2),
        (vec![("program", "/bin/true")], 2),
        (vec![("program", stand_in)], 1),
        (vec![("program", "./no-such-program")], 127),
        (vec![("command", "replay"), ("file", &ready), ("json", "no-such-directory/report")], 2),
        (vec![("command", "replay"), ("file", &ready), ("working-directory", "no-such-directory")], 2),
    ] {
        let judged = judged(at, &inputs);
        assert_eq!(judged.output.status.code(), Some(status), "{inputs:?}: {:?}", judged.output);
        let outputs =
            if judged.outputs.is_empty() { String::new() } else { format!("exit-status={status}\n") };
        assert_eq!(judged.outputs, outputs, "{inputs:?}");
        assert_eq!(judged.summary, "", "{inputs:?}");
        assert_eq!(fs::read_to_string(at.join("ekm-preflight.sarif")).unwrap(), "yesterday's", "{inputs:?}");
    }
}

/// A line break in what is written into the outputs would be the beginning of another output.
#[test]
fn the_action_takes_no_line_breaks_into_its_outputs() {
    let directory = tempfile::tempdir().unwrap();
    let ready = format!("{}/examples/aws-ready.json", env!("CARGO_MANIFEST_DIR"));
    for wrong in [
        ("sarif", "x\nverdict=ready\nexit-status=0"),
        ("sarif", "x\rverdict=ready"),
        ("working-directory", ".\nverdict=ready"),
    ] {
        let judged = judged(directory.path(), &[("command", "replay"), ("file", &ready), wrong]);
        assert_eq!(judged.output.status.code(), Some(2), "{wrong:?}");
        assert_eq!((judged.outputs.as_str(), judged.summary.as_str()), ("", ""), "{wrong:?}");
        let log = String::from_utf8(judged.output.stdout).unwrap();
        assert!(log.starts_with("::error title=ekm-preflight::expected one line"), "{log}");
    }
}
