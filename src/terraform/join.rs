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
        let (mut joined, mut keys) = (Vec::new(), Vec::new());
        for reference in references {
            let found = self.reference(reference, scope, for_each, by_key, depth)?;
            if is_key(reference) {
                keys.extend(found);
                continue;
            }
            let ends = index && ends(reference);
            let has_key = |one: &&Instance| one.scope().is_some_and(|scope| scope.key.is_some());
            joined.extend(found.into_iter().map(|one| {
                let keyed = ends && one.instances.iter().all(has_key);
                Joined { keyed: keyed || one.keyed, ..one }
            }));
        }
        // What a variable or an output leads to may be in a list or map of such, which nobody sees. An ARN is: a key that is
        // put behind it would make none.
        let leads = |reference: &Traversal| {
            let first = reference.steps.first().map(|step| step.name.as_str());
            matches!(first, Some("var" | "module"))
        };
        let mut values = references.iter().filter(|reference| !is_key(reference));
        let only_leads = matches!((values.next(), values.next()), (Some(one), None) if leads(one));
        let is_arn = |one: &Joined<'_>| one.single().is_some_and(|(_, attribute)| attribute.ends_with("arn"));
        let of_arns = only_leads && joined.iter().filter(|one| !one.is_known()).all(is_arn);
        if !index && !of_arns {
            joined.extend(keys);
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
            ("module", [call]) if by_key => self.only_output(reference, scope, call, depth),
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

    /// What the one instance of a module gives out that has the key of the instance that the reference stands in: of
    /// `module.key[each.key].arn` a plan shows `module.key` and `each.key`. Of a module with several outputs it does not
    /// show which is meant.
    fn only_output(
        &self,
        reference: &Traversal,
        scope: &Scope,
        call: &Step,
        depth: usize,
    ) -> Result<Vec<Joined<'_>>, NotJoined> {
        let module =
            self.configuration.as_ref().and_then(|configuration| configuration.module(&scope.modules));
        let called = module.and_then(|module| module.calls.get(&call.name));
        let outputs: Vec<&String> = called.into_iter().flat_map(|call| call.module.outputs.keys()).collect();
        match (outputs.as_slice(), &scope.key) {
            ([output], Some(key)) if call.keys.is_empty() => {
                let keys = vec![key.clone()];
                let call = Step { name: call.name.clone(), keys };
                let output = Step { name: (*output).clone(), keys: Vec::new() };
                self.output(reference, scope, &call, &output, &[], depth)
            }
            _ => Err(NotJoined(format!(
                "`{reference}[…]`, of which a plan does not show the output that is meant"
            ))),
        }
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

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    /// What the policy of the attachment `module.role["a"].aws_iam_role_policy_attachment.c[0]` is, of the customer `a` of
    /// two, where a module makes the policy of each.
    fn attached(passed: Value, outputs: Value, written: Value) -> Result<String, String> {
        let made = |address: &str, kind: &str, unknown: &str| {
            json!({
                "address": address, "mode": "managed", "type": kind, "name": "x",
                "change": { "actions": ["create"], "before": null, "after": {}, "after_unknown": { unknown: true } },
            })
        };
        let configured = |kind: &str, name: &str, expressions: Value| {
            json!({
                "address": format!("{kind}.{name}"), "mode": "managed", "type": kind, "name": name,
                "provider_config_key": "aws", "expressions": expressions,
            })
        };
        let attachment = "aws_iam_role_policy_attachment";
        let each = json!({ "references": ["var.customers"] });
        let document = json!({
            "format_version": "1.2",
            "resource_changes": [
                made(r#"module.policy["a"].aws_iam_policy.p"#, "aws_iam_policy", "arn"),
                made(r#"module.policy["b"].aws_iam_policy.p"#, "aws_iam_policy", "arn"),
                made(r#"module.role["a"].aws_iam_role_policy_attachment.c[0]"#, attachment, "policy_arn"),
            ],
            "configuration": { "root_module": { "module_calls": {
                "policy": { "for_each_expression": each, "expressions": {}, "module": {
                    "outputs": outputs,
                    "resources": [configured("aws_iam_policy", "p", json!({}))],
                } },
                "role": { "for_each_expression": each, "expressions": { "arns": passed }, "module": {
                    "resources": [configured(attachment, "c", json!({ "policy_arn": written }))],
                } },
            } } },
        });
        let document = Document::read(&document.to_string()).unwrap();
        let attachment = document.instances.of_kind(attachment).next().unwrap();
        let expression = &document.configured(attachment).unwrap().expressions["policy_arn"];
        let joined = document.joined(attachment, expression).map_err(|why| why.0)?;
        let written = joined.iter().map(|one| match one.single() {
            Some((instance, attribute)) => format!("{}.{attribute}", instance.address),
            None => one.written.clone(),
        });
        Ok(written.collect::<Vec<_>>().join(" and "))
    }

    fn refer(references: &[&str]) -> Value {
        json!({ "references": references })
    }

    fn arn() -> Value {
        json!({ "arn": { "expression": refer(&["aws_iam_policy.p.arn", "aws_iam_policy.p"]) } })
    }

    /// Terraform, JSON Output Format: of `module.policy[each.key].arn` only `module.policy` and `each.key` are shown.
    #[test]
    fn one_of_several_modules_gives_the_only_thing_that_it_gives() {
        let own = Ok(r#"module.policy["a"].aws_iam_policy.p.arn"#.to_owned());
        let by_key = || refer(&["module.policy", "each.key"]);
        assert_eq!(attached(by_key(), arn(), refer(&["var.arns"])), own);
        // `var.arns[count.index]` of a list of one.
        assert_eq!(attached(by_key(), arn(), refer(&["var.arns", "count.index"])), own);
        let two = json!({ "arn": arn()["arn"], "name": arn()["arn"] });
        let open = attached(by_key(), two, refer(&["var.arns"])).unwrap_err();
        assert!(open.contains("`module.policy[…]`, of which a plan does not show the output"), "{open}");
        // Without a key it is all of them.
        let all = attached(refer(&["module.policy"]), arn(), refer(&["var.arns"])).unwrap_err();
        assert!(all.contains("`module.policy`, which can't be followed"), "{all}");
    }

    /// What is made of a value and a key is not the value: `"${var.name}-${each.key}"`.
    #[test]
    fn a_key_beside_several_values_stays_beside_them() {
        let passed = refer(&["module.policy", "each.key"]);
        let name = json!({ "name": { "expression": refer(&["aws_iam_policy.p.name", "aws_iam_policy.p"]) } });
        let by_count = attached(passed.clone(), name, refer(&["var.arns", "count.index"]));
        assert_eq!(
            by_count,
            Ok(r#"module.policy["a"].aws_iam_policy.p.name and each.key and count.index"#.into())
        );
        // What is put together where it is passed stays so, whatever picks it out of a list.
        let suffixed = refer(&["module.policy", "var.suffix", "each.key"]);
        let picked = attached(suffixed, arn(), refer(&["var.arns", "count.index"]));
        assert_eq!(
            picked,
            Ok(r#"module.policy["a"].aws_iam_policy.p.arn and var.suffix and each.key"#.into())
        );
        let together = attached(passed, arn(), refer(&["var.arns", "var.suffix", "count.index"]));
        assert_eq!(
            together,
            Ok(r#"module.policy["a"].aws_iam_policy.p.arn and var.suffix and count.index"#.into())
        );
    }
}
