//! The program as it is shipped, run against a double of Azure with nothing of this machine's settings.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use crate::network::Network;
use crate::tenant::{KEY, ORGANIZATION, TENANT, VAULT};

#[path = "program/outcome.rs"]
mod outcome;
#[path = "program/tools.rs"]
mod tools;

pub(crate) use outcome::Outcome;
pub(crate) use tools::Tools;

/// Seconds that a run has: more than it needs, on a busy machine too.
const TIME_LIMIT: &str = "30";

/// What is to be registered with OpenAI.
#[derive(Debug, Clone)]
pub(crate) struct Registration {
    pub(crate) tenant_id: String,
    pub(crate) vault_uri: String,
    pub(crate) key_name: String,
    pub(crate) organization_id: Option<String>,
    /// OpenAI's service principal, for those who may not look it up.
    pub(crate) service_principal_id: Option<String>,
}

/// How whoever runs the program has logged in. Whose login it is, is the auditor's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Login {
    /// `AZURE_CLIENT_SECRET`.
    ClientSecret,
    /// `AZURE_FEDERATED_TOKEN_FILE`.
    WorkloadIdentity,
    /// `IDENTITY_ENDPOINT`, as App Service has it.
    ManagedIdentity,
    /// `az login`.
    AzureCli,
    /// `azd auth login`.
    AzureDeveloperCli,
    /// Not at all: `az` and `azd` are there and say so.
    LoggedOut,
    /// Not at all, and there are no tools.
    Nobody,
}

/// A run of the program.
#[derive(Debug, Clone)]
pub(crate) struct Run<'a> {
    network: &'a Network,
    pub(crate) registration: Registration,
    pub(crate) login: Login,
    pub(crate) arguments: Vec<String>,
    /// Seconds.
    pub(crate) time_limit: &'static str,
    /// More of the environment, or other values.
    pub(crate) variables: Vec<(String, String)>,
}

impl Registration {
    /// The documented setup.
    pub(crate) fn documented() -> Self {
        Self {
            tenant_id: TENANT.into(),
            vault_uri: format!("https://{VAULT}.vault.azure.net/"),
            key_name: KEY.into(),
            organization_id: Some(ORGANIZATION.into()),
            service_principal_id: None,
        }
    }
}

impl<'a> Run<'a> {
    /// Of the documented registration, by the auditor with a client secret.
    pub(crate) fn against(network: &'a Network) -> Self {
        Self {
            network,
            registration: Registration::documented(),
            login: Login::ClientSecret,
            arguments: vec![],
            time_limit: TIME_LIMIT,
            variables: vec![],
        }
    }

    pub(crate) fn registration(self, registration: Registration) -> Self {
        Self { registration, ..self }
    }

    pub(crate) fn login(self, login: Login) -> Self {
        Self { login, ..self }
    }

    /// With more arguments.
    pub(crate) fn arguments(mut self, arguments: &[&str]) -> Self {
        self.arguments.extend(arguments.iter().map(ToString::to_string));
        self
    }

    /// With this much time, in seconds.
    pub(crate) fn time_limit(self, time_limit: &'static str) -> Self {
        Self { time_limit, ..self }
    }

    /// With one more variable in its environment, or another value of one.
    pub(crate) fn variable(mut self, name: &str, value: &str) -> Self {
        self.variables.push((name.into(), value.into()));
        self
    }

    /// Runs it.
    pub(crate) fn outcome(&self) -> Outcome {
        let home = tempfile::tempdir().expect("makes a directory");
        let evidence = home.path().join("evidence.json");
        let tools = Tools::install(home.path(), self.login, self.network.azure());
        let mut command = self.command(home.path());
        command.args(["--format", "json"]).arg("--save-evidence").arg(&evidence);
        let output = command.output().expect("runs the program");
        let stdout = String::from_utf8(output.stdout).expect("prints UTF-8");
        let saved = fs::read_to_string(&evidence).unwrap_or_default();
        Outcome {
            exit: output.status.code(),
            report: serde_json::from_str(&stdout).unwrap_or_default(),
            evidence: serde_json::from_str(&saved).unwrap_or_default(),
            saved,
            stdout,
            stderr: String::from_utf8(output.stderr).expect("prints UTF-8"),
            tools_run: tools.run(),
        }
    }

    /// The program with its arguments and its environment, for whoever runs it otherwise. `az` and `azd` are in `home`
    /// once [`Tools::install`] has put them there.
    pub(crate) fn command(&self, home: &Path) -> Command {
        let registration = &self.registration;
        let mut command = self.environment(home);
        command
            .args(["azure", "--timeout", self.time_limit])
            .args(["--tenant-id", &registration.tenant_id])
            .args(["--vault-uri", &registration.vault_uri])
            .args(["--key-name", &registration.key_name]);
        if let Some(organization) = &registration.organization_id {
            command.args(["--organization-id", organization]);
        }
        if let Some(service_principal) = &registration.service_principal_id {
            command.args(["--service-principal-id", service_principal]);
        }
        command.args(&self.arguments);
        command
    }

    /// The program in its environment, logged in, without arguments.
    pub(crate) fn environment(&self, home: &Path) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_ekm-preflight"));
        command
            .env_clear()
            .env("HOME", home)
            // The tools of this machine are not the test's.
            .env("PATH", Tools::directory(home))
            .env("HTTPS_PROXY", self.network.proxy())
            // Else a look for a virtual machine's identity would leave this machine.
            .env("HTTP_PROXY", self.network.proxy())
            .env("SSL_CERT_FILE", self.network.authority())
            .stdin(Stdio::null());
        self.log_in(&mut command, home);
        command.envs(self.variables.iter().cloned());
        command
    }

    fn log_in(&self, command: &mut Command, home: &Path) {
        let azure = self.network.azure();
        let auditor = azure.callers.first().expect("somebody runs the program");
        let tenant = auditor.tenants.first().map_or("", String::as_str);
        match self.login {
            Login::ClientSecret => {
                command
                    .env("AZURE_TENANT_ID", tenant)
                    .env("AZURE_CLIENT_ID", &auditor.application_id)
                    .env("AZURE_CLIENT_SECRET", &auditor.secret);
            }
            Login::WorkloadIdentity => {
                let file = home.join("federated-token");
                fs::write(&file, &auditor.assertion).expect("writes the token");
                command
                    .env("AZURE_TENANT_ID", tenant)
                    .env("AZURE_CLIENT_ID", &auditor.application_id)
                    .env("AZURE_FEDERATED_TOKEN_FILE", file);
            }
            Login::ManagedIdentity => {
                command
                    .env("IDENTITY_ENDPOINT", self.network.identity_endpoint())
                    .env("IDENTITY_HEADER", &auditor.secret);
            }
            Login::AzureCli | Login::AzureDeveloperCli | Login::LoggedOut | Login::Nobody => {}
        }
    }
}
