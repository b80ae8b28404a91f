//! The network of the double: what becomes of connections, and of the tools that log in.

use std::process::{Command, Output};
use std::time::Duration;

use serde_json::{Value, json};

use crate::callers::{Audience, Token};
use crate::calls::Call;
use crate::client::Client;
use crate::http::Answer;
use crate::network::{Network, Reply};
use crate::program::{Login, Run, Tools};
use crate::tenant::{ANOTHER_TENANT, Azure, KEY, TENANT};

const CHALLENGE: &str = "https://contoso-openai.vault.azure.net/keys?api-version=2025-07-01";

#[test]
fn hosts_that_are_not_there_are_not_connected_to() {
    let network = Network::of(Azure::documented().but(|azure| {
        azure.behaviour.unresolved = 503;
        azure.behaviour.unreachable_hosts = vec!["graph.microsoft.com".into()];
    }));
    let client = Client::of(&network);
    for host in ["contoso-nothing.vault.azure.net:443", "graph.microsoft.com:443", "example.com:443"] {
        assert_eq!(client.connect(host).err(), Some(503), "{host}");
    }
    assert_eq!(network.refused(), ["contoso-nothing.vault.azure.net", "graph.microsoft.com", "example.com"]);
    for host in
        ["contoso-openai.vault.azure.net:443", "contoso-shared.vault.azure.net:443", "login.windows.net:443"]
    {
        assert!(client.connect(host).is_ok(), "{host}");
    }
    let elsewhere = Network::of(Azure::documented());
    assert_eq!(Client::of(&elsewhere).connect("example.com:443").err(), Some(502));
}

#[test]
fn a_connection_is_for_many_requests() {
    let network = Network::of(Azure::documented());
    let mut connection =
        Client::of(&network).connect("contoso-openai.vault.azure.net:443").expect("is there");
    for _ in 0..3 {
        connection.send("GET", "/keys?api-version=2025-07-01", None, &[], "");
        assert_eq!(connection.answer().map(|answer| answer.status), Some(401));
    }
    assert_eq!(network.times(Call::Challenge), 3);
}

#[test]
fn what_was_asked_is_recorded() {
    let network = Network::of(Azure::documented());
    Client::of(&network).get(CHALLENGE);
    let vault = Client::auditor(&network, TENANT, Audience::Vault);
    vault.get(&format!("https://contoso-openai.vault.azure.net/keys/{KEY}?api-version=7.6"));
    vault.get(CHALLENGE);
    let asked = network.asked();
    let shown: Vec<_> = asked
        .iter()
        .map(|one| {
            (one.call, one.before, one.method.as_str(), one.host.as_str(), one.target.clone(), one.authorized)
        })
        .collect();
    let (host, list) = ("contoso-openai.vault.azure.net", "/keys?api-version=2025-07-01".to_owned());
    assert_eq!(
        shown,
        [
            (Call::Challenge, 0, "GET", host, list.clone(), false),
            (Call::Key, 0, "GET", host, format!("/keys/{KEY}?api-version=7.6"), true),
            (Call::Challenge, 1, "GET", host, list, true),
        ]
    );
}

/// The first request is answered otherwise, the second as ever.
fn first(reply: &Reply) -> Network {
    let reply = reply.clone();
    Network::but(
        Azure::documented(),
        move |asked| if asked.before == 0 { reply.clone() } else { Reply::Passed },
    )
}

#[test]
fn answers_are_replaced() {
    let replaced = first(&Reply::throttled(7));
    let answer = Client::of(&replaced).get(CHALLENGE);
    assert_eq!(answer.status, 429);
    assert!(answer.headers.contains(&("Retry-After".into(), "7".into())), "{answer:?}");
    assert_eq!(Client::of(&replaced).get(CHALLENGE).status, 401);

    let changed = first(&Reply::changed(|body| body["error"]["code"] = json!("Changed")));
    let answer = Client::of(&changed).get(CHALLENGE);
    let body: Value = serde_json::from_str(&answer.body).expect("JSON");
    assert_eq!((answer.status, &body["error"]["code"]), (401, &json!("Changed")));

    assert_eq!(Client::of(&first(&Reply::Late(Duration::from_millis(1)))).get(CHALLENGE).status, 401);

    let page = Answer { status: 200, headers: vec![], body: "<html>".into() };
    assert_eq!(Client::of(&first(&Reply::Instead(page))).get(CHALLENGE).body, "<html>");
}

#[test]
fn connections_break() {
    for reply in [Reply::CutOff, Reply::Closed, Reply::Reset] {
        let network = first(&reply);
        let client = Client::of(&network);
        let mut connection = client.connect("contoso-openai.vault.azure.net:443").expect("is there");
        connection.send("GET", "/keys?api-version=2025-07-01", None, &[], "");
        assert_eq!(connection.answer(), None, "{reply:?}");
        assert_eq!(client.get(CHALLENGE).status, 401, "{reply:?}");
    }
    let network = first(&Reply::Endless);
    let mut connection =
        Client::of(&network).connect("contoso-openai.vault.azure.net:443").expect("is there");
    connection.send("GET", "/keys?api-version=2025-07-01", None, &[], "");
    assert!(connection.reads(10_000_000));
}

/// What the tools print under a login.
struct Shell {
    home: tempfile::TempDir,
    tools: Tools,
}

impl Shell {
    fn with(login: Login) -> Self {
        let home = tempfile::tempdir().expect("makes a directory");
        let tools = Tools::install(home.path(), login, &Azure::documented());
        Self { home, tools }
    }

