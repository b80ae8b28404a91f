//! How whoever runs the program has logged in: each way once from end to end, none at all, and ways that fail.
//!
//! The ways and their order are those of Azure's other SDKs (Azure Identity client library, "Credential chains" and
//! "DefaultAzureCredential"). What somebody set up for a service is the one that counts: where it fails, going on would be
//! to ask as somebody else.

use crate::callers::{Audience, Token};
use crate::calls::Call;
use crate::judged::differs;
use crate::network::{Network, Reply};
use crate::program::{Login, Outcome, Run};
use crate::several::require_none;
use crate::tenant::{ANOTHER_TENANT, Azure, TENANT};

/// A login that works, and how the tools were run for it.
struct Works {
    login: Login,
    tools_run: &'static [&'static str],
    /// How many tokens were asked of Azure.
    tokens: usize,
}

#[test]
fn each_way_to_log_in_reads_everything() {
    let cases = vec![
        Works { login: Login::ClientSecret, tools_run: &[], tokens: 3 },
        Works { login: Login::WorkloadIdentity, tools_run: &[], tokens: 3 },
        Works { login: Login::ManagedIdentity, tools_run: &[], tokens: 3 },
        Works {
            login: Login::AzureCli,
            tools_run: &[
                "az account get-access-token -o json --scope https://graph.microsoft.com/.default --tenant 0f4c2d6e-1b7a-4c5d-9e8f-2a3b4c5d6e7f",
                "az account get-access-token -o json --scope https://management.azure.com/.default --tenant 0f4c2d6e-1b7a-4c5d-9e8f-2a3b4c5d6e7f",
                "az account get-access-token -o json --scope https://vault.azure.net/.default --tenant 0f4c2d6e-1b7a-4c5d-9e8f-2a3b4c5d6e7f",
            ],
            tokens: 0,
        },
        Works {
            login: Login::AzureDeveloperCli,
            tools_run: &[
                "azd auth token -o json --no-prompt --scope https://graph.microsoft.com/.default --tenant-id 0f4c2d6e-1b7a-4c5d-9e8f-2a3b4c5d6e7f",
                "azd auth token -o json --no-prompt --scope https://management.azure.com/.default --tenant-id 0f4c2d6e-1b7a-4c5d-9e8f-2a3b4c5d6e7f",
                "azd auth token -o json --no-prompt --scope https://vault.azure.net/.default --tenant-id 0f4c2d6e-1b7a-4c5d-9e8f-2a3b4c5d6e7f",
            ],
            tokens: 0,
        },
    ];
    require_none(cases, |Works { login, tools_run, tokens }| {
        let network = Network::of(Azure::documented());
        let outcome = Run::against(&network).login(login).outcome();
        let mut found = outcome.broken();
        differs(&mut found, "verdict", "ready", outcome.verdict());
        differs(&mut found, "missing", vec![], outcome.missing());
        // Whichever answers first has written its line first.
        let mut run = outcome.tools_run.clone();
        run.sort();
        differs(&mut found, "tools", tools_run.to_vec(), run.iter().map(String::as_str).collect());
        differs(&mut found, "tokens", tokens, network.times(Call::Token));
        found.extend(told(&network, &outcome));
        found.into_iter().map(|problem| format!("{login:?}: {problem}")).collect()
    });
}

/// A login that does not work, and what the program says.
struct Fails {
    name: &'static str,
    azure: fn(&mut Azure),
    login: Login,
    variables: &'static [(&'static str, &'static str)],
    /// Parts of the message.
    said: &'static [&'static str],
    /// Whether the tools that are there were asked.
    asks_tools: bool,
}

impl Default for Fails {
    fn default() -> Self {
        let (name, said) = ("", &[][..]);
        Self { name, azure: |_| {}, login: Login::ClientSecret, variables: &[], said, asks_tools: false }
    }
}

const CLIENT_ID: (&str, &str) = ("AZURE_CLIENT_ID", "5d6e7f80-91a2-43b4-85c6-d7e8f90a1b2c");
const WRONG_SECRET: (&str, &str) = ("AZURE_CLIENT_SECRET", "not-the-auditors");

