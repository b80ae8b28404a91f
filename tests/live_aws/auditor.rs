//! The customer's auditor, who runs the program: a user of the account with the rights to read, no others.

use std::fmt;
use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::Value;

use crate::account::{Account, Registration};
use crate::emulator::{Keys, REGION};
use crate::policy;

/// All that the program needs to read.
pub(crate) const READ_RIGHTS: [&str; 11] = [
    "iam:GetRole",
    "iam:ListRolePolicies",
    "iam:ListAttachedRolePolicies",
    "iam:GetRolePolicy",
    "iam:GetPolicy",
    "iam:GetPolicyVersion",
    "kms:DescribeKey",
    "kms:GetKeyPolicy",
    "kms:ListAliases",
    "kms:ListResourceTags",
    "kms:ListGrants",
];

/// The user's name, for key policies that name it.
pub(crate) const NAME: &str = "auditor";

/// A user who may only read.
#[derive(Debug, Clone)]
pub(crate) struct Auditor {
    keys: Keys,
}

/// What the program printed.
#[derive(Debug, Clone)]
pub(crate) struct Report {
    /// Its exit status; `None` where a signal ended it.
    pub(crate) exit: Option<i32>,
    /// The report as printed.
    pub(crate) stdout: String,
    /// The report as JSON; null where it is none.
    pub(crate) json: Value,
    stderr: String,
}

impl Auditor {
    /// Makes the auditor of an account with these rights.
    pub(crate) async fn create(account: &Account, rights: &[&str]) -> Self {
        let rights = policy::policy([policy::allow(rights, "*")]);
        Self::with_policy(account, &rights.to_string()).await
    }

    /// Makes the auditor of an account with this policy.
    pub(crate) async fn with_policy(account: &Account, policy: &str) -> Self {
        let iam = &account.root.iam;
        iam.create_user().user_name(NAME).send().await.expect("creates the auditor");
        let put = iam.put_user_policy().user_name(NAME).policy_name("read");
        put.policy_document(policy).send().await.expect("lets the auditor read");
        let key = iam.create_access_key().user_name(NAME).send().await.expect("makes an access key");
        let key = key.access_key.expect("has an access key");
        Self { keys: Keys { id: key.access_key_id, secret: key.secret_access_key, token: None } }
    }

    /// Runs the program on what the account registered.
    pub(crate) async fn check(&self, account: &Account) -> Report {
        run(self.command(account)).await
    }

    /// The same, and saves the evidence.
    pub(crate) async fn check_and_save(&self, account: &Account, evidence: &Path) -> Report {
        let mut command = self.command(account);
        command.arg("--save-evidence").arg(evidence);
        run(command).await
    }

    fn command(&self, account: &Account) -> Command {
        let registration = &account.registration;
        let mut command = program();
        command
            .env("AWS_ENDPOINT_URL", &account.emulator.url)
            .env("AWS_ACCESS_KEY_ID", &self.keys.id)
            .env("AWS_SECRET_ACCESS_KEY", &self.keys.secret)
            .env("AWS_REGION", REGION)
            .env("AWS_EC2_METADATA_DISABLED", "true")
            .args(["aws", "--format", "json"])
            .args(["--role-arn", &registration.role_arn])
            .args(["--kms-arn", &registration.kms_arn])
            .args(["--external-id", &registration.external_id]);
        command
    }
}

/// Runs the program on saved evidence, without any cloud to ask.
pub(crate) async fn replay(evidence: &Path) -> Report {
    let mut command = program();
    command.arg("replay").arg(evidence).args(["--format", "json"]);
    run(command).await
}

/// The policy that the program asks for to read a role and a key.
pub(crate) async fn permissions(registration: &Registration) -> String {
    let mut command = program();
    command.args(["permissions", "aws", "--role-arn", &registration.role_arn]);
    command.args(["--kms-arn", &registration.kms_arn]);
    run(command).await.stdout
}

/// The program as it is shipped, with nothing of this machine's settings.
fn program() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_ekm-preflight"));
    command
        .env_clear()
        .env("PATH", "/usr/bin:/bin")
        .env("HOME", env!("CARGO_TARGET_TMPDIR"))
        .stdin(Stdio::null());
    command
}

async fn run(mut command: Command) -> Report {
    let output = tokio::task::spawn_blocking(move || command.output()).await.expect("waits for the program");
    let output = output.expect("runs the program");
    let stdout = String::from_utf8(output.stdout).expect("prints UTF-8");
    Report {
        exit: output.status.code(),
        json: serde_json::from_str(&stdout).unwrap_or_default(),
        stdout,
        stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
    }
}

impl Report {
    /// The verdict on everything.
    pub(crate) fn verdict(&self) -> &str {
        self.json["verdict"].as_str().unwrap_or_default()
    }

    /// What the program says of one of OpenAI's calls.
    pub(crate) fn decision(&self, step: &str) -> &str {
        let path = self.json["targets"][0]["path"].as_array();
        path.and_then(|path| path.iter().find(|call| call["step"] == step))
            .and_then(|call| call["decision"].as_str())
            .unwrap_or_default()
    }

    /// The checks that count for the verdict and came out so, in the report's order, which is by id.
    pub(crate) fn errors_with_outcome(&self, outcome: &str) -> Vec<&str> {
        let is = |check: &&Value| check["severity"] == "error" && check["outcome"] == outcome;
        self.checks().filter(is).filter_map(|check| check["id"].as_str()).collect()
    }

    /// The permissions that a check says it lacks.
    pub(crate) fn permissions_lacking_for(&self, id: &str) -> Vec<&str> {
        let reasons = self.checks().filter(|check| check["id"] == id);
        let reasons = reasons.filter_map(|check| check["unknown_because"].as_array()).flatten();
        reasons.filter_map(|reason| reason["permission"].as_str()).collect()
    }

    fn checks(&self) -> impl Iterator<Item = &Value> {
        self.json["targets"][0]["checks"].as_array().into_iter().flatten()
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "exit status {:?}\nstdout:\n{}\nstderr:\n{}", self.exit, self.stdout, self.stderr)
    }
}
