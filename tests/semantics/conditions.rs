//! Conditions: operators, sets of values, keys that are not there.

use serde_json::json;

use crate::case::{
    EXPLICITLY_DENIED, IMPLICITLY_DENIED, allow, allow_to, conditions, deny_to, encrypt, read_object, when,
};

/// IAM-UG reference_policies_elements_condition_operators: "If the key that you specify in a policy condition is not
/// present in the request context, the values do not match", and the negated operators are then true.
#[test]
fn a_missing_key_fails_a_positive_and_satisfies_a_negated_operator() {
    conditions(
        &json!({}),
        &[
            ("fails", json!({"StringEquals": {"aws:PrincipalOrgID": "o-example"}})),
            ("fails", json!({"StringEqualsIgnoreCase": {"aws:PrincipalOrgID": "o-example"}})),
            ("fails", json!({"StringLike": {"aws:PrincipalOrgID": "*"}})),
            ("fails", json!({"ArnEquals": {"aws:SourceArn": "arn:aws:sns:*:*:*"}})),
            ("fails", json!({"ArnLike": {"aws:SourceArn": "arn:aws:sns:*:*:*"}})),
            ("fails", json!({"NumericEquals": {"aws:MultiFactorAuthAge": "5"}})),
            ("fails", json!({"NumericLessThan": {"aws:MultiFactorAuthAge": "5"}})),
            ("fails", json!({"NumericGreaterThanEquals": {"aws:MultiFactorAuthAge": "0"}})),
            ("fails", json!({"DateEquals": {"aws:TokenIssueTime": "2026-01-01T00:00:00Z"}})),
            ("fails", json!({"DateGreaterThan": {"aws:TokenIssueTime": "2026-01-01T00:00:00Z"}})),
            ("fails", json!({"Bool": {"aws:MultiFactorAuthPresent": "false"}})),
            ("fails", json!({"IpAddress": {"aws:SourceIp": "0.0.0.0/0"}})),
            ("holds", json!({"StringNotEquals": {"aws:PrincipalOrgID": "o-example"}})),
            ("holds", json!({"StringNotEqualsIgnoreCase": {"aws:PrincipalOrgID": "o-example"}})),
            ("holds", json!({"StringNotLike": {"aws:PrincipalOrgID": "*"}})),
            ("holds", json!({"ArnNotEquals": {"aws:SourceArn": "arn:aws:sns:*:*:*"}})),
            ("holds", json!({"ArnNotLike": {"aws:SourceArn": "arn:aws:sns:*:*:*"}})),
            ("holds", json!({"NumericNotEquals": {"aws:MultiFactorAuthAge": "5"}})),
            ("holds", json!({"DateNotEquals": {"aws:TokenIssueTime": "2026-01-01T00:00:00Z"}})),
            ("holds", json!({"NotIpAddress": {"aws:SourceIp": "0.0.0.0/0"}})),
        ],
    );
    let own = json!({"aws:PrincipalOrgID": "o-example"});
    conditions(
        &own,
        &[
            ("holds", json!({"StringEquals": {"aws:PrincipalOrgID": "o-example"}})),
            ("holds", json!({"StringLike": {"aws:PrincipalOrgID": "*"}})),
            ("fails", json!({"StringNotEquals": {"aws:PrincipalOrgID": "o-example"}})),
            ("fails", json!({"StringNotLike": {"aws:PrincipalOrgID": "*"}})),
        ],
    );
}

/// IAM-UG reference_policies_elements_condition_operators: a denial of everyone outside of the organization hits those
/// that have none.
#[test]
fn a_denial_outside_the_organization_denies_a_caller_without_one() {
    let outside =
        when(deny_to("*", "kms:*"), json!({"StringNotEquals": {"aws:PrincipalOrgID": "o-example"}}));
    let case = encrypt().resource(json!([allow_to("111122223333", "kms:*"), outside]));
    case.is(EXPLICITLY_DENIED).because("key_policy", "No", "deny", "");
    case.context(json!({"aws:PrincipalOrgID": "o-example"})).is("allowed");
}

