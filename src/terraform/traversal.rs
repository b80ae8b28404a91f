//! Addresses and references, as Terraform writes them: names behind dots, keys in brackets (Terraform documentation,
//! "Resource addressing" and "References to Named Values").

use std::fmt;
use std::str::FromStr;

use thiserror::Error;

/// Names one behind the other, each with the keys behind it: `module.ekm["eu"].aws_kms_key.openai[0].arn`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Traversal {
    pub(super) steps: Vec<Step>,
}

/// A name and the keys behind it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Step {
    pub(super) name: String,
    pub(super) keys: Vec<Key>,
}

/// What stands in brackets.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Key {
    /// Of `count`, or a place in a list.
    Number(u64),
    /// Of `for_each`, or a name in a map.
    Text(String),
}

/// Text that is neither an address nor a reference.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("not an address: expected names behind dots, as in `module.ekm.aws_kms_key.openai[0]`")]
pub(super) struct NotATraversal;

impl Traversal {
    /// Whether the other one goes on where this one ends.
    pub(super) fn leads_to(&self, other: &Self) -> bool {
        let Some((last, before)) = self.steps.split_last() else { return true };
        other.steps.len() >= self.steps.len()
            && *self != *other
            && other.steps.starts_with(before)
            && other.steps.get(before.len()).is_some_and(|same| {
                same.name == last.name
                    && same.keys.starts_with(&last.keys)
                    // Behind `a[0]` comes `a[0].b` or `a[0][1]`, and behind `a` comes `a[0]` as well.
                    && (other.steps.len() > self.steps.len() || same.keys.len() > last.keys.len())
            })
    }
}

impl FromStr for Traversal {
    type Err = NotATraversal;

    fn from_str(text: &str) -> Result<Self, NotATraversal> {
        let mut steps = Vec::new();
        let mut rest = text;
        loop {
            let end = rest.find(['.', '[']).unwrap_or(rest.len());
            let (name, behind) = rest.split_at_checked(end).ok_or(NotATraversal)?;
            let named = |c: char| c.is_alphanumeric() || c == '_' || c == '-' || c == '*';
            if name.is_empty() || !name.chars().all(named) {
                return Err(NotATraversal);
            }
            let mut step = Step { name: name.to_owned(), keys: Vec::new() };
            rest = behind;
            while let Some(inside) = rest.strip_prefix('[') {
                let (key, behind) = key(inside)?;
                step.keys.push(key);
                rest = behind;
            }
            steps.push(step);
            match rest.strip_prefix('.') {
                Some(behind) => rest = behind,
                None if rest.is_empty() => return Ok(Self { steps }),
                None => return Err(NotATraversal),
            }
        }
    }
}

/// The key behind an opening bracket, and what stands behind the closing one.
fn key(text: &str) -> Result<(Key, &str), NotATraversal> {
    if !text.starts_with('"') {
        let (number, behind) = text.split_once(']').ok_or(NotATraversal)?;
        return Ok((Key::Number(number.parse().map_err(|_| NotATraversal)?), behind));
    }
    // A key is quoted as in HCL, whose escapes are those of JSON but for `$${` and `%%{`.
    let mut escaped = false;
    let closing = text.char_indices().skip(1).find(|(_, c)| {
        let closes = !escaped && *c == '"';
        escaped = !escaped && *c == '\\';
        closes
    });
    let (end, _) = closing.ok_or(NotATraversal)?;
    let (quoted, behind) = text.split_at_checked(end + 1).ok_or(NotATraversal)?;
    let behind = behind.strip_prefix(']').ok_or(NotATraversal)?;
    let key: String = serde_json::from_str(quoted).map_err(|_| NotATraversal)?;
    Ok((Key::Text(key), behind))
}

impl fmt::Display for Traversal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (place, step) in self.steps.iter().enumerate() {
            if place > 0 {
                f.write_str(".")?;
            }
            step.fmt(f)?;
        }
        Ok(())
    }
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)?;
        self.keys.iter().try_for_each(|key| write!(f, "[{key}]"))
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Number(number) => number.fmt(f),
            Self::Text(text) => write!(f, "{text:?}"),
        }
    }
}

/// An address in its parts.
pub(super) struct Parts<'a> {
    /// The module, from the root down.
    pub(super) modules: &'a [Step],
    /// Whether it is a data source's.
    pub(super) data: bool,
    pub(super) kind: &'a str,
    /// The resource's name, with its key.
    pub(super) name: &'a Step,
    /// What stands behind it.
    pub(super) rest: &'a [Step],
}

impl Traversal {
    /// The parts of an address, or of a reference to a resource.
    pub(super) fn parts(&self) -> Option<Parts<'_>> {
        let mut modules = 0;
        let mut rest = self.steps.as_slice();
        while let [module, _, behind @ ..] = rest
            && module.name == "module"
        {
            modules += 2;
            rest = behind;
        }
        let data = rest.first().is_some_and(|step| step.name == "data");
        let [kind, name, rest @ ..] = rest.get(usize::from(data)..)? else { return None };
        Some(Parts { modules: self.steps.get(..modules)?, data, kind: &kind.name, name, rest })
    }
}

impl Parts<'_> {
    /// The calls on the way to the module, without the words `module` in front of each.
    pub(super) fn calls(&self) -> Vec<Step> {
        self.modules.iter().skip(1).step_by(2).cloned().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_printed_as_it_was_read() {
        for text in [
            "aws_kms_key.openai",
            "data.aws_iam_policy_document.use[0]",
            r#"module.a["x.y"].module.b[0].aws_kms_key.k["it's \"one\"]"].arn"#,
            "var.keys[0][1].arn",
            "aws_kms_key.k[*].arn",
        ] {
            match text.parse::<Traversal>() {
                Ok(traversal) => assert_eq!(traversal.to_string(), text),
                Err(NotATraversal) => assert_eq!(text, "aws_kms_key.k[*].arn"),
            }
        }
    }

    #[test]
    fn text_that_is_no_address_is_refused() {
        for text in
            ["", ".", "a.", "a..b", "a[", "a[]", "a[0", "a[\"", "a[\"b\"", "a[\"b\"c]", "a b", "a[-1]", "a]"]
        {
            assert_eq!(text.parse::<Traversal>(), Err(NotATraversal), "{text}");
        }
    }

    #[test]
    fn a_reference_leads_to_what_stands_behind_it() {
        let leads = |one: &str, other: &str| {
            one.parse::<Traversal>().unwrap().leads_to(&other.parse::<Traversal>().unwrap())
        };
        for (one, other) in [
            ("aws_kms_key.k", "aws_kms_key.k.arn"),
            ("aws_kms_key.k", "aws_kms_key.k[0].arn"),
            ("aws_kms_key.k", "aws_kms_key.k[0]"),
            ("aws_kms_key.k[0]", "aws_kms_key.k[0].arn"),
            ("each.value", "each.value.arn"),
        ] {
            assert!(leads(one, other), "{one} {other}");
            assert!(!leads(other, one), "{other} {one}");
        }
        for (one, other) in [
            ("aws_kms_key.k", "aws_kms_key.k"),
            ("aws_kms_key.k", "aws_kms_key.k2.arn"),
            ("aws_kms_key.k[0]", "aws_kms_key.k[1].arn"),
        ] {
            assert!(!leads(one, other), "{one} {other}");
        }
    }
}