fn failing() -> Vec<Fails> {
    vec![
        Fails {
            name: "nobody is logged in",
            login: Login::Nobody,
            said: &[
                "managed identity",
                "Azure CLI",
                "Azure Developer CLI",
                "az login --tenant 0f4c2d6e-1b7a-4c5d-9e8f-2a3b4c5d6e7f",
                "AZURE_CLIENT_ID and AZURE_CLIENT_SECRET",
            ],
            ..Fails::default()
        },
        Fails {
            name: "the tools are logged out",
            login: Login::LoggedOut,
            said: &["Azure CLI", "az login", "Azure Developer CLI", "azd auth login"],
            asks_tools: true,
            ..Fails::default()
        },
        // Entra error-code-aadsts-error-codes.
        Fails {
            name: "the secret is wrong",
            variables: &[WRONG_SECRET],
            said: &["AZURE_CLIENT_SECRET", "AADSTS7000215"],
            ..Fails::default()
        },
        Fails {
            name: "the secret is wrong, and somebody else is logged in with the Azure CLI",
            login: Login::AzureCli,
            variables: &[CLIENT_ID, WRONG_SECRET, ("AZURE_TENANT_ID", TENANT)],
            said: &["AZURE_CLIENT_SECRET", "AADSTS7000215"],
            ..Fails::default()
        },
        Fails {
            name: "the federated token is somebody else's",
            azure: |azure| azure.auditor().assertion = "not-the-auditors".into(),
            login: Login::WorkloadIdentity,
            variables: &[("AZURE_FEDERATED_TOKEN_FILE", "/dev/null")],
            said: &["AZURE_FEDERATED_TOKEN_FILE", "AADSTS700213"],
            ..Fails::default()
        },
        Fails {
            name: "there is no federated token, and somebody else is logged in with the Azure CLI",
            login: Login::AzureCli,
            variables: &[CLIENT_ID, ("AZURE_FEDERATED_TOKEN_FILE", "/nonexistent/token")],
            said: &["AZURE_FEDERATED_TOKEN_FILE"],
            ..Fails::default()
        },
        Fails {
            name: "a certificate is configured",
            login: Login::AzureCli,
            variables: &[CLIENT_ID, ("AZURE_CLIENT_CERTIFICATE_PATH", "/nonexistent/certificate.pem")],
            said: &["AZURE_CLIENT_CERTIFICATE_PATH", "AzureCliCredential"],
            ..Fails::default()
        },
        // Azure's directories give out tokens for themselves only.
        Fails {
            name: "the secret is of an application in another tenant",
            azure: |azure| azure.auditor().tenants = vec![ANOTHER_TENANT.into()],
            said: &["AADSTS700016", "AZURE_TENANT_ID", ANOTHER_TENANT, TENANT],
            ..Fails::default()
        },
        Fails {
            name: "the Azure CLI is logged in to another tenant",
            azure: |azure| azure.auditor().tenants = vec![ANOTHER_TENANT.into()],
            login: Login::AzureCli,
            said: &["Azure CLI", "AADSTS90002", TENANT],
            asks_tools: true,
            ..Fails::default()
        },
        Fails {
            name: "the Azure Developer CLI is logged in to another tenant",
            azure: |azure| azure.auditor().tenants = vec![ANOTHER_TENANT.into()],
            login: Login::AzureDeveloperCli,
            said: &["Azure Developer CLI", "AADSTS90002"],
            asks_tools: true,
            ..Fails::default()
        },
        // It gives out tokens of its own tenant, whatever is asked.
        Fails {
            name: "the managed identity is another tenant's",
            azure: |azure| azure.auditor().tenants = vec![ANOTHER_TENANT.into()],
            login: Login::ManagedIdentity,
            said: &["managed identity", ANOTHER_TENANT, TENANT],
            ..Fails::default()
        },
        Fails {
            name: "the way to log in is none",
            login: Login::AzureCli,
            variables: &[("AZURE_TOKEN_CREDENTIALS", "browser")],
            said: &["AZURE_TOKEN_CREDENTIALS is `browser`", "AzureCliCredential"],
            ..Fails::default()
        },
    ]
}