/// IAM-UG reference_policies_elements_condition_operators#Conditions_IfExists: "If the key is not present, evaluate the
/// condition element as true."
#[test]
fn if_exists_holds_where_the_key_is_missing_and_is_the_plain_operator_where_it_is_not() {
    let all = [
        ("StringEquals", "aws:PrincipalOrgID", "o-example"),
        ("StringNotEquals", "aws:PrincipalOrgID", "o-example"),
        ("StringEqualsIgnoreCase", "aws:PrincipalOrgID", "o-example"),
        ("StringNotEqualsIgnoreCase", "aws:PrincipalOrgID", "o-example"),
        ("StringLike", "aws:PrincipalOrgID", "o-*"),
        ("StringNotLike", "aws:PrincipalOrgID", "o-*"),
        ("ArnEquals", "aws:SourceArn", "arn:aws:sns:*:*:*"),
        ("ArnLike", "aws:SourceArn", "arn:aws:sns:*:*:*"),
        ("ArnNotEquals", "aws:SourceArn", "arn:aws:sns:*:*:*"),
        ("ArnNotLike", "aws:SourceArn", "arn:aws:sns:*:*:*"),
        ("NumericLessThan", "aws:MultiFactorAuthAge", "5"),
        ("NumericNotEquals", "aws:MultiFactorAuthAge", "5"),
        ("DateLessThan", "aws:TokenIssueTime", "2026-01-01T00:00:00Z"),
        ("DateNotEquals", "aws:TokenIssueTime", "2026-01-01T00:00:00Z"),
        ("Bool", "aws:MultiFactorAuthPresent", "true"),
        ("IpAddress", "aws:SourceIp", "203.0.113.0/24"),
        ("NotIpAddress", "aws:SourceIp", "203.0.113.0/24"),
    ];
    for (operator, key, value) in all {
        let operator = format!("{operator}IfExists");
        conditions(&json!({}), &[("holds", json!({operator: {key: value}}))]);
    }
    conditions(
        &json!({"aws:PrincipalOrgID": "o-another", "aws:MultiFactorAuthAge": "7", "aws:SourceIp": "203.0.113.7"}),
        &[
            ("fails", json!({"StringEqualsIfExists": {"aws:PrincipalOrgID": "o-example"}})),
            ("holds", json!({"StringEqualsIfExists": {"aws:PrincipalOrgID": "o-another"}})),
            ("holds", json!({"StringNotEqualsIfExists": {"aws:PrincipalOrgID": "o-example"}})),
            ("fails", json!({"StringNotEqualsIfExists": {"aws:PrincipalOrgID": "o-another"}})),
            ("fails", json!({"NumericLessThanIfExists": {"aws:MultiFactorAuthAge": "5"}})),
            ("holds", json!({"NumericLessThanIfExists": {"aws:MultiFactorAuthAge": "10"}})),
            ("holds", json!({"IpAddressIfExists": {"aws:SourceIp": "203.0.113.0/24"}})),
            ("fails", json!({"NotIpAddressIfExists": {"aws:SourceIp": "203.0.113.0/24"}})),
        ],
    );
}

/// IAM-UG reference_policies_elements_condition_operators#Conditions_IfExists: long-term credentials have no
/// `aws:MultiFactorAuthPresent`, so only the operator with IfExists denies them.
#[test]
fn bool_does_not_see_a_missing_key_and_bool_if_exists_does() {
    let plain = json!({"Bool": {"aws:MultiFactorAuthPresent": "false"}});
    let if_exists = json!({"BoolIfExists": {"aws:MultiFactorAuthPresent": "false"}});
    conditions(&json!({}), &[("fails", plain.clone()), ("holds", if_exists.clone())]);
    let without = json!({"aws:MultiFactorAuthPresent": "false"});
    conditions(&without, &[("holds", plain.clone()), ("holds", if_exists.clone())]);
    let with_device = json!({"aws:MultiFactorAuthPresent": "true"});
    conditions(&with_device, &[("fails", plain), ("fails", if_exists)]);
}

