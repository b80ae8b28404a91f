//! A plan, and what the program must say of it.

use std::fmt::Debug;

use serde_json::{Value, json};

use crate::plan::Plan;
use crate::program::{Outcome, Run};

/// What the program must conclude.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// OpenAI can use the key, and has no more than that.
    Ready,
    /// Something is wrong.
    NotReady,
    /// Something is not known.
    Undetermined,
    /// One of both: no document says which.
    NotReadyOrUndetermined,
}

/// What becomes of the payload.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Payload {
    /// There is none, and why is said.
    None,
    /// It is this.
    Is(Value),
}

/// A plan, and what the program must say of it.
#[derive(Debug, Clone)]
pub(crate) struct Case {
    pub(crate) name: &'static str,
    /// The document that says what is expected.
    pub(crate) source: &'static str,
    pub(crate) plan: Plan,
    pub(crate) arguments: Vec<String>,
    /// The evidence that it is laid over.
    pub(crate) over: Option<String>,
    pub(crate) verdict: Verdict,
    /// The checks of severity error that fail, by id.
    pub(crate) failing: &'static [&'static str],
    /// Those that are unknown, where that is what the case is about.
    pub(crate) unknown: Option<&'static [&'static str]>,
    /// Warnings and notes that fail, of a plan that is ready.
    pub(crate) warnings: &'static [&'static str],
    /// Warnings and notes that are unknown, of a plan that is ready.
    pub(crate) unknown_warnings: &'static [&'static str],
    /// What the failing and unknown checks must name among them, each in one at least.
    pub(crate) names: Vec<&'static str>,
    pub(crate) payload: Payload,
    /// Whether the evidence is judged once more.
    pub(crate) replays: bool,
    /// Whether the program may refuse it as well, with a message that names what is asked for.
    pub(crate) refusable: bool,
    /// Checks that must pass, whatever else is said.
    pub(crate) passing: &'static [&'static str],
    /// Checks that must fail or be unknown.
    pub(crate) not_passing: &'static [&'static str],
}

/// The payload of the corpus's Azure plan, as OpenAI's article "External keys in the Management API" has it.
pub(crate) fn azure_payload() -> Value {
    json!({
        "type": "azure",
        "name": "org-AbCdEf123456--prod",
        "tenant_id": "44444444-4444-4444-4444-444444444444",
        "vault_uri": "https://acme-openai-ekm.vault.azure.net/",
        "key_name": "org-AbCdEf123456--prod",
    })
}

impl Case {
    /// A plan on AWS that is ready; its ARNs are known after apply, and so there is no payload. Organization policies
    /// are in no plan.
    pub(crate) fn aws(name: &'static str, source: &'static str, plan: Plan) -> Self {
        Self {
            name,
            source,
            plan,
            arguments: vec![],
            over: None,
            verdict: Verdict::Ready,
            failing: &[],
            unknown: None,
            warnings: &[],
            unknown_warnings: &["aws-organization-policies"],
            names: vec![],
            payload: Payload::None,
            replays: false,
            refusable: false,
            passing: &[],
            not_passing: &[],
        }
    }

    /// A plan on Azure that is ready, with its payload. The corpus's key has no rotation policy, which is a note.
    pub(crate) fn azure(name: &'static str, source: &'static str, plan: Plan) -> Self {
        Self {
            warnings: &["azure-key-rotation"],
            unknown_warnings: &[],
            payload: Payload::Is(azure_payload()),
            ..Self::aws(name, source, plan)
        }
    }

    /// Saves the evidence, which must come to the same report.
    pub(crate) fn replayed(self) -> Self {
        Self { replays: true, ..self }
    }

    /// On a plan that is changed once more.
    pub(crate) fn but(self, edit: impl FnOnce(Plan) -> Plan) -> Self {
        Self { plan: edit(self.plan), ..self }
    }

    /// Run with these arguments.
    pub(crate) fn with(mut self, arguments: &[&str]) -> Self {
        self.arguments.extend(arguments.iter().map(ToString::to_string));
        self
    }

    /// Laid over this evidence.
    pub(crate) fn over(self, evidence: String) -> Self {
        Self { over: Some(evidence), ..self }
    }

    /// Not laid over anything.
    pub(crate) fn without_evidence(self) -> Self {
        Self { over: None, ..self }
    }

