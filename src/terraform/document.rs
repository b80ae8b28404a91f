//! The JSON of `terraform show -json` or `tofu show -json`, of a plan or of a state (Terraform documentation, "JSON
//! Output Format"): read into instances of the kinds that matter, with what was there before and what will be there.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use jiff::Timestamp;
use serde::de::{Error as _, MapAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;

use super::NotAPlan;
use super::attribute::{Attribute, Object, overlaid};
use super::configuration::Configuration;
use super::instances::{Instance, Instances};
use super::kind::{Kept, Kind};
use super::traversal::{Key, Step, Traversal};
use crate::evidence::Missing;
use crate::evidence::plan::ChangeAction;

/// A plan or state.
#[derive(Debug)]
pub(super) struct Document {
    /// Whether it is a plan, or else a state.
    pub(super) is_plan: bool,
    /// When the plan was made.
    pub(super) timestamp: Option<Timestamp>,
    /// Whether the plan is all that there is to do: nothing was deferred or left out by `-target`.
    pub(super) complete: bool,
    /// Every resource and data source of a kind that matters.
    pub(super) instances: Instances,
    /// Resources of a kind that matters that the plan says nothing of: it puts them off, or leaves them out.
    pub(super) left_out: Vec<LeftOut>,
    /// The configuration, where the document has it.
    pub(super) configuration: Option<Configuration>,
}

/// A resource that a plan says nothing of.
#[derive(Debug)]
pub(super) struct LeftOut {
    /// Its address; of one that the configuration alone shows, without a key.
    pub(super) address: String,
    /// What it is.
    pub(super) kind: &'static Kind,
    /// What it is and will be, where the plan puts that off ("JSON Output Format", `deferred_changes`); nothing where it
    /// is configured and not planned.
    pub(super) deferred: Option<Instance>,
}

impl LeftOut {
    /// What will happen to it, where the plan puts that off.
    pub(super) fn action(&self) -> Option<ChangeAction> {
        self.deferred.as_ref()?.action
    }

    /// That what it will be is not known.
    pub(super) fn missing(&self) -> Missing {
        Missing::after_apply(self.address.clone(), "the plan puts it off: apply this one, and judge the next")
    }
}

/// The document as it is written, with what matters of it.
#[derive(Deserialize)]
struct Written<'a> {
    #[serde(borrow, default)]
    format_version: Option<&'a RawValue>,
    #[serde(default)]
    timestamp: Option<Timestamp>,
    #[serde(default)]
    complete: Option<bool>,
    #[serde(default)]
    errored: Option<bool>,
    #[serde(borrow, default)]
    variables: Option<BTreeMap<String, &'a RawValue>>,
    #[serde(borrow, default)]
    planned_values: Option<Values<'a>>,
    #[serde(borrow, default)]
    values: Option<Values<'a>>,
    #[serde(borrow, default)]
    resource_changes: Option<Vec<ResourceChange<'a>>>,
    #[serde(borrow, default)]
    resource_drift: Option<Vec<ResourceChange<'a>>>,
    #[serde(borrow, default)]
    deferred_changes: Option<Vec<Deferred<'a>>>,
    #[serde(borrow, default)]
    prior_state: Option<State<'a>>,
    #[serde(borrow, default)]
    configuration: Option<&'a RawValue>,
    /// Of a state file, which is not what is asked for.
    #[serde(borrow, default)]
    version: Option<&'a RawValue>,
    #[serde(borrow, default)]
    lineage: Option<&'a RawValue>,
}

#[derive(Deserialize)]
struct Deferred<'a> {
    #[serde(borrow)]
    resource_change: ResourceChange<'a>,
}

#[derive(Deserialize)]
struct State<'a> {
    #[serde(borrow, default)]
    values: Option<Values<'a>>,
}

#[derive(Deserialize)]
struct Values<'a> {
    #[serde(borrow, default)]
    root_module: Option<Module<'a>>,
}

#[derive(Deserialize)]
struct Module<'a> {
    #[serde(borrow, default)]
    resources: Option<Vec<Resource<'a>>>,
    #[serde(borrow, default)]
    child_modules: Option<Vec<Module<'a>>>,
}

#[derive(Deserialize)]
struct Resource<'a> {
    #[serde(borrow)]
    address: Cow<'a, str>,
    #[serde(borrow)]
    mode: Cow<'a, str>,
    #[serde(borrow, rename = "type")]
    kind: Cow<'a, str>,
    #[serde(borrow, default)]
    values: Option<&'a RawValue>,
    #[serde(default)]
    deposed_key: Option<String>,
}