    /// Runs a command as the Azure SDK does.
    fn run(&self, command: &str) -> Output {
        let mut shell = Command::new("/bin/sh");
        shell.env_clear().env("PATH", Tools::directory(self.home.path()));
        shell.args(["-c", &format!("cd /bin && {command}")]).output().expect("runs the shell")
    }

    fn prints(&self, command: &str) -> Value {
        let output = self.run(command);
        let (stdout, stderr) =
            (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        serde_json::from_str(&stdout).unwrap_or_else(|error| panic!("{command}: {error}\n{stdout}\n{stderr}"))
    }
}

fn token(printed: &Value) -> (String, String) {
    let token = Token::read(printed.as_str().expect("a token")).expect("a token");
    (token.tenant, token.resource)
}

#[test]
fn az_gives_out_tokens() {
    let shell = Shell::with(Login::AzureCli);
    for audience in Audience::ALL {
        for tenant in ["", " --tenant 0f4c2d6e-1b7a-4c5d-9e8f-2a3b4c5d6e7f"] {
            let resource = audience.resource();
            let command = format!("az account get-access-token -o json --scope {resource}/.default{tenant}");
            let printed = shell.prints(&command);
            assert_eq!(token(&printed["accessToken"]), (TENANT.into(), resource.into()));
            assert_eq!(
                (&printed["expires_on"], &printed["tokenType"]),
                (&json!(4_070_908_800_i64), &json!("Bearer"))
            );
        }
    }
    let refused = shell.run(&format!(
        "az account get-access-token -o json --scope https://vault.azure.net/.default --tenant {ANOTHER_TENANT}"
    ));
    assert_eq!(refused.status.code(), Some(1));
    let stderr = String::from_utf8_lossy(&refused.stderr);
    assert!(
        stderr.starts_with(&format!("ERROR: AADSTS90002: Tenant '{ANOTHER_TENANT}' not found.")),
        "{stderr}"
    );
    let runs = shell.tools.run();
    assert_eq!(runs.len(), 7);
    assert_eq!(runs[0], "az account get-access-token -o json --scope https://management.azure.com/.default");
}

#[test]
fn azd_gives_out_tokens() {
    let shell = Shell::with(Login::AzureDeveloperCli);
    let printed = shell.prints(&format!(
        "azd auth token -o json --no-prompt --scope https://vault.azure.net/.default --tenant-id {TENANT}"
    ));
    assert_eq!(token(&printed["token"]), (TENANT.into(), "https://vault.azure.net".into()));
    assert_eq!(printed["expiresOn"], "2099-01-01T00:00:00Z");
}

#[test]
fn tools_say_that_nobody_is_logged_in() {
    let shell = Shell::with(Login::LoggedOut);
    let az = shell.run("az account get-access-token -o json --scope https://vault.azure.net/.default");
    assert_eq!(az.status.code(), Some(1));
    assert_eq!(String::from_utf8_lossy(&az.stderr), "ERROR: Please run 'az login' to setup account.\n");
    let azd = shell.run("azd auth token -o json --no-prompt --scope https://vault.azure.net/.default");
    assert_eq!(azd.status.code(), Some(1));
    let said: Value = serde_json::from_slice(&azd.stderr).expect("JSON");
    assert_eq!(said["data"]["message"], "\nERROR: not logged in, run `azd auth login` to login\n");
    let nobody = Shell::with(Login::Nobody);
    assert_eq!(nobody.run("az account get-access-token").status.code(), Some(127));
}

/// App Service's endpoint: in clear text, with a secret in a header.
#[test]
fn a_managed_identity_gets_a_token() {
    let network = Network::of(Azure::documented());
    let secret = &network.azure().callers[0].secret;
    for (header, status) in [(secret.as_str(), 200), ("wrong", 400)] {
        let path = "/msi/token?api-version=2019-08-01&resource=https%3A%2F%2Fvault.azure.net";
        let answer = Client::of(&network).in_clear_text(path, &[("X-IDENTITY-HEADER", header)]);
        assert_eq!(answer.status, status, "{}", answer.body);
        if status == 200 {
            let body: Value = serde_json::from_str(&answer.body).expect("JSON");
            assert_eq!(token(&body["access_token"]), (TENANT.into(), "https://vault.azure.net".into()));
            assert_eq!(body["expires_on"], "4070908800");
        }
    }
    // A virtual machine's endpoint is not there.
    let answer =
        Client::of(&network).in_clear_text("http://169.254.169.254/metadata/identity/oauth2/token", &[]);
    assert_eq!(answer.status, 502);
}

/// Nothing of this machine's settings reaches the program.
#[test]
fn the_program_has_no_environment_but_the_tests() {
    let network = Network::of(Azure::documented());
    let home = tempfile::tempdir().expect("makes a directory");
    let names = |login| {
        let command = Run::against(&network).login(login).command(home.path());
        let mut names: Vec<_> = command
            .get_envs()
            .filter_map(|(name, value)| value.and(name.to_str()).map(str::to_owned))
            .collect();
        names.sort();
        names
    };
    let always = ["HOME", "HTTPS_PROXY", "HTTP_PROXY", "PATH", "SSL_CERT_FILE"];
    assert_eq!(names(Login::AzureCli), always);
    let with_secret = ["AZURE_CLIENT_ID", "AZURE_CLIENT_SECRET", "AZURE_TENANT_ID"];
    assert_eq!(names(Login::ClientSecret), [&with_secret[..], &always].concat());
}
