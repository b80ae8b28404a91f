//! The customer's auditor, who runs the program: a user of the account with the rights to read, no others.

use std::fmt;
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::Value;

use crate::account::{Account, Registration};
use crate::emulator::{Clients, Keys, REGION};
use crate::place::Reader;
use crate::policy;

/// All that the program needs to read.
pub(crate) const READ_RIGHTS: [&str; 18] = [
    "iam:GetPolicy",
    "iam:GetPolicyVersion",
    "iam:GetRole",
    "iam:GetRolePolicy",
    "iam:ListAttachedRolePolicies",
    "iam:ListRolePolicies",
    "kms:DescribeKey",
    "kms:GetKeyPolicy",
    "kms:GetKeyRotationStatus",
    "kms:ListAliases",
    "kms:ListGrants",
    "kms:ListResourceTags",
    "organizations:DescribeAccount",
    "organizations:DescribeOrganization",
    "organizations:DescribePolicy",
    "organizations:ListParents",
    "organizations:ListPoliciesForTarget",
    "organizations:ListRoots",
];

/// The user's name, for key policies that name it.
pub(crate) const NAME: &str = "auditor";

/// A user who may only read: one in the role's account, and others where that one can't read everything.
#[derive(Debug)]
pub(crate) struct Auditor {
    keys: Keys,
    /// In the key's account, where that is another.
    of_key: Option<Keys>,
    /// Of the organization, where the account can't read it: and where it is asked.
    of_organization: Option<(Keys, String)>,
    /// Where the profiles are.
    home: tempfile::TempDir,
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
        let of_key =
            if account.key_is_elsewhere { Some(user(&account.key_root, policy).await) } else { None };
        let of_organization = match &account.reader {
            Reader::Own => None,
            Reader::In(management) => {
                let keys = user(&account.emulator.root_of(management), policy).await;
                Some((keys, account.emulator.url.clone()))
            }
            Reader::InMoto(url, keys) => Some((keys.clone(), url.clone())),
        };
        let home = tempfile::tempdir().expect("makes a directory");
        Self { keys: user(&account.root, policy).await, of_key, of_organization, home }
    }

    /// Runs the program on what the account registered.
    pub(crate) async fn check(&self, account: &Account, arguments: &[&str]) -> Report {
        let mut command = self.command(account);
        command.args(arguments);
        run(command).await
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
            .env("AWS_REGION", REGION)
            .env("AWS_EC2_METADATA_DISABLED", "true")
            .args(["aws", "--format", "json"])
            .args(["--role-arn", &registration.role_arn])
            .args(["--kms-arn", &registration.kms_arn])
            .args(["--external-id", &registration.external_id]);
        if self.of_key.is_none() && self.of_organization.is_none() {
            command
                .env("AWS_ENDPOINT_URL", &account.emulator.url)
                .env("AWS_ACCESS_KEY_ID", &self.keys.id)
                .env("AWS_SECRET_ACCESS_KEY", &self.keys.secret);
        } else {
            self.use_profiles(&mut command, &account.emulator.url);
        }
        command
    }

    /// A profile for each account that is read.
    fn use_profiles(&self, command: &mut Command, url: &str) {
        let of_key = self.of_key.as_ref().unwrap_or(&self.keys);
        let mut profiles = profile("of-role", &self.keys, url) + &profile("of-key", of_key, url);
        let key_profile = if self.of_key.is_some() { "of-key" } else { "of-role" };
        command.args(["--role-profile", "of-role", "--key-profile", key_profile]);
        if let Some((keys, url)) = &self.of_organization {
            profiles.push_str(&profile("of-organization", keys, url));
            command.args(["--organization-profile", "of-organization"]);
        }
        let file = self.home.path().join("config");
        fs::write(&file, profiles).expect("writes the profiles");
        command.env("AWS_CONFIG_FILE", file);
    }
}

async fn user(root: &Clients, policy: &str) -> Keys {
    let iam = &root.iam;
    iam.create_user().user_name(NAME).send().await.expect("creates the auditor");
    let put = iam.put_user_policy().user_name(NAME).policy_name("read");
    put.policy_document(policy).send().await.expect("lets the auditor read");
    let key = iam.create_access_key().user_name(NAME).send().await.expect("makes an access key");
    let key = key.access_key.expect("has an access key");
    Keys { id: key.access_key_id, secret: key.secret_access_key, token: None }
}

fn profile(name: &str, keys: &Keys, url: &str) -> String {
    let Keys { id, secret, token } = keys;
    let token = token.as_ref().map(|token| format!("aws_session_token = {token}\n")).unwrap_or_default();
    format!(
        "[profile {name}]\naws_access_key_id = {id}\naws_secret_access_key = {secret}\n{token}endpoint_url = {url}\n"
    )
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

    /// What the verdict leaves out of account.
    pub(crate) fn limits(&self) -> Vec<&str> {
        let limits = self.json["targets"][0]["limits"].as_array().into_iter().flatten();
        limits.filter_map(Value::as_str).collect()
    }

    /// What to send to OpenAI.
    pub(crate) fn payload(&self) -> &Value {
        &self.json["targets"][0]["payload"]
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
