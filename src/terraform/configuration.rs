//! The configuration behind a plan: which expression gives each attribute its value (Terraform documentation, "JSON
//! Output Format", "Configuration Representation"). Of expressions it holds constants and references, and nothing of what
//! is made of them.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;
use serde_json::value::RawValue;

use super::attribute::Attribute;
use super::kind::{Kept, Kind};
use super::traversal::{Step, Traversal};

/// The configuration of the root module, and of the providers.
#[derive(Debug)]
pub(super) struct Configuration {
    root: Module,
    providers: BTreeMap<String, Provider>,
    /// The variables of the root module that are texts. They are held against what is planned, and shown nowhere.
    variables: BTreeMap<String, String>,
}

/// A module.
#[derive(Debug, Default)]
pub(super) struct Module {
    resources: BTreeMap<String, Resource>,
    pub(super) calls: BTreeMap<String, Call>,
    pub(super) outputs: BTreeMap<String, Expression>,
}

/// A resource or data source.
#[derive(Debug)]
pub(super) struct Resource {
    /// The provider's configuration that it is under: `aws`, `aws.west`.
    pub(super) provider: String,
    /// What the plan calls that configuration, where it does not say that it is inherited.
    pub(super) inherits: Option<String>,
    /// The expressions of its attributes, of those that are kept. What is not set is not among them.
    pub(super) expressions: Block,
    /// What there is one of each of.
    pub(super) for_each: Option<Expression>,
    /// Whether there may be none, or several.
    counted: bool,
}

/// The call of a module.
#[derive(Debug)]
pub(super) struct Call {
    /// What is passed to its variables.
    pub(super) expressions: BTreeMap<String, Expression>,
    /// What there is one of each of.
    pub(super) for_each: Option<Expression>,
    /// Whether there may be none, or several.
    counted: bool,
    /// The module.
    pub(super) module: Module,
}

/// The configuration of a provider.
#[derive(Debug)]
pub(super) struct Provider {
    /// The region that is set, where it is known.
    pub(super) region: Option<String>,
    /// The tags that it gives to everything.
    pub(super) default_tags: DefaultTags,
    /// Whether there are tags that it does not look at.
    pub(super) ignores_tags: bool,
    /// The Azure subscription that is set, where it is known.
    pub(super) subscription_id: Option<String>,
    /// The Microsoft Entra tenant that is set, where it is known.
    pub(super) tenant_id: Option<String>,
    /// The Azure cloud: `public`, `usgovernment`, …
    pub(super) environment: Setting,
}

/// The tags that a provider gives to everything (documentation of the AWS provider, "default_tags Configuration Block").
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum DefaultTags {
    /// None.
    NotSet,
    /// Some that are known while planning.
    Known,
    /// Some that may be known only after apply.
    MayBeUnknown,
}

/// What a provider is configured for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Setting {
    /// Nothing is set.
    NotSet,
    /// This.
    To(String),
    /// Something that the configuration does not show.
    Unknown,
}

/// Expressions by attribute.
pub(super) type Block = BTreeMap<String, Expression>;

/// What gives an attribute its value.
#[derive(Debug, Clone)]
pub(super) enum Expression {
    /// A value that is written out.
    Constant(Attribute),
    /// Something made of these, or of nothing that is named.
    References(Vec<Traversal>),
    /// Something made of a reference that can't be understood.
    Unreadable(String),
    /// Blocks that are written out. What dynamic blocks make is not among them.
    Blocks(Vec<Block>),
}

#[derive(Deserialize)]
struct WrittenConfiguration<'a> {
    #[serde(borrow, default)]
    provider_config: BTreeMap<String, WrittenProvider<'a>>,
    #[serde(borrow, default)]
    root_module: WrittenModule<'a>,
}

#[derive(Deserialize)]
struct WrittenProvider<'a> {
    #[serde(borrow, default)]
    name: Cow<'a, str>,
    #[serde(borrow, default)]
    alias: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    module_address: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    expressions: BTreeMap<String, &'a RawValue>,
}

