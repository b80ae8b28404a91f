//! The program as it is shipped, run on the account of these tests.

use std::process::{Command, Stdio};
use std::sync::{Mutex, PoisonError};
use std::thread;

use serde_json::Value;

use crate::customer::Customer;
use crate::emulator::REGION;

/// Seconds that a run has: more than the SDK's three attempts take with the waits between them (a second and two at
/// most), on a busy machine too.
const TIME_LIMIT: &str = "8";
/// Seconds of a run that will wait until they are over.
const TIME_LIMIT_OF_A_HANG: &str = "5";
/// Runs at once, of all tests: most of their time they wait.
const AT_ONCE: usize = 12;

/// What the program was asked.
#[derive(Debug, Clone)]
pub(crate) struct Run {
    /// For `AWS_ENDPOINT_URL`.
    pub(crate) endpoint: String,
    /// The application's name in the header `User-Agent`, by which a rule of the proxy knows the run.
    pub(crate) application: String,
    /// Seconds.
    pub(crate) time_limit: &'static str,
    /// With `--require organization-policies`.
    pub(crate) requires_policies: bool,
}

/// What the program did.
#[derive(Debug, Clone)]
pub(crate) struct Outcome {
    exit: Option<i32>,
    report: Value,
    evidence: Value,
    stdout: String,
    stderr: String,
}

pub(crate) const READY: &str = "ready";
pub(crate) const NOT_READY: &str = "not_ready";
pub(crate) const UNDETERMINED: &str = "undetermined";

/// What it must come to.
#[derive(Debug, Clone)]
pub(crate) struct Expected {
    pub(crate) verdict: &'static str,
    /// Where in the evidence something is missing, and the reason.
    pub(crate) missing: Vec<(&'static str, &'static str)>,
    /// The checks of severity `error` that are unknown.
    pub(crate) undecided: &'static [&'static str],
    /// The checks of severity `error` that fail.
    pub(crate) failing: &'static [&'static str],
    /// The other checks that are unknown.
    pub(crate) open: &'static [&'static str],
    /// What the verdict leaves out of account, as it is named in the only limit.
    pub(crate) limit: Option<&'static str>,
}

impl Expected {
    /// As if nothing had happened.
    pub(crate) fn ready() -> Self {
        Self { verdict: READY, missing: vec![], undecided: &[], failing: &[], open: &[], limit: None }
    }
}

impl Run {
    /// Against an endpoint.
    pub(crate) fn against(endpoint: impl Into<String>) -> Self {
        let (endpoint, application) = (endpoint.into(), String::new());
        Self { endpoint, application, time_limit: TIME_LIMIT, requires_policies: false }
    }

    /// With more time where the program must not come to its end.
    pub(crate) fn long_enough_for(self, expected: &Expected) -> Self {
        let hangs = expected.missing.iter().any(|(_, reason)| *reason == "timed_out");
        Self { time_limit: if hangs { TIME_LIMIT_OF_A_HANG } else { TIME_LIMIT }, ..self }
    }

    /// Runs it.
    pub(crate) fn outcome(&self, customer: &Customer) -> Outcome {
        let registration = &customer.registration;
        let directory = tempfile::tempdir().expect("makes a directory");
        let evidence = directory.path().join("evidence.json");
        let mut command = Command::new(env!("CARGO_BIN_EXE_ekm-preflight"));
        command
            .env_clear()
            .env("PATH", "/usr/bin:/bin")
            .env("HOME", directory.path())
            .env("AWS_ENDPOINT_URL", &self.endpoint)
            // The account's root, as the emulator knows it.
            .env("AWS_ACCESS_KEY_ID", customer.account())
            .env("AWS_SECRET_ACCESS_KEY", "test")
            .env("AWS_REGION", REGION)
            .env("AWS_EC2_METADATA_DISABLED", "true")
            .env("AWS_SDK_UA_APP_ID", &self.application)
            .args(["aws", "--format", "json", "--timeout", self.time_limit])
            .args(["--role-arn", &registration.role_arn])
            .args(["--kms-arn", &registration.kms_arn])
            .args(["--external-id", &registration.external_id])
            .arg("--save-evidence")
            .arg(&evidence)
            .stdin(Stdio::null());
        if let Some(account) = &customer.management_account {
            let config = directory.path().join("config");
            let profile = format!(
                "[profile organization]\naws_access_key_id = {account}\naws_secret_access_key = test\n"
            );
            std::fs::write(&config, profile).expect("writes the profile");
            command.env("AWS_CONFIG_FILE", config).args(["--organization-profile", "organization"]);
        }
        if self.requires_policies {
            command.args(["--require", "organization-policies"]);
        }
        let output = command.output().expect("runs the program");
        let stdout = String::from_utf8(output.stdout).expect("prints UTF-8");
        let saved = std::fs::read_to_string(&evidence).unwrap_or_default();
        Outcome {
            exit: output.status.code(),
            report: serde_json::from_str(&stdout).unwrap_or_default(),
            evidence: serde_json::from_str(&saved).unwrap_or_default(),
            stdout,
            stderr: String::from_utf8(output.stderr).expect("prints UTF-8"),
        }
    }
}

