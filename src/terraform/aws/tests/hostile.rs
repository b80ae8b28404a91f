//! Plans in which anything may stand anywhere.

use super::*;

/// The places of all values below one.
fn places(value: &Value, at: &str, found: &mut Vec<String>) {
    found.push(at.to_owned());
    match value {
        Value::Array(list) => {
            for (place, value) in list.iter().enumerate() {
                places(value, &format!("{at}/{place}"), found);
            }
        }
        Value::Object(object) => {
            for (name, value) in object {
                let name = name.replace('~', "~0").replace('/', "~1");
                places(value, &format!("{at}/{name}"), found);
            }
        }
        _ => {}
    }
}

/// Whatever stands in the place of a value, the plan is refused or read, twice the same.
#[test]
fn no_value_breaks_the_reading() {
    let options = Wanted {
        aws: Some(AwsNamed {
            role_address: Some("aws_iam_role.r".into()),
            key_address: Some("aws_kms_alias.a".into()),
            external_id: Some("org-a1".into()),
            ..AwsNamed::default()
        }),
        ..Wanted::default()
    };
    for (text, wanted) in
        [(OFFICIAL, &Wanted::default()), (BREAKS, &Wanted::default()), (JSONENCODE, &options)]
    {
        let plan: Value = serde_json::from_str(text).unwrap();
        for part in ["/resource_changes", "/configuration"] {
            let mut all = Vec::new();
            places(plan.pointer(part).unwrap(), part, &mut all);
            let values =
                [Value::Null, json!(true), json!("*"), json!([{}]), json!({"references": ["local.x"]})];
            for (place, value) in all.iter().zip(values.iter().cycle()) {
                let mut edited = plan.clone();
                *edited.pointer_mut(place).unwrap() = value.clone();
                let edited = edited.to_string();
                let said = read(&edited, wanted, now());
                assert_eq!(said, read(&edited, wanted, now()), "{place}");
            }
        }
    }
}