/// IAM-UG reference_policies_multi-value-conditions: OR among the values of a positive operator, NOR among those of a
/// negated one, AND among keys and operators.
#[test]
fn values_are_alternatives_and_keys_and_operators_are_not() {
    conditions(
        &json!({"aws:PrincipalTag/team": "blue", "aws:RequestedRegion": "us-east-1", "aws:SourceIp": "203.0.113.7"}),
        &[
            ("holds", json!({"StringEquals": {"aws:PrincipalTag/team": ["red", "blue"]}})),
            ("fails", json!({"StringEquals": {"aws:PrincipalTag/team": ["red", "green"]}})),
            ("holds", json!({"StringNotEquals": {"aws:PrincipalTag/team": ["red", "green"]}})),
            ("fails", json!({"StringNotEquals": {"aws:PrincipalTag/team": ["red", "blue"]}})),
            ("fails", json!({"StringNotLike": {"aws:PrincipalTag/team": ["re*", "bl*"]}})),
            ("fails", json!({"NotIpAddress": {"aws:SourceIp": ["198.51.100.0/24", "203.0.113.0/24"]}})),
            ("holds", json!({"NotIpAddress": {"aws:SourceIp": ["198.51.100.0/24", "192.0.2.0/24"]}})),
            (
                "holds",
                json!({"StringEquals": {"aws:PrincipalTag/team": "blue", "aws:RequestedRegion": "us-east-1"}}),
            ),
            (
                "fails",
                json!({"StringEquals": {"aws:PrincipalTag/team": "blue", "aws:RequestedRegion": "eu-west-1"}}),
            ),
            (
                "fails",
                json!({
                    "StringEquals": {"aws:PrincipalTag/team": "blue"}, "IpAddress": {"aws:SourceIp": "192.0.2.0/24"}
                }),
            ),
            (
                "holds",
                json!({
                    "StringEquals": {"aws:PrincipalTag/team": "blue"}, "IpAddress": {"aws:SourceIp": "203.0.113.0/24"}
                }),
            ),
        ],
    );
}

/// IAM-UG reference_policies_multi-value-conditions: of no values, all are and none is.
#[test]
fn for_all_values_holds_of_nothing_and_for_any_value_does_not() {
    let expected = [
        ("holds", json!({"ForAllValues:StringEquals": {"aws:TagKeys": "team"}})),
        ("holds", json!({"ForAllValues:StringNotEquals": {"aws:TagKeys": "team"}})),
        ("fails", json!({"ForAnyValue:StringEquals": {"aws:TagKeys": "team"}})),
        ("fails", json!({"ForAnyValue:StringLike": {"aws:TagKeys": "*"}})),
        ("fails", json!({"ForAnyValue:StringNotEquals": {"aws:TagKeys": "team"}})),
        ("fails", json!({"ForAnyValue:StringNotLike": {"aws:TagKeys": "te*"}})),
    ];
    conditions(&json!({}), &expected);
    conditions(&json!({"aws:TagKeys": []}), &expected);
    let closed =
        json!({"ForAllValues:StringEquals": {"aws:TagKeys": "team"}, "Null": {"aws:TagKeys": "false"}});
    conditions(&json!({}), &[("fails", closed.clone())]);
    conditions(&json!({"aws:TagKeys": ["team"]}), &[("holds", closed)]);
}

