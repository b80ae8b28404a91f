//! A check to begin with: small, complete, and right as it stands.

use thiserror::Error;

use super::{Registry, lint};
use crate::contract::Provider;
use crate::facts::vocabulary::Vocabulary;
use crate::text::inert;

/// A check to begin with, of one cloud.
struct Template {
    /// Its text, with `EVIDENCE` for what it needs.
    text: &'static str,
    /// The id that it has in the text.
    id: &'static str,
    /// The facts that it reads.
    facts: &'static [&'static str],
}

const AWS: Template = Template {
    text: include_str!("new/aws.yaml"),
    id: "aws-example",
    facts: &["role.exists", "trust.principals"],
};
const AZURE: Template = Template {
    text: include_str!("new/azure.yaml"),
    id: "azure-example",
    facts: &["key.exists", "key.type"],
};

/// The longest id, in bytes.
const LONGEST_ID: usize = 64;

/// An id that a new check can't have.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error(
    "`{}` can't be a check's id: {problem}\n  expected the cloud, then what it is about: `aws-trust-one-principal`",
    inert(id)
)]
pub struct NotAnId {
    /// The id, as given.
    pub id: String,
    /// What is wrong with it.
    pub problem: String,
}

/// The text of a new check's file.
///
/// # Errors
/// For an id that is not in kebab-case, that names no cloud whose checks there are, or that a check has already.
pub fn file(id: &str, registry: &Registry) -> Result<String, NotAnId> {
    let refused = |problem: &str| NotAnId { id: id.into(), problem: problem.into() };
    if id.len() > LONGEST_ID {
        return Err(refused("it is longer than 64 characters"));
    }
    if !lint::is_name(id, '-') {
        return Err(refused("it is not in kebab-case"));
    }
    let providers = [Provider::Aws, Provider::Azure, Provider::Gcp];
    let of =
        |provider: &Provider| id.strip_prefix(provider.as_str()).is_some_and(|rest| rest.starts_with('-'));
    let provider = providers.into_iter().find(of).ok_or_else(|| refused("it does not start with a cloud"))?;
    if registry.get(id).is_some() {
        return Err(refused("a check of the program has it"));
    }
    let template = match provider {
        Provider::Aws => Some(AWS),
        Provider::Azure => Some(AZURE),
        Provider::Gcp => None,
    };
    match (template, registry.vocabulary(provider)) {
        (Some(template), Some(vocabulary)) => Ok(template.named(id, vocabulary)),
        _ => Err(refused("this version has no checks of that cloud")),
    }
}

impl Template {
    /// The text with another id, and with the evidence behind its facts.
    fn named(&self, id: &str, vocabulary: &Vocabulary) -> String {
        let mut needs: Vec<&str> = Vec::new();
        for key in self.facts.iter().flat_map(|fact| vocabulary.evidence_keys(fact)) {
            if !needs.contains(key) {
                needs.push(key);
            }
        }
        self.text.replace(self.id, id).replace("EVIDENCE", &needs.join(", "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::{cases, registry};

    #[test]
    fn a_new_check_loads_and_its_cases_hold() {
        for id in ["aws-ours", "aws-trust-one-principal", "aws-1", "azure-ours", "azure-key-in-hardware"] {
            let registry = registry().unwrap();
            let source = file(id, &registry).unwrap();
            let registry = registry.with(vec![(format!("{id}.yaml"), source)]).unwrap();
            let results = cases::run(registry.get(id).unwrap());
            assert!(results.len() >= 4);
            for result in results {
                assert_eq!(result.problem, None, "{}", result.name);
            }
        }
    }

    #[test]
    fn an_id_that_can_not_be_is_refused_before_anything_is_written() {
        for (id, part) in [
            ("", "not in kebab-case"),
            ("ours", "does not start with a cloud"),
            ("aws", "does not start with a cloud"),
            ("aws-", "not in kebab-case"),
            ("AWS-ours", "not in kebab-case"),
            ("aws_ours", "not in kebab-case"),
            ("../aws-ours", "not in kebab-case"),
            ("aws-a/b", "not in kebab-case"),
            ("aws-ours.yaml", "not in kebab-case"),
            ("aws-\u{1b}[2J", "not in kebab-case"),
            ("aws-role-arn", "a check of the program has it"),
            ("azure-key-rsa", "a check of the program has it"),
            ("gcp-ours", "no checks of that cloud"),
            (&format!("aws-{}", "a".repeat(61)), "longer than 64"),
        ] {
            let error = file(id, &registry().unwrap()).unwrap_err().to_string();
            assert!(error.contains(part), "{id}: {error}");
            assert!(!error.contains('\u{1b}'));
        }
    }
}
