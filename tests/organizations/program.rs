//! The program as it is shipped, with profiles of its own, and the evidence that it saves.

use std::fs;
use std::process::{Command, Stdio};

use serde_json::Value;

use crate::moto::{Keys, REGION};

/// A run of the program on a role and key of the same names in one account or two.
#[derive(Debug, Default)]
pub(crate) struct Run {
    profiles: String,
    arguments: Vec<String>,
    names: Vec<(String, String)>,
}

impl Run {
    /// On a role and a key of one account.
    pub(crate) fn on(account: &str) -> Self {
        Self::on_both(
            &format!("arn:aws:iam::{account}:role/openai-ekm"),
            &format!("arn:aws:kms:{REGION}:{account}:key/1234abcd-12ab-34cd-56ef-1234567890ab"),
        )
    }

    /// On a role and a key.
    pub(crate) fn on_both(role_arn: &str, kms_arn: &str) -> Self {
        let arguments = ["--role-arn", role_arn, "--kms-arn", kms_arn, "--external-id", "org-AbC123"];
        Self { arguments: arguments.map(str::to_owned).into(), ..Self::default() }
    }

    /// With a profile for an option: `role`, `key`, `organization`.
    pub(crate) fn profile(mut self, side: &str, url: &str, keys: &Keys) -> Self {
        let Keys { id, secret, token } = keys;
        self.profiles.push_str(&format!(
            "[profile {side}]\naws_access_key_id = {id}\naws_secret_access_key = {secret}\nendpoint_url = {url}\n"
        ));
        if let Some(token) = token {
            self.profiles.push_str(&format!("aws_session_token = {token}\n"));
        }
        self.arguments.extend([format!("--{side}-profile"), side.to_owned()]);
        self
    }

    /// Shows an id that the emulator made up by a name.
    pub(crate) fn naming(mut self, id: &str, name: &str) -> Self {
        self.names.push((id.to_owned(), name.to_owned()));
        self
    }

    /// Runs the program, and reads the evidence that it saved.
    pub(crate) async fn evidence(self) -> Value {
        tokio::task::spawn_blocking(move || self.run()).await.expect("waits for the program")
    }

    fn run(self) -> Value {
        let directory = tempfile::tempdir().expect("makes a directory");
        let at = directory.path();
        fs::write(at.join("config"), &self.profiles).expect("writes the profiles");
        let output = Command::new(env!("CARGO_BIN_EXE_ekm-preflight"))
            .arg("aws")
            .args(&self.arguments)
            .args(["--save-evidence", "evidence.json"])
            .env_clear()
            .env("HOME", at)
            .env("AWS_CONFIG_FILE", at.join("config"))
            .env("AWS_SHARED_CREDENTIALS_FILE", "/dev/null")
            .env("AWS_EC2_METADATA_DISABLED", "true")
            .current_dir(at)
            .stdin(Stdio::null())
            .output()
            .expect("runs");
        let said = String::from_utf8_lossy(&output.stderr);
        let mut saved = fs::read_to_string(at.join("evidence.json")).expect(&said);
        for (id, name) in &self.names {
            saved = saved.replace(id, name);
        }
        let saved: Value = serde_json::from_str(&saved).expect("JSON");
        saved["cloud"]["aws"]["evidence"].clone()
    }
}
