//! What could be done beyond the need, against brute force over short names and over KMS's own actions.

use std::collections::BTreeSet;

use ekm_preflight::iam::excess::{Member, On};
use ekm_preflight::iam::{Action, Excess, Layers, Need, Outcome, Request, decide, excess};

use crate::case::{Case, KEY, Layer, Place, ROLE, Statement, Unknown, UnknownKind};
use crate::choices::Choices;
use crate::keys::wild;

const NEEDED: &[&str] = &["kms:Encrypt", "kms:Decrypt"];
const OTHER_KEY: &str = "arn:aws:kms:us-east-1:111122223333:key/b";
const THIRD_KEY: &str = "arn:aws:kms:eu-west-1:111122223333:key/c";
const FOREIGN_KEY: &str = "arn:aws:kms:us-east-1:444455556666:key/b";

/// KMS's actions on keys, and those without one (Service Authorization Reference, AWS Key Management Service).
const ON_KEYS: &[&str] = &[
    "CancelKeyDeletion",
    "CreateAlias",
    "CreateGrant",
    "Decrypt",
    "DeleteAlias",
    "DeleteImportedKeyMaterial",
    "DeriveSharedSecret",
    "DescribeKey",
    "DisableKey",
    "DisableKeyRotation",
    "EnableKey",
    "EnableKeyRotation",
    "Encrypt",
    "GenerateDataKey",
    "GenerateDataKeyPair",
    "GenerateDataKeyPairWithoutPlaintext",
    "GenerateDataKeyWithoutPlaintext",
    "GenerateMac",
    "GetKeyLastUsage",
    "GetKeyPolicy",
    "GetKeyRotationStatus",
    "GetParametersForImport",
    "GetPublicKey",
    "ImportKeyMaterial",
    "ListGrants",
    "ListKeyPolicies",
    "ListKeyRotations",
    "ListResourceTags",
    "PutKeyPolicy",
    "ReEncryptFrom",
    "ReEncryptTo",
    "ReplicateKey",
    "RetireGrant",
    "RevokeGrant",
    "RotateKeyOnDemand",
    "ScheduleKeyDeletion",
    "Sign",
    "SynchronizeMultiRegionKey",
    "TagResource",
    "UntagResource",
    "UpdateAlias",
    "UpdateKeyDescription",
    "UpdatePrimaryRegion",
    "Verify",
    "VerifyMac",
];
const WITHOUT_KEY: &[&str] = &[
    "ConnectCustomKeyStore",
    "CreateCustomKeyStore",
    "CreateKey",
    "DeleteCustomKeyStore",
    "DescribeCustomKeyStores",
    "DisconnectCustomKeyStore",
    "GenerateRandom",
    "ListAliases",
    "ListKeys",
    "ListRetirableGrants",
    "UpdateCustomKeyStore",
];

/// Actions of other services that `*` stands for.
const ELSEWHERE: &[&str] = &["sts:AssumeRole", "s3:GetObject", "iam:PassRole", "ec2:RunInstances"];

/// What an action is done on, of all that the tests try.
fn resources(action: &str) -> Vec<String> {
    let owned = |resources: &[&str]| resources.iter().map(|resource| (*resource).to_owned()).collect();
    match action.split_once(':') {
        Some(("kms", name)) if WITHOUT_KEY.contains(&name) => owned(&["*"]),
        Some(("kms", _)) => owned(&[KEY, OTHER_KEY, THIRD_KEY, FOREIGN_KEY]),
        Some(("sts", _)) => owned(&["arn:aws:iam::111122223333:role/a", "arn:aws:iam::444455556666:role/a"]),
        _ => {
            let names = short_texts(2).into_iter().map(|name| format!("arn:aws:k:::{name}"));
            let others = ["arn:aws:k:r:111122223333:a", "arn:aws:z:r:444455556666:c", "*"];
            names.chain(others.map(str::to_owned)).collect()
        }
    }
}

/// All texts of one to so many letters.
fn short_texts(longest: usize) -> Vec<String> {
    let mut all = Vec::new();
    let mut last = vec![String::new()];
    for _ in 0..longest {
        last = last.iter().flat_map(|text| ["a", "b", "c"].map(|letter| format!("{text}{letter}"))).collect();
        all.extend(last.iter().cloned());
    }
    all
}

/// Every action that the tests try.
fn actions() -> Vec<String> {
    let kms = ON_KEYS.iter().chain(WITHOUT_KEY).map(|name| format!("kms:{name}"));
    // Made up ones as well: KMS may have them tomorrow.
    let made_up = ["kms:zz", "kms:Schedulezz", "kms:zzcrypt", "z:zz", "z:a"].map(str::to_owned);
    let elsewhere = ELSEWHERE.iter().map(|name| (*name).to_owned());
    kms.chain(made_up)
        .chain(elsewhere)
        .chain(short_texts(2).into_iter().map(|name| format!("k:{name}")))
        .collect()
}