#[derive(Deserialize)]
struct ResourceChange<'a> {
    #[serde(borrow)]
    address: Cow<'a, str>,
    #[serde(borrow)]
    mode: Cow<'a, str>,
    #[serde(borrow, rename = "type")]
    kind: Cow<'a, str>,
    #[serde(default)]
    deposed: Option<String>,
    /// Where it was before a `moved` block.
    #[serde(borrow, default)]
    previous_address: Option<Cow<'a, str>>,
    #[serde(borrow)]
    change: Change<'a>,
}

#[derive(Deserialize)]
struct Change<'a> {
    #[serde(borrow)]
    actions: Vec<Cow<'a, str>>,
    #[serde(borrow, default)]
    before: Option<&'a RawValue>,
    #[serde(borrow, default)]
    after: Option<&'a RawValue>,
    #[serde(borrow, default)]
    after_unknown: Option<&'a RawValue>,
}

impl Document {
    /// Reads a plan or a state.
    ///
    /// # Errors
    /// For text that is neither, that is of a format that this program does not know, or of a plan that failed.
    pub(super) fn read(text: &str) -> Result<Self, NotAPlan> {
        let written: Written<'_> =
            serde_json::from_str(text).map_err(|error| NotAPlan::json(text, &error))?;
        if written.version.is_some() && written.lineage.is_some() {
            return Err(NotAPlan::StateFile);
        }
        supported(written.format_version)?;
        if written.errored == Some(true) {
            return Err(NotAPlan::Errored);
        }
        let is_plan = written.resource_changes.is_some() || written.planned_values.is_some();
        if !is_plan && written.values.is_none() && written.prior_state.is_some() {
            return Err(NotAPlan::Other);
        }
        let mut reading = Reading::default();
        if let Some(state) = written.prior_state.and_then(|state| state.values) {
            reading.values(state, Reading::prior)?;
        }
        if let Some(values) = written.values.or(written.planned_values) {
            reading.values(values, if is_plan { Reading::planned } else { Reading::prior })?;
        }
        let changes = written.resource_changes.unwrap_or_default();
        for change in &changes {
            reading.moved(change)?;
        }
        for change in &changes {
            reading.change(change)?;
        }
        for change in written.resource_drift.into_iter().flatten() {
            reading.drift(&change)?;
        }
        let variables = written.variables.unwrap_or_default();
        let configuration = written
            .configuration
            .map(|configuration| Configuration::read(configuration, &variables))
            .transpose()
            .map_err(|error| NotAPlan::json(text, &error))?;
        // What is configured and in no plan was left out by `-target`, which older versions don't tell.
        let complete = written.complete != Some(false);
        let mut left_out = deferred(written.deferred_changes.unwrap_or_default())?;
        let planned = reading.resources();
        let configured = configuration.as_ref().map(|all| all.resources(complete)).unwrap_or_default();
        let mut all_planned = true;
        for (path, key) in configured {
            if planned.contains(&(path.clone(), key.clone())) {
                continue;
            }
            all_planned = false;
            let address = path.iter().map(|call| format!("module.{call}.")).collect::<String>() + &key;
            let kind = key.split_once('.').and_then(|(kind, _)| Kind::of("managed", kind));
            left_out.extend(kind.map(|kind| LeftOut { address, kind, deferred: None }));
        }
        Ok(Self {
            is_plan,
            timestamp: written.timestamp,
            complete: complete && all_planned,
            instances: reading.instances.into(),
            left_out,
            configuration,
        })
    }
}

impl Document {
    /// The resources of a kind (`data.` in front of a data source's type) whose changes the plan puts off.
    pub(super) fn deferred(&self, kind: &str) -> impl Iterator<Item = &LeftOut> + use<'_> {
        let kind = kind.to_owned();
        self.left_out.iter().filter(move |one| one.deferred.is_some() && one.kind.to_string() == kind)
    }

    /// Whether there is anything of the providers whose types begin like this.
    pub(super) fn holds(&self, providers: &[&str]) -> bool {
        let of =
            |instance: &Instance| providers.iter().any(|provider| instance.kind.name.starts_with(provider));
        self.instances.iter().any(of)
    }
}

/// What the plan puts off, of the kinds that matter.
fn deferred(changes: Vec<Deferred<'_>>) -> Result<Vec<LeftOut>, NotAPlan> {
    let mut found = Vec::new();
    for Deferred { resource_change: written } in changes {
        let Some(kind) = Kind::of(&written.mode, &written.kind) else { continue };
        let actions: Vec<&str> = written.change.actions.iter().map(AsRef::as_ref).collect();
        // A data source that is read later changes nothing, but what it will say is not known either.
        let deferred = action(&actions, &written.address)?.unwrap_or(ChangeAction::Update);
        // It may be of instances that nobody knows yet: `aws_iam_role_policy.more[*]`.
        let known = address(&written.address.replace("[*]", ""))?;
        let unknown = object(kind, written.change.after_unknown, &written.address)?.unwrap_or_default();
        let instance = Instance {
            address: known,
            kind,
            before: object(kind, written.change.before, &written.address)?,
            applied: None,
            after: object(kind, written.change.after, &written.address)?
                .map(|after| overlaid(after, &unknown)),
            action: Some(deferred),
            made_first: false,
        };
        found.push(LeftOut { address: written.address.into_owned(), kind, deferred: Some(instance) });
    }
    Ok(found)
}

