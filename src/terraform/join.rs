//! What an unknown value will be: the attribute of another resource that its expression refers to, across modules,
//! `count` and `for_each`.

use super::configuration::{Expression, Resource};
use super::document::Document;
use super::instances::Instance;
use super::kind::Kind;
use super::traversal::{Key, Parts, Step, Traversal};

/// Calls of modules and values of variables that lead on are followed this far.
const DEEPEST: usize = 32;

/// What an expression refers to.
#[derive(Debug)]
pub(super) struct Joined<'a> {
    /// The resource; several where the reference has no key and there are several instances.
    pub(super) instances: Vec<&'a Instance>,
    /// The attribute, and what of it; empty where the reference ends at the resource.
    pub(super) attribute: Vec<Step>,
    /// Whether which instance it is, and so which attribute, is computed from the key of the instance that it stands in:
    /// of `aws_kms_key.k[each.key].arn` a plan shows `aws_kms_key.k` and `each.key`.
    pub(super) keyed: bool,
    /// The reference, for people.
    pub(super) written: String,
    /// The text of a variable of the root module. Where there is no resource, the reference is to something that is known
    /// while planning: a part of a value, which alone is never unknown.
    pub(super) text: Option<String>,
}

/// Why an expression can't be followed, for people: the end of a sentence that begins with `it is made of`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct NotJoined(pub(super) String);

/// The place that a reference stands at.
#[derive(Debug, Clone)]
struct Scope {
    /// The module, from the root down, each call with its key.
    modules: Vec<Step>,
    /// The key of the instance, which `each.key` and `count.index` stand for.
    key: Option<Key>,
}

impl Instance {
    fn scope(&self) -> Option<Scope> {
        let parts = self.address.parts()?;
        Some(Scope { modules: parts.calls(), key: parts.name.keys.first().cloned() })
    }
}

/// What a reference begins with that is no resource.
const NAMESPACES: [&str; 8] = ["count", "each", "local", "module", "path", "self", "terraform", "var"];

/// Whether a reference is to the key of the instance that it stands in.
fn is_key(reference: &Traversal) -> bool {
    let names: Vec<&str> = reference.steps.iter().map(|step| step.name.as_str()).collect();
    matches!(names.as_slice(), ["each", "key"] | ["count", "index"])
}

impl<'a> Joined<'a> {
    /// Something that is known while planning.
    fn of_known(reference: &Traversal, text: Option<&str>) -> Self {
        let (instances, attribute) = (Vec::new(), Vec::new());
        let text = text.map(str::to_owned);
        Self { instances, attribute, keyed: false, written: reference.to_string(), text }
    }

    /// Whether it is to something that is known while planning.
    pub(super) fn is_known(&self) -> bool {
        self.instances.is_empty()
    }

    /// The one resource, and the attribute by its name, where it is that.
    pub(super) fn single(&self) -> Option<(&'a Instance, &str)> {
        match (self.instances.as_slice(), self.attribute.as_slice()) {
            ([instance], [attribute]) if attribute.keys.is_empty() => Some((instance, &attribute.name)),
            _ => None,
        }
    }
}

impl Document {
    /// What configures an instance, where the document has it.
    pub(super) fn configured(&self, instance: &Instance) -> Option<&Resource> {
        let parts = instance.address.parts()?;
        self.configuration.as_ref()?.resource(&parts.calls(), instance.kind, &parts.name.name)
    }