/// The policies as they are for the key, for other resources of the account, and for those of another.
struct Around {
    key: Layers,
    account: Layers,
    elsewhere: Layers,
}

impl Around {
    fn of(case: &Case) -> Self {
        // Another resource leaves everything to the account.
        let delegation = Statement {
            allows: true,
            not_action: false,
            actions: vec!["*"],
            not_resource: false,
            resources: vec!["*".into()],
            principals: Some(vec!["111122223333"]),
            conditions: Vec::new(),
        };
        let mut other = case.clone();
        other.layers.retain(|layer| layer.place != Place::Resource);
        other.layers.push(Layer { place: Place::Resource, statements: vec![delegation], unread: None });
        let account = other.layers();
        // Another account's resources are under its own organization.
        other.layers.retain(|layer| layer.place != Place::ResourceControl);
        Self { key: case.layers(), account, elsewhere: other.layers() }
    }

    /// Whether the caller could do something, for some values of what is not known.
    fn could(&self, request: &Request, action: &str, resource: &str) -> bool {
        let (account, layers) = match resource {
            KEY => ("111122223333", &self.key),
            _ if resource.contains("444455556666") => ("444455556666", &self.elsewhere),
            _ => ("111122223333", &self.account),
        };
        let request = Request {
            action: Action::new(action),
            resource: resource.to_owned(),
            resource_account: account.to_owned(),
            ..request.clone()
        };
        matches!(decide(&request, layers).outcome, Outcome::Allowed | Outcome::Depends)
    }
}

/// All that the caller could do beyond the need, of what the tests try.
fn tried(case: &Case) -> Vec<(String, String)> {
    let (around, request) = (Around::of(case), case.request());
    let mut found = Vec::new();
    for action in actions() {
        for resource in resources(&action) {
            let needed = resource == KEY && NEEDED.contains(&action.as_str());
            if !needed && around.could(&request, &action, &resource) {
                found.push((action.clone(), resource));
            }
        }
    }
    found
}

fn answered(case: &Case) -> Excess {
    let request = case.request();
    let need = Need {
        caller: &request.caller,
        actions: NEEDED,
        resource: KEY,
        resource_account: "111122223333",
        context: &request.context,
        elsewhere: &request.context,
        others: &[],
    };
    excess(&need, &case.layers())
}

/// Whether a member stands for a pair.
fn stands_for(member: &Member, action: &str, resource: &str) -> bool {
    let lower = |text: &str| text.to_ascii_lowercase();
    let names_it = wild(lower(&member.action).as_bytes(), lower(action).as_bytes());
    let matches = |pattern: &String| resource_matches(pattern, resource);
    names_it
        && match &member.on {
            On::Itself => resource == KEY,
            On::Anything => resource != KEY,
            On::Account => resource == "*",
            On::Named(pattern) => matches(pattern),
            On::AllBut(patterns) => !patterns.iter().any(matches),
        }
}

fn resource_matches(pattern: &str, resource: &str) -> bool {
    pattern == "*" || wild(pattern.as_bytes(), resource.as_bytes())
}

/// What is wrong with the engine's answer, if anything.
fn wrong(case: &Case) -> Option<String> {
    let (found, said) = (tried(case), answered(case));
    if !said.open.is_empty() {
        return Some(format!("nothing is open here: {:?}", said.open));
    }
    let all: Vec<String> = actions();
    for member in &said.members {
        let known = all.iter().any(|action| action.eq_ignore_ascii_case(&member.action));
        if known && !found.iter().any(|(action, resource)| stands_for(member, action, resource)) {
            return Some(format!("`{member}` can't be done"));
        }
    }
    if said.more {
        return None;
    }
    for (action, resource) in &found {
        let on_key = resource == KEY;
        if !said.members.iter().any(|member| (member.on == On::Itself) == on_key) {
            return Some(format!("nothing is said of {action} on {resource}"));
        }
    }
    // On the key itself, one member for all that the policies don't tell apart.
    let on_key = found.iter().filter(|(action, resource)| resource == KEY && is_of_kms(action));
    let kinds: BTreeSet<Vec<bool>> = on_key.map(|(action, _)| told_apart(case, action)).collect();
    let members: Vec<Vec<bool>> = said
        .members
        .iter()
        .filter(|member| member.on == On::Itself && is_of_kms(&member.action))
        .map(|member| told_apart(case, &member.action))
        .collect();
    if members.len() != kinds.len() || members.iter().cloned().collect::<BTreeSet<_>>() != kinds {
        return Some("other kinds of actions on the key are named than there are".into());
    }
    None
}

