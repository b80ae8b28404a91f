//! Every value of a plan in turn, as something else: no crash, and never ready for that.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use ekm_preflight::check;
use ekm_preflight::report::{Report, Verdict};
use ekm_preflight::selection::{Choice, Selection};
use ekm_preflight::terraform::{self, Wanted};
use jiff::Timestamp;
use serde_json::{Value, json};

use crate::plan::Plan;
use crate::program::Run;
use crate::several::require_none;

/// What stands in the place of a value.
const OTHERS: [fn() -> Value; 5] =
    [|| Value::Null, || json!(7), || json!([]), || json!({ "a": null }), || json!("another")];

/// A place of a document, as a JSON pointer.
fn places(value: &Value, at: String, found: &mut Vec<String>) {
    let mut step = |name: &str, value: &Value| {
        let name = name.replace('~', "~0").replace('/', "~1");
        places(value, format!("{at}/{name}"), found);
    };
    match value {
        Value::Object(fields) => fields.iter().for_each(|(name, value)| step(name, value)),
        Value::Array(members) => {
            members.iter().enumerate().for_each(|(position, value)| step(&position.to_string(), value));
        }
        _ => {}
    }
    if !at.is_empty() {
        found.push(at);
    }
}

/// A plan with another value somewhere.
struct Changed {
    name: String,
    place: String,
    text: String,
}

/// Each place with each other value, where the place is one that is asked for.
fn changed(
    stem: &str,
    document: &Value,
    others: &[fn() -> Value],
    asked_for: impl Fn(usize, &str) -> bool,
) -> Vec<Changed> {
    let mut all = Vec::new();
    places(document, String::new(), &mut all);
    let wanted = all.into_iter().enumerate().filter(|(position, place)| asked_for(*position, place));
    wanted
        .flat_map(|(_, place)| others.iter().map(move |other| (place.clone(), other())))
        .filter_map(|(place, other)| {
            let mut changed = document.clone();
            let value = changed.pointer_mut(&place)?;
            let was = std::mem::replace(value, other.clone());
            let shortened: String = was.to_string().chars().take(60).collect();
            (was != other).then(|| Changed {
                name: format!("{stem}{place}: {other} for {shortened}"),
                place: readable(document, &place),
                text: changed.to_string(),
            })
        })
        .collect()
}

/// A place as a reader knows it: entries of lists by their address.
fn readable(document: &Value, place: &str) -> String {
    let mut at = document;
    let mut read = Vec::new();
    for step in place.split('/').skip(1) {
        let step = step.replace("~1", "/").replace("~0", "~");
        at = match at {
            Value::Array(members) => step.parse().ok().and_then(|index: usize| members.get(index)),
            other => other.get(&step),
        }
        .unwrap_or(&Value::Null);
        read.push(at["address"].as_str().map_or(step, str::to_owned));
    }
    read.join("/")
}

/// One place in so many is run through the program as it is shipped: all of them would take minutes.
const STEP: usize = 17;

/// Whatever stands anywhere: exit 0 to 3, a report or one message, and a payload only of what is ready.
#[test]
fn a_value_of_another_type_breaks_nothing() {
    let top = |place: &str| place.matches('/').count() == 1;
    let mut cases = Vec::new();
    for stem in ["aws-official", "azure", "aws-official-nochange"] {
        let document = Plan::corpus(stem).document;
        for (turn, _) in OTHERS.iter().enumerate() {
            cases.extend(changed(stem, &document, &OTHERS[turn..=turn], |position, place| {
                let wanted = position % STEP == 0 && position / STEP % OTHERS.len() == turn;
                wanted || (top(place) && (position + turn) % 2 == 0)
            }));
        }
    }
    require_none(cases, |case| {
        let outcome = Run::on(case.text).outcome();
        let whole = match outcome.exit {
            Some(0 | 1 | 3) => outcome.broken().is_empty(),
            Some(2) => outcome.stdout.is_empty() && outcome.stderr.starts_with("error: "),
            _ => false,
        };
        if whole && !outcome.stderr.contains("panicked") {
            vec![]
        } else {
            vec![format!("{}: {outcome}", case.name)]
        }
    });
}

static SELECTION: LazyLock<Selection> = LazyLock::new(|| {
    let registry = check::registry_for_judging().expect("the checks load");
    Selection::new(registry, Choice::default()).expect("everything can be selected")
});

/// Whether the plan is ready.
fn is_ready(text: &str) -> bool {
    let now = Timestamp::UNIX_EPOCH;
    terraform::read(text, &Wanted::default(), now)
        .is_ok_and(|evidence| Report::of(&evidence, &SELECTION).verdict == Verdict::Ready)
}