    /// What an expression of an instance refers to, each once. What is known while planning (a variable of the root module,
    /// `each.key`) is among it without a resource, but for the key of a resource that is referred to.
    ///
    /// # Errors
    /// Where a reference can't be followed.
    pub(super) fn joined(
        &self,
        instance: &Instance,
        expression: &Expression,
    ) -> Result<Vec<Joined<'_>>, NotJoined> {
        let scope = instance.scope().ok_or_else(|| NotJoined("an address that can't be read".into()))?;
        let for_each = self.configured(instance).and_then(|resource| resource.for_each.as_ref());
        let mut joined = Vec::new();
        for found in self.expression(expression, &scope, for_each, DEEPEST)? {
            if !joined.iter().any(|known: &Joined<'_>| known.same(&found)) {
                joined.push(found);
            }
        }
        Ok(joined)
    }

    fn expression(
        &self,
        expression: &Expression,
        scope: &Scope,
        for_each: Option<&Expression>,
        depth: usize,
    ) -> Result<Vec<Joined<'_>>, NotJoined> {
        let references = match expression {
            Expression::Constant(_) => return Ok(Vec::new()),
            Expression::Unreadable(text) => {
                return Err(NotJoined(format!("`{text}`, which can't be followed")));
            }
            Expression::Blocks(_) => return Err(NotJoined("blocks".into())),
            Expression::References(references) => references,
        };
        let by_key = references.iter().any(is_key);
        // A reference with a key that is computed ends at the resource.
        let ends = |reference: &Traversal| {
            let named =
                reference.steps.first().is_some_and(|first| !NAMESPACES.contains(&first.name.as_str()));
            let bare = |parts: Parts<'_>| parts.rest.is_empty() && parts.name.keys.is_empty();
            named && reference.parts().is_some_and(bare)
        };
        let index = by_key && references.iter().any(ends);
        let mut joined = Vec::new();
        for reference in references {
            let found = self.reference(reference, scope, for_each, by_key, depth)?;
            let is_index = |one: &Joined<'_>| index && one.is_known() && is_key(reference);
            let ends = index && ends(reference);
            let has_key = |one: &&Instance| one.scope().is_some_and(|scope| scope.key.is_some());
            let found = found.into_iter().map(|one| {
                let keyed = ends && one.instances.iter().all(has_key);
                Joined { keyed: keyed || one.keyed, ..one }
            });
            joined.extend(found.filter(|one| !is_index(one)));
        }
        Ok(joined)
    }

    fn reference(
        &self,
        reference: &Traversal,
        scope: &Scope,
        for_each: Option<&Expression>,
        by_key: bool,
        depth: usize,
    ) -> Result<Vec<Joined<'_>>, NotJoined> {
        let depth = depth
            .checked_sub(1)
            .ok_or_else(|| NotJoined(format!("`{reference}`, which leads through too many modules")))?;
        let [first, rest @ ..] = reference.steps.as_slice() else { return Ok(Vec::new()) };
        match (first.name.as_str(), rest) {
            ("count" | "path" | "terraform", _) => Ok(vec![Joined::of_known(reference, None)]),
            ("each", [key]) if key.name == "key" => Ok(vec![Joined::of_known(reference, None)]),
            ("each", [value, rest @ ..]) if value.name == "value" => {
                self.of_each(reference, scope, for_each, value, rest, depth)
            }
            ("local", _) => {
                Err(NotJoined(format!("the local value `{reference}`, which a plan does not show")))
            }
            ("var", [variable, rest @ ..]) => self.variable(reference, scope, variable, rest, depth),
            ("module", [call, output, rest @ ..]) => self.output(reference, scope, call, output, rest, depth),
            _ => self.resource(reference, scope, by_key).map(|joined| vec![joined]),
        }
    }

    /// `each.value` of resources for each of which there is one (`for_each = aws_kms_key.k`), or of the one value that is
    /// not known while planning (`for_each = { use = aws_iam_policy.use.arn }`).
    fn of_each(
        &self,
        reference: &Traversal,
        scope: &Scope,
        for_each: Option<&Expression>,
        value: &Step,
        rest: &[Step],
        depth: usize,
    ) -> Result<Vec<Joined<'_>>, NotJoined> {
        let not_followed = || NotJoined(format!("`{reference}`, which can't be followed"));
        let each = self.expression(for_each.ok_or_else(not_followed)?, scope, None, depth)?;
        // What is there one of each of is known while planning; where it is no resource its values are, too, or
        // nobody can tell what they are made of.
        let Ok([one]) = <[Joined<'_>; 1]>::try_from(each) else { return Err(not_followed()) };
        if one.single().is_some() && value.keys.is_empty() && rest.is_empty() {
            return Ok(vec![one]);
        }
        let Joined { instances, attribute, .. } = one;
        let of_key = instances
            .into_iter()
            .filter(|one| one.scope().is_some_and(|other| other.key.is_some() && other.key == scope.key));
        let instances: Vec<&Instance> = of_key.collect();
        if !attribute.is_empty() || !value.keys.is_empty() || instances.len() != 1 {
            return Err(not_followed());
        }
        let (attribute, written) = (rest.to_vec(), reference.to_string());
        Ok(vec![Joined { instances, attribute, keyed: false, written, text: None }])
    }

    /// A variable is what the call of the module passes. Those of the root module are known.
    fn variable(
        &self,
        reference: &Traversal,
        scope: &Scope,
        variable: &Step,
        rest: &[Step],
        depth: usize,
    ) -> Result<Vec<Joined<'_>>, NotJoined> {
        let known = |text: Option<&str>| Ok(vec![Joined::of_known(reference, text)]);
        let Some((call, above)) = scope.modules.split_last() else {
            let configuration =
                self.configuration.as_ref().filter(|_| rest.is_empty() && variable.keys.is_empty());
            return known(configuration.and_then(|configuration| configuration.variable(&variable.name)));
        };
        let module = self.configuration.as_ref().and_then(|configuration| configuration.module(above));
        let Some(of_call) = module.and_then(|module| module.calls.get(&call.name)) else {
            return Err(NotJoined(format!("`{reference}`, whose module is not in the configuration")));
        };
        // A variable that is not passed has its default, which is a constant.
        let Some(passed) = of_call.expressions.get(&variable.name) else { return known(None) };
        if let Expression::Constant(_) = passed {
            return known(None);
        }
        let scope = Scope { modules: above.to_vec(), key: call.keys.first().cloned() };
        let joined = self.expression(passed, &scope, of_call.for_each.as_ref(), depth)?;
        further(joined, &variable.keys, rest, reference)
    }

    /// An output is what its module gives out.
    fn output(
        &self,
        reference: &Traversal,
        scope: &Scope,
        call: &Step,
        output: &Step,
        rest: &[Step],
        depth: usize,
    ) -> Result<Vec<Joined<'_>>, NotJoined> {
        let mut modules = scope.modules.clone();
        modules.push(call.clone());
        let module = self.configuration.as_ref().and_then(|configuration| configuration.module(&modules));
        let Some(given) = module.and_then(|module| module.outputs.get(&output.name)) else {
            return Err(NotJoined(format!("`{reference}`, which is not in the configuration")));
        };
        let joined = self.expression(given, &Scope { modules, key: None }, None, depth)?;
        further(joined, &output.keys, rest, reference)
    }

    fn resource(&self, reference: &Traversal, scope: &Scope, by_key: bool) -> Result<Joined<'_>, NotJoined> {
        let not_followed = || NotJoined(format!("`{reference}`, which can't be followed"));
        let parts = reference.parts().filter(|parts| parts.modules.is_empty()).ok_or_else(not_followed)?;
        let mode = if parts.data { "data" } else { "managed" };
        let kind = Kind::of(mode, parts.kind).ok_or_else(not_followed)?;
        let mut instances: Vec<&Instance> = self
            .instances
            .of_resource(kind, &scope.modules, &parts.name.name)
            .filter(|instance| {
                let of = instance.address.parts();
                of.is_some_and(|of| of.name.keys.starts_with(&parts.name.keys))
            })
            .collect();
        if by_key && parts.name.keys.is_empty() && scope.key.is_some() {
            instances.retain(|one| one.scope().is_some_and(|of| of.key.is_none() || of.key == scope.key));
        }
        if instances.is_empty() {
            return Err(NotJoined(format!("`{reference}`, which the plan does not hold")));
        }
        let (attribute, written) = (parts.rest.to_vec(), reference.to_string());
        Ok(Joined { instances, attribute, keyed: false, written, text: None })
    }
}

impl Joined<'_> {
    fn same(&self, other: &Self) -> bool {
        let addresses = |joined: &Self| -> Vec<Traversal> {
            joined.instances.iter().map(|instance| instance.address.clone()).collect()
        };
        self.attribute == other.attribute
            && addresses(self) == addresses(other)
            && (!self.is_known() || self.written == other.written)
    }
}

/// What stands behind a variable or an output, which leads on only where a whole resource was passed.
fn further<'a>(
    joined: Vec<Joined<'a>>,
    keys: &[Key],
    rest: &[Step],
    reference: &Traversal,
) -> Result<Vec<Joined<'a>>, NotJoined> {
    if keys.is_empty() && rest.is_empty() {
        return Ok(joined);
    }
    let not_followed = || NotJoined(format!("a part of `{reference}`, which can't be followed"));
    match <[Joined<'a>; 1]>::try_from(joined) {
        Ok([one]) if one.attribute.is_empty() && one.instances.len() == 1 && keys.is_empty() => {
            Ok(vec![Joined { attribute: rest.to_vec(), ..one }])
        }
        Err(none) if none.is_empty() => Ok(none),
        _ => Err(not_followed()),
    }
}