fn is_of_kms(action: &str) -> bool {
    action.strip_prefix("kms:").is_some_and(|name| ON_KEYS.contains(&name))
}

/// Which patterns of the policies name an action, and whether it is needed.
fn told_apart(case: &Case, action: &str) -> Vec<bool> {
    let statements = case.layers.iter().flat_map(|layer| &layer.statements);
    let patterns = statements.flat_map(|statement| &statement.actions).chain(NEEDED);
    let action = action.to_ascii_lowercase();
    patterns.map(|pattern| wild(pattern.to_ascii_lowercase().as_bytes(), action.as_bytes())).collect()
}

const ACTIONS: &[&str] = &[
    "k:a",
    "k:a*",
    "k:*b",
    "k:?",
    "K:ab",
    "k:*",
    "kms:*",
    "kms:encrypt",
    "kms:*crypt",
    "kms:Schedule*",
    "kms:List*",
    "*",
];
const ACTIONS_BUT: &[&str] = &["k:*", "kms:*", "kms:Encrypt", "*:a*", "kms:*crypt", "k:a?"];
const RESOURCES: &[&str] = &[
    KEY,
    KEY,
    "*",
    "arn:aws:kms:*:111122223333:key/*",
    OTHER_KEY,
    FOREIGN_KEY,
    "arn:aws:k:::a",
    "arn:aws:k:::a*",
    "arn:aws:k:::*b",
    "arn:aws:k:::?",
    "arn:aws:k:*",
    "arn:aws:k:r:*:a",
];

fn statement(place: Place, number: usize, choices: &mut Choices) -> Statement {
    let allows = number == 0 && choices.percent(80) || choices.percent(45);
    let not_action = choices.percent(20);
    let not_resource = choices.percent(20);
    let narrow = place == Place::Identity && allows && choices.percent(60);
    let mut some = |from: &[&'static str], most: usize| -> Vec<&'static str> {
        let picked: BTreeSet<&str> = (0..choices.between(1, most)).map(|_| choices.pick(from)).collect();
        picked.into_iter().collect()
    };
    let actions = match (not_action, narrow) {
        (true, _) => some(ACTIONS_BUT, 2),
        (false, true) => some(&["kms:Encrypt", "kms:Decrypt", "KMS:*crypt", "k:a"], 2),
        (false, false) => some(ACTIONS, 3),
    };
    // The policy of a resource takes no ARN that is not whole.
    let whole = if place == Place::Resource { &RESOURCES[..10] } else { RESOURCES };
    let resources = if narrow { some(&[KEY, KEY, OTHER_KEY], 1) } else { some(whole, 2) };
    Statement {
        allows,
        not_action,
        actions,
        not_resource: not_resource && !narrow,
        resources: resources.into_iter().map(str::to_owned).collect(),
        principals: match place {
            Place::Resource if allows => Some(vec![choices.pick(&["111122223333", ROLE, "444455556666"])]),
            Place::Resource => Some(vec!["*"]),
            _ => None,
        },
        conditions: match choices.below(6) {
            0 => vec![crate::keys::condition("aws:SecureTransport", choices)],
            _ => Vec::new(),
        },
    }
}

fn case(choices: &mut Choices) -> Case {
    let mut layers = Vec::new();
    for (place, likely, most) in [
        (Place::Identity, 100, 3),
        (Place::Boundary, 30, 2),
        (Place::Session, 15, 1),
        (Place::Resource, 100, 2),
        (Place::ServiceControl(0), 30, 2),
    ] {
        if choices.percent(likely) {
            let statements =
                (0..choices.between(1, most)).map(|number| statement(place, number, choices)).collect();
            layers.push(Layer { place, statements, unread: None });
        }
    }
    let unknown = vec![Unknown { key: "aws:SecureTransport", kind: UnknownKind::Anything }];
    Case { action: "kms:Decrypt", resource: KEY, layers, grant: None, known: Vec::new(), unknown }
}

fn smallest(mut case: Case) -> Case {
    let kept = |case: &Case| case.layers.iter().any(|layer| layer.place == Place::Identity);
    while let Some(smaller) = case.smaller().into_iter().find(|case| kept(case) && wrong(case).is_some()) {
        case = smaller;
    }
    case
}

#[test]
fn names_over_a_small_alphabet() {
    let mut nothing = 0;
    for seed in 0..300 {
        let case = case(&mut Choices::of(seed));
        if wrong(&case).is_some() {
            let case = smallest(case);
            let (found, said) = (tried(&case), answered(&case));
            panic!("seed {seed}\n{}\n{:?}\ncould {found:?}\nsaid {said:#?}", case.shown(), wrong(&case));
        }
        nothing += usize::from(answered(&case).members.is_empty());
    }
    // Cases that all have an excess, or none, would prove little.
    assert!((30..270).contains(&nothing), "{nothing} of 300 have none");
}