impl Outcome {
    /// What is missing in the evidence, by path and reason, but for what was not asked for.
    pub(crate) fn missing(&self) -> Vec<(String, String)> {
        let mut found = Vec::new();
        missing_under(&self.evidence["cloud"]["aws"]["evidence"], String::new(), &mut found);
        found.retain(|(_, reason)| reason != "not_asked");
        found.sort();
        found
    }

    /// Where it is not what it must be.
    pub(crate) fn differs(&self, expected: &Expected) -> Vec<String> {
        let mut found = self.broken();
        let mut differ = |what: &str, expected: String, got: String| {
            if expected != got {
                found.push(format!("{what}: expected {expected}, got {got}"));
            }
        };
        differ("verdict", expected.verdict.into(), self.verdict().into());
        let mut missing: Vec<(String, String)> =
            expected.missing.iter().map(|(path, reason)| ((*path).into(), (*reason).into())).collect();
        missing.sort();
        differ("missing", format!("{missing:?}"), format!("{:?}", self.missing()));
        for (severe, outcome, expected) in [
            (true, "unknown", expected.undecided),
            (true, "fail", expected.failing),
            (true, "error", &[]),
            (false, "unknown", expected.open),
            (false, "error", &[]),
        ] {
            let which = if severe { "error checks" } else { "other checks" };
            differ(
                &format!("{which} that are `{outcome}`"),
                format!("{expected:?}"),
                format!("{:?}", self.checks(severe, outcome)),
            );
        }
        differ("limits", format!("{:?}", expected.limit.as_slice()), format!("{:?}", self.limits()));
        found
    }

    /// The checks of an outcome, by id: those of severity `error`, or the others.
    fn checks(&self, severe: bool, outcome: &str) -> Vec<&str> {
        let checks = self.report["targets"][0]["checks"].as_array().into_iter().flatten();
        checks
            .filter(|check| (check["severity"] == "error") == severe && check["outcome"] == outcome)
            .filter_map(|check| check["id"].as_str())
            .collect()
    }

    /// What each limit leaves out of account, without how to lift it.
    fn limits(&self) -> Vec<&str> {
        let limits = self.report["targets"][0]["limits"].as_array().into_iter().flatten();
        limits.filter_map(|limit| limit.as_str()?.split(": ").next()).collect()
    }

    /// What must hold whatever the cloud does.
    pub(crate) fn broken(&self) -> Vec<String> {
        let target = &self.report["targets"][0];
        let verdict = self.report["verdict"].as_str();
        let status = match verdict {
            Some("ready") => 0,
            Some("not_ready") => 1,
            Some("undetermined") => 3,
            _ => return vec![format!("no report\nstdout:\n{}\nstderr:\n{}", self.stdout, self.stderr)],
        };
        [
            (self.exit == Some(status), "the exit status is not the verdict's"),
            (!self.stderr.contains("panicked"), "it panicked"),
            (target["payload"].is_object() == (verdict == Some("ready")), "the payload is not the verdict's"),
            (target["checks"].as_array().is_some_and(|checks| checks.len() >= 15), "checks are left out"),
            (self.evidence.is_object(), "no evidence was saved"),
        ]
        .into_iter()
        .filter(|(holds, _)| !holds)
        .map(|(_, what)| what.to_owned())
        .collect()
    }

    /// The verdict.
    pub(crate) fn verdict(&self) -> &str {
        self.report["verdict"].as_str().unwrap_or_default()
    }
}

/// Evidence says `collected`, `absent` or `missing` of each thing; the path names the things.
fn missing_under(value: &Value, path: String, found: &mut Vec<(String, String)>) {
    let below = |step: &str| if path.is_empty() { step.to_owned() } else { format!("{path}/{step}") };
    match value {
        Value::Object(fields) => {
            if let Some(reason) = fields.get("missing").and_then(|missing| missing["reason"].as_str()) {
                return found.push((path, reason.into()));
            }
            for (field, value) in fields {
                let path = if field == "collected" { path.clone() } else { below(field) };
                missing_under(value, path, found);
            }
        }
        Value::Array(list) => {
            for (index, value) in list.iter().enumerate() {
                missing_under(value, below(&index.to_string()), found);
            }
        }
        _ => {}
    }
}

/// Works on all cases, some at once, and gathers what they say. One test at a time, so that no run is short of time.
pub(crate) fn gather<T: Send>(cases: Vec<T>, work: impl Fn(T) -> Vec<String> + Sync) -> Vec<String> {
    static TURN: Mutex<()> = Mutex::new(());
    let _turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
    let queue = Mutex::new(cases.into_iter());
    let said = Mutex::new(Vec::new());
    thread::scope(|scope| {
        for _ in 0..AT_ONCE {
            scope.spawn(|| {
                loop {
                    let Some(case) = queue.lock().expect("no thread has failed").next() else { break };
                    let heard = work(case);
                    said.lock().expect("no thread has failed").extend(heard);
                }
            });
        }
    });
    said.into_inner().expect("no thread has failed")
}