#[derive(Deserialize, Default)]
struct WrittenModule<'a> {
    #[serde(borrow, default)]
    resources: Vec<WrittenResource<'a>>,
    #[serde(borrow, default)]
    module_calls: BTreeMap<String, WrittenCall<'a>>,
    #[serde(borrow, default)]
    outputs: BTreeMap<String, WrittenOutput<'a>>,
}

#[derive(Deserialize)]
struct WrittenResource<'a> {
    #[serde(borrow)]
    mode: Cow<'a, str>,
    #[serde(borrow, rename = "type")]
    kind: Cow<'a, str>,
    #[serde(borrow)]
    name: Cow<'a, str>,
    #[serde(default)]
    provider_config_key: String,
    #[serde(borrow, default)]
    expressions: BTreeMap<String, &'a RawValue>,
    #[serde(borrow, default)]
    for_each_expression: Option<&'a RawValue>,
    #[serde(borrow, default)]
    count_expression: Option<&'a RawValue>,
}

#[derive(Deserialize)]
struct WrittenCall<'a> {
    #[serde(borrow, default)]
    expressions: BTreeMap<String, &'a RawValue>,
    #[serde(borrow, default)]
    for_each_expression: Option<&'a RawValue>,
    #[serde(borrow, default)]
    count_expression: Option<&'a RawValue>,
    #[serde(borrow, default)]
    module: WrittenModule<'a>,
}

#[derive(Deserialize)]
struct WrittenOutput<'a> {
    #[serde(borrow, default)]
    expression: Option<&'a RawValue>,
}

impl Configuration {
    /// Reads the configuration of a plan, with the values of its variables.
    ///
    /// # Errors
    /// For JSON that is no configuration.
    pub(super) fn read(
        written: &RawValue,
        variables: &BTreeMap<String, &RawValue>,
    ) -> Result<Self, serde_json::Error> {
        let written: WrittenConfiguration<'_> = serde_json::from_str(written.get())?;
        let inherited = written.provider_config.iter().filter(|(_, provider)| provider.is_inherited());
        let inherited = inherited.map(|(key, provider)| (key.clone(), provider.name.clone().into_owned()));
        let inherited: BTreeMap<String, String> = inherited.collect();
        let providers = written.provider_config.into_iter().map(|(key, provider)| {
            let set = |name: &str| provider.expressions.get(name).map(|set| setting(set, variables));
            let environment = match (set("environment"), set("metadata_host")) {
                (None, None) => Setting::NotSet,
                (Some(Some(environment)), None) => Setting::To(environment),
                (_, _) => Setting::Unknown,
            };
            let known = |name: &str| set(name).flatten();
            let (subscription_id, tenant_id) = (known("subscription_id"), known("tenant_id"));
            let default_tags = provider.default_tags();
            let ignores_tags = provider.expressions.contains_key("ignore_tags");
            let region = known("region");
            let provider =
                Provider { region, default_tags, ignores_tags, subscription_id, tenant_id, environment };
            (key, provider)
        });
        let variables =
            variables.iter().filter_map(|(name, written)| Some((name.clone(), text_of(written)?)));
        Ok(Self {
            providers: providers.collect(),
            variables: variables.collect(),
            root: module(written.root_module, &inherited)?,
        })
    }

    /// The module at the end of these calls, from the root down.
    pub(super) fn module(&self, path: &[Step]) -> Option<&Module> {
        let mut calls = path.iter();
        calls.try_fold(&self.root, |module, call| module.calls.get(&call.name).map(|call| &call.module))
    }

    /// What makes a resource of this kind and name in a module.
    pub(super) fn resource(&self, path: &[Step], kind: &Kind, name: &str) -> Option<&Resource> {
        self.module(path)?.resources.get(&resource_key(kind.data, kind.name, name))
    }

    /// The text of a variable of the root module.
    pub(super) fn variable(&self, name: &str) -> Option<&str> {
        self.variables.get(name).map(String::as_str)
    }

