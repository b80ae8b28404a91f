//! `docs/facts.md`: everything that a check may speak of.

use std::fmt::Write;

use ekm_preflight::check::{Registry, language};
use ekm_preflight::contract::Provider;
use ekm_preflight::evidence;
use ekm_preflight::facts::schema::FactType;
use ekm_preflight::facts::vocabulary::Vocabulary;
use serde_json::Value;

use crate::checks::permissions;
use crate::markdown::{cell, code_cell};

const HEAD: &str = "# What checks may speak of

The reference for [writing checks](writing-checks.md): every path that an expression or a placeholder may read, the evidence
that it is derived from, and the functions and operators. A check has `format: 1`; within this format paths are added, and
none is renamed or taken away.

<!-- Written by `UPDATE=1 cargo test --test documents` from the program's types. -->

`facts.` may be unknown, each for reasons of its own; `target.` and `contract.` are always known. A value that is \"or null\"
is null where there is no such thing.

`needs` names the evidence behind every fact that the check reads, no more and no less.
";

/// The clouds that there are checks of, as people write them.
const CLOUDS: [(Provider, &str); 2] = [(Provider::Aws, "AWS"), (Provider::Azure, "Azure")];

/// The page.
pub(crate) fn page(registry: &Registry) -> String {
    let mut page = String::from(HEAD);
    for (provider, cloud) in CLOUDS {
        let vocabulary = registry.vocabulary(provider).unwrap();
        writeln!(page, "\n## {cloud}\n\nWhat checks whose `provider` is `{}` may read.", provider.as_str())
            .unwrap();
        facts(&mut page, cloud, vocabulary);
        target_and_contract(&mut page, cloud, vocabulary);
        evidence(&mut page, cloud, provider);
    }
    page.push_str(
        "\n## Functions\n\nA part of [CEL](https://cel.dev), and `join`. There is no other: none reads a clock, a file or \
         the network. The examples are of AWS.\n\n| example | gives |\n| --- | --- |\n",
    );
    parts(&mut page, language::FUNCTIONS);
    page.push_str("\n## Operators\n\n| example | gives |\n| --- | --- |\n");
    parts(&mut page, language::OPERATORS);
    page.push_str("\n## Limits\n\n| at most | of |\n| --- | --- |\n");
    for (what, most) in language::limits() {
        writeln!(page, "| {most} | {what} |").unwrap();
    }
    page.push_str(
        "\nWhat an evaluation may cost is bounded as well; beyond it the outcome is `error`, never a pass.\n",
    );
    page
}

fn target_and_contract(page: &mut String, cloud: &str, vocabulary: &Vocabulary) {
    writeln!(
        page,
        "\n### {cloud}: `target`\n\nWhat is to be registered. Parts that a value does not have are empty text.\n\n\
         | path | type | meaning | example |\n| --- | --- | --- | --- |",
    )
    .unwrap();
    for path in paths("target", &vocabulary.target) {
        let example = value(&vocabulary.example_target, &path);
        writeln!(page, "| `{}` | {} | {} | {example} |", path.name, path.kind, cell(&path.meaning)).unwrap();
    }
    writeln!(
        page,
        "\n### {cloud}: `contract`\n\nWhat OpenAI publishes.\n\n| path | type | meaning | value |\n| --- | --- | --- | --- |"
    )
    .unwrap();
    for path in paths("contract", &vocabulary.contract) {
        let value = value(&vocabulary.contract_values, &path);
        writeln!(page, "| `{}` | {} | {} | {value} |", path.name, path.kind, cell(&path.meaning)).unwrap();
    }
}

fn facts(page: &mut String, cloud: &str, vocabulary: &Vocabulary) {
    let FactType::Record(groups) = &vocabulary.facts else { panic!("facts are a record") };
    for group in groups {
        writeln!(page, "\n### {cloud}: `facts.{}`\n\n{}\n", group.name, group.meaning).unwrap();
        page.push_str("| path | type | meaning |\n| --- | --- | --- |\n");
        let mut derived_from = Vec::new();
        for path in paths(&group.name, &group.kind) {
            writeln!(page, "| `facts.{}` | {} | {} |", path.name, path.kind, cell(&path.meaning)).unwrap();
            let from = vocabulary.evidence_keys(path.name.split("[]").next().unwrap());
            if !derived_from.iter().any(|(known, _)| *known == from) {
                derived_from.push((from, path.name.clone()));
            }
        }
        let several = derived_from.len() > 1;
        for (keys, first) in derived_from {
            let of = if several { format!(" (from `facts.{first}` on)") } else { String::new() };
            let link = format!("#{}-evidence", cloud.to_lowercase());
            let keys: Vec<String> = keys.iter().map(|key| format!("[`{key}`]({link})")).collect();
            let from =
                if keys.is_empty() { "what is to be registered alone".into() } else { keys.join(", ") };
            writeln!(page, "\nDerived from{of}: {from}.").unwrap();
        }
    }
}

fn evidence(page: &mut String, cloud: &str, provider: Provider) {
    writeln!(
        page,
        "\n### {cloud}: evidence\n\nWhat a run reads for the checks that are selected, by the names that `needs` has.\n\n\
         | key | what it holds | permissions |\n| --- | --- | --- |",
    )
    .unwrap();
    for key in evidence::described(provider) {
        writeln!(page, "| `{}` | {} | {} |", key.name, cell(key.meaning), permissions(&key)).unwrap();
    }
}

fn parts(page: &mut String, parts: &[language::Part]) {
    for part in parts {
        writeln!(page, "| {} | {} |", code_cell(part.example), cell(part.meaning)).unwrap();
    }
}

struct Path {
    name: String,
    kind: String,
    meaning: String,
}

/// The paths of a type, leaf by leaf.
fn paths(prefix: &str, kind: &FactType) -> Vec<Path> {
    let FactType::Record(fields) = kind else { return Vec::new() };
    let mut found = Vec::new();
    for field in fields {
        let name = format!("{prefix}.{}", field.name);
        match &field.kind {
            record @ FactType::Record(_) => found.extend(paths(&name, record)),
            kind => {
                let inner = match kind {
                    FactType::List(element) => Some((element.as_ref(), format!("{name}[]"))),
                    FactType::Optional(inner) => Some((inner.as_ref(), name.clone())),
                    _ => None,
                };
                let (meaning, kind) = (field.meaning.clone(), kind.to_string());
                found.push(Path { name, kind, meaning });
                if let Some((record @ FactType::Record(_), prefix)) = inner {
                    found.extend(paths(&prefix, record));
                }
            }
        }
    }
    found
}

/// A value as the page shows it; nothing where it is empty.
fn value(tree: &Value, path: &Path) -> String {
    match path.name.split('.').skip(1).try_fold(tree, |tree, name| tree.get(name)).unwrap() {
        Value::String(text) if text.is_empty() => "–".into(),
        Value::String(text) => format!("`{text}`"),
        Value::Array(texts) => {
            let texts: Vec<String> =
                texts.iter().map(|text| format!("`{}`", text.as_str().unwrap())).collect();
            texts.join(", ")
        }
        other => panic!("`{}` is {other}", path.name),
    }
}
