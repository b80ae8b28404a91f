//! The calls that are made: for each evidence key those of the published catalogue and no others, each once, and no call
//! waits for another that it does not depend on. Nothing is ever written.
//!
//! Reading one evidence key takes place in a process of its own, whose environment is the program's.

use std::collections::BTreeSet;
use std::env;
use std::fs;
use std::process::{Command, Stdio};
use std::sync::{Arc, Condvar, Mutex};
use std::time::Duration;

use ekm_preflight::collect::azure::{Options, collect};
use ekm_preflight::evidence::Catalogued;
use ekm_preflight::evidence::azure::EvidenceKey;
use ekm_preflight::target::azure::{AzureRegistration, Given};
use percent_encoding::percent_decode_str;
use serde_json::Value;

use crate::calls::Call;
use crate::network::{Asked, Network, Reply};
use crate::program::Run;
use crate::several::require_none;
use crate::tenant::{Azure, Block, KEY, Refusal, TENANT};

/// What the process that reads is to read: an evidence key, or nothing.
const NEEDS: &str = "EKM_PREFLIGHT_NEEDS";
/// Where it puts the evidence.
const EVIDENCE: &str = "EKM_PREFLIGHT_EVIDENCE";

/// The names of the catalogue, and of the services that a token is for.
fn name(asked: &Asked) -> String {
    let at_key = asked.target.to_lowercase().contains("/keys/");
    match asked.call {
        Call::Token => {
            return asked.token_for.map_or("a token".into(), |service| format!("token {service:?}"));
        }
        Call::Challenge if asked.authorized => "keyvault:ListKeys",
        Call::Challenge => "keyvault:Challenge",
        Call::Key => "keyvault:GetKey",
        Call::KeyVersions => "keyvault:ListKeyVersions",
        Call::RotationPolicy => "keyvault:GetKeyRotationPolicy",
        Call::Subscriptions => "arm:ListSubscriptions",
        Call::ResourceGraph => "arm:QueryResources",
        Call::Vaults => "arm:ListVaults",
        Call::Vault => "arm:GetVault",
        Call::ManagedKey => "arm:GetKey",
        Call::ManagedKeyVersions => "arm:ListKeyVersions",
        Call::RoleAssignments if at_key => "arm:ListRoleAssignments",
        Call::RoleAssignments => "arm:ListSubscriptionRoleAssignments",
        Call::RoleDefinition => "arm:GetRoleDefinition",
        Call::DenyAssignments => "arm:ListDenyAssignments",
        Call::ServicePrincipals => "graph:ListServicePrincipals",
        Call::ServicePrincipal => "graph:GetServicePrincipal",
        Call::Groups => "graph:ListGroups",
        Call::Unknown => "unknown",
    }
    .to_owned()
}

fn names(network: &Network) -> BTreeSet<String> {
    network.asked().iter().map(name).collect()
}

/// Requests as they are sent, without the encoding of their queries. Tokens say for which service.
fn requests(network: &Network) -> Vec<String> {
    let asked = network.asked();
    let mut requests: Vec<String> = asked
        .iter()
        .map(|asked| {
            let target = percent_decode_str(&asked.target).decode_utf8_lossy();
            let service = asked.token_for.map(|service| format!(" for {service:?}")).unwrap_or_default();
            format!("{} {}{target}{service}", asked.method, asked.host)
        })
        .collect();
    requests.sort();
    requests
}

/// Tenants where every call of the catalogue is made by one of them: where nothing lags behind and everything is to be
/// seen, where Resource Graph knows nothing, where the vault's network keeps the auditor out, and where both is so.
fn tenants() -> [Azure; 4] {
    let tenant =
        |change: fn(&mut Azure)| Azure::documented().but(|azure| azure.behaviour.page_size = 100).but(change);
    [
        tenant(|_| {}),
        tenant(lags_behind),
        tenant(keeps_out),
        tenant(|azure| {
            lags_behind(azure);
            keeps_out(azure);
        }),
    ]
}

