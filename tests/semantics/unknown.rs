//! Context keys whose values are not known: the answer is what it is for every value, and depends on a key only where
//! two of its values differ. A key that is not known may be missing, too.

use serde_json::{Value, json};

use crate::case::{
    ACCOUNT_ROOT, ALLOWED, Case, DEPENDS, EXPLICITLY_DENIED, IMPLICITLY_DENIED, allow, allow_to, deny,
    deny_to, encrypt, when, with,
};

const TEAM: &str = "aws:PrincipalTag/team";
const STAGE: &str = "aws:PrincipalTag/stage";
const SOURCE: &str = "aws:SourceIp";
const TAGS: &str = "aws:TagKeys";

/// These statements as the identity policy, none of the keys known.
fn asked(statements: Value) -> Case {
    encrypt().identity(statements).unknown(&[
        TEAM,
        STAGE,
        SOURCE,
        TAGS,
        "aws:ResourceTag/team",
        "aws:SourceArn",
    ])
}

fn allow_if(condition: Value) -> Value {
    when(allow("kms:*"), condition)
}

fn deny_if(condition: Value) -> Value {
    when(deny("kms:*"), condition)
}

fn is(key: &str, value: &str) -> Value {
    json!({"StringEquals": {key: value}})
}

fn is_not(key: &str, value: &str) -> Value {
    json!({"StringNotEquals": {key: value}})
}

#[test]
fn a_condition_on_an_unknown_key_is_a_dependency_on_it() {
    asked(json!([allow_if(is(TEAM, "blue"))])).depends_on(&[TEAM]);
    asked(json!([allow_if(is_not(TEAM, "blue"))])).depends_on(&[TEAM]);
    asked(json!([allow("kms:*"), deny_if(is(TEAM, "blue"))])).depends_on(&[TEAM]);
    asked(json!([allow_if(is(TEAM, "blue")), allow_if(is(STAGE, "live"))])).depends_on(&[STAGE, TEAM]);
    let both = json!({"StringEquals": {TEAM: "blue", STAGE: "live"}});
    asked(json!([allow_if(both)])).depends_on(&[STAGE, TEAM]);
    asked(json!([allow_if(json!({"IpAddress": {SOURCE: "203.0.113.0/24"}}))])).depends_on(&[SOURCE]);
    asked(json!([allow_if(json!({"Null": {TEAM: "true"}}))])).depends_on(&[TEAM]);
}

#[test]
fn a_key_that_is_not_asked_for_is_no_dependency() {
    asked(json!([allow("kms:*")])).is(ALLOWED);
    asked(json!([allow("kms:Decrypt")])).is(IMPLICITLY_DENIED);
    asked(json!([allow("kms:*"), when(deny("kms:Decrypt"), is(TEAM, "blue"))])).is(ALLOWED);
    encrypt().identity(json!([allow_if(is(TEAM, "blue"))])).unknown(&[STAGE]).is(IMPLICITLY_DENIED);
}

#[test]
fn what_another_statement_decides_is_no_dependency() {
    asked(json!([allow_if(is(TEAM, "blue")), allow("kms:*")])).is(ALLOWED);
    asked(json!([allow_if(is(TEAM, "blue")), deny("kms:*")])).is(EXPLICITLY_DENIED);
    asked(json!([deny_if(is(TEAM, "blue"))])).is(IMPLICITLY_DENIED);
    asked(json!([allow_if(json!({"StringEquals": {TEAM: "blue", "aws:PrincipalOrgID": "o-example"}}))]))
        .is(IMPLICITLY_DENIED);
    asked(json!([allow_if(is(TEAM, "blue"))])).resource(json!([])).is(IMPLICITLY_DENIED);
    asked(json!([allow("kms:*"), deny_if(is(STAGE, "live")), allow_if(is(TEAM, "blue"))]))
        .depends_on(&[STAGE]);
}

