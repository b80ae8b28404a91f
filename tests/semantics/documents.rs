//! What is no request or no policy: refused with the place and the reason.

use serde_json::{Value, json};

use crate::answer_text;
use crate::case::{ALLOWED, IMPLICITLY_DENIED, allow, deny, encrypt};

fn with_actions(actions: Vec<&str>) -> Value {
    json!({"Effect": "Allow", "Action": actions, "Resource": "*"})
}

/// The document of [`encrypt`], a field a line, with one piece of its text changed.
fn changed(from: &str, to: &str) -> String {
    let document = format!("{:#}", encrypt().document());
    assert!(document.contains(from), "no {from} in {document}");
    document.replacen(from, to, 1)
}

/// Asserts that a document is refused, with words of the reason.
#[track_caller]
fn refused(document: &str, words: &[&str]) {
    let shown = document.get(..4_000).unwrap_or(document);
    match answer_text(document) {
        Ok(answer) => panic!("answered {answer} to\n{shown}"),
        Err(error) => {
            for word in words {
                assert!(error.contains(word), "no `{word}` in `{error}` of\n{shown}");
            }
        }
    }
}

/// Asserts that a change is refused, with the line on which it stands and words of the reason.
#[track_caller]
fn refused_at(from: &str, to: &str, words: &[&str]) {
    let document = changed(from, to);
    let before = document.split(to).next().expect("the change");
    let line = format!("line {} column ", before.lines().count());
    refused(&document, &[&[line.as_str()], words].concat());
}

#[test]
fn text_that_is_no_json_is_refused_with_its_place() {
    refused("", &["line 1 column "]);
    refused("nonsense", &["line 1 column "]);
    refused("\n\n{\"request\": ", &["line 3 column "]);
    refused_at("\"context\": {}", "context: {}", &[]);
    refused("null", &[]);
    refused("{}", &["request"]);
    refused("\"text\"", &[]);
    refused("{\"request\": {}} {}", &[]);
}

#[test]
fn unknown_fields_are_refused_with_their_place() {
    refused_at("\"identity_policies\"", "\"identity_policy\"", &["identity_policy"]);
    refused_at("\"action\"", "\"actions\"", &["actions"]);
    refused_at("\"Action\"", "\"Actions\"", &["Actions"]);
    refused_at("\"Statement\"", "\"Statements\"", &["Statements"]);
    refused_at("\"Effect\"", "\"effect\"", &["effect"]);
    refused_at("\"Version\"", "\"version\"", &["version"]);
}

#[test]
fn values_of_the_wrong_type_are_refused_with_their_place() {
    refused_at("\"action\": \"kms:Encrypt\"", "\"action\": 5", &[]);
    refused_at("\"context\": {}", "\"context\": []", &[]);
    refused_at("\"Action\": \"kms:*\"", "\"Action\": 5", &["5"]);
    refused_at("\"Action\": \"kms:*\"", "\"Action\": {}", &[]);
    refused_at("\"Resource\": \"*\"", "\"Resource\": true", &["true"]);
    refused_at("\"Effect\": \"Allow\"", "\"Effect\": \"allow\"", &["allow"]);
    refused_at("\"Effect\": \"Allow\"", "\"Effect\": \"Permit\"", &["Permit"]);
    refused_at("\"Version\": \"2012-10-17\"", "\"Version\": \"2012-10-18\"", &["2012-10-18"]);
    refused_at("\"Sid\": \"Use\"", "\"Condition\": []", &[]);
    refused_at("\"Sid\": \"Use\"", "\"Condition\": {\"StringEquals\": \"blue\"}", &[]);
    refused_at("\"Sid\": \"Use\"", "\"Condition\": {\"StringEquals\": {\"aws:userid\": {}}}", &[]);
}

/// IAM-UG reference_policies_elements_condition_operators lists the operators; `Null` takes no IfExists.
#[test]
fn operators_that_are_not_listed_are_refused_with_their_place() {
    for operator in [
        "StringMatches",
        "StringEqual",
        "NullIfExists",
        "ForAllValue:StringEquals",
        "ForAnyValue:",
        "IfExists",
        "",
        "StringEqualsIfExistsIfExists",
        "ForAnyValue:ForAllValues:StringEquals",
        "NumericLike",
        "BoolNotEquals",
    ] {
        let condition = format!("\"Condition\": {{\"{operator}\": {{\"aws:userid\": \"a\"}}}}");
        refused_at("\"Sid\": \"Use\"", &condition, &[operator]);
    }
}

