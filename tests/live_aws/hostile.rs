//! Names that would act on a terminal, in an account: whatever of them the emulator takes.

use std::path::Path;
use std::process::Command;

use aws_sdk_iam::types::Tag as RoleTag;
use aws_sdk_kms::types::Tag as KeyTag;
use serde_json::json;

use crate::account::Account;
use crate::auditor::{Auditor, READ_RIGHTS};
use crate::emulator::Emulator;
use crate::policy::{allow, documented_trust, policy};
use crate::setup::Setup;

#[path = "../fixtures/hostile/names.rs"]
#[allow(dead_code, reason = "shared with tests/fixtures.rs")]
mod names;

pub(crate) use names::all as names;

/// What came of one name.
#[derive(Debug, Default)]
pub(crate) struct Tried {
    /// How many places the emulator took it in.
    pub(crate) taken: usize,
    /// What is wrong.
    pub(crate) problems: Vec<String>,
}

/// Puts the name wherever the emulator takes it, and reads what the program prints of that account.
pub(crate) async fn tried(emulator: &Emulator, name: String) -> Tried {
    let mut trust = documented_trust();
    trust["Statement"][0]["Sid"] = json!(name);
    let setup = Setup { trust, ..Setup::documented("hostile") };
    let account = Account::build(emulator, &setup).await;
    let taken = put_everywhere(&account, &name).await;

    let directory = tempfile::tempdir().expect("makes a directory");
    let evidence = directory.path().join("evidence.json");
    let auditor = Auditor::create(&account, &READ_RIGHTS).await;
    let live = auditor.check_and_save(&account, &evidence).await;
    let saved = std::fs::read_to_string(&evidence).unwrap_or_default();
    let mut problems = Vec::new();
    let mut require = |holds: bool, what: &str| {
        if !holds {
            problems.push(format!("`{}`: {what}", name.escape_debug().take(40).collect::<String>()));
        }
    };
    require(!live.json.is_null(), "there is no report");
    require(matches!(live.exit, Some(0 | 1 | 3)), "the exit status is none of a report");
    require(!live.to_string().chars().any(acts), "the report or what is said beside it acts");
    require(!saved.is_empty() && !saved.chars().any(acts), "the saved evidence acts, or is not there");
    let drawn = drawn(&evidence);
    require(!drawn.is_empty() && !drawn.chars().any(acts), "the table acts, or is not there");
    require(!drawn.lines().any(|line| line.trim_start().starts_with("::")), "the table holds a command");
    Tried { taken, problems }
}

/// How many of the places took it: an alias, tags of the key and the role, a policy's name, and a Sid in it.
async fn put_everywhere(account: &Account, name: &str) -> usize {
    let (iam, kms) = (&account.root.iam, &account.root.kms);
    let role = account.registration.role_arn.rsplit('/').next().expect("has a name");
    let key = &account.registration.kms_arn;
    let mut statement = allow(&["kms:ListKeys"], "*");
    statement["Sid"] = json!(name);
    let alias = format!("alias/{name}");
    let key_tag = KeyTag::builder().tag_key(name).tag_value(name).build().expect("is a tag");
    let role_tag = RoleTag::builder().key(name).value(name).build().expect("is a tag");
    let document = policy([statement]).to_string();
    [
        kms.create_alias().alias_name(alias).target_key_id(key).send().await.is_ok(),
        kms.tag_resource().key_id(key).tags(key_tag).send().await.is_ok(),
        iam.tag_role().role_name(role).tags(role_tag).send().await.is_ok(),
        iam.put_role_policy()
            .role_name(role)
            .policy_name("sid")
            .policy_document(&document)
            .send()
            .await
            .is_ok(),
        iam.put_role_policy()
            .role_name(role)
            .policy_name(name)
            .policy_document(&document)
            .send()
            .await
            .is_ok(),
    ]
    .into_iter()
    .filter(|taken| *taken)
    .count()
}

fn drawn(evidence: &Path) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_ekm-preflight"))
        .env_clear()
        .arg("replay")
        .arg(evidence)
        .output()
        .expect("runs the program");
    String::from_utf8(output.stdout).expect("prints UTF-8")
}

/// Written out here rather than asked of the program.
fn acts(character: char) -> bool {
    (character.is_control() && character != '\n')
        || matches!(
            character,
            '\u{ad}' | '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{2069}'
            | '\u{feff}' | '\u{e0000}'..='\u{e007f}'
        )
}