    /// Something is wrong: the checks of severity error that fail, and what they must name among them.
    pub(crate) fn not_ready(self, failing: &'static [&'static str], names: &'static str) -> Self {
        let names = vec![names];
        Self { verdict: Verdict::NotReady, failing, names, payload: Payload::None, ..self }
    }

    /// Something is open: the checks of severity error that are unknown, and what they must name among them.
    pub(crate) fn undetermined(self, unknown: &'static [&'static str], names: &'static str) -> Self {
        let (unknown, names) = (Some(unknown), vec![names]);
        Self { verdict: Verdict::Undetermined, unknown, names, payload: Payload::None, ..self }
    }

    /// It is not ready, whether for sure or for all that is known.
    pub(crate) fn withheld(self, names: &'static str) -> Self {
        let (verdict, names) = (Verdict::NotReadyOrUndetermined, vec![names]);
        Self { verdict, names, payload: Payload::None, ..self }
    }

    /// These are unknown, whatever else is.
    pub(crate) fn unknown_among(self, not_passing: &'static [&'static str]) -> Self {
        Self { not_passing, ..self }
    }

    /// Or it is refused: what is registered is not known at all.
    pub(crate) fn or_refused(self) -> Self {
        Self { refusable: true, ..self }
    }

    /// What must be named as well.
    pub(crate) fn naming(mut self, names: &'static str) -> Self {
        self.names.push(names);
        self
    }

    /// Beside what fails these are unknown.
    pub(crate) fn unknown(self, unknown: &'static [&'static str]) -> Self {
        Self { unknown: Some(unknown), ..self }
    }

    /// These fail, whatever else does.
    pub(crate) fn failing(self, failing: &'static [&'static str]) -> Self {
        Self { failing, ..self }
    }

    /// Whether access is kept is unknown, or it is not.
    pub(crate) fn unknown_kept(self) -> Self {
        Self { not_passing: &["aws-access-kept"], ..self }
    }

    /// The warnings and notes that fail, of a plan that is ready.
    pub(crate) fn warnings(self, warnings: &'static [&'static str]) -> Self {
        Self { warnings, ..self }
    }

    /// The warnings and notes that are unknown, of a plan that is ready.
    pub(crate) fn unknown_warnings(self, unknown_warnings: &'static [&'static str]) -> Self {
        Self { unknown_warnings, ..self }
    }

    /// These pass.
    pub(crate) fn passing(self, passing: &'static [&'static str]) -> Self {
        Self { passing, ..self }
    }

    /// This is to be sent to OpenAI.
    pub(crate) fn payload(self, payload: Value) -> Self {
        Self { payload: Payload::Is(payload), ..self }
    }

    /// The run of the program on it.
    pub(crate) fn run(&self) -> Run {
        let run = Run::on(self.plan.text()).arguments(&self.arguments);
        let run = if self.replays { run.replays() } else { run };
        match &self.over {
            Some(evidence) => run.over(evidence),
            None => run,
        }
    }
}

/// Lets the program judge a plan, and says where its report differs.
pub(crate) fn disagreements(case: &Case) -> Vec<String> {
    let outcome = case.run().outcome();
    if case.refusable && outcome.exit == Some(2) {
        let told = outcome.stdout.is_empty() && case.names.iter().all(|name| outcome.stderr.contains(name));
        return if told { vec![] } else { vec![format!("{}: {outcome}", case.name)] };
    }
    let found = differences(case, &outcome);
    if found.is_empty() {
        return found;
    }
    let said: Vec<String> = case
        .failing
        .iter()
        .chain(case.unknown.into_iter().flatten())
        .map(|id| format!("{id}: {}", brief(outcome.check(id))))
        .collect();
    vec![format!("{} ({})\n  {}\n    {}", case.name, case.source, found.join("\n  "), said.join("\n    "))]
}

fn brief(check: &Value) -> String {
    ["outcome", "where", "message", "unknown_because"]
        .iter()
        .filter(|field| !check[**field].is_null())
        .map(|field| format!("{field} {}", check[*field]))
        .collect::<Vec<_>>()
        .join(", ")
}

fn differences(case: &Case, outcome: &Outcome) -> Vec<String> {
    let mut found = outcome.broken();
    let (ready, withheld) = (case.verdict == Verdict::Ready, case.verdict == Verdict::NotReadyOrUndetermined);
    if withheld {
        if !["not_ready", "undetermined"].contains(&outcome.verdict()) {
            found.push(format!("it must not be {:?}", outcome.verdict()));
        }
        for id in case.failing {
            differs(&mut found, id, "fail", outcome.check(id)["outcome"].as_str().unwrap_or_default());
        }
    } else {
        differs(&mut found, "verdict", case.verdict.word(), outcome.verdict());
        differs(&mut found, "failing checks", case.failing.to_vec(), outcome.errors("fail"));
    }
    if ready {
        differs(&mut found, "failing warnings", case.warnings.to_vec(), outcome.warnings("fail"));
        differs(&mut found, "unknown warnings", case.unknown_warnings.to_vec(), outcome.warnings("unknown"));
    }
    if let Some(unknown) = case.unknown {
        differs(&mut found, "unknown checks", unknown.to_vec(), outcome.errors("unknown"));
    }
    for id in case.passing {
        differs(&mut found, id, "pass", outcome.check(id)["outcome"].as_str().unwrap_or_default());
    }
    for id in case.not_passing {
        let word = outcome.check(id)["outcome"].as_str().unwrap_or_default();
        if !["fail", "unknown"].contains(&word) {
            found.push(format!("{id} must not be {word:?}"));
        }
    }
    match &case.payload {
        Payload::None if outcome.payload().is_null() => {}
        Payload::None => found.push(format!("there is a payload: {}", outcome.payload())),
        Payload::Is(payload) => differs(&mut found, "payload", payload, outcome.payload()),
    }
    for name in &case.names {
        let told = [outcome.errors("fail"), outcome.errors("unknown")].concat();
        if !told.iter().any(|id| says(outcome.check(id), name)) {
            found.push(format!("nothing that fails or is unknown names {name}"));
        }
    }
    found
}

/// Whether a finding tells of something.
pub(crate) fn says(check: &Value, what: &str) -> bool {
    ["where", "message", "seen", "fix", "unknown_because"].iter().any(|field| {
        let text = check[*field].as_str().map_or_else(|| check[*field].to_string(), str::to_owned);
        text.contains(what)
    })
}

impl Verdict {
    fn word(self) -> &'static str {
        match self {
            Self::Ready => "ready",
            Self::NotReady => "not_ready",
            Self::Undetermined => "undetermined",
            Self::NotReadyOrUndetermined => "not_ready or undetermined",
        }
    }
}

fn differs<T: PartialEq + Debug>(found: &mut Vec<String>, what: &str, expected: T, got: T) {
    if expected != got {
        found.push(format!("{what} should be {expected:?}, but is {got:?}"));
    }
}
