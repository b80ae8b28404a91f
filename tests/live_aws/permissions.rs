//! What `permissions` prints is enough to read everything, and what the tests here give.

use std::path::Path;

use serde_json::Value;

use crate::account::Account;
use crate::auditor::{self, Auditor, READ_RIGHTS};
use crate::emulator::Emulator;
use crate::policy::{USE, allow, documented_role_policy, policy};
use crate::setup::{Attached, Place, Setup};

/// Every action of the printed policy, in order.
pub(crate) fn actions(printed: &str) -> Vec<String> {
    let printed: Value = serde_json::from_str(printed).expect("JSON");
    let statements = printed["Statement"].as_array().expect("has statements");
    let actions = statements.iter().filter_map(|statement| statement["Action"].as_array()).flatten();
    let mut actions: Vec<String> = actions.filter_map(Value::as_str).map(str::to_owned).collect();
    actions.sort();
    actions
}

/// Runs the program with exactly the policy that it asks for, on setups that make it read managed policies, a boundary
/// and a key behind an alias. Nothing that a check needs may be missing.
pub(crate) async fn is_enough(emulator: &Emulator, directory: &Path) {
    let setups = [
        Setup::documented("inline"),
        Setup::documented("managed").attached(documented_role_policy()),
        Setup::documented("bounded").boundary(policy([allow(USE, "*")])),
        Setup::documented("member").place(Place::Member(Attached::default())),
    ];
    for setup in setups {
        let account = Account::build(emulator, &setup).await;
        let printed = auditor::permissions(&account.registration).await;
        assert_eq!(actions(&printed), READ_RIGHTS, "{printed}");
        let auditor = Auditor::with_policy(&account, &printed).await;
        let saved = directory.join("evidence.json");
        let report = auditor.check_and_save(&account, &saved).await;
        assert_eq!(report.exit, Some(0), "{}: {report}\nwith {printed}", setup.name);
        let evidence = std::fs::read_to_string(&saved).expect("the evidence");
        let evidence: Value = serde_json::from_str(&evidence).expect("JSON");
        assert!(!evidence.to_string().contains(r#""reason":"denied""#), "{}: {evidence}", setup.name);
    }
}
