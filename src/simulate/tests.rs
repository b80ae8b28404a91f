use super::*;

const CASE: &str = r#"{"request": {"principal": "arn:aws:sts::111122223333:assumed-role/app/s1",
    "action": "kms:Encrypt",
    "resource": "arn:aws:kms:us-east-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"},
  "identity_policies": [{"name": "use", "policy": {"Statement": {"Effect": "Allow", "Action": "kms:Encrypt",
    "Resource": "*"}}}],
  "resource_policy": {"name": "default", "policy": {"Statement": {"Sid": "Account", "Effect": "Allow",
    "Principal": {"AWS": "111122223333"}, "Action": "kms:*", "Resource": "*"}}}}"#;

#[test]
fn one_request_gives_one_answer_and_an_array_as_many() {
    let one = answer(CASE).unwrap();
    assert!(one.starts_with("{\n  \"version\": 1,\n  \"decision\": \"allowed\""), "{one}");
    let both = answer(&format!("[{CASE}, {CASE}]")).unwrap();
    assert_eq!(both.matches("\"decision\":\"allowed\"").count(), 2);
    assert_eq!(answer("[]").unwrap(), "[\n]\n");
}

#[test]
fn what_can_not_be_simulated_is_an_error_with_what_was_expected() {
    let changed = |from: &str, to: &str| answer(&CASE.replacen(from, to, 1)).unwrap_err().to_string();
    for (error, part) in [
        (changed("assumed-role/app/s1", "assumed-role/app"), "expected the ARN of a role's session"),
        (changed("kms:Encrypt", "kms:*"), "expected one action, like `kms:Encrypt`"),
        (changed("key/1234", "alias/1234"), "expected the ARN of the key behind it"),
        (changed("\"arn:aws:kms:us", "\"rn:aws:kms:us"), "expected an ARN"),
        (changed("\"Effect\"", "\"effect\""), "unknown element `effect`"),
        (changed("\"request\"", "\"asked\""), "line 1 column 8"),
        (answer("{").unwrap_err().to_string(), "line 1 column 1"),
        (answer("[{}]").unwrap_err().to_string(), "missing field `request`"),
        (
            changed("\"action\"", "\"context\": {\"aws:A\": 1, \"AWS:a\": 2}, \"action\""),
            "`AWS:a` stands twice",
        ),
        (
            changed("\"action\"", "\"context\": {\"aws:A\": 1}, \"unknown\": [\"aws:a\"], \"action\""),
            "given and listed as unknown",
        ),
        (
            changed("\"action\"", "\"resource_account\": \"444455556666\", \"action\""),
            "contradicts the account",
        ),
    ] {
        assert!(error.contains(part), "{error}\n{part}");
    }
}

#[test]
fn too_large_an_input_says_where_it_is_too_large() {
    let error = answer(&format!("{{\n{}", " ".repeat(10_000_000))).unwrap_err().to_string();
    assert!(error.contains("10000002 bytes") && error.contains("line 2 column 8388607"), "{error}");
    // An array may be larger than its requests.
    let many = format!("[{}{CASE}]", format!("{CASE},").repeat(20_000));
    assert!(many.len() > LARGEST);
    assert_eq!(simulate(&many).unwrap().answers().len(), 20_001);
    let error = answer(&format!("[{CASE},\n {{\"request\": 1}}]")).unwrap_err().to_string();
    assert!(error.starts_with("request #1: ") && error.ends_with("at line 8 column 14"), "{error}");
}
