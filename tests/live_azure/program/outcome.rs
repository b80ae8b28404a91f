//! What the program did.

use std::fmt;

use serde_json::Value;

/// What the program did.
#[derive(Debug, Clone)]
pub(crate) struct Outcome {
    /// Its exit status; `None` where a signal ended it.
    pub(crate) exit: Option<i32>,
    /// The report as JSON; null where it is none.
    pub(crate) report: Value,
    /// The evidence that it saved; null where it saved none.
    pub(crate) evidence: Value,
    /// The same, as it was saved.
    pub(crate) saved: String,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
    /// What `az` and `azd` were run with, a line each.
    pub(crate) tools_run: Vec<String>,
}

impl Outcome {
    /// The verdict on everything; empty without a report.
    pub(crate) fn verdict(&self) -> &str {
        self.report["verdict"].as_str().unwrap_or_default()
    }

    /// What the program says of one of OpenAI's calls: `identity`, `read`, `encrypt` or `decrypt`.
    pub(crate) fn decision(&self, step: &str) -> &str {
        let mut path = self.target()["path"].as_array().into_iter().flatten();
        path.find(|call| call["step"] == step).and_then(|call| call["decision"].as_str()).unwrap_or_default()
    }

    /// The checks that count for the verdict and came out so, in the report's order, which is by id.
    pub(crate) fn errors_with_outcome(&self, outcome: &str) -> Vec<&str> {
        self.with_outcome(outcome, |severity| severity == "error")
    }

    /// The others that came out so.
    pub(crate) fn warnings_with_outcome(&self, outcome: &str) -> Vec<&str> {
        self.with_outcome(outcome, |severity| severity != "error")
    }

    fn with_outcome(&self, outcome: &str, severity: fn(&str) -> bool) -> Vec<&str> {
        let is =
            |check: &&Value| check["outcome"] == outcome && check["severity"].as_str().is_some_and(severity);
        self.checks().filter(is).filter_map(|check| check["id"].as_str()).collect()
    }

    /// One check; null where there is none.
    pub(crate) fn check(&self, id: &str) -> &Value {
        self.checks().find(|check| check["id"] == id).unwrap_or(&Value::Null)
    }

    /// The permissions that a check says it lacks.
    pub(crate) fn permissions_lacking_for(&self, id: &str) -> Vec<&str> {
        let reasons = self.check(id)["unknown_because"].as_array().into_iter().flatten();
        reasons.filter_map(|reason| reason["permission"].as_str()).collect()
    }

    /// What the verdict leaves out of account.
    pub(crate) fn limits(&self) -> Vec<&str> {
        let limits = self.target()["limits"].as_array().into_iter().flatten();
        limits.filter_map(Value::as_str).collect()
    }

    /// What to send to OpenAI.
    pub(crate) fn payload(&self) -> &Value {
        &self.target()["payload"]
    }

    /// What is missing in the evidence, by path and reason, but for what was not asked for.
    pub(crate) fn missing(&self) -> Vec<(String, String)> {
        let mut found = Vec::new();
        missing_under(&self.evidence["cloud"]["azure"]["evidence"], String::new(), &mut found);
        found.retain(|(_, reason)| reason != "not_asked");
        found.sort();
        found
    }

    /// What does not hold and must, whatever Azure says.
    pub(crate) fn broken(&self) -> Vec<String> {
        let status = match self.verdict() {
            "ready" => 0,
            "not_ready" => 1,
            "undetermined" => 3,
            _ => return vec![format!("no report: {self}")],
        };
        [
            (self.exit == Some(status), "the exit status is not the verdict's"),
            (!self.stderr.contains("panicked"), "it panicked"),
            (self.payload().is_object() == (status == 0), "the payload is not the verdict's"),
            (self.evidence.is_object(), "no evidence was saved"),
        ]
        .into_iter()
        .filter(|(holds, _)| !holds)
        .map(|(_, what)| what.to_owned())
        .collect()
    }

    /// Every check of the report.
    pub(crate) fn checks(&self) -> impl Iterator<Item = &Value> {
        self.target()["checks"].as_array().into_iter().flatten()
    }

    fn target(&self) -> &Value {
        &self.report["targets"][0]
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "exit status {:?}\nstdout:\n{}\nstderr:\n{}", self.exit, self.stdout, self.stderr)
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
