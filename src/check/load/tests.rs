use super::*;
use crate::check::cases;

/// A sound check that the tests change in one place.
const SOUND: &str = r#"format: 1
id: aws-sample
title: The role exists
provider: aws
severity: error
since: 0.1.0
why: Nothing works without it.
references:
  - https://help.openai.com/en/articles/20000947
needs: [aws.role, aws.caller]
assertions:
  - expression: facts.role.exists
    message: there is no role
    fix:
      text: Create the role
tests:
  - name: there
    facts: { role: { exists: true } }
    expect: pass
  - name: absent
    facts: { role: { exists: false } }
    expect: fail
  - name: not read
    missing: { role.exists: denied }
    expect: unknown
"#;

fn with(file: &str, source: &str) -> Result<Registry, Vec<LoadError>> {
    registry().unwrap().with(vec![(file.to_owned(), source.to_owned())])
}

/// The errors of the sample with one part replaced.
#[track_caller]
fn errors(part: &str, replacement: &str) -> Vec<String> {
    assert!(SOUND.contains(part), "{part}");
    let source = SOUND.replacen(part, replacement, 1);
    let errors = with("aws-sample.yaml", &source).map(|_| ()).expect_err(&source);
    errors.iter().map(ToString::to_string).collect()
}

#[track_caller]
fn error(part: &str, replacement: &str, expected: &str) {
    assert_eq!(errors(part, replacement), [format!("aws-sample.yaml:{expected}")], "{replacement}");
}

