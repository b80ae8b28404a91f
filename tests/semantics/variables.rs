//! Policy variables.

use serde_json::json;

use crate::case::{
    ALLOWED, DEPENDS, EXPLICITLY_DENIED, IMPLICITLY_DENIED, allow, condition_of_version, conditions, deny,
    encrypt, on, when, with,
};

const KEY_ID: &str = "1234abcd-12ab-34cd-56ef-1234567890ab";
const OWN_KEY: &str = "arn:aws:kms:us-east-1:111122223333:key/${aws:PrincipalTag/key}";

/// IAM-UG reference_policies_elements_version: "If you do not include a Version element, the value defaults to
/// 2008-10-17", in which a variable is text like any other.
#[test]
fn variables_are_text_without_the_version_of_2012() {
    let same_owner = json!({"StringEquals": {"aws:ResourceTag/owner": "${aws:PrincipalTag/owner}"}});
    let owned = json!({"aws:ResourceTag/owner": "ann", "aws:PrincipalTag/owner": "ann"});
    let literal =
        json!({"aws:ResourceTag/owner": "${aws:PrincipalTag/owner}", "aws:PrincipalTag/owner": "ann"});
    condition_of_version(Some("2012-10-17"), &owned, "holds", &same_owner);
    condition_of_version(Some("2012-10-17"), &literal, "fails", &same_owner);
    for version in [None, Some("2008-10-17")] {
        condition_of_version(version, &owned, "fails", &same_owner);
        condition_of_version(version, &literal, "holds", &same_owner);
    }
}

/// IAM-UG reference_policies_variables: in the last part of a Resource and in conditions on strings and ARNs; the names
/// of keys ignore case there, too.
#[test]
fn a_variable_stands_for_the_value_of_its_key() {
    let case = encrypt().identity(json!([on(allow("kms:*"), OWN_KEY)]));
    case.clone().context(json!({"aws:PrincipalTag/key": KEY_ID})).is(ALLOWED);
    case.context(json!({"aws:PrincipalTag/key": "another"})).is(IMPLICITLY_DENIED);
    conditions(
        &json!({
            "aws:PrincipalTag/team": "blue", "aws:ResourceTag/team": "blue-7",
            "aws:SourceArn": "arn:aws:sns:us-east-1:111122223333:blue-alerts"
        }),
        &[
            ("holds", json!({"StringEquals": {"aws:ResourceTag/team": "${aws:PrincipalTag/team}-7"}})),
            ("holds", json!({"StringEquals": {"aws:ResourceTag/team": "${AWS:principaltag/TEAM}-7"}})),
            ("fails", json!({"StringEquals": {"aws:ResourceTag/team": "${aws:PrincipalTag/team}"}})),
            ("holds", json!({"StringLike": {"aws:ResourceTag/team": "${aws:PrincipalTag/team}-*"}})),
            ("fails", json!({"StringNotEquals": {"aws:ResourceTag/team": "${aws:PrincipalTag/team}-7"}})),
            (
                "holds",
                json!({"ArnLike": {"aws:SourceArn": "arn:aws:sns:*:111122223333:${aws:PrincipalTag/team}-*"}}),
            ),
            (
                "fails",
                json!({"ArnLike": {"aws:SourceArn": "arn:aws:sns:*:111122223333:${aws:PrincipalTag/team}"}}),
            ),
        ],
    );
}

/// IAM-UG reference_policies_variables#policy-vars-specialchars.
#[test]
fn three_variables_stand_for_characters() {
    let tag = |value: &str| json!({"aws:PrincipalTag/team": value});
    let like = |pattern: &str| json!({"StringLike": {"aws:PrincipalTag/team": pattern}});
    conditions(&tag("a*b"), &[("holds", like("a${*}b")), ("fails", like("a${?}b"))]);
    conditions(&tag("axb"), &[("fails", like("a${*}b")), ("holds", like("a*b")), ("fails", like("a${?}b"))]);
    conditions(&tag("a?b"), &[("holds", like("a${?}b")), ("holds", like("a?b"))]);
    conditions(&tag("a$b"), &[("holds", like("a${$}b")), ("fails", like("a${*}b"))]);
    conditions(&tag("a${*}b"), &[("fails", like("a${*}b"))]);
}