    /// The resources, no data sources, each with the calls on the way and its key among the module's resources. Only those
    /// of which there is one unless nothing is planned of it where that is asked for: neither they nor the modules that
    /// they are in are made by count.
    pub(super) fn resources(&self, only_certain: bool) -> Vec<(Vec<String>, String)> {
        let mut found = Vec::new();
        let mut modules = vec![(Vec::new(), &self.root)];
        while let Some((path, module)) = modules.pop() {
            let certain = module.resources.iter().filter(|(_, resource)| !(only_certain && resource.counted));
            let managed = certain.filter(|(key, _)| !key.starts_with("data."));
            found.extend(managed.map(|(key, _)| (path.clone(), key.clone())));
            for (name, call) in module.calls.iter().filter(|(_, call)| !(only_certain && call.counted)) {
                let inner: Vec<String> = path.iter().chain([name]).cloned().collect();
                modules.push((inner, &call.module));
            }
        }
        found
    }

    /// A provider's configuration.
    pub(super) fn provider(&self, key: &str) -> Option<&Provider> {
        self.providers.get(key)
    }
}

impl WrittenProvider<'_> {
    /// Whether it stands for the root module's configuration of that name: of a module that neither configures a provider
    /// nor requires it by name, in another such module, Terraform shows a configuration of the module's own, in which
    /// nothing is.
    fn is_inherited(&self) -> bool {
        self.module_address.is_some() && self.alias.is_none() && self.expressions.is_empty()
    }

    /// Variables of the root module are known while planning. What a variable of another is, and a local value, is not
    /// shown.
    fn default_tags(&self) -> DefaultTags {
        let Some(written) = self.expressions.get("default_tags") else { return DefaultTags::NotSet };
        let is_variable = |one: &Traversal| one.steps.first().is_some_and(|first| first.name == "var");
        let blocks = match expression(written) {
            Ok(Expression::Blocks(blocks)) if self.module_address.is_none() => blocks,
            _ => return DefaultTags::MayBeUnknown,
        };
        let known = |expression: &Expression| match expression {
            Expression::Constant(_) => true,
            Expression::References(references) => references.iter().all(is_variable),
            Expression::Unreadable(_) | Expression::Blocks(_) => false,
        };
        match blocks.iter().flat_map(BTreeMap::values).all(known) {
            true => DefaultTags::Known,
            false => DefaultTags::MayBeUnknown,
        }
    }
}

/// What a provider is configured for: written out, or a variable of the root module.
fn setting(written: &RawValue, variables: &BTreeMap<String, &RawValue>) -> Option<String> {
    match expression(written).ok()? {
        Expression::Constant(Attribute::Text(text)) => Some(text),
        Expression::References(references) => {
            let [Traversal { steps }] = references.as_slice() else { return None };
            let [var, name] = steps.as_slice() else { return None };
            let variable = variables.get(&name.name).filter(|_| var.name == "var" && name.keys.is_empty())?;
            text_of(variable)
        }
        _ => None,
    }
}

/// The text that a variable of the root module has.
fn text_of(variable: &RawValue) -> Option<String> {
    #[derive(Deserialize)]
    struct Variable {
        value: Option<Value>,
    }
    let variable: Variable = serde_json::from_str(variable.get()).ok()?;
    variable.value?.as_str().map(str::to_owned)
}

fn resource_key(data: bool, kind: &str, name: &str) -> String {
    format!("{}{kind}.{name}", if data { "data." } else { "" })
}

