//! Plans as evidence: the documented example and edits of it, each expectation written out.

use serde_json::{Value, json};

use super::super::{AwsNamed, Refused, Wanted, read};
use crate::evidence::aws::{AwsEvidence, Policy};
use crate::evidence::{Cloud, Evidence, Item, MissingReason};
use crate::target::aws::AwsRegistration;

mod documents;
mod guard;
mod hostile;
mod keys;
mod named;
mod over;
mod roles;
mod unsound;

/// The documented example of the provider `openai/openai`, on its first plan.
const OFFICIAL: &str = include_str!("../../../tests/plans/corpus/aws-official.json");
/// The same after its apply.
const NO_CHANGE: &str = include_str!("../../../tests/plans/corpus/aws-official-nochange.json");
/// A change that takes the access away.
const BREAKS: &str = include_str!("../../../tests/plans/corpus/aws-official-update-breaks.json");
/// Policies by `jsonencode`, an attachment, an alias, and no registration.
const JSONENCODE: &str = include_str!("../../../tests/plans/corpus/aws-jsonencode.json");
const JSONENCODE_STATE: &str = include_str!("../../../tests/plans/corpus/aws-jsonencode-state.json");

const ROLE: &str = "arn:aws:iam::000000000001:role/openai-ekm";
const KEY: &str = "arn:aws:kms:us-east-1:000000000001:key/00000000-0000-0000-0000-000000000001";

/// A plan that is edited.
struct Edited(Value);

impl Edited {
    fn of(text: &str) -> Self {
        Self(serde_json::from_str(text).unwrap())
    }

    fn official() -> Self {
        Self::of(OFFICIAL)
    }

    /// The change of a resource.
    fn change(&mut self, address: &str) -> &mut Value {
        let changes = self.0["resource_changes"].as_array_mut().unwrap();
        changes
            .iter_mut()
            .find(|change| change["address"] == address)
            .map(|change| &mut change["change"])
            .unwrap()
    }

    /// The same resource at another address of its instances.
    fn change_address(&mut self, from: &str, to: &str) {
        let planned = self.0["planned_values"]["root_module"]["resources"].as_array_mut().unwrap();
        let planned = planned.iter_mut().filter(|one| one["address"] == from);
        planned.for_each(|one| one["address"] = json!(to));
        let changes = self.0["resource_changes"].as_array_mut().unwrap();
        changes.iter_mut().filter(|one| one["address"] == from).for_each(|one| one["address"] = json!(to));
    }

    fn after(&mut self, address: &str) -> &mut Value {
        &mut self.change(address)["after"]
    }

    fn unknown(&mut self, address: &str) -> &mut Value {
        &mut self.change(address)["after_unknown"]
    }

    /// The expressions of a resource of the root module.
    fn expressions(&mut self, address: &str) -> &mut Value {
        let resources = self.0["configuration"]["root_module"]["resources"].as_array_mut().unwrap();
        let found = resources.iter_mut().find(|resource| resource["address"] == address);
        &mut found.unwrap()["expressions"]
    }

    /// Sets an attribute to what is known of it and the expression that says so.
    fn set(&mut self, address: &str, attribute: &str, value: Value) -> &mut Self {
        self.after(address)[attribute] = value.clone();
        self.unknown(address).as_object_mut().unwrap().remove(attribute);
        self.expressions(address)[attribute] = json!({"constant_value": value});
        self
    }

    /// Makes an attribute unknown, made of these references.
    fn refer(&mut self, address: &str, attribute: &str, references: &[&str]) -> &mut Self {
        self.after(address).as_object_mut().unwrap().remove(attribute);
        self.unknown(address)[attribute] = json!(true);
        self.expressions(address)[attribute] = json!({"references": references});
        self
    }