/// The format's major version must be one that is known; minor versions only add to it ("JSON Output Format",
/// "Format Summary").
fn supported(version: Option<&RawValue>) -> Result<(), NotAPlan> {
    let Some(version) = version else { return Err(NotAPlan::Other) };
    let text: Option<String> = serde_json::from_str(version.get()).ok();
    match text.as_deref().and_then(|text| text.split_once('.')) {
        // 0.1 was the first.
        Some(("0", "0")) | None => {}
        Some(("0" | "1", _)) => return Ok(()),
        Some(_) => {}
    }
    let is_text = text.is_some();
    Err(NotAPlan::Format { written: text.unwrap_or_else(|| version.get().to_owned()), is_text })
}

/// The instances found so far.
#[derive(Default)]
struct Reading {
    instances: BTreeMap<Traversal, Instance>,
    /// What has a change of its own.
    changed: BTreeSet<Traversal>,
}

impl Reading {
    fn values(
        &mut self,
        values: Values<'_>,
        put: fn(&mut Self, Traversal, &'static Kind, Object),
    ) -> Result<(), NotAPlan> {
        let mut modules: Vec<Module<'_>> = values.root_module.into_iter().collect();
        while let Some(module) = modules.pop() {
            modules.extend(module.child_modules.into_iter().flatten());
            for resource in module.resources.into_iter().flatten() {
                if resource.deposed_key.is_some() {
                    continue;
                }
                let Some(kind) = Kind::of(&resource.mode, &resource.kind) else { continue };
                let address = address(&resource.address)?;
                let values = object(kind, resource.values, &resource.address)?.unwrap_or_default();
                put(self, address, kind, values);
            }
        }
        Ok(())
    }

    /// What is there already; without a change of its own it stays.
    fn prior(&mut self, address: Traversal, kind: &'static Kind, values: Object) {
        let instance = Instance {
            address: address.clone(),
            kind,
            before: Some(values.clone()),
            applied: None,
            after: Some(values),
            action: None,
            made_first: false,
        };
        self.instances.insert(address, instance);
    }

    /// What is planned. Its change tells more, but for data sources that were read while planning.
    fn planned(&mut self, address: Traversal, kind: &'static Kind, values: Object) {
        let before = self.instances.get(&address).and_then(|known| known.before.clone());
        let instance = Instance {
            address: address.clone(),
            kind,
            before,
            applied: None,
            after: Some(values),
            action: None,
            made_first: false,
        };
        self.instances.insert(address, instance);
    }

    /// The resources that there are instances of, each with the calls of the modules that it is in.
    fn resources(&self) -> BTreeSet<(Vec<String>, String)> {
        let managed = self.instances.values().filter(|instance| !instance.kind.data);
        managed
            .filter_map(|instance| {
                let parts = instance.address.parts()?;
                let calls = parts.calls().into_iter().map(|call| call.name).collect();
                Some((calls, format!("{}.{}", instance.kind.name, parts.name.name)))
            })
            .collect()
    }

    /// What is moved is no longer at its address of before ("JSON Output Format", `previous_address`).
    fn moved(&mut self, written: &ResourceChange<'_>) -> Result<(), NotAPlan> {
        if let Some(previous) = written.previous_address.as_ref().filter(|_| written.deposed.is_none()) {
            self.instances.remove(&address(previous)?);
        }
        Ok(())
    }

    fn change(&mut self, written: &ResourceChange<'_>) -> Result<(), NotAPlan> {
        let Some(kind) = Kind::of(&written.mode, &written.kind) else { return Ok(()) };
        let mut address = address(&written.address)?;
        // What a replacement left behind is another one, to which nothing refers.
        if let Some(deposed) = &written.deposed {
            let key = Key::Text(deposed.clone());
            address.steps.push(Step { name: "deposed".into(), keys: vec![key] });
        }
        let broken = |problem: &str| NotAPlan::Attributes {
            address: written.address.clone().into_owned(),
            problem: problem.to_owned(),
        };
        let before = object(kind, written.change.before, &written.address)?;
        let after = object(kind, written.change.after, &written.address)?;
        let unknown = object(kind, written.change.after_unknown, &written.address)?.unwrap_or_default();
        let actions: Vec<&str> = written.change.actions.iter().map(AsRef::as_ref).collect();
        let action = action(&actions, &written.address)?;
        if !self.changed.insert(address.clone()) {
            return Err(broken("it has two changes"));
        }
        if action == Some(ChangeAction::Delete) && after.is_some() {
            return Err(broken("it is deleted and there afterwards"));
        }
        // What is forgotten stays as it is, and who changes it then is not in any plan.
        let after = match action {
            Some(ChangeAction::Forget) => before.clone(),
            _ => after.map(|after| overlaid(after, &unknown)),
        };
        let made_first = matches!(actions.as_slice(), ["create", "delete" | "forget"]);
        let instance =
            Instance { address: address.clone(), kind, before, applied: None, after, action, made_first };
        self.instances.insert(address, instance);
        Ok(())
    }

    fn drift(&mut self, written: &ResourceChange<'_>) -> Result<(), NotAPlan> {
        let Some(kind) = Kind::of(&written.mode, &written.kind).filter(|_| written.deposed.is_none()) else {
            return Ok(());
        };
        let address = address(&written.address)?;
        let applied = object(kind, written.change.before, &written.address)?;
        let found = object(kind, written.change.after, &written.address)?;
        let deleted = applied.is_some() && found.is_none();
        let instance = self.instances.entry(address.clone()).or_insert_with(|| Instance {
            address,
            kind,
            before: found.clone(),
            applied: None,
            after: found,
            action: None,
            made_first: false,
        });
        // What somebody deleted and the plan makes anew is another one.
        instance.action = match instance.action {
            Some(ChangeAction::Create) if deleted => Some(ChangeAction::Replace),
            None if deleted => Some(ChangeAction::Delete),
            action => action,
        };
        instance.applied = applied;
        Ok(())
    }
}

/// An object in which no name stands twice.
struct EachOnce<'a>(BTreeMap<Cow<'a, str>, &'a RawValue>);

impl<'de> Deserialize<'de> for EachOnce<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Attributes;
        impl<'de> Visitor<'de> for Attributes {
            type Value = EachOnce<'de>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<EachOnce<'de>, A::Error> {
                let mut found = BTreeMap::new();
                while let Some((name, value)) = map.next_entry::<Name<'de>, &'de RawValue>()? {
                    if found.insert(name.0, value).is_some() {
                        return Err(A::Error::custom("a name stands twice"));
                    }
                }
                Ok(EachOnce(found))
            }
        }
        deserializer.deserialize_map(Attributes)
    }
}