/// A module, of which some providers are known to be those of the root module.
fn module(
    written: WrittenModule<'_>,
    inherited: &BTreeMap<String, String>,
) -> Result<Module, serde_json::Error> {
    let mut module = Module::default();
    for resource in written.resources {
        let Some(kind) = Kind::of(&resource.mode, &resource.kind) else { continue };
        let mut expressions = Block::new();
        for (name, written) in resource.expressions {
            let expression = match kind.keeps(&name) {
                Kept::Nothing => continue,
                Kept::Whole => expression(written)?,
                Kept::WhetherSet => Expression::Constant(Attribute::Bool(true)),
            };
            expressions.insert(name, expression);
        }
        let for_each = resource.for_each_expression.map(without_values).transpose()?;
        let written = resource.provider_config_key;
        let (provider, inherits) = match inherited.get(&written) {
            Some(of_root) => (of_root.clone(), Some(written)),
            None => (written, None),
        };
        module.resources.insert(
            resource_key(kind.data, kind.name, &resource.name),
            Resource {
                provider,
                inherits,
                expressions,
                counted: for_each.is_some() || resource.count_expression.is_some(),
                for_each,
            },
        );
    }
    for (name, call) in written.module_calls {
        let mut expressions = BTreeMap::new();
        for (name, written) in call.expressions {
            expressions.insert(name, without_values(written)?);
        }
        let for_each = call.for_each_expression.map(without_values).transpose()?;
        let called = self::module(call.module, inherited)?;
        let counted = for_each.is_some() || call.count_expression.is_some();
        module.calls.insert(name, Call { expressions, counted, for_each, module: called });
    }
    for (name, output) in written.outputs {
        if let Some(written) = output.expression {
            module.outputs.insert(name, without_values(written)?);
        }
    }
    Ok(module)
}

fn expression(written: &RawValue) -> Result<Expression, serde_json::Error> {
    // Nothing stands twice in it.
    let _: Attribute = serde_json::from_str(written.get())?;
    Ok(read(&serde_json::from_str(written.get())?))
}

/// An expression of which only the references matter: its constant may be a secret.
fn without_values(written: &RawValue) -> Result<Expression, serde_json::Error> {
    Ok(match expression(written)? {
        Expression::Constant(_) => Expression::Constant(Attribute::Null),
        other => other,
    })
}

/// An expression is an object with a constant, or with references; a block is an object of expressions, and blocks of
/// one type are a list of those.
fn read(written: &Value) -> Expression {
    match written {
        Value::Array(blocks) => Expression::Blocks(blocks.iter().map(block).collect()),
        Value::Object(object) => match (object.get("constant_value"), object.get("references")) {
            (Some(value), _) => Expression::Constant(constant(value)),
            (None, Some(Value::Array(references))) => referring(references),
            (None, None) if object.is_empty() => Expression::References(Vec::new()),
            (None, _) => Expression::Blocks(vec![block(written)]),
        },
        other => Expression::Unreadable(other.to_string().chars().take(64).collect()),
    }
}

fn block(written: &Value) -> Block {
    let object = written.as_object();
    object.into_iter().flatten().map(|(name, written)| (name.clone(), read(written))).collect()
}

fn constant(value: &Value) -> Attribute {
    serde_json::from_value(value.clone()).unwrap_or(Attribute::Unknown)
}

/// References to the whole come with references to what leads there: `aws_kms_key.k.arn`, then `aws_kms_key.k`. Only the
/// longest tell anything.
fn referring(written: &[Value]) -> Expression {
    let mut references: Vec<Traversal> = Vec::new();
    for reference in written {
        match reference.as_str().map(str::parse) {
            Some(Ok(reference)) if references.contains(&reference) => {}
            Some(Ok(reference)) => references.push(reference),
            _ => return Expression::Unreadable(reference.as_str().unwrap_or("no text").to_owned()),
        }
    }
    let leads = |one: &Traversal| references.iter().any(|other| one.leads_to(other));
    let longest = references.iter().filter(|one| !leads(one)).cloned().collect();
    Expression::References(longest)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn references(written: &str) -> Vec<String> {
        match read(&serde_json::from_str(written).unwrap()) {
            Expression::References(references) => references.iter().map(ToString::to_string).collect(),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn of_references_the_longest_count() {
        for (written, longest) in [
            (r#"{"references": ["aws_kms_key.k.arn", "aws_kms_key.k"]}"#, vec!["aws_kms_key.k.arn"]),
            (
                r#"{"references": ["aws_kms_key.k[0].arn", "aws_kms_key.k[0]", "aws_kms_key.k", "each.key"]}"#,
                vec!["aws_kms_key.k[0].arn", "each.key"],
            ),
            (r#"{"references": ["module.ekm.key_arn", "module.ekm"]}"#, vec!["module.ekm.key_arn"]),
            ("{}", vec![]),
        ] {
            assert_eq!(references(written), longest);
        }
    }
}
