//! What `permissions azure` prints is what reading takes: all of it, and nothing else.

use std::process::Command;

use serde_json::Value;

use crate::callers::Right;
use crate::network::Network;
use crate::program::{Outcome, Run};
use crate::several::require_none;
use crate::tenant::{Azure, Block, Group, OPENAI_OBJECT, Refusal, SUBSCRIPTION, Scope};

/// What the program asks for.
#[derive(Debug, Default, PartialEq, Eq)]
struct Asked {
    actions: Vec<String>,
    data_actions: Vec<String>,
    graph: bool,
}

/// Runs `permissions azure` for these checks, or for all.
fn asked(only: Option<&str>) -> Asked {
    let print = |format: &str| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_ekm-preflight"));
        command.env_clear().args(["permissions", "azure", "--format", format]);
        command.args(["--subscription-id", SUBSCRIPTION]);
        command.args(only.iter().flat_map(|id| ["--only", id]));
        command.output().expect("runs the program")
    };
    // Where no role is needed there is none to print.
    let role: Value = serde_json::from_slice(&print("json").stdout).unwrap_or_default();
    let list = |name: &str| {
        let names = role[name].as_array().into_iter().flatten();
        names.filter_map(Value::as_str).map(str::to_owned).collect()
    };
    let table = String::from_utf8(print("table").stdout).expect("prints UTF-8");
    Asked {
        actions: list("Actions"),
        data_actions: list("DataActions"),
        graph: table.contains("Application.Read.All"),
    }
}

impl Asked {
    /// As rights, which a role gives by the names of its actions.
    fn rights(&self) -> Vec<Right> {
        use crate::callers::Audience::{Graph, ResourceManager, Vault};
        let has = |right: &Right| match right.audience() {
            ResourceManager => self.actions.iter().any(|action| action == right.name()),
            Vault => self.data_actions.iter().any(|action| action == right.name()),
            Graph => self.graph && *right == Right::Applications,
        };
        Right::ALL.into_iter().filter(has).collect()
    }
}

/// Tenants in which everything is read that there is to read, by one way or the other.
fn tenants() -> [(&'static str, Azure); 5] {
    let tenant = |change: fn(&mut Azure)| Azure::documented().but(change);
    [
        ("as documented", tenant(|_| {})),
        (
            "out of the vault's network",
            tenant(|azure| {
                azure.vault().block = Some(Block { refusal: Refusal::Firewall, before_the_challenge: false });
            }),
        ),
        ("where Resource Graph lags behind", tenant(|azure| azure.behaviour.resource_graph = Some(vec![]))),
        (
            "where Resource Manager shows no keys",
            tenant(|azure| {
                azure.behaviour.keys_are_forbidden_by_rbac = true;
                azure.key().rotation_policy = None;
            }),
        ),
        (
            "where the role is a group's",
            tenant(|azure| {
                let group = "a1000000-0000-4000-8000-000000000001";
                azure.tenant().groups.push(Group::new(group, "OpenAI", &[OPENAI_OBJECT]));
                let assignment = azure.assignment();
                (assignment.principal, assignment.principal_type) = (group.into(), "Group".into());
            }),
        ),
    ]
}

/// What a run of the whole program says to an auditor with these rights in the subscription.
fn seen(azure: Azure, rights: &[Right], arguments: &[&str]) -> Outcome {
    let subscription = Scope::subscription(SUBSCRIPTION);
    let network = Network::of(azure.but(|azure| azure.auditor().has_only(rights, &subscription)));
    Run::against(&network).arguments(arguments).outcome()
}

/// Azure permissions reference, "Microsoft.Authorization" and "Microsoft.KeyVault".
#[test]
fn the_role_that_the_program_asks_for_is_this() {
    let expected = Asked {
        actions: [
            "Microsoft.Authorization/denyAssignments/read",
            "Microsoft.Authorization/roleAssignments/read",
            "Microsoft.Authorization/roleDefinitions/read",
            "Microsoft.KeyVault/vaults/keys/read",
            "Microsoft.KeyVault/vaults/keys/versions/read",
            "Microsoft.KeyVault/vaults/read",
        ]
        .map(String::from)
        .into(),
        data_actions: [
            "Microsoft.KeyVault/vaults/keyrotationpolicies/read",
            "Microsoft.KeyVault/vaults/keys/read",
        ]
        .map(String::from)
        .into(),
        graph: true,
    };
    assert_eq!(asked(None), expected);
    // One right for each of them.
    assert_eq!(expected.rights().len(), 9);
}

#[test]
fn the_permissions_that_the_program_asks_for_are_enough() {
    let rights = asked(None).rights();
    require_none(tenants().into(), |(name, azure)| {
        let outcome = seen(azure, &rights, &[]);
        let missing = outcome.missing();
        if outcome.verdict() == "ready" && missing.is_empty() {
            return vec![];
        }
        vec![format!("{name}: {}, without {missing:?}", outcome.verdict())]
    });
}

/// Without any one of them there is a tenant of which something can't be read. With all of them there is none.
#[test]
fn each_permission_that_the_program_asks_for_is_needed() {
    let rights = asked(None).rights();
    require_none(rights.clone(), |without| {
        let others: Vec<Right> = rights.iter().copied().filter(|right| *right != without).collect();
        let misses = |(_, azure): (&str, Azure)| !seen(azure, &others, &[]).missing().is_empty();
        if tenants().into_iter().any(misses) { vec![] } else { vec![format!("{without:?} is not needed")] }
    });
}

/// Also where one check only is selected.
#[test]
fn the_permissions_for_one_check_are_enough_for_it() {
    let every = seen(Azure::documented(), &Right::ALL, &[]);
    let checks: Vec<String> =
        every.checks().filter_map(|check| check["id"].as_str()).map(str::to_owned).collect();
    assert!(checks.len() >= 23, "{checks:?}");
    // In a tenant as it is no change is planned.
    let of_tenants = checks.into_iter().filter(|id| id != "azure-access-kept");
    require_none(of_tenants.collect::<Vec<_>>(), |id| {
        let outcome = seen(Azure::documented(), &asked(Some(&id)).rights(), &["--only", &id]);
        let check = outcome.check(&id);
        if check["outcome"] == "pass" { vec![] } else { vec![format!("{id}: {check}")] }
    });
}
