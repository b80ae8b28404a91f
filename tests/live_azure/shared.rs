//! What the targets of one run share, they read once: through the program and a configuration.

use std::collections::BTreeMap;
use std::fs;

use serde_json::Value;

use crate::calls::Call;
use crate::network::Network;
use crate::program::Run;
use crate::tenant::{Azure, KEY, TENANT, VAULT};

/// Runs targets of the documented vault, each given by its key's name; the report.
fn run(network: &Network, keys: &[&str], options: &[&str]) -> Value {
    let home = tempfile::tempdir().expect("makes a directory");
    let written: Vec<String> = keys
        .iter()
        .map(|key| {
            format!(
                "[[target]]\nname = \"{key}\"\n[target.azure]\ntenant_id = \"{TENANT}\"\n\
                 vault_uri = \"https://{VAULT}.vault.azure.net/\"\nkey_name = \"{key}\"\n"
            )
        })
        .collect();
    let file = home.path().join("ekm-preflight.toml");
    fs::write(&file, format!("format = 1\n{}", written.concat())).expect("writes the configuration");
    let mut command = Run::against(network).environment(home.path());
    let output = command.args(["run", "--format", "json"]).arg(&file).args(options).output().expect("runs");
    let said = String::from_utf8_lossy(&output.stderr);
    serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{error}: {said}"))
}

/// All that is asked but for what is asked about each key.
#[test]
fn two_keys_of_one_vault_take_one_login_and_one_look_at_the_vault() {
    let azure = || Azure::documented().but(|azure| azure.behaviour.page_size = 100);
    let counted = |network: &Network| -> BTreeMap<Call, usize> {
        Call::ALL.into_iter().map(|call| (call, network.times(call))).collect()
    };
    let one = Network::of(azure());
    let alone = run(&one, &[KEY], &[]);
    assert_eq!(alone["targets"][0]["verdict"], "ready");
    for at_once in ["1", "8"] {
        let both = Network::of(azure());
        let reported = run(&both, &[KEY, "org-AbCdEfGhIjKlMnOpQrStUvWx--another"], &["--at-once", at_once]);
        let mut expected = counted(&one);
        for call in [Call::Key, Call::DenyAssignments, Call::KeyVersions, Call::RotationPolicy] {
            expected.insert(call, 2);
        }
        // At each key, and once in the subscription.
        expected.insert(Call::RoleAssignments, 3);
        // The second key is not there.
        for call in [Call::KeyVersions, Call::RotationPolicy, Call::ManagedKey, Call::ManagedKeyVersions] {
            expected.insert(call, both.times(call));
        }
        assert_eq!(counted(&both), expected);
        assert_eq!(reported["targets"][0]["checks"], alone["targets"][0]["checks"]);
        assert_eq!(reported["targets"][1]["verdict"], "not_ready");
    }
}