/// A name, borrowed where nothing in it is escaped.
#[derive(Deserialize)]
struct Name<'a>(#[serde(borrow)] Cow<'a, str>);

fn address(text: &str) -> Result<Traversal, NotAPlan> {
    text.parse().map_err(|_| NotAPlan::Address(text.to_owned()))
}

/// The attributes that are kept; none where the value is null.
fn object(kind: &Kind, written: Option<&RawValue>, address: &str) -> Result<Option<Object>, NotAPlan> {
    let Some(written) = written else { return Ok(None) };
    let broken = |problem: &dyn std::fmt::Display| NotAPlan::Attributes {
        address: address.to_owned(),
        problem: problem.to_string(),
    };
    let all: Option<EachOnce<'_>> = serde_json::from_str(written.get())
        .map_err(|_| broken(&"expected an object in which no name stands twice"))?;
    let Some(EachOnce(all)) = all else { return Ok(None) };
    let mut kept = Object::new();
    for (name, value) in all {
        let value = match kind.keeps(&name) {
            Kept::Nothing => continue,
            Kept::Whole => serde_json::from_str(value.get()).map_err(|error| broken(&error))?,
            Kept::WhetherSet => Attribute::Bool(!matches!(value.get(), "null" | "false")),
        };
        kept.insert(name.into_owned(), value);
    }
    Ok(Some(kept))
}

/// What happens to a resource ("JSON Output Format", "Change Representation").
fn action(actions: &[&str], address: &str) -> Result<Option<ChangeAction>, NotAPlan> {
    Ok(match actions {
        ["no-op" | "read"] | [] => None,
        ["create"] => Some(ChangeAction::Create),
        ["update"] => Some(ChangeAction::Update),
        ["delete"] => Some(ChangeAction::Delete),
        ["delete", "create"] | ["create", "delete"] => Some(ChangeAction::Replace),
        ["forget"] => Some(ChangeAction::Forget),
        // OpenTofu and newer versions: what is made in its place is what matters here.
        ["create", "forget"] | ["forget", "create"] => Some(ChangeAction::Replace),
        other => {
            return Err(NotAPlan::Attributes {
                address: address.to_owned(),
                problem: format!("the actions `{}` are not known", other.join(", ")),
            });
        }
    })
}