fn lags_behind(azure: &mut Azure) {
    azure.behaviour.resource_graph = Some(vec![]);
}

fn keeps_out(azure: &mut Azure) {
    azure.vault().block = Some(Block { refusal: Refusal::Firewall, before_the_challenge: false });
}

const BY_GRAPH: [&str; 2] = ["token Graph", "graph:ListServicePrincipals"];
const BY_RESOURCE_MANAGER: [&str; 3] = ["token ResourceManager", "arm:QueryResources", "arm:GetVault"];

/// What each takes in the documented tenant.
fn expected(key: EvidenceKey) -> BTreeSet<&'static str> {
    let assigned = |calls: &[&'static str]| {
        [&BY_GRAPH[..], &BY_RESOURCE_MANAGER[..], calls].concat().into_iter().collect()
    };
    match key {
        EvidenceKey::VaultEndpoint => ["keyvault:Challenge"].into(),
        EvidenceKey::Vault => BY_RESOURCE_MANAGER.into(),
        EvidenceKey::Key => ["token Vault", "keyvault:GetKey"].into(),
        EvidenceKey::KeyVersions => ["token Vault", "keyvault:ListKeyVersions"].into(),
        EvidenceKey::KeyRotationPolicy => ["token Vault", "keyvault:GetKeyRotationPolicy"].into(),
        EvidenceKey::ServicePrincipal => BY_GRAPH.into(),
        EvidenceKey::ServicePrincipalGroups => {
            ["token Graph", "graph:ListServicePrincipals", "graph:ListGroups"].into()
        }
        EvidenceKey::RoleAssignments => assigned(&["arm:ListRoleAssignments"]),
        EvidenceKey::SubscriptionRoleAssignments => assigned(&["arm:ListSubscriptionRoleAssignments"]),
        EvidenceKey::RoleDefinitions => assigned(&[
            "arm:ListRoleAssignments",
            "arm:ListSubscriptionRoleAssignments",
            "arm:GetRoleDefinition",
        ]),
        EvidenceKey::DenyAssignments => {
            ["token ResourceManager", "arm:QueryResources", "arm:GetVault", "arm:ListDenyAssignments"].into()
        }
    }
}

#[test]
fn each_evidence_key_takes_the_calls_of_the_catalogue() {
    if let Ok(needs) = env::var(NEEDS) {
        read(&needs);
        return;
    }
    require_none(EvidenceKey::ALL.to_vec(), |key| {
        let mut problems = Vec::new();
        let mut made = BTreeSet::new();
        for (index, azure) in tenants().into_iter().enumerate() {
            let network = Network::of(azure);
            read_apart(key.name(), &network);
            let names = names(&network);
            if index == 0 && !names.iter().map(String::as_str).eq(expected(key)) {
                problems.push(format!("{key} takes {names:?}"));
            }
            problems.extend(twice(&network).map(|request| format!("{key} takes twice {request}")));
            made.extend(names.into_iter().filter(|name| !name.starts_with("token ")));
        }
        let catalogue: BTreeSet<String> = key.calls().iter().map(|call| call.name.to_owned()).collect();
        if made != catalogue {
            problems.push(format!("{key} takes in one tenant or another {made:?}, not {catalogue:?}"));
        }
        problems
    });
}

/// As a request is sent, it is sent once: a token too, whoever waits for it.
fn twice(network: &Network) -> impl Iterator<Item = String> {
    let requests = requests(network);
    let pairs: Vec<String> =
        requests.windows(2).filter(|pair| pair[0] == pair[1]).map(|pair| pair[0].clone()).collect();
    pairs.into_iter()
}

#[test]
fn what_nobody_needs_is_not_asked() {
    let network = Network::of(Azure::documented());
    read_apart("", &network);
    assert_eq!(requests(&network), [""; 0]);
}

