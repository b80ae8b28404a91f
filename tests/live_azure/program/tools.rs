//! `az` and `azd`, as far as they give out tokens: scripts that know the tokens already, and keep a record of how they
//! were run.

use std::fmt::Write;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use serde_json::json;

use super::Login;
use crate::callers::{Audience, Caller, EXPIRES, Token};
use crate::tenant::Azure;

/// The directory of the tools: all of `PATH` that the program has.
#[derive(Debug)]
pub(crate) struct Tools {
    directory: PathBuf,
}

/// Scripts with nothing on their `PATH` but themselves: the shell's own commands must do.
const READ_THE_ARGUMENTS: &str = r#"#!/bin/sh
printf '%s\n' "${0##*/} $*" >>"${0%/*}/run"
tenant=default scope=
while [ $# -gt 0 ]; do
  case "$1" in
    --tenant|-t|--tenant-id) tenant="$2"; shift ;;
    --scope|--resource) scope="$2"; shift ;;
  esac
  shift
done
"#;

impl Tools {
    /// Where they are, under the home of whoever runs the program.
    pub(crate) fn directory(home: &Path) -> PathBuf {
        home.join("tools")
    }

    /// Puts those there that the login needs.
    pub(crate) fn install(home: &Path, login: Login, azure: &Azure) -> Self {
        let tools = Self { directory: Self::directory(home) };
        fs::create_dir(&tools.directory).expect("makes the directory");
        let auditor = azure.callers.first().expect("somebody runs the program");
        match login {
            Login::AzureCli => tools.write("az", &az(auditor)),
            Login::AzureDeveloperCli => tools.write("azd", &azd(auditor)),
            Login::LoggedOut => {
                tools.write("az", &az_logged_out());
                tools.write("azd", &azd_logged_out());
            }
            _ => {}
        }
        tools
    }

    /// How they were run, a line each.
    pub(crate) fn run(&self) -> Vec<String> {
        let record = fs::read_to_string(self.directory.join("run")).unwrap_or_default();
        record.lines().map(str::to_owned).collect()
    }

    fn write(&self, name: &str, script: &str) {
        let path = self.directory.join(name);
        fs::write(&path, script).expect("writes the tool");
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).expect("makes it executable");
    }
}

/// `az account get-access-token --output json`.
fn az(caller: &Caller) -> String {
    let token = |token: &Token| {
        json!({
            "accessToken": token.text(),
            "expiresOn": "2099-01-01 00:00:00.000000",
            "expires_on": EXPIRES,
            "subscription": null,
            "tenant": token.tenant,
            "tokenType": "Bearer",
        })
    };
    let unknown = "ERROR: AADSTS90002: Tenant '$tenant' not found. Check to make sure you have the correct tenant ID \
                   and are signing into the correct cloud.";
    format!("{READ_THE_ARGUMENTS}{}printf '%s\\n' \"{unknown}\" >&2\nexit 1\n", tokens(caller, token))
}

/// `azd auth token --output json`.
fn azd(caller: &Caller) -> String {
    let token = |token: &Token| json!({"token": token.text(), "expiresOn": "2099-01-01T00:00:00Z"});
    let unknown = json!({"type": "consoleMessage", "timestamp": "2026-05-04T09:30:00Z", "data": {
        "message": "\nERROR: fetching token: AADSTS90002: Tenant not found.\n"
    }});
    format!("{READ_THE_ARGUMENTS}{}{}exit 1\n", tokens(caller, token), complaint(&unknown.to_string()))
}

fn az_logged_out() -> String {
    format!("{READ_THE_ARGUMENTS}{}exit 1\n", complaint("ERROR: Please run 'az login' to setup account."))
}

fn azd_logged_out() -> String {
    let message = json!({"type": "consoleMessage", "timestamp": "2026-05-04T09:30:00Z", "data": {
        "message": "\nERROR: not logged in, run `azd auth login` to login\n"
    }});
    format!("{READ_THE_ARGUMENTS}{}exit 1\n", complaint(&message.to_string()))
}

/// Prints something on stderr.
fn complaint(text: &str) -> String {
    // Between single quotes only they themselves mean anything to the shell.
    let quoted = text.replace('\'', r"'\''");
    format!("printf '%s\\n' '{quoted}' >&2\n")
}

/// Prints the token for the tenant and the scope that were asked for, and ends; goes on where there is none.
fn tokens(caller: &Caller, printed: impl Fn(&Token) -> serde_json::Value) -> String {
    let mut cases = String::from("case \"$tenant $scope\" in\n");
    for (index, tenant) in caller.tenants.iter().enumerate() {
        for audience in Audience::ALL {
            let token = printed(&Token::of(caller, tenant, audience));
            let resource = audience.resource();
            for tenant in [Some(tenant.as_str()), (index == 0).then_some("default")].into_iter().flatten() {
                // Nothing in a token or in these ids means anything to the shell between single quotes.
                writeln!(cases, "  '{tenant} {resource}'*) printf '%s\\n' '{token}'; exit 0 ;;")
                    .expect("writes");
            }
        }
    }
    cases + "esac\n"
}