    /// Adds a resource that the plan makes.
    fn add(&mut self, address: &str, after: Value, unknown: Value, expressions: Value) -> &mut Self {
        let (mode, rest) = match address.strip_prefix("data.") {
            Some(rest) => ("data", rest),
            None => ("managed", address),
        };
        let (kind, name) = rest.split_once('.').unwrap();
        let actions = if mode == "data" { json!(["read"]) } else { json!(["create"]) };
        self.0["resource_changes"].as_array_mut().unwrap().push(json!({
            "address": address, "mode": mode, "type": kind, "name": name,
            "change": {"actions": actions, "before": null, "after": after, "after_unknown": unknown}
        }));
        self.configure(mode, kind, name, expressions);
        self
    }

    /// Adds a resource that is there and stays as it is.
    fn add_existing(&mut self, address: &str, values: Value, expressions: Value) -> &mut Self {
        let (kind, name) = address.split_once('.').unwrap();
        self.0["resource_changes"].as_array_mut().unwrap().push(json!({
            "address": address, "mode": "managed", "type": kind, "name": name,
            "change": {"actions": ["no-op"], "before": values, "after": values, "after_unknown": {}}
        }));
        self.configure("managed", kind, name, expressions);
        self
    }

    fn configure(&mut self, mode: &str, kind: &str, name: &str, expressions: Value) {
        let provider = if kind.starts_with("openai") { "openai" } else { "aws" };
        self.0["configuration"]["root_module"]["resources"].as_array_mut().unwrap().push(json!({
            "address": format!("{}{kind}.{name}", if mode == "data" { "data." } else { "" }), "mode": mode, "type": kind,
            "name": name, "provider_config_key": provider, "expressions": expressions
        }));
    }

    /// Takes a resource out of the plan.
    fn remove(&mut self, address: &str) -> &mut Self {
        self.without("/resource_changes", address);
        if self.0.pointer("/prior_state/values/root_module/resources").is_some() {
            self.without("/prior_state/values/root_module/resources", address);
        }
        self.undo_configuration(address)
    }

    /// Destroys a resource that is there.
    fn destroy(&mut self, address: &str) -> &mut Self {
        let change = self.change(address);
        change["actions"] = json!(["delete"]);
        change["after"] = Value::Null;
        change["after_unknown"] = json!({});
        self.undo_configuration(address)
    }

    fn undo_configuration(&mut self, address: &str) -> &mut Self {
        self.without("/configuration/root_module/resources", address);
        self.without("/planned_values/root_module/resources", address);
        self
    }

    fn without(&mut self, list: &str, address: &str) {
        let resources = self.0.pointer_mut(list).and_then(Value::as_array_mut).unwrap();
        resources.retain(|one| one["address"] != address);
    }

    fn text(&self) -> String {
        self.0.to_string()
    }

    fn evidence(&self) -> Evidence {
        one(&self.text(), &Wanted::default())
    }

    fn refused(&self) -> String {
        read(&self.text(), &Wanted::default(), now()).unwrap_err().to_string()
    }
}

fn now() -> jiff::Timestamp {
    "2026-11-21T12:00:00Z".parse().unwrap()
}

/// The one registration of a plan.
fn one(text: &str, wanted: &Wanted) -> Evidence {
    let mut all = read(text, wanted, now()).unwrap();
    assert_eq!(all.len(), 1);
    all.remove(0)
}

fn aws(evidence: &Evidence) -> (&AwsRegistration, &AwsEvidence) {
    of_cloud(&evidence.cloud)
}

fn before(evidence: &Evidence) -> (&AwsRegistration, &AwsEvidence) {
    of_cloud(evidence.plan.as_ref().unwrap().before.as_ref().unwrap())
}

fn of_cloud(cloud: &Cloud) -> (&AwsRegistration, &AwsEvidence) {
    match cloud {
        Cloud::Aws { registration, evidence, .. } => (registration, evidence),
        Cloud::Azure { .. } => panic!("not AWS"),
    }
}