#[test]
fn the_checks_of_the_program_load_and_their_cases_hold() {
    let registry = match registry() {
        Ok(registry) => registry,
        Err(errors) => panic!("{}", errors.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")),
    };
    let mut problems = Vec::new();
    for check in registry.iter() {
        for case in cases::run(check) {
            if let Some(problem) = case.problem {
                problems.push(format!("{}: {}: {problem}", check.id(), case.name));
            }
        }
    }
    assert!(problems.is_empty(), "{}", problems.join("\n"));
}

#[test]
fn the_checks_are_there_by_being_in_their_directory() {
    let registry = registry().unwrap();
    let ids: Vec<_> = registry.iter().map(Check::id).collect();
    assert!(ids.is_sorted());
    assert!(ids.contains(&"aws-role-arn"));
    assert_eq!(ids.len(), EMBEDDED.len());
    assert_eq!(registry.get("aws-key-enabled").unwrap().severity().as_str(), "error");
}

#[test]
fn a_check_of_the_customer_is_added() {
    let registry = with("checks/aws-sample.yaml", SOUND).unwrap();
    let check = registry.get("aws-sample").unwrap();
    assert_eq!(check.needs(), ["aws.role", "aws.caller"]);
    assert_eq!(check.references(), ["https://help.openai.com/en/articles/20000947"]);
    assert_eq!(check.why(), "Nothing works without it.");
    assert_eq!(check.source(), SOUND);
    assert!(cases::run(check).iter().all(cases::CaseResult::passed));
}

#[test]
fn an_id_is_given_once() {
    let again = registry()
        .unwrap()
        .with(vec![("a/aws-sample.yaml".into(), SOUND.into()), ("b/aws-sample.yaml".into(), SOUND.into())]);
    assert_eq!(
        again.unwrap_err()[0].to_string(),
        "b/aws-sample.yaml: there is a check `aws-sample` already: give this one an id of its own"
    );
}

#[test]
fn yaml_is_read_strictly_with_line_and_column() {
    let severity = "severity: error";
    let why = "why: Nothing works without it.";
    error(
        severity,
        "severity: error\nowner: me",
        "6:1: unknown field `owner`, expected one of format, id, title, provider, severity, since, why, references, \
         needs, variables, when, assertions, tests",
    );
    error(severity, "severity: error\nseverity: note", "6:1: `severity` is given twice: remove one of them");
    error(severity, "severity: fatal", "5:11: unknown variant `fatal`, expected one of error, warning, note");
    error("format: 1", "format: one", "1:9: this is no whole number: expected one, such as `1`");
    error("title: The role exists\n", "", "15:1: missing field `title`");
    error(
        "      text: Create",
        "      txt: Create",
        "15:7: unknown field `txt`, expected one of text, snippet",
    );
    error(why, "why: &a x", "7:9: anchors and aliases can't be used in a check: write the value out");
    error(why, "why: !!python/object x", "7:22: unsupported tag `!!python/object`");
    error("tests:", "---\ntests:", "16:1: there are several documents: expected one check a file");
    assert_eq!(errors(why, "why: [").len(), 1);
}

#[test]
fn the_head_is_linted() {
    error("format: 1", "format: 2", "1:9: format `2` is not known: expected 1");
    error(
        "id: aws-sample",
        "id: aws-other",
        "2:5: the id `aws-other` is not the file's name: expected `aws-sample`",
    );
    error("provider: aws", "provider: gcp", "4:11: checks of `gcp` are not supported by this version");
    error("since: 0.1.0", "since: soon", "6:8: `since` is a version: expected `0.1.0`");
    error(
        "- https://",
        "- http://",
        "9:5: `http://help.openai.com/en/articles/20000947` is no reference: expected `https://…`",
    );
    error(
        "references:\n  - https://help.openai.com/en/articles/20000947",
        "references: []",
        "8:13: there is no reference: expected at least one URL",
    );
    let ids = with("sample.yaml", &SOUND.replace("aws-sample", "sample")).unwrap_err();
    assert_eq!(
        ids[0].to_string(),
        "sample.yaml:2:5: the id `sample` does not start with its provider: expected `aws-…`"
    );
}

#[test]
fn needs_are_those_of_the_facts_that_are_read() {
    error(
        "[aws.role, aws.caller]",
        "[aws.role]",
        "10:8: facts are read that are derived from `aws.caller`: add to `needs`",
    );
    error(
        "[aws.role, aws.caller]",
        "[aws.role, aws.caller, aws.key]",
        "10:31: no fact that this check reads is derived from `aws.key`: remove it",
    );
    error(
        "[aws.role, aws.caller]",
        "[aws.role, aws.caller, aws.bucket]",
        "10:31: the evidence `aws.bucket` is not known",
    );
}

#[test]
fn expressions_and_texts_are_linted_where_they_stand() {
    let expression = "expression: facts.role.exists";
    error(
        expression,
        "expression: facts.role.real_arn",
        "12:17: the expression is text or null: expected a boolean",
    );
    error(
        expression,
        "expression: facts.role.exist && facts.role.exists",
        "12:17: `facts.role.exist` does not exist: `facts.role` has exists, real_arn",
    );
    error(
        "    message: there is no role\n",
        "",
        "12:17: an assertion has either `message` or `message_expression`: expected exactly one of them",
    );
    error(
        "text: Create the role",
        "text: Create {{target.role}}",
        "15:13: `target.role` does not exist: `target` has role_arn, role_name, role_account, kms_arn, key_id, key_region, key_account, external_id",
    );
    error(
        "text: Create the role",
        "text: Create\n      snippet: { language: shell, text: \"run '{{target.role_name}}'\" }",
        "16:41: the placeholder `target.role_name` stands inside of quotes: it is quoted by itself; end the quotes before it",
    );
    error(
        "message: there is no role",
        "message: ''",
        "13:14: the message is empty or has several lines: expected one line",
    );
}

#[test]
fn what_reads_no_fact_can_not_be_unknown_and_needs_no_such_case() {
    let source = SOUND
        .replace("facts.role.exists\n", "target.role_name == 'openai-ekm'\n")
        .replace("[aws.role, aws.caller]", "[]")
        .replace("facts: { role: { exists: true } }", "target: { role_name: openai-ekm }")
        .replace("facts: { role: { exists: false } }", "target: { role_name: other }");
    let source = source.split("  - name: not read").next().unwrap();
    assert!(with("aws-sample.yaml", source).is_ok());
}

#[test]
fn cases_cover_every_outcome_and_are_typed() {
    error("expect: pass", "expect: unknown", "17:3: no case expects `pass`: expected at least one");
    error(
        "    expect: fail",
        "    expect: pass",
        "12:17: no case is decided by this assertion: expected one with `assertion: 1`",
    );
    error(
        "{ role: { exists: true } }",
        "{ role: { exists: maybe } }",
        "17:11: case `there`: `facts.role.exists` is `\"maybe\"`: expected a boolean",
    );
    error(
        "{ role: { exists: true } }",
        "{ rolle: { exists: true } }",
        "17:11: case `there`: `facts.rolle` does not exist",
    );
    error(
        "role.exists: denied",
        "role.exist: denied",
        "23:11: case `not read`: `facts.role.exist` is missing, but does not exist",
    );
    error(
        "role.exists: denied",
        "role: denied",
        "23:11: case `not read`: `facts.role` is missing as a whole: name its fields one by one",
    );
    error(
        "expect: unknown",
        "facts: { role: { exists: true } }\n    expect: unknown",
        "23:11: case `not read`: `facts.role.exists` is both given and missing",
    );
    error(
        "expect: fail",
        "expect: fail\n    target: { role: x }",
        "20:11: case `absent`: `target.role` does not exist",
    );
}

#[test]
fn no_text_acts_on_a_terminal() {
    error(
        "Nothing works",
        "Nothing\u{1b} works",
        "7:13: the file holds the character U+001B, which acts on a terminal or hides text: remove it",
    );
    error(
        "Nothing works",
        "Nothing\u{202e} works",
        "7:13: the file holds the character U+202E, which acts on a terminal or hides text: remove it",
    );
    assert_eq!(
        errors("message: there is no role", r#"message: "\e[31mno role""#),
        [
            "aws-sample.yaml: `assertions[0].message` holds the character U+001B, which acts on a terminal or hides text: remove it"
        ]
    );
    let crlf = SOUND.replace('\n', "\r\n");
    assert!(with("aws-sample.yaml", &crlf).is_ok());
    let name = with("aws-\u{1b}[2J.yaml", SOUND).unwrap_err();
    assert!(name[0].to_string().starts_with("aws-\\u{1b}[2J.yaml:2:5: "), "{}", name[0]);
}

#[test]
fn hostile_files_end_soon() {
    let files = [
        "a".repeat(10_000_000),
        "[".repeat(60_000),
        "{a: ".repeat(15_000),
        "- ".repeat(30_000),
        "a: &a [x]\nb: &b [*a, *a, *a]\nc: &c [*b, *b, *b]\n".repeat(100),
        format!("{}: 1", "\"".repeat(60_000)),
        "? ".repeat(30_000),
        "\n".repeat(60_000),
        SOUND.replacen("facts.role.exists", &["facts.role.exists"; 110].join("&&"), 1),
        SOUND.replacen("facts.role.exists", &format!("{}facts.role.exists", "!".repeat(190)), 1),
        SOUND.replacen("facts.role.exists", &format!("{}facts.role.exists", "(".repeat(1_900)), 1),
        SOUND.replacen("- name: there", &"- name: there\n    expect: pass\n  ".repeat(2_000), 1),
    ];
    for source in files {
        let registry = registry().unwrap();
        assert!(registry.with(vec![("aws-sample.yaml".into(), source.clone())]).is_err());
    }
}

/// The cases are the last part of each file that comes with the program: judging reads none.
#[test]
fn checks_for_judging_are_those_of_the_files_without_their_cases() {
    let (quick, whole) = (registry_for_judging().unwrap(), registry().unwrap());
    let told = |registry: &Registry| -> Vec<String> {
        let told = registry.iter().map(|check| {
            let facts: Vec<&str> = check.facts().collect();
            let head = (check.id(), check.title(), check.severity(), check.why(), check.source());
            format!("{head:?} {:?} {:?} {facts:?}", check.needs(), check.references())
        });
        told.collect()
    };
    assert_eq!(told(&quick), told(&whole));
    assert!(quick.iter().all(|check| check.cases.is_empty()));
    assert!(whole.iter().all(|check| !check.cases.is_empty()));
    assert!(EMBEDDED.iter().all(|(_, text)| text.matches(CASES).count() == 1));
}