#[test]
fn statements_on_the_same_key_are_not_independent() {
    asked(json!([allow_if(is(TEAM, "blue")), allow_if(is_not(TEAM, "blue"))])).is(ALLOWED);
    asked(json!([allow_if(is(TEAM, "blue")), allow_if(is_not(STAGE, "blue"))])).depends_on(&[STAGE, TEAM]);
    asked(json!([allow_if(is(TEAM, "blue")), deny_if(is(TEAM, "blue"))])).is(IMPLICITLY_DENIED);
    asked(json!([allow_if(is(TEAM, "blue")), deny_if(is(TEAM, "red"))])).depends_on(&[TEAM]);
    asked(json!([allow_if(is(TEAM, "blue")), deny_if(is_not(TEAM, "blue"))])).depends_on(&[TEAM]);
    asked(json!([allow("kms:*"), deny_if(is(TEAM, "blue")), deny_if(is_not(TEAM, "blue"))]))
        .is(EXPLICITLY_DENIED);
    asked(json!([deny_if(is(TEAM, "blue")), deny_if(is_not(TEAM, "blue"))])).is(EXPLICITLY_DENIED);
    asked(json!([deny_if(is(TEAM, "blue")), deny_if(is(TEAM, "red"))])).is(IMPLICITLY_DENIED);
    // The names of keys ignore case.
    let upper = json!({"StringNotEquals": {"AWS:PRINCIPALTAG/TEAM": "blue"}});
    asked(json!([allow_if(is(TEAM, "blue")), allow_if(upper)])).is(ALLOWED);
}

#[test]
fn a_condition_that_can_not_hold_is_no_dependency() {
    asked(json!([allow_if(json!({"StringEquals": {TEAM: "blue"}, "StringNotEquals": {TEAM: "blue"}}))]))
        .is(IMPLICITLY_DENIED);
    asked(json!([allow_if(json!({"StringEquals": {TEAM: "blue"}, "StringLike": {TEAM: "r*"}}))]))
        .is(IMPLICITLY_DENIED);
    asked(json!([allow_if(json!({"StringEquals": {TEAM: "blue"}, "StringLike": {TEAM: "b*"}}))]))
        .depends_on(&[TEAM]);
    asked(json!([allow_if(json!({"StringEquals": {TEAM: "blue"}, "Null": {TEAM: "true"}}))]))
        .is(IMPLICITLY_DENIED);
    asked(json!([allow_if(json!({"StringLike": {TEAM: "a*"}, "StringNotLike": {TEAM: "*"}}))]))
        .is(IMPLICITLY_DENIED);
}

#[test]
fn an_unknown_key_may_be_missing() {
    asked(json!([allow_if(json!({"StringLike": {TEAM: "*"}}))])).depends_on(&[TEAM]);
    let missing = allow_if(json!({"Null": {TEAM: "true"}}));
    let there = allow_if(json!({"Null": {TEAM: "false"}}));
    asked(json!([missing.clone(), there.clone()])).is(ALLOWED);
    asked(json!([missing.clone(), allow_if(json!({"StringLike": {TEAM: "*"}}))])).is(ALLOWED);
    asked(json!([there, deny_if(json!({"StringLike": {TEAM: "*"}}))])).is(IMPLICITLY_DENIED);
    let if_exists = |value: &str| json!({"StringEqualsIfExists": {TEAM: value}});
    asked(json!([allow_if(if_exists("blue")), deny_if(is(TEAM, "blue"))])).depends_on(&[TEAM]);
    let none_left = json!([
        allow_if(if_exists("blue")),
        deny_if(is(TEAM, "blue")),
        deny_if(json!({"Null": {TEAM: "true"}}))
    ]);
    asked(none_left).is(IMPLICITLY_DENIED);
}

#[test]
fn patterns_overlap_exactly() {
    let like = |pattern: &str| json!({"StringLike": {TEAM: pattern}});
    let unlike = |pattern: &str| json!({"StringNotLike": {TEAM: pattern}});
    asked(json!([allow_if(like("b*")), allow_if(unlike("b*"))])).is(ALLOWED);
    asked(json!([allow_if(is(TEAM, "blue")), deny_if(like("b*"))])).is(IMPLICITLY_DENIED);
    asked(json!([allow_if(like("b*")), deny_if(is(TEAM, "blue"))])).depends_on(&[TEAM]);
    asked(json!([allow_if(like("bl*e")), deny_if(like("b*"))])).is(IMPLICITLY_DENIED);
    asked(json!([allow_if(like("b*")), deny_if(like("bl*e"))])).depends_on(&[TEAM]);
    asked(json!([allow_if(like("a*b")), deny_if(like("a*")), deny_if(like("*b"))])).is(IMPLICITLY_DENIED);
    asked(json!([allow_if(like("a*")), deny_if(like("ab*")), deny_if(unlike("ab*"))])).is(EXPLICITLY_DENIED);
    asked(json!([allow_if(like("?")), deny_if(like("??"))])).depends_on(&[TEAM]);
    let ignoring_case = json!({"StringEqualsIgnoreCase": {TEAM: "BLUE"}});
    asked(json!([allow_if(is(TEAM, "blue")), deny_if(ignoring_case.clone())])).is(IMPLICITLY_DENIED);
    asked(json!([allow_if(ignoring_case), deny_if(is(TEAM, "blue"))])).depends_on(&[TEAM]);
    let topics = |operator: &str| json!({operator: {"aws:SourceArn": "arn:aws:sns:us-east-1:*:*"}});
    asked(json!([allow_if(topics("ArnLike")), allow_if(topics("ArnNotLike"))])).is(ALLOWED);
    let any_topic = json!({"StringLike": {"aws:SourceArn": "arn:aws:sns:*"}});
    asked(json!([allow_if(topics("ArnLike")), deny_if(any_topic.clone())])).is(IMPLICITLY_DENIED);
    asked(json!([allow_if(any_topic), deny_if(topics("ArnLike"))])).depends_on(&["aws:SourceArn"]);
}