/// A document without its white space.
fn document(item: &Item<String>) -> Value {
    match item {
        Item::Collected(text) => serde_json::from_str(text).unwrap(),
        other => panic!("{other:?}"),
    }
}

/// Why something is missing, or a part of it.
fn why<T: std::fmt::Debug>(item: &Item<T>) -> (MissingReason, String, String) {
    let missing = item.missing().unwrap_or_else(|| panic!("{item:?}"));
    (missing.reason, missing.call.clone(), missing.detail.clone())
}

fn names(item: &Item<Vec<Policy>>) -> Vec<&str> {
    item.known().into_iter().flatten().map(|policy| policy.name.as_str()).collect()
}

/// The provider's documented example is known whole on its first plan.
#[test]
fn the_documented_example_is_evidence_on_its_first_plan() {
    let evidence = one(OFFICIAL, &Wanted::default());
    assert_eq!(evidence.name.as_str(), "production-ekm");
    assert_eq!(evidence.collected_at.to_string(), "2026-11-21T03:11:29Z");
    let (registration, seen) = aws(&evidence);
    assert_eq!(registration.role_arn.to_string(), ROLE);
    assert_eq!(registration.kms_arn.to_string(), KEY);
    assert_eq!(registration.external_id.to_string(), "org-AbCdEf123456");
    let role = seen.role.collected().unwrap();
    assert_eq!((role.arn.to_string().as_str(), role.permissions_boundary.as_deref()), (ROLE, None));
    assert!(matches!(seen.role_boundary, Item::Absent(_)));
    let inline = seen.role_inline_policies.collected().unwrap();
    assert_eq!(names(&seen.role_inline_policies), ["openai-ekm"]);
    assert_eq!(
        document(&inline[0].document),
        json!({"Version": "2012-10-17", "Statement":
            [{"Effect": "Allow", "Action": ["kms:Decrypt", "kms:Encrypt"], "Resource": KEY}]})
    );
    assert_eq!(seen.role_attached_policies, Item::Collected(vec![]));
    let key = seen.key.collected().unwrap();
    assert_eq!(
        [&key.spec, &key.usage, &key.state, &key.origin, &key.manager],
        ["SYMMETRIC_DEFAULT", "ENCRYPT_DECRYPT", "Enabled", "AWS_KMS", "CUSTOMER"]
    );
    assert!(!key.multi_region && key.custom_key_store.is_none());
    assert_eq!(
        document(&seen.key_policy),
        json!({"Version": "2012-10-17", "Statement": [
            {"Sid": "AllowKeyAdministration", "Effect": "Allow", "Action": ["kms:Describe*", "kms:Put*"], "Resource": "*",
             "Principal": {"AWS": "arn:aws:iam::123456789012:role/KeyAdmin"}},
            {"Sid": "AllowOpenAIEKMUse", "Effect": "Allow", "Action": ["kms:Decrypt", "kms:Encrypt"], "Resource": "*",
             "Principal": {"AWS": ROLE}}]})
    );
    assert_eq!(seen.key_grants, Item::Collected(vec![]));
    assert_eq!(seen.key_aliases, Item::Collected(vec![]));
    assert!(seen.key_rotation.collected().unwrap().enabled);
    let plan = evidence.plan.as_ref().unwrap();
    assert_eq!(plan.before, None);
    let stand_for: Vec<&str> = plan.symbols.iter().map(|symbol| symbol.stands_for.as_str()).collect();
    assert_eq!(
        stand_for,
        ["the account of provider aws", "aws_kms_key.openai.key_id", "aws_iam_role.openai_ekm.unique_id"]
    );
    assert_eq!(plan.places["aws.key_policy"], "aws_kms_key.openai.policy");
    assert_eq!(plan.places["aws.role_inline_policies"], "aws_iam_role_policy.openai_ekm.policy");
    assert_eq!(plan.places["aws.key_grants"], "aws_kms_key.openai");
    let limits: Vec<&str> = plan.limits.iter().map(|limit| limit.what.as_str()).collect();
    assert_eq!(limits.len(), 1);
    assert!(
        limits[0].contains(
            "`data.aws_iam_policy_document.use` says of `aws_kms_key.openai.arn`, `openai_external_key.example.kms_arn` \
             says of `aws_kms_key.openai.arn`"
        ),
        "{limits:?}"
    );
}