/// IAM-UG reference_policies_multi-value-conditions: every value of the request, or one of them, against the policy's.
#[test]
fn a_set_operator_asks_each_value_of_the_request() {
    conditions(
        &json!({"aws:TagKeys": ["team", "stage"]}),
        &[
            ("holds", json!({"ForAllValues:StringEquals": {"aws:TagKeys": ["team", "stage", "cost"]}})),
            ("fails", json!({"ForAllValues:StringEquals": {"aws:TagKeys": ["team", "cost"]}})),
            ("holds", json!({"ForAnyValue:StringEquals": {"aws:TagKeys": ["team", "cost"]}})),
            ("fails", json!({"ForAnyValue:StringEquals": {"aws:TagKeys": ["cost"]}})),
            ("holds", json!({"ForAllValues:StringNotEquals": {"aws:TagKeys": ["cost"]}})),
            ("fails", json!({"ForAllValues:StringNotEquals": {"aws:TagKeys": ["team"]}})),
            ("holds", json!({"ForAnyValue:StringNotEquals": {"aws:TagKeys": ["team"]}})),
            ("fails", json!({"ForAnyValue:StringNotEquals": {"aws:TagKeys": ["team", "stage"]}})),
            ("holds", json!({"ForAllValues:StringLike": {"aws:TagKeys": ["t*", "s*"]}})),
            ("fails", json!({"ForAllValues:StringLike": {"aws:TagKeys": "t*"}})),
        ],
    );
}

/// IAM-UG reference_policies_elements_condition_operators#Conditions_IfExists: AWS's own managed policies put IfExists
/// behind set operators; a missing key then holds, as it does for every other operator.
#[test]
fn if_exists_goes_with_set_operators() {
    conditions(
        &json!({}),
        &[
            ("holds", json!({"ForAnyValue:StringEqualsIfExists": {"aws:TagKeys": "team"}})),
            ("holds", json!({"ForAnyValue:StringLikeIfExists": {"aws:TagKeys": "t*"}})),
            ("holds", json!({"ForAnyValue:StringNotEqualsIfExists": {"aws:TagKeys": "team"}})),
            ("holds", json!({"ForAllValues:StringEqualsIfExists": {"aws:TagKeys": "team"}})),
        ],
    );
    conditions(
        &json!({"aws:TagKeys": ["stage"]}),
        &[
            ("fails", json!({"ForAnyValue:StringEqualsIfExists": {"aws:TagKeys": "team"}})),
            ("holds", json!({"ForAnyValue:StringEqualsIfExists": {"aws:TagKeys": "stage"}})),
            ("fails", json!({"ForAllValues:StringEqualsIfExists": {"aws:TagKeys": "team"}})),
        ],
    );
}

/// IAM-UG reference_policies_condition-single-vs-multi-valued-context-keys: a multivalued key needs a set operator, and
/// what AWS does without one is not documented. How many values there are does not matter.
#[test]
fn a_multivalued_key_without_a_set_operator_is_not_decided() {
    let when_tagged = |operator: &str| {
        encrypt()
            .identity(json!([when(allow("kms:*"), json!({operator: {"aws:TagKeys": "team"}}))]))
            .context(json!({"aws:TagKeys": ["team"]}))
    };
    when_tagged("StringEquals").depends_on(&["aws:TagKeys"]);
    when_tagged("ForAnyValue:StringEquals").is("allowed");
    when_tagged("StringEquals")
        .context(json!({"aws:TagKeys": ["team", "stage"]}))
        .depends_on(&["aws:TagKeys"]);
    conditions(
        &json!({"aws:PrincipalTag/team": "blue"}),
        &[("holds", json!({"StringEquals": {"aws:PrincipalTag/team": ["blue", "red"]}}))],
    );
}