/// IAM-UG reference_policies_variables#policy-vars-default-values.
#[test]
fn a_default_stands_in_for_a_missing_key() {
    let team = json!({"StringEquals": {"aws:ResourceTag/team": "${aws:PrincipalTag/team, 'none'}"}});
    conditions(&json!({"aws:ResourceTag/team": "none"}), &[("holds", team.clone())]);
    conditions(&json!({"aws:ResourceTag/team": "blue"}), &[("fails", team.clone())]);
    let tagged = json!({"aws:ResourceTag/team": "blue", "aws:PrincipalTag/team": "blue"});
    conditions(&tagged, &[("holds", team.clone())]);
    let other = json!({"aws:ResourceTag/team": "none", "aws:PrincipalTag/team": "blue"});
    conditions(&other, &[("fails", team)]);
    let resource = OWN_KEY.replace('}', &format!(", '{KEY_ID}'}}"));
    let case = encrypt().identity(json!([on(allow("kms:*"), &resource)]));
    case.is(ALLOWED);
    case.context(json!({"aws:PrincipalTag/key": "another"})).is(IMPLICITLY_DENIED);
}

/// IAM-UG reference_policies_variables#policy-vars-no-value: it "will not match any resource", is like no value, and so
/// satisfies a negated operator.
#[test]
fn a_variable_without_a_value_matches_nothing_and_satisfies_a_negated_operator() {
    encrypt().identity(json!([on(allow("kms:*"), OWN_KEY)])).is(IMPLICITLY_DENIED);
    encrypt().identity(json!([allow("kms:*"), on(deny("kms:*"), OWN_KEY)])).is(ALLOWED);
    let starred = OWN_KEY.replace("key/", "*");
    encrypt().identity(json!([on(allow("kms:*"), &starred)])).is(IMPLICITLY_DENIED);
    let tagged = json!({"aws:ResourceTag/team": "blue"});
    let of_own_team =
        |operator: &str| json!({operator: {"aws:ResourceTag/team": "${aws:PrincipalTag/team}"}});
    conditions(
        &tagged,
        &[
            ("fails", of_own_team("StringEquals")),
            ("fails", of_own_team("StringLike")),
            ("fails", json!({"StringLike": {"aws:ResourceTag/team": "*${aws:PrincipalTag/team}"}})),
            ("holds", of_own_team("StringNotEquals")),
            ("holds", of_own_team("StringNotLike")),
        ],
    );
    let both = json!({"aws:ResourceTag/team": "blue", "aws:PrincipalTag/team": "blue"});
    conditions(&both, &[("holds", of_own_team("StringEquals")), ("fails", of_own_team("StringNotEquals"))]);
    let denied = json!([allow("kms:*"), when(deny("kms:*"), of_own_team("StringNotEquals"))]);
    encrypt().identity(denied).context(tagged).is(EXPLICITLY_DENIED);
}

/// IAM-UG reference_policies_variables#policy-vars-no-value says what a Resource does, and of a NotResource nothing
/// that could be read in one way only.
#[test]
fn a_variable_without_a_value_in_not_resource_is_not_decided() {
    let all_but_own = json!({"Effect": "Allow", "Action": "kms:*", "NotResource": OWN_KEY});
    let case = encrypt().identity(json!([all_but_own.clone()]));
    case.is(DEPENDS);
    case.clone().context(json!({"aws:PrincipalTag/key": "another"})).is(ALLOWED);
    case.context(json!({"aws:PrincipalTag/key": KEY_ID})).is(IMPLICITLY_DENIED);
    let denying = with(all_but_own, json!({"Effect": "Deny"}));
    encrypt().identity(json!([allow("kms:*"), denying])).is(DEPENDS);
}