#[test]
fn ranges_of_addresses_overlap_exactly() {
    let within = |range: &str| json!({"IpAddress": {SOURCE: range}});
    let outside = |range: &str| json!({"NotIpAddress": {SOURCE: range}});
    asked(json!([allow_if(within("203.0.113.0/24")), allow_if(outside("203.0.113.0/24"))])).is(ALLOWED);
    asked(json!([allow_if(within("203.0.113.0/25")), deny_if(within("203.0.113.0/24"))]))
        .is(IMPLICITLY_DENIED);
    asked(json!([allow_if(within("203.0.113.0/24")), deny_if(within("203.0.113.0/25"))]))
        .depends_on(&[SOURCE]);
    let halves = [deny_if(within("203.0.113.0/25")), deny_if(within("203.0.113.128/25"))];
    asked(json!([allow_if(within("203.0.113.0/24")), halves[0], halves[1]])).is(IMPLICITLY_DENIED);
    asked(json!([allow_if(within("203.0.112.0/23")), halves[0], halves[1]])).depends_on(&[SOURCE]);
    asked(json!([allow_if(within("203.0.113.0/24")), deny_if(outside("203.0.113.0/24"))]))
        .depends_on(&[SOURCE]);
    asked(json!([allow_if(within("203.0.113.0/24")), deny_if(outside("198.51.100.0/24"))]))
        .is(IMPLICITLY_DENIED);
    asked(json!([allow_if(within("2001:db8::/33")), deny_if(within("2001:db8::/32"))])).is(IMPLICITLY_DENIED);
    asked(json!([allow_if(within("2001:db8::/32")), deny_if(within("203.0.113.0/24"))]))
        .depends_on(&[SOURCE]);
}

#[test]
fn numbers_and_dates_overlap_exactly() {
    let case = |statements: Value| {
        encrypt().identity(statements).unknown(&["aws:MultiFactorAuthAge", "aws:TokenIssueTime"])
    };
    let age = |operator: &str, value: &str| json!({operator: {"aws:MultiFactorAuthAge": value}});
    let young = allow_if(age("NumericLessThan", "300"));
    case(json!([young.clone()])).depends_on(&["aws:MultiFactorAuthAge"]);
    case(json!([young.clone(), deny_if(age("NumericLessThan", "3600"))])).is(IMPLICITLY_DENIED);
    case(json!([young.clone(), deny_if(age("NumericGreaterThanEquals", "300"))]))
        .depends_on(&["aws:MultiFactorAuthAge"]);
    case(json!([allow_if(age("NumericEquals", "300")), deny_if(age("NumericGreaterThan", "299"))]))
        .is(IMPLICITLY_DENIED);
    case(json!([allow_if(age("NumericEquals", "300")), allow_if(age("NumericNotEquals", "300.0"))]))
        .is(ALLOWED);
    let issued = |operator: &str, value: &str| json!({operator: {"aws:TokenIssueTime": value}});
    let before = allow_if(issued("DateLessThan", "2026-01-01T00:00:00Z"));
    case(json!([before.clone()])).depends_on(&["aws:TokenIssueTime"]);
    // 1767225600 is the start of 2026 in UTC.
    case(json!([before.clone(), deny_if(issued("DateLessThanEquals", "1767225600"))])).is(IMPLICITLY_DENIED);
    case(json!([before, deny_if(issued("DateLessThan", "2025-01-01"))])).depends_on(&["aws:TokenIssueTime"]);
}

