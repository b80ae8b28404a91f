//! The program as it is shipped, run on a plan with nothing of this machine's settings.

use std::ffi::OsStr;
use std::fmt;
use std::fs;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use serde_json::Value;
use tempfile::TempDir;

/// What the program did with a plan.
#[derive(Debug)]
pub(crate) struct Outcome {
    /// Its exit status; `None` where a signal ended it.
    pub(crate) exit: Option<i32>,
    /// The report as JSON; null where it is none.
    pub(crate) report: Value,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
    /// The evidence that it saved; empty where it saved none.
    pub(crate) evidence: String,
    /// What it wrote of the payload; empty where there was none.
    pub(crate) payload: String,
    /// Exit status and report of a replay of the evidence.
    pub(crate) replayed: Option<(Option<i32>, String)>,
}

/// A run of `plan`.
#[derive(Debug, Clone, Default)]
pub(crate) struct Run {
    plan: Vec<u8>,
    arguments: Vec<String>,
    over: Option<String>,
    replays: bool,
}

impl Run {
    /// On this input.
    pub(crate) fn on(plan: impl Into<Vec<u8>>) -> Self {
        Self { plan: plan.into(), ..Self::default() }
    }

    /// With more arguments.
    pub(crate) fn arguments<S: ToString>(mut self, arguments: &[S]) -> Self {
        self.arguments.extend(arguments.iter().map(ToString::to_string));
        self
    }

    /// Over this evidence.
    pub(crate) fn over(self, evidence: &str) -> Self {
        Self { over: Some(evidence.to_owned()), ..self }
    }

    /// Judges what it saved once more.
    pub(crate) fn replays(self) -> Self {
        Self { replays: true, ..self }
    }

    /// Runs it, with the report in JSON.
    pub(crate) fn outcome(&self) -> Outcome {
        let home = tempfile::tempdir().expect("makes a directory");
        let at = |name: &str| home.path().join(name);
        let (evidence, payload) = (at("evidence.json"), at("payload.json"));
        let mut command = self.command(home.path());
        command.args(["--format", "json"]);
        if self.replays {
            command.arg("--save-evidence").arg(&evidence).arg("--payload").arg(&payload);
        }
        let output = command.output().expect("runs the program");
        let stdout = text(&output.stdout);
        Outcome {
            exit: output.status.code(),
            report: serde_json::from_str(&stdout).unwrap_or_default(),
            stderr: text(&output.stderr),
            replayed: (self.replays && evidence.is_file()).then(|| self.replay(&home)),
            evidence: fs::read_to_string(&evidence).unwrap_or_default(),
            payload: fs::read_to_string(&payload).unwrap_or_default(),
            stdout,
        }
    }

    /// Runs it, with the report in this format.
    pub(crate) fn in_format(&self, format: &str) -> Output {
        let home = tempfile::tempdir().expect("makes a directory");
        self.command(home.path()).args(["--format", format]).output().expect("runs the program")
    }

    fn command(&self, home: &Path) -> Command {
        let plan = home.join("plan.json");
        fs::write(&plan, &self.plan).expect("writes the plan");
        let mut command = ekm_preflight(home);
        command.arg("plan").arg(plan).args(&self.arguments);
        if let Some(over) = &self.over {
            let evidence = home.join("over.json");
            fs::write(&evidence, over).expect("writes the evidence");
            command.arg("--over").arg(evidence);
        }
        command
    }

    /// The evidence holds all that was judged but what was assumed.
    fn replay(&self, home: &TempDir) -> (Option<i32>, String) {
        let mut command = ekm_preflight(home.path());
        command.args(["replay", "evidence.json", "--format", "json"]);
        let assumed = self.arguments.iter().skip_while(|argument| *argument != "--assume").take(2);
        let output = command.args(assumed.map(OsStr::new)).output().expect("runs the program");
        (output.status.code(), text(&output.stdout))
    }
}

/// The program in a directory, with nothing of the environment.
pub(crate) fn ekm_preflight(home: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_ekm-preflight"));
    command.env_clear().env("HOME", home).current_dir(home).stdin(Stdio::null());
    command
}

pub(crate) fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).expect("prints UTF-8")
}

impl Outcome {
    /// The verdict on everything; empty without a report.
    pub(crate) fn verdict(&self) -> &str {
        self.report["verdict"].as_str().unwrap_or_default()
    }

    /// The only target, or the first.
    pub(crate) fn target(&self) -> &Value {
        &self.report["targets"][0]
    }

    /// What to send to OpenAI.
    pub(crate) fn payload(&self) -> &Value {
        &self.target()["payload"]
    }

    /// One check; null where there is none.
    pub(crate) fn check(&self, id: &str) -> &Value {
        let mut checks = self.target()["checks"].as_array().into_iter().flatten();
        checks.find(|check| check["id"] == id).unwrap_or(&Value::Null)
    }

    /// The checks of severity error that came out so, by id.
    pub(crate) fn errors(&self, outcome: &str) -> Vec<&str> {
        self.with_outcome(outcome, |severity| severity == "error")
    }

    /// The others that came out so.
    pub(crate) fn warnings(&self, outcome: &str) -> Vec<&str> {
        self.with_outcome(outcome, |severity| severity != "error")
    }

    fn with_outcome(&self, outcome: &str, severity: fn(&str) -> bool) -> Vec<&str> {
        let checks = self.target()["checks"].as_array().into_iter().flatten();
        checks
            .filter(|check| check["outcome"] == outcome && check["severity"].as_str().is_some_and(severity))
            .filter_map(|check| check["id"].as_str())
            .collect()
    }

    /// What does not hold and must, whatever the plan.
    pub(crate) fn broken(&self) -> Vec<String> {
        let status = match self.verdict() {
            "ready" => 0,
            "not_ready" => 1,
            "undetermined" => 3,
            _ => return vec![format!("no report: {self}")],
        };
        let targets = self.report["targets"].as_array().map_or(&[][..], Vec::as_slice);
        let payloads =
            targets.iter().all(|target| !target["payload"].is_object() || target["verdict"] == "ready");
        let reasons = targets
            .iter()
            .all(|target| target["payload"].is_object() != target["payload_reason"].is_string());
        let broken = targets
            .iter()
            .flat_map(|target| target["checks"].as_array().into_iter().flatten())
            .any(|check| check["outcome"] == "error");
        let replayed = self.replayed.as_ref();
        let same = replayed.is_none_or(|replayed| *replayed == (self.exit, self.stdout.clone()));
        [
            (self.exit == Some(status), "the exit status is not the verdict's"),
            (!self.stderr.contains("panicked"), "it panicked"),
            (payloads, "there is a payload without readiness"),
            (reasons, "a payload is missing without a reason"),
            (!broken, "a check can't be judged"),
            (same, "a replay of the evidence gives another report"),
        ]
        .into_iter()
        .filter(|(holds, _)| !holds)
        .map(|(_, what)| what.to_owned())
        .collect()
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "exit status {:?}\nstdout:\n{}\nstderr:\n{}", self.exit, self.stdout, self.stderr)
    }
}