/// IAM-UG reference_policies_elements_condition_operators#Conditions_ARN: "Each of the six colon-delimited components
/// of the ARN is checked separately"; ArnEquals and ArnLike are the same.
#[test]
fn arn_operators_compare_component_by_component() {
    let topic = json!({"aws:SourceArn": "arn:aws:sns:us-east-1:111122223333:team:alerts"});
    for (operator, negated) in [("ArnLike", "ArnNotLike"), ("ArnEquals", "ArnNotEquals")] {
        let cases = [
            (true, "arn:aws:sns:us-east-1:111122223333:team:alerts"),
            (true, "arn:aws:sns:us-east-1:111122223333:team:*"),
            (true, "arn:aws:sns:us-east-1:111122223333:*"),
            (true, "arn:aws:sns:*:*:team:alerts"),
            (true, "arn:aws:s?s:us-*:1111*:*alerts"),
            (false, "arn:aws:sns:*:team:alerts"),
            (false, "arn:aws:sns:us-east-1:111122223333:ALERTS"),
            (false, "arn:aws:sns:us-east-1:111122223333:Team:alerts"),
            (false, "arn:aws:sns:eu-*:*:*"),
        ];
        for (matches, pattern) in cases {
            let (positive, other) = if matches { ("holds", "fails") } else { ("fails", "holds") };
            conditions(
                &topic,
                &[
                    (positive, json!({operator: {"aws:SourceArn": pattern}})),
                    (other, json!({negated: {"aws:SourceArn": pattern}})),
                ],
            );
        }
    }
    // A string's wildcard crosses colons.
    conditions(&topic, &[("holds", json!({"StringLike": {"aws:SourceArn": "arn:aws:sns:*:team:alerts"}}))]);
}

/// IAM-UG reference_policies_elements_condition_operators#Conditions_String.
#[test]
fn only_string_like_has_wildcards_and_only_ignore_case_ignores_case() {
    conditions(
        &json!({"aws:PrincipalTag/team": "Blue-7"}),
        &[
            ("holds", json!({"StringEquals": {"aws:PrincipalTag/team": "Blue-7"}})),
            ("fails", json!({"StringEquals": {"aws:PrincipalTag/team": "blue-7"}})),
            ("fails", json!({"StringEquals": {"aws:PrincipalTag/team": "Blue-*"}})),
            ("fails", json!({"StringEquals": {"aws:PrincipalTag/team": "Blue-?"}})),
            ("holds", json!({"StringNotEquals": {"aws:PrincipalTag/team": "Blue-*"}})),
            ("holds", json!({"StringLike": {"aws:PrincipalTag/team": "Blue-*"}})),
            ("holds", json!({"StringLike": {"aws:PrincipalTag/team": "Bl?e-?"}})),
            ("holds", json!({"StringLike": {"aws:PrincipalTag/team": "*B*7*"}})),
            ("fails", json!({"StringLike": {"aws:PrincipalTag/team": "Blue-7?"}})),
            ("fails", json!({"StringLike": {"aws:PrincipalTag/team": "blue-*"}})),
            ("holds", json!({"StringNotLike": {"aws:PrincipalTag/team": "blue-*"}})),
            ("holds", json!({"StringEqualsIgnoreCase": {"aws:PrincipalTag/team": "bLUE-7"}})),
            ("fails", json!({"StringEqualsIgnoreCase": {"aws:PrincipalTag/team": "blue-*"}})),
            ("fails", json!({"StringNotEqualsIgnoreCase": {"aws:PrincipalTag/team": "blue-7"}})),
            ("holds", json!({"StringNotEqualsIgnoreCase": {"aws:PrincipalTag/team": "blue-*"}})),
        ],
    );
    conditions(
        &json!({"aws:PrincipalTag/team": "Blue-*"}),
        &[("holds", json!({"StringEquals": {"aws:PrincipalTag/team": "Blue-*"}}))],
    );
}

/// IAM-UG reference_policies_elements_condition_operators#Conditions_Null: `true` asks for a key that is missing,
/// `false` for one that is there. Managed policies write it as a JSON boolean, too.
#[test]
fn null_asks_whether_the_key_is_there() {
    let absent =
        [json!({"Null": {"aws:TokenIssueTime": "true"}}), json!({"Null": {"aws:TokenIssueTime": true}})];
    let present =
        [json!({"Null": {"aws:TokenIssueTime": "false"}}), json!({"Null": {"aws:TokenIssueTime": false}})];
    let session = json!({"aws:TokenIssueTime": "2026-01-01T00:00:00Z"});
    for (absent, present) in absent.into_iter().zip(present) {
        conditions(&json!({}), &[("holds", absent.clone()), ("fails", present.clone())]);
        conditions(&session, &[("fails", absent), ("holds", present)]);
    }
}