/// All of them, as they go over the line (Key Vault REST API 2025-07-01; Resource Manager, Microsoft.KeyVault 2026-02-01
/// and Microsoft.Authorization 2022-04-01; Resource Graph 2024-04-01; Graph v1.0).
#[test]
fn a_run_makes_these_requests_and_no_others() {
    let [azure, ..] = tenants();
    let network = Network::of(azure);
    let outcome = Run::against(&network).outcome();
    assert_eq!(outcome.exit, Some(0), "{outcome}");
    let login = "POST login.microsoftonline.com/0f4c2d6e-1b7a-4c5d-9e8f-2a3b4c5d6e7f/oauth2/v2.0/token for";
    let subscription = "GET management.azure.com/subscriptions/9a1b2c3d-4e5f-4061-8273-94a5b6c7d8e9";
    let vault = format!(
        "{subscription}/resourceGroups/openai-ekm/providers/Microsoft.KeyVault/vaults/contoso-openai"
    );
    let key = format!("{vault}/keys/org-4Qd8XyTz71LmWc05RkVb--workspace/providers/Microsoft.Authorization");
    let in_vault = "GET contoso-openai.vault.azure.net/keys";
    let in_key = format!("{in_vault}/org-4Qd8XyTz71LmWc05RkVb--workspace");
    let graph = "GET graph.microsoft.com/v1.0/servicePrincipals";
    let openai = "7c9e6679-7425-40de-944b-e07fc1f90ae7";
    let mut expected = vec![
        format!("{login} Graph"),
        format!("{login} ResourceManager"),
        format!("{login} Vault"),
        format!("{in_vault}?api-version=2025-07-01"),
        format!("{in_key}?api-version=2025-07-01"),
        format!("{in_key}/versions?api-version=2025-07-01"),
        format!("{in_key}/rotationpolicy?api-version=2025-07-01"),
        format!(
            "{graph}?$filter=appId eq '20a14814-5ab7-4612-a671-1382b412bf93'&$select=id,appId,displayName,\
             accountEnabled,disabledByMicrosoftStatus"
        ),
        format!("{graph}/{openai}/transitiveMemberOf/microsoft.graph.group?$select=id&$count=true"),
        "POST management.azure.com/providers/Microsoft.ResourceGraph/resources?api-version=2024-04-01".into(),
        format!("{vault}?api-version=2026-02-01"),
        format!("{key}/roleAssignments?api-version=2022-04-01&$filter=atScope() and assignedTo('{openai}')"),
        format!("{key}/denyAssignments?api-version=2022-04-01&$filter=atScope()"),
        format!(
            "{subscription}/providers/Microsoft.Authorization/roleAssignments?api-version=2022-04-01\
             &$filter=assignedTo('{openai}')"
        ),
        format!(
            "{subscription}/providers/Microsoft.Authorization/roleDefinitions/3f2504e0-4f89-41d3-9a0c-0305e82c3301\
             ?api-version=2022-04-01"
        ),
    ];
    expected.sort();
    assert_eq!(requests(&network), expected);
}

/// Whatever is done to find a vault and to read its key, nothing is changed: these are the only requests that are no GET.
#[test]
fn nothing_is_written() {
    require_none(tenants().into(), |azure| {
        let network = Network::of(azure);
        Run::against(&network).outcome();
        let reads =
            |asked: &&Asked| asked.method == "GET" || matches!(asked.call, Call::Token | Call::ResourceGraph);
        let asked = network.asked();
        let others = asked.iter().filter(|asked| !reads(asked) || asked.call == Call::Unknown);
        others.map(|asked| format!("{} {}{}", asked.method, asked.host, asked.target)).collect()
    });
}