/// IAM-UG reference_policies_grammar: each element once.
#[test]
fn a_repeated_element_is_refused_with_its_place() {
    refused_at("\"Action\": \"kms:*\"", "\"Action\": \"kms:*\", \"Action\": \"s3:*\"", &["Action"]);
    refused_at("\"Effect\": \"Allow\"", "\"Effect\": \"Allow\", \"Effect\": \"Deny\"", &["Effect"]);
    refused_at("\"context\": {}", "\"context\": {}, \"context\": {}", &["context"]);
    let key = "\"Condition\": {\"StringEquals\": {\"aws:userid\": \"a\", \"aws:userid\": \"b\"}}";
    refused_at("\"Sid\": \"Use\"", key, &["aws:userid"]);
    let operator =
        "\"Condition\": {\"Null\": {\"aws:userid\": \"true\"}, \"Null\": {\"aws:userid\": \"false\"}}";
    refused_at("\"Sid\": \"Use\"", operator, &["Null"]);
}

/// IAM-UG reference_policies_grammar: an effect, and one of each pair.
#[test]
fn a_statement_without_what_it_needs_is_refused() {
    let with_statement = |statement: Value| encrypt().identity(json!([statement])).document().to_string();
    refused(&with_statement(json!({"Action": "kms:*", "Resource": "*"})), &["Effect"]);
    refused(&with_statement(json!({"Effect": "Allow", "Resource": "*"})), &["Action"]);
    let both = json!({"Effect": "Allow", "Action": "kms:*", "NotAction": "s3:*", "Resource": "*"});
    refused(&with_statement(both), &["NotAction"]);
    let both = json!({"Effect": "Allow", "Action": "kms:*", "Resource": "*", "NotResource": "*"});
    refused(&with_statement(both), &["NotResource"]);
    encrypt().identity(json!([allow("kms:*")])).is(ALLOWED);
}

#[test]
fn a_document_that_is_nested_too_deep_is_refused() {
    for (open, close) in [("[", "]"), ("{\"a\":", "}")] {
        let nested = format!("{}1{}", open.repeat(10_000), close.repeat(10_000));
        refused(&nested, &[]);
        refused(&changed("\"context\": {}", &format!("\"context\": {nested}")), &[]);
        refused(&changed("\"Action\": \"kms:*\"", &format!("\"Action\": {nested}")), &[]);
        refused(&changed("\"Sid\": \"Use\"", &format!("\"Condition\": {nested}")), &[]);
    }
}

#[test]
fn a_mistake_in_a_large_document_is_refused_with_its_place() {
    let decrypt = "\"kms:Decrypt\", ".repeat(400_000);
    refused_at("\"Action\": \"kms:*\"", &format!("\"Action\": [{decrypt}5]"), &["5"]);
    encrypt().identity(json!([with_actions(vec!["kms:Decrypt"; 400_000])])).is(IMPLICITLY_DENIED);
    refused(
        &changed("\"Action\": \"kms:*\"", &format!("\"Action\": [{}5]", decrypt.repeat(2))),
        &["line ", "bytes"],
    );
}

#[test]
fn a_list_of_requests_is_answered_in_order() {
    let allowed = encrypt();
    let denied = encrypt().no_identity();
    let list = json!([allowed.document(), denied.document(), allowed.document()]);
    let text = answer_text(&list.to_string()).unwrap_or_else(|error| panic!("refused: {error}"));
    let answers: Value = serde_json::from_str(&text).expect("JSON");
    let decisions: Vec<&Value> =
        answers.as_array().expect("a list").iter().map(|answer| &answer["decision"]).collect();
    assert_eq!(decisions, [ALLOWED, IMPLICITLY_DENIED, ALLOWED]);
    let broken = json!([allowed.document(), {"request": 5}]);
    refused(&broken.to_string(), &[]);
}

#[test]
fn an_answer_names_its_reasons_and_nothing_is_left_out_of_it() {
    let case = encrypt().identity(json!([allow("kms:*"), deny("kms:Encrypt")]));
    let answer = crate::answer(case.document());
    let fields: Vec<&String> = answer.as_object().expect("an object").keys().collect();
    assert_eq!(fields.len(), 4, "{answer:#}");
    assert_eq!(answer["version"], 1);
    let reasons = answer["because"].as_array().expect("a list");
    assert!(!reasons.is_empty(), "{answer:#}");
    for reason in reasons {
        for field in ["layer", "statement", "effect"] {
            assert!(reason[field].as_str().is_some_and(|text| !text.is_empty()), "no {field} in {reason}");
        }
    }
    assert_eq!(answer["depends_on"], json!([]));
}