#[test]
fn whoever_can_not_log_in_is_told_why_and_what_to_do() {
    require_none(failing(), |case| {
        let network = Network::of(Azure::documented().but(case.azure));
        let run = Run::against(&network).login(case.login);
        let run = case.variables.iter().fold(run, |run, (name, value)| run.variable(name, value));
        let outcome = run.outcome();
        let mut found = outcome.broken();
        differs(&mut found, "exit status", Some(3), outcome.exit);
        for said in case.said.iter().filter(|said| !outcome.stderr.contains(**said)) {
            found.push(format!("`{said}` is not said: {}", outcome.stderr));
        }
        differs(&mut found, "whether tools are asked", case.asks_tools, !outcome.tools_run.is_empty());
        // The vault's host needs no token to say whose it is. Nobody else was asked.
        let others = outcome.missing().into_iter().filter(|(_, reason)| reason != "credentials").collect();
        differs(&mut found, "what is missing for another reason", Vec::<(String, String)>::new(), others);
        differs(&mut found, "how much is missing", 10, outcome.missing().len());
        let asked = network.asked().into_iter().find(|asked| asked.authorized);
        differs(&mut found, "who saw a token", None, asked.map(|asked| asked.host));
        found.extend(told(&network, &outcome));
        found.into_iter().map(|problem| format!("{}: {problem}", case.name)).collect()
    });
}

/// Where somebody says which way is meant, the others are not tried.
#[test]
fn a_way_to_log_in_can_be_chosen() {
    let network = Network::of(Azure::documented());
    let run = Run::against(&network).login(Login::AzureCli);
    let run = [CLIENT_ID, WRONG_SECRET, ("AZURE_TOKEN_CREDENTIALS", "AzureCliCredential")]
        .into_iter()
        .fold(run, |run, (name, value)| run.variable(name, value));
    let outcome = run.outcome();
    assert_eq!(outcome.verdict(), "ready", "{outcome}");
    assert_eq!((outcome.tools_run.len(), network.times(Call::Token)), (3, 0));
}

/// What a service says can hold what it was sent.
#[test]
fn a_service_that_repeats_the_token_is_not_quoted() {
    let network = Network::but(Azure::documented(), |asked| {
        let token = |audience| Token::of(&crate::callers::Caller::auditor(), TENANT, audience).text();
        match asked.call {
            Call::Vault => refusal(&token(Audience::ResourceManager)),
            Call::Key | Call::KeyVersions | Call::RotationPolicy => refusal(&token(Audience::Vault)),
            Call::ServicePrincipals => refusal(&token(Audience::Graph)),
            _ => Reply::Passed,
        }
    });
    let outcome = Run::against(&network).outcome();
    assert_eq!(outcome.exit, Some(3), "{outcome}");
    assert!(outcome.evidence.to_string().contains("the token"), "{}", outcome.evidence);
    assert_eq!(told(&network, &outcome), [""; 0]);
}

fn refusal(token: &str) -> Reply {
    let message = format!("the token {token} is not liked (Bearer {token}); Authorization: \"{token}\"");
    Reply::json(403, &serde_json::json!({"error": {"code": "Forbidden", "message": message}}))
}

/// Secrets and tokens that stand in what the program printed or saved.
fn told(network: &Network, outcome: &Outcome) -> Vec<String> {
    let auditor = &network.azure().callers[0];
    let mut secrets = vec![auditor.secret.clone(), auditor.assertion.clone(), WRONG_SECRET.1.into()];
    for tenant in [TENANT, ANOTHER_TENANT] {
        for audience in Audience::ALL {
            let token = Token::of(auditor, tenant, audience).text();
            secrets.extend(token.split('.').map(str::to_owned));
        }
    }
    let places = [
        ("stdout", &outcome.stdout),
        ("stderr", &outcome.stderr),
        ("evidence", &outcome.evidence.to_string()),
    ];
    let told = places.into_iter().flat_map(|(place, text)| {
        secrets
            .iter()
            .filter(|secret| text.contains(secret.as_str()))
            .map(move |secret| format!("{place} has `{secret}`"))
    });
    told.collect()
}