/// IAM-UG reference_policies_elements_condition: "condition key names are not case-sensitive"; access_tags: neither are
/// the tag keys in them. Values follow the operator.
#[test]
fn the_names_of_keys_ignore_case_and_values_do_not() {
    conditions(
        &json!({"aws:ResourceTag/Stage": "Live", "aws:PrincipalOrgID": "o-example"}),
        &[
            ("holds", json!({"StringEquals": {"AWS:principalorgid": "o-example"}})),
            ("fails", json!({"StringNotEquals": {"aws:PRINCIPALORGID": "o-example"}})),
            ("fails", json!({"Null": {"aws:principalOrgId": "true"}})),
            ("holds", json!({"StringEquals": {"aws:ResourceTag/STAGE": "Live"}})),
            ("fails", json!({"StringEquals": {"aws:ResourceTag/Stage": "LIVE"}})),
            ("fails", json!({"StringEquals": {"aws:ResourceTag/Stages": "Live"}})),
        ],
    );
}

/// IAM-UG reference_policies_elements_condition_operators#Conditions_Boolean.
#[test]
fn booleans_are_written_as_text_or_as_json() {
    conditions(
        &json!({"aws:SecureTransport": "true"}),
        &[
            ("holds", json!({"Bool": {"aws:SecureTransport": "true"}})),
            ("holds", json!({"Bool": {"aws:SecureTransport": true}})),
            ("fails", json!({"Bool": {"aws:SecureTransport": "false"}})),
            ("fails", json!({"Bool": {"aws:SecureTransport": false}})),
        ],
    );
}

/// IAM-UG reference_policies_elements_condition_operators#Conditions_Numeric: numbers, not their digits.
#[test]
fn numbers_are_compared_as_numbers() {
    conditions(
        &json!({"aws:MultiFactorAuthAge": "300"}),
        &[
            ("holds", json!({"NumericLessThan": {"aws:MultiFactorAuthAge": "3600"}})),
            ("holds", json!({"NumericLessThan": {"aws:MultiFactorAuthAge": 3600}})),
            ("fails", json!({"NumericLessThan": {"aws:MultiFactorAuthAge": "300"}})),
            ("holds", json!({"NumericLessThanEquals": {"aws:MultiFactorAuthAge": "300"}})),
            ("holds", json!({"NumericGreaterThan": {"aws:MultiFactorAuthAge": "40"}})),
            ("fails", json!({"NumericGreaterThan": {"aws:MultiFactorAuthAge": "300"}})),
            ("holds", json!({"NumericGreaterThanEquals": {"aws:MultiFactorAuthAge": "300.0"}})),
            ("holds", json!({"NumericEquals": {"aws:MultiFactorAuthAge": "300.0"}})),
            ("fails", json!({"NumericNotEquals": {"aws:MultiFactorAuthAge": "300.0"}})),
        ],
    );
}

/// IAM-UG reference_policies_elements_condition_operators#Conditions_Date: ISO 8601 or the seconds of the epoch, on
/// either side.
#[test]
fn dates_are_points_in_time_however_they_are_written() {
    // 1767225600 is the start of 2026 in UTC.
    for written in ["2026-01-01T00:00:00Z", "2026-01-01T01:00:00+01:00", "1767225600"] {
        conditions(
            &json!({"aws:CurrentTime": written, "aws:EpochTime": "1767225600"}),
            &[
                ("holds", json!({"DateEquals": {"aws:CurrentTime": "2026-01-01T00:00:00Z"}})),
                ("holds", json!({"DateEquals": {"aws:CurrentTime": "1767225600"}})),
                ("holds", json!({"DateEquals": {"aws:CurrentTime": "2026-01-01"}})),
                ("fails", json!({"DateNotEquals": {"aws:CurrentTime": "2026-01-01"}})),
                ("holds", json!({"DateLessThan": {"aws:CurrentTime": "2026-01-01T00:00:01Z"}})),
                ("fails", json!({"DateLessThan": {"aws:CurrentTime": "2026-01-01T00:00:00Z"}})),
                ("holds", json!({"DateLessThanEquals": {"aws:CurrentTime": "2026-01-01T00:00:00Z"}})),
                ("holds", json!({"DateGreaterThan": {"aws:CurrentTime": "2025-12-31T23:30:00-00:15"}})),
                ("fails", json!({"DateGreaterThan": {"aws:CurrentTime": "2025-12-31T23:30:00-01:00"}})),
                ("holds", json!({"DateLessThan": {"aws:EpochTime": "2026-01-02T00:00:00Z"}})),
                ("holds", json!({"NumericLessThanEquals": {"aws:EpochTime": "1767225600"}})),
            ],
        );
    }
}