/// The same text gives the same bytes.
#[test]
fn evidence_of_a_plan_is_the_same_each_time() {
    let text = || crate::evidence::to_json(&one(OFFICIAL, &Wanted::default())).unwrap();
    assert_eq!(text(), text());
}

/// What is saved of a plan can be read again.
#[test]
fn evidence_of_a_plan_is_saved_as_it_was_read() {
    for text in [OFFICIAL, NO_CHANGE, BREAKS] {
        let evidence = one(text, &Wanted::default());
        let saved = crate::evidence::to_json(&evidence).unwrap();
        assert_eq!(crate::evidence::from_json(&saved), Ok(evidence));
    }
}

/// What is there already may have more on it than the plan shows.
#[test]
fn what_was_there_before_may_have_more_on_it() {
    let evidence = one(NO_CHANGE, &Wanted::default());
    let (_, seen) = aws(&evidence);
    for (list, call) in [
        (why(&seen.role_inline_policies), "aws_iam_role.openai_ekm"),
        (why(&seen.role_attached_policies), "aws_iam_role.openai_ekm"),
        (why(&seen.key_grants), "aws_kms_key.openai"),
        (why(&seen.key_aliases), "aws_kms_key.openai"),
    ] {
        assert_eq!((list.0, list.1.as_str()), (MissingReason::NotInPlan, call));
    }
    assert_eq!(names(&seen.role_inline_policies), ["openai-ekm"]);
    let (registration, earlier) = before(&evidence);
    assert_eq!((registration, earlier), aws(&evidence));
    assert_eq!(evidence.plan.as_ref().unwrap().symbols, []);
    assert_eq!(evidence.plan.unwrap().changes, []);
}

/// A state changes nothing.
#[test]
fn a_state_has_no_before() {
    let wanted = Wanted {
        aws: Some(AwsNamed {
            role_address: Some("aws_iam_role.r".into()),
            key_address: Some("aws_kms_key.k".into()),
            external_id: Some("org-AbCdEf123456".into()),
            ..AwsNamed::default()
        }),
        ..Wanted::default()
    };
    let evidence = one(JSONENCODE_STATE, &wanted);
    assert_eq!(evidence.plan.as_ref().unwrap().before, None);
    let (_, seen) = aws(&evidence);
    assert_eq!(names(&seen.role_attached_policies), ["arn:aws:iam::123456789012:policy/openai-ekm-use"]);
    assert_eq!(seen.key_aliases.known(), Some(&vec!["alias/openai-ekm".to_owned()]));
}

/// An incomplete plan may attach more later.
#[test]
fn an_incomplete_plan_closes_nothing() {
    let mut plan = Edited::official();
    plan.0["complete"] = json!(false);
    let evidence = plan.evidence();
    let (_, seen) = aws(&evidence);
    assert!(seen.role_inline_policies.missing().is_some());
    assert!(seen.role_attached_policies.missing().is_some());
    assert!(seen.key_grants.missing().is_some());
    let limits = &evidence.plan.as_ref().unwrap().limits;
    assert!(limits.iter().any(|limit| limit.what.contains("not complete")), "{limits:?}");
}

/// Without a configuration nothing tells what an unknown value is made of.
#[test]
fn without_a_configuration_unknown_values_stay_unknown() {
    let mut plan = Edited::official();
    plan.0.as_object_mut().unwrap().remove("configuration");
    let said = plan.refused();
    assert!(said.contains("`openai_external_key.example.role_arn` is not known before the apply"), "{said}");
    assert!(said.contains("--role-address or --role-arn"), "{said}");
}