/// The planned values of a plan that is ready in whose place something else may stand, and it stays ready.
fn indifferent(plan: &Plan, other: fn() -> Value) -> Vec<String> {
    let planned = |place: &str| place.starts_with("/resource_changes/") && place.contains("/change/after/");
    let ready: BTreeSet<String> = changed("", &plan.document, &[other], |_, place| planned(place))
        .into_iter()
        .filter(|case| is_ready(&case.text))
        .map(|case| case.place.replace("resource_changes/", "").replace("change/after/", ""))
        .collect();
    ready.into_iter().collect()
}

/// Names, descriptions and what is judged by a warning or a note. A resource that the plan marks as unknown stays so.
const AWS_MAY_BE_ANOTHER: &[&str] = &[
    "aws_iam_role.openai_ekm/description",
    "aws_iam_role.openai_ekm/force_detach_policies",
    "aws_iam_role.openai_ekm/max_session_duration",
    "aws_iam_role.openai_ekm/name",
    "aws_iam_role.openai_ekm/tags",
    "aws_iam_role_policy.openai_ekm/name",
    "aws_kms_key.openai/bypass_policy_lockout_safety_check",
    "aws_kms_key.openai/custom_key_store_id",
    "aws_kms_key.openai/deletion_window_in_days",
    "aws_kms_key.openai/description",
    "aws_kms_key.openai/enable_key_rotation",
    "aws_kms_key.openai/tags",
    "aws_kms_key.openai/xks_key_id",
    "data.aws_iam_policy_document.use/policy_id",
    "data.aws_iam_policy_document.use/statement/0/resources/0",
    "data.aws_iam_policy_document.use/statement/0/sid",
    "openai_external_key.example/name",
    "openai_project.encrypted/name",
];

/// Where access policies are not heeded, they don't count; a role's scopes and a key's rotation are warnings and notes.
const AZURE_MAY_BE_ANOTHER: &[&str] = &[
    "azurerm_key_vault.v/access_policy",
    "azurerm_key_vault.v/enabled_for_deployment",
    "azurerm_key_vault.v/location",
    "azurerm_key_vault.v/name",
    "azurerm_key_vault.v/resource_group_name",
    "azurerm_key_vault.v/sku_name",
    "azurerm_key_vault.v/soft_delete_retention_days",
    "azurerm_key_vault.v/tags",
    "azurerm_key_vault_key.k/rotation_policy",
    "azurerm_key_vault_key.k/tags",
    "azurerm_role_definition.ekm/assignable_scopes/0",
    "azurerm_role_definition.ekm/description",
    "azurerm_role_definition.ekm/name",
];

/// Whatever decides is not another text, and the plan stays ready.
#[test]
fn nothing_that_decides_may_be_another_text() {
    let another = || json!("another");
    assert_eq!(indifferent(&crate::aws::delegating(), another), AWS_MAY_BE_ANOTHER);
    assert_eq!(indifferent(&crate::azure::official(), another), AZURE_MAY_BE_ANOTHER);
}

/// What may be left to the provider, whose documentation says what it is then.
const AWS_MAY_BE_NOTHING: &[&str] = &[
    "aws_iam_role.openai_ekm/force_detach_policies",
    "aws_iam_role.openai_ekm/inline_policy",
    "aws_iam_role.openai_ekm/max_session_duration",
    "aws_iam_role.openai_ekm/path",
    "aws_iam_role_policy.openai_ekm/name",
    "aws_kms_key.openai/bypass_policy_lockout_safety_check",
    "aws_kms_key.openai/customer_master_key_spec",
    "aws_kms_key.openai/deletion_window_in_days",
    "aws_kms_key.openai/description",
    "aws_kms_key.openai/enable_key_rotation",
    "aws_kms_key.openai/is_enabled",
    "aws_kms_key.openai/key_usage",
    "data.aws_iam_policy_document.use/statement/0/condition",
    "data.aws_iam_policy_document.use/statement/0/not_principals",
    "data.aws_iam_policy_document.use/statement/0/principals",
    "openai_external_key.example/name",
    "openai_project.encrypted/name",
];

const AZURE_MAY_BE_NOTHING: &[&str] = &[
    "azuread_service_principal.openai/account_enabled",
    "azurerm_key_vault.v/access_policy",
    "azurerm_key_vault.v/location",
    "azurerm_key_vault.v/network_acls",
    "azurerm_key_vault.v/public_network_access_enabled",
    "azurerm_key_vault.v/purge_protection_enabled",
    "azurerm_key_vault.v/sku_name",
    "azurerm_key_vault.v/soft_delete_retention_days",
    "azurerm_key_vault_key.k/key_size",
    "azurerm_key_vault_key.k/rotation_policy",
    "azurerm_role_definition.ekm/scope",
];

#[test]
fn nothing_that_decides_may_be_missing() {
    let nothing = || Value::Null;
    assert_eq!(indifferent(&crate::aws::delegating(), nothing), AWS_MAY_BE_NOTHING);
    assert_eq!(indifferent(&crate::azure::official(), nothing), AZURE_MAY_BE_NOTHING);
}