#[test]
fn multivalued_keys_overlap_exactly() {
    let set = |operator: &str, values: Value| json!({operator: {TAGS: values}});
    let any = allow_if(set("ForAnyValue:StringEquals", json!("team")));
    asked(json!([any.clone()])).depends_on(&[TAGS]);
    asked(json!([any.clone(), allow_if(set("ForAllValues:StringNotEquals", json!("team")))])).is(ALLOWED);
    asked(json!([any.clone(), deny_if(set("ForAnyValue:StringLike", json!("t*")))])).is(IMPLICITLY_DENIED);
    asked(json!([any.clone(), deny_if(set("ForAllValues:StringEquals", json!("team")))])).depends_on(&[TAGS]);
    asked(json!([any, deny_if(set("ForAllValues:StringNotEquals", json!("team")))])).depends_on(&[TAGS]);
    let only = |values: Value| allow_if(set("ForAllValues:StringEquals", values));
    asked(json!([
        only(json!(["team"])),
        deny_if(set("ForAllValues:StringEquals", json!(["team", "stage"])))
    ]))
    .is(IMPLICITLY_DENIED);
    asked(json!([
        only(json!(["team", "stage"])),
        deny_if(set("ForAllValues:StringEquals", json!(["team"])))
    ]))
    .depends_on(&[TAGS]);
}

#[test]
fn only_the_keys_that_matter_are_named() {
    let pair = |team: Value, stage: Value| {
        let mut condition = team;
        for (operator, keys) in stage.as_object().into_iter().flatten() {
            let merged = with(condition.get(operator).cloned().unwrap_or_else(|| json!({})), keys.clone());
            condition[operator] = merged;
        }
        condition
    };
    let live = || is(STAGE, "live");
    asked(json!([allow_if(pair(is(TEAM, "blue"), live())), allow_if(pair(is_not(TEAM, "blue"), live()))]))
        .depends_on(&[STAGE]);
    asked(json!([
        allow("kms:*"),
        deny_if(pair(is(TEAM, "blue"), live())),
        deny_if(pair(is_not(TEAM, "blue"), live()))
    ]))
    .depends_on(&[STAGE]);
    asked(json!([
        allow_if(is(TEAM, "blue")),
        allow_if(pair(is_not(TEAM, "blue"), live())),
        allow_if(pair(is_not(TEAM, "blue"), is_not(STAGE, "live")))
    ]))
    .is(ALLOWED);
    asked(json!([allow("kms:*"), deny_if(pair(is(TEAM, "blue"), live()))])).depends_on(&[STAGE, TEAM]);
}

#[test]
fn layers_share_the_value_of_a_key() {
    let split = |ours: Value, theirs: Value| {
        asked(json!([allow_if(ours)])).resource(json!([when(allow_to(ACCOUNT_ROOT, "kms:*"), theirs)]))
    };
    split(is(TEAM, "blue"), is(TEAM, "blue")).depends_on(&[TEAM]);
    split(is(TEAM, "blue"), is(TEAM, "red")).is(IMPLICITLY_DENIED);
    split(is(TEAM, "blue"), is_not(TEAM, "blue")).is(IMPLICITLY_DENIED);
    let limits: [fn(Case, Value) -> Case; 3] =
        [Case::boundary, Case::session_policy, |case, statements| case.service_control(&[statements])];
    for limit in limits {
        let limited = |limiting: Value| limit(asked(json!([allow_if(is(TEAM, "blue"))])), limiting);
        limited(json!([allow_if(is(TEAM, "red"))])).is(IMPLICITLY_DENIED);
        limited(json!([allow_if(is(TEAM, "blue"))])).depends_on(&[TEAM]);
        limited(json!([allow("*"), deny_if(is(TEAM, "blue"))])).is(IMPLICITLY_DENIED);
        limited(json!([allow("*"), deny_if(is(TEAM, "blue")), deny_if(is_not(TEAM, "blue"))]))
            .is(EXPLICITLY_DENIED);
        limited(json!([allow_if(is(STAGE, "live"))])).depends_on(&[STAGE, TEAM]);
    }
    let controlled = |condition: Value| {
        asked(json!([allow_if(is(TEAM, "blue"))]))
            .resource_control(&[json!([when(deny_to("*", "kms:*"), condition)])])
    };
    controlled(is(TEAM, "blue")).is(IMPLICITLY_DENIED);
    controlled(is(TEAM, "red")).depends_on(&[TEAM]);
}

