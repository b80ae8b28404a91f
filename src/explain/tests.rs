use std::collections::BTreeSet;
use std::sync::LazyLock;

use super::*;
use crate::check::registry;
use crate::contract::article;

/// Read once for all tests: it takes a while to compile the patterns.
static KNOWN: LazyLock<KnownErrors> = LazyLock::new(|| KnownErrors::load().unwrap());

fn found(text: &str) -> Vec<String> {
    let found = KNOWN.find(text).unwrap_or_default();
    found.into_iter().map(|error| error.id().to_owned()).collect()
}

#[test]
fn every_example_finds_its_own_entry_first() {
    for error in KNOWN.iter() {
        assert_eq!(found(error.example())[0], error.id(), "{}", error.example());
        assert_eq!(found(&error.example().to_uppercase())[0], error.id());
        let broken = error.example().replace(' ', "\n   ");
        assert_eq!(found(&format!("Error:\r\n\t{broken}\u{1b}[0m\n"))[0], error.id());
    }
}

#[test]
fn every_check_that_is_named_exists_and_each_entry_is_there_once() {
    let registry = registry().unwrap();
    let mut ids = BTreeSet::new();
    for error in KNOWN.iter() {
        assert!(ids.insert(error.id().to_owned()), "{} is there twice", error.id());
        for id in error.checks() {
            assert!(registry.get(id).is_some(), "{}: there is no check `{id}`", error.id());
        }
        for cloud in ["aws-", "azure-", "gcp-"].into_iter().filter(|cloud| error.id().starts_with(cloud)) {
            assert!(error.checks().iter().all(|check| check.starts_with(cloud)), "{}", error.id());
        }
    }
}

#[test]
fn only_openais_articles_and_the_clouds_documents_are_cited() {
    let articles = "https://help.openai.com/en/articles/";
    let clouds =
        ["https://docs.aws.amazon.com/", "https://learn.microsoft.com/", "https://cloud.google.com/"];
    for error in KNOWN.iter() {
        assert!(!error.references().is_empty(), "{}", error.id());
        for reference in error.references() {
            let right =
                reference.starts_with(articles) || clouds.iter().any(|cloud| reference.starts_with(cloud));
            assert!(right, "{}: {reference}", error.id());
        }
    }
    assert!(article::TROUBLESHOOTING.starts_with(articles));
}

#[test]
fn every_symptom_of_every_check_finds_an_entry_that_names_the_check() {
    let mut problems = Vec::new();
    for check in registry().unwrap().iter() {
        for assertion in check.described() {
            let Some(symptom) = assertion.symptom else { continue };
            let entries = KNOWN.find(&symptom).unwrap_or_default();
            if !entries.iter().any(|entry| entry.checks().iter().any(|id| id == check.id())) {
                problems.push(format!("{}: {symptom}", check.id()));
            }
        }
    }
    assert!(problems.is_empty(), "no entry of errors.yaml names the check:\n{}", problems.join("\n"));
}

#[test]
fn a_part_of_a_message_is_enough() {
    for (text, id) in [
        ("sts:AssumeRole", "aws-assume-role-refused"),
        ("is not authorized to perform: kms:Decrypt", "aws-kms-refused"),
        ("because no identity-based policy allows", "aws-no-identity-policy-allows"),
        (
            "with an explicit deny in a service control policy: arn:aws:organizations::…",
            "aws-explicit-deny-in-scp",
        ),
        ("unsupported endpoint", "openai-unsupported-endpoint"),
        ("{\\\"error\\\": \\\"Invalid value for \\\\\\\"audience\\\\\\\"\\\"}", "gcp-audience-invalid"),
        ("Invalid ‘role_arn’", "openai-role-arn"),
        ("Invalid ‘key_name’", "openai-key-name"),
        ("the client application is missing service principal", "azure-no-service-principal"),
        ("\"innererror\": {\"code\": \"ForbiddenByRbac\"}", "azure-caller-not-authorized"),
        (
            "Client address (203.0.113.7) is not authorized and caller is not a trusted service",
            "azure-firewall",
        ),
        (
            "does not have keys sign permission on key vault 'contoso;location=westeurope'",
            "azure-access-policy",
        ),
        ("Operation wrapKey is not permitted on this key.", "azure-key-operations"),
        ("AADSTS90002: Tenant 'contoso' not found.", "azure-tenant-not-found"),
    ] {
        assert_eq!(found(text)[0], id, "{text}");
    }
}

#[test]
fn several_that_match_are_all_there_the_best_first() {
    let text = "User: arn:aws:sts::1:assumed-role/r/s is not authorized to perform: kms:Encrypt on resource: k with an \
                explicit deny in a resource-based policy";
    assert_eq!(found(text), ["aws-explicit-deny-in-resource-policy", "aws-kms-refused"]);
}

#[test]
fn of_other_texts_nothing_is_known() {
    for text in ["", " ", "it does not work", "a", "\u{1b}[2J", &"x".repeat(100_000)] {
        assert_eq!(KNOWN.find(text).map(|found| found.len()), Err(NothingKnown), "{text:?}");
    }
}
