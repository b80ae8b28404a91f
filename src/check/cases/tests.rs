use super::*;
use crate::check::load::registry;

const CHECK: &str = "format: 1
id: aws-sample
title: The key is enabled
provider: aws
severity: error
since: 0.1.0
why: It matters.
references: [https://example.com/]
needs: [aws.key, aws.key_caller]
assertions:
  - expression: facts.key.state != 'Disabled'
    message: it is disabled
    fix: { text: Enable it }
  - expression: facts.key.state == 'Enabled'
    message_expression: \"'it is ' + facts.key.state + ' ' + target.key_id\"
    fix: { text: Wait }
tests:
";

/// The problems of the cases, by name; the first four make the check load.
fn problems(cases: &str) -> Vec<(String, Option<String>)> {
    let source = format!(
        "{CHECK}  - {{ name: p, facts: {{ key: {{ state: Enabled }} }}, expect: pass }}
  - {{ name: f1, facts: {{ key: {{ state: Disabled }} }}, expect: fail, assertion: 1 }}
  - {{ name: f2, facts: {{ key: {{ state: Creating }} }}, expect: fail, assertion: 2 }}
  - {{ name: u, missing: {{ key.state: denied }}, expect: unknown }}
{cases}"
    );
    let registry = registry().unwrap().with(vec![("aws-sample.yaml".into(), source)]).unwrap();
    let results = run(registry.get("aws-sample").unwrap());
    assert!(results[..4].iter().all(CaseResult::passed), "{results:?}");
    results[4..].iter().map(|result| (result.name.clone(), result.problem.clone())).collect()
}

#[test]
fn cases_that_hold_have_no_problem() {
    let cases = "  - name: message
    facts: { key: { state: Creating } }
    target: { key_id: alias/a }
    expect: fail
    assertion: 2
    message: it is Creating alias/a
  - name: unknown message
    missing: { key.state: timed out }
    expect: unknown
    message: can't be decided without `aws.key` (timed out)
";
    assert_eq!(problems(cases), [("message".into(), None), ("unknown message".into(), None)]);
}

#[test]
fn a_case_that_does_not_hold_says_what_came_instead() {
    let cases = "  - { name: outcome, facts: { key: { state: Disabled } }, expect: pass }
  - { name: assertion, facts: { key: { state: Disabled } }, expect: fail, assertion: 2 }
  - { name: message, facts: { key: { state: Disabled } }, expect: fail, assertion: 1, message: off }
  - { name: not given, facts: { key: { spec: X } }, expect: pass }
";
    let found: Vec<_> = problems(cases).into_iter().map(|(_, problem)| problem.unwrap()).collect();
    assert_eq!(
        found,
        [
            "expected `pass`, got `fail`: it is disabled",
            "expected assertion 2 to fail, but assertion 1 does: it is disabled",
            "expected the message `off`, got `it is disabled`",
            "expected `pass`, got `error`: the check can't be judged: `facts.key.state` is not given",
        ]
    );
}