#[test]
fn a_variable_on_an_unknown_key_is_a_dependency_on_it() {
    let own = |operator: &str| json!({operator: {"aws:ResourceTag/team": "${aws:PrincipalTag/team}"}});
    asked(json!([allow_if(own("StringEquals"))])).depends_on(&[TEAM, "aws:ResourceTag/team"]);
    let tagged = encrypt().context(json!({"aws:ResourceTag/team": "blue"})).unknown(&[TEAM]);
    tagged.clone().identity(json!([allow_if(own("StringEquals"))])).depends_on(&[TEAM]);
    tagged.identity(json!([allow_if(own("StringEquals")), deny_if(is(TEAM, "blue"))])).is(IMPLICITLY_DENIED);
    let resource = json!({"Resource": "arn:aws:kms:us-east-1:111122223333:key/${aws:PrincipalTag/team}"});
    asked(json!([with(allow("kms:*"), resource.clone())])).depends_on(&[TEAM]);
    let known = is(TEAM, "1234abcd-12ab-34cd-56ef-1234567890ab");
    asked(json!([with(allow("kms:*"), resource), deny_if(known)])).is(IMPLICITLY_DENIED);
}

#[test]
fn a_variable_compared_both_ways_leaves_nothing_out() {
    let own = |operator: &str| json!({operator: {"aws:ResourceTag/team": "${aws:PrincipalTag/team}"}});
    let case = || asked(json!([allow_if(own("StringEquals")), allow_if(own("StringNotEquals"))]));
    case().is(ALLOWED);
    case().context(json!({"aws:ResourceTag/team": "blue"})).unknown(&[TEAM]).is(ALLOWED);
    case().context(json!({TEAM: "blue"})).unknown(&["aws:ResourceTag/team"]).is(ALLOWED);
    asked(json!([allow_if(own("StringEquals")), deny_if(own("StringEquals"))])).is(IMPLICITLY_DENIED);
    asked(json!([deny_if(own("StringEquals")), deny_if(own("StringNotEquals"))])).is(EXPLICITLY_DENIED);
}

#[test]
fn a_variable_in_a_statement_that_changes_nothing_is_no_dependency() {
    let own = json!({"StringEquals": {"aws:ResourceTag/team": "${aws:PrincipalTag/team}-7"}});
    let tag = "aws:ResourceTag/team";
    let always = [is(tag, "blue"), is_not(tag, "blue")];
    asked(json!([allow_if(always[0].clone()), allow_if(always[1].clone()), allow_if(own.clone())]))
        .is(ALLOWED);
    let denied = [deny_if(always[0].clone()), deny_if(always[1].clone())];
    asked(json!([allow("kms:*"), denied[0], denied[1], deny_if(own.clone())])).is(EXPLICITLY_DENIED);
    asked(json!([allow("kms:*"), deny_if(own)])).depends_on(&[TEAM, tag]);
}

#[test]
fn many_unknown_keys_are_all_named() {
    let keys: Vec<String> = (10..22).map(|number| format!("aws:PrincipalTag/t{number}")).collect();
    let names: Vec<&str> = keys.iter().map(String::as_str).collect();
    let all: Value =
        keys.iter().map(|key| (key.clone(), json!("yes"))).collect::<serde_json::Map<_, _>>().into();
    encrypt().identity(json!([allow_if(json!({"StringEquals": all}))])).unknown(&names).depends_on(&names);
    let mut denials: Vec<Value> = keys.iter().map(|key| deny_if(is(key, "no"))).collect();
    denials.push(allow("kms:*"));
    encrypt().identity(denials.into()).unknown(&names).depends_on(&names);
}

#[test]
fn a_key_that_can_only_be_one_thing_or_another_is_all_of_them() {
    let secure = |value: &str| allow_if(json!({"Bool": {"aws:SecureTransport": value}}));
    let case = |statements: Value| encrypt().identity(statements).unknown(&["aws:SecureTransport"]);
    case(json!([secure("true")])).is(DEPENDS);
    case(json!([secure("true"), deny_if(json!({"Bool": {"aws:SecureTransport": "true"}}))]))
        .is(IMPLICITLY_DENIED);
    let missing = allow_if(json!({"Null": {"aws:SecureTransport": "true"}}));
    case(json!([secure("true"), secure("false"), missing])).is(ALLOWED);
}