/// IAM-UG reference_policies_elements_condition_operators#Conditions_IPAddress: an address without a prefix is one
/// address, and IPv6 is compared by value.
#[test]
fn addresses_are_compared_as_numbers() {
    conditions(
        &json!({"aws:SourceIp": "203.0.113.7"}),
        &[
            ("holds", json!({"IpAddress": {"aws:SourceIp": "203.0.113.7"}})),
            ("fails", json!({"IpAddress": {"aws:SourceIp": "203.0.113.70"}})),
            ("holds", json!({"IpAddress": {"aws:SourceIp": "203.0.113.0/29"}})),
            ("fails", json!({"IpAddress": {"aws:SourceIp": "203.0.113.0/30"}})),
            ("holds", json!({"IpAddress": {"aws:SourceIp": "0.0.0.0/0"}})),
            ("fails", json!({"IpAddress": {"aws:SourceIp": "2001:db8::/32"}})),
            ("holds", json!({"NotIpAddress": {"aws:SourceIp": "203.0.113.0/30"}})),
            ("fails", json!({"NotIpAddress": {"aws:SourceIp": "203.0.113.7/32"}})),
        ],
    );
    conditions(
        &json!({"aws:SourceIp": "2001:DB8:0:0:0:0:0:1"}),
        &[
            ("holds", json!({"IpAddress": {"aws:SourceIp": "2001:db8::1"}})),
            ("holds", json!({"IpAddress": {"aws:SourceIp": "2001:db8::1/128"}})),
            ("holds", json!({"IpAddress": {"aws:SourceIp": "2001:0db8::/33"}})),
            ("fails", json!({"IpAddress": {"aws:SourceIp": "2001:db8:8000::/33"}})),
            ("fails", json!({"IpAddress": {"aws:SourceIp": "2001:db8::2"}})),
            ("fails", json!({"IpAddress": {"aws:SourceIp": "0.0.0.0/0"}})),
            ("fails", json!({"NotIpAddress": {"aws:SourceIp": "2001:db8::1"}})),
        ],
    );
}

/// IAM-UG reference_policies_condition-keys#condition-keys-sourceip: a call through a VPC endpoint has no
/// `aws:SourceIp`, so an allow-list of addresses shuts it out.
#[test]
fn a_call_through_an_endpoint_has_no_source_address() {
    let listed = when(allow("s3:*"), json!({"IpAddress": {"aws:SourceIp": "203.0.113.0/24"}}));
    let outside = when(deny_to("*", "s3:*"), json!({"NotIpAddress": {"aws:SourceIp": "203.0.113.0/24"}}));
    let through_endpoint = json!({"aws:SourceVpce": "vpce-1", "aws:VpcSourceIp": "203.0.113.7"});
    let direct = json!({"aws:SourceIp": "203.0.113.7"});
    let allowing = read_object().identity(json!([listed]));
    allowing.clone().context(direct.clone()).is("allowed");
    allowing.context(through_endpoint.clone()).is(IMPLICITLY_DENIED);
    let denying = read_object().identity(json!([allow("s3:*")])).resource(json!([outside]));
    denying.clone().context(direct).is("allowed");
    denying.context(through_endpoint).is(EXPLICITLY_DENIED);
}
