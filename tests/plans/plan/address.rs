//! Addresses of resources: `module.ekm["eu"].data.aws_iam_policy_document.use[0]`.

use serde_json::Value;

/// A module call on the way to a resource.
#[derive(Debug, Clone)]
pub(super) struct Step {
    pub(super) name: String,
}

/// An address, in its parts.
#[derive(Debug, Clone)]
pub(super) struct Address {
    /// As it is written.
    pub(super) text: String,
    /// The module calls, the outermost first.
    pub(super) modules: Vec<Step>,
    /// The address of the module; empty for the root.
    pub(super) module: String,
    /// Within its module and without an index, as the configuration has it: `data.aws_iam_policy_document.use`.
    pub(super) block: String,
    pub(super) mode: &'static str,
    pub(super) kind: String,
    pub(super) name: String,
    /// The number of `count`, or the key of `for_each`.
    pub(super) index: Option<Value>,
}

impl Address {
    pub(super) fn of(text: &str) -> Self {
        let mut parts = steps(text).into_iter().peekable();
        let (mut modules, mut module) = (Vec::new(), Vec::new());
        while parts.next_if(|part| part == "module").is_some() {
            let call = parts.next().expect("the module has a name");
            module.push(format!("module.{call}"));
            modules.push(Step { name: without_index(&call).0.to_owned() });
        }
        let mode = if parts.next_if(|part| part == "data").is_some() { "data" } else { "managed" };
        let kind = parts.next().expect("the resource has a type");
        let last = parts.next().expect("the resource has a name");
        let (name, index) = without_index(&last);
        let prefix = if mode == "data" { "data." } else { "" };
        Self {
            text: text.to_owned(),
            modules,
            module: module.join("."),
            block: format!("{prefix}{kind}.{name}"),
            mode,
            kind: kind.clone(),
            name: name.to_owned(),
            index: index.map(|index| serde_json::from_str(index).expect("an index is a number or a text")),
        }
    }
}

/// The name, and what is between the brackets.
fn without_index(part: &str) -> (&str, Option<&str>) {
    match part.split_once('[') {
        Some((name, index)) => (name, index.strip_suffix(']')),
        None => (part, None),
    }
}

/// The parts between the dots that are in no bracket.
fn steps(text: &str) -> Vec<String> {
    let mut steps = vec![String::new()];
    let (mut bracket, mut quoted, mut escaped) = (false, false, false);
    for character in text.chars() {
        let quote = character == '"' && !escaped;
        escaped = character == '\\' && !escaped;
        match character {
            _ if quote => quoted = !quoted,
            '[' if !quoted => bracket = true,
            ']' if !quoted => bracket = false,
            _ => {}
        }
        if character == '.' && !bracket {
            steps.push(String::new());
        } else if let Some(step) = steps.last_mut() {
            step.push(character);
        }
    }
    steps
}