/// Each answer is held back until all calls of its wave are there: were one of them to wait for another, none would be
/// answered.
#[test]
fn no_call_waits_for_what_it_does_not_depend_on() {
    let waves: [&[&str]; 5] = [
        &["keyvault:Challenge", "token Graph", "token ResourceManager", "token Vault"],
        &[
            "arm:QueryResources",
            "graph:ListServicePrincipals",
            "keyvault:GetKey",
            "keyvault:GetKeyRotationPolicy",
            "keyvault:ListKeyVersions",
        ],
        &["arm:GetVault", "graph:ListGroups"],
        &["arm:ListDenyAssignments", "arm:ListRoleAssignments", "arm:ListSubscriptionRoleAssignments"],
        &["arm:GetRoleDefinition"],
    ];
    let held = Arc::new(Held::of(&waves));
    let [azure, ..] = tenants();
    let network = Network::but(azure, {
        let held = Arc::clone(&held);
        move |asked| {
            held.arrives(&name(asked));
            Reply::Passed
        }
    });
    let outcome = Run::against(&network).outcome();
    assert_eq!(outcome.exit, Some(0), "of {waves:?} there were {:?}: {outcome}", names(&network));
    assert!(
        names(&network).iter().map(String::as_str).eq(waves.concat().into_iter().collect::<BTreeSet<_>>())
    );
}

/// Calls that are answered together.
struct Held {
    waves: Vec<BTreeSet<String>>,
    arrived: Mutex<BTreeSet<String>>,
    /// Wakes those who wait for the rest of their wave.
    another: Condvar,
}

impl Held {
    fn of(waves: &[&[&str]]) -> Self {
        let waves = waves.iter().map(|wave| wave.iter().map(ToString::to_string).collect()).collect();
        Self { waves, arrived: Mutex::default(), another: Condvar::new() }
    }

    /// Returns once a call may be answered.
    fn arrives(&self, call: &str) {
        let mut arrived = self.arrived.lock().expect("no thread has failed");
        arrived.insert(call.to_owned());
        self.another.notify_all();
        let Some(wave) = self.waves.iter().find(|wave| wave.contains(call)) else { return };
        let incomplete = |arrived: &mut BTreeSet<String>| !wave.is_subset(arrived);
        drop(self.another.wait_while(arrived, incomplete).expect("no thread has failed"));
    }
}

/// Reads in a process of its own, which must find everything that it is to read.
fn read_apart(needs: &str, network: &Network) {
    let home = tempfile::tempdir().expect("makes a directory");
    let evidence = home.path().join("evidence.json");
    let program = Run::against(network).command(home.path());
    let variables = program.get_envs().filter_map(|(name, value)| Some((name, value?)));
    let status = Command::new(env::current_exe().expect("knows its own path"))
        .args(["asked::each_evidence_key_takes_the_calls_of_the_catalogue", "--exact", "--nocapture"])
        .env_clear()
        .envs(env::var_os("LD_LIBRARY_PATH").map(|path| ("LD_LIBRARY_PATH", path)))
        .envs(variables)
        .env(NEEDS, needs)
        .env(EVIDENCE, &evidence)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .status()
        .expect("runs itself");
    assert!(status.success(), "reading {needs} fails: see above");
    let evidence: Value =
        serde_json::from_str(&fs::read_to_string(&evidence).expect("the evidence")).expect("JSON");
    let key = needs.trim_start_matches("azure.");
    assert!(
        key.is_empty() || !evidence[key]["collected"].is_null(),
        "{needs} is not read: {}",
        evidence[key]
    );
}

/// Reads, in the process that this is.
fn read(needs: &str) {
    let registration = AzureRegistration::parse(&Given {
        tenant_id: TENANT,
        vault_uri: "https://contoso-openai.vault.azure.net/",
        key_name: KEY,
        organization_id: None,
        service_principal_id: None,
    });
    let target = registration.expect("a registration").target().expect("acceptable");
    let options =
        Options { time_limit: Duration::from_secs(30), needs: EvidenceKey::of(needs).into_iter().collect() };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let evidence = runtime.block_on(collect(&target, &options));
    let evidence = serde_json::to_string(&evidence).expect("JSON");
    fs::write(env::var_os(EVIDENCE).expect("a file"), evidence).expect("writes it");
}
