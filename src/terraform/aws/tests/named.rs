//! Registrations that options and addresses name, and those that are several or none.

use super::*;

const R: &str = "aws_iam_role.r";

fn wanted(role: Option<&str>, key: Option<&str>, external_id: Option<&str>) -> Wanted {
    let text = |text: Option<&str>| text.map(str::to_owned);
    Wanted {
        aws: Some(AwsNamed {
            role_address: text(role),
            key_address: text(key),
            external_id: text(external_id),
            ..AwsNamed::default()
        }),
        ..Wanted::default()
    }
}

fn refused(text: &str, wanted: &Wanted) -> String {
    read(text, wanted, now()).unwrap_err().to_string()
}

#[test]
fn a_registration_is_named_by_addresses() {
    let evidence = one(JSONENCODE, &wanted(Some(R), Some("aws_kms_alias.a"), Some("org-a1")));
    let (registration, seen) = aws(&evidence);
    assert_eq!(registration.role_arn.to_string(), "arn:aws:iam::123456789012:role/openai-ekm");
    assert_eq!(registration.kms_arn.to_string(), "arn:aws:kms:us-east-1:123456789012:alias/openai-ekm");
    assert_eq!(evidence.name.as_str(), "openai-ekm");
    assert_eq!(seen.caller.collected().unwrap().account.as_str(), "123456789012");
    assert_eq!(evidence.plan.as_ref().unwrap().before, None);
    // The attached policy is made by `jsonencode` of an ARN that is not known.
    let policy = &seen.role_attached_policies.collected().unwrap()[0];
    assert_eq!(policy.name, "arn:aws:iam::123456789012:policy/openai-ekm-use");
    let (reason, call, detail) = why(&policy.document);
    assert_eq!((reason, call.as_str()), (MissingReason::KnownAfterApply, "aws_iam_policy.p.policy"));
    assert!(
        detail.contains("`aws_kms_key.k.arn`, which `jsonencode`, a template or the like puts into it"),
        "{detail}"
    );
}

#[test]
fn addresses_that_are_not_in_the_plan_are_refused_with_those_that_are() {
    for (role, key, said) in [
        (Some("aws_iam_role.x"), None, "--role-address: the plan has no such resource: `aws_iam_role.x`"),
        (Some("not an address"), None, "--role-address: the plan has no such resource"),
        (Some("aws_kms_key.k"), None, "--role-address: this is `aws_kms_key`, not a role"),
        (None, Some("aws_iam_role.r"), "--key-address: this is `aws_iam_role`, not a key"),
    ] {
        let error = refused(JSONENCODE, &wanted(role, key, Some("org-a1")));
        assert!(error.starts_with(said), "{error}");
    }
    let error = refused(JSONENCODE, &wanted(Some("aws_iam_role.x"), None, None));
    assert!(error.contains("the address of a role in the plan: `aws_iam_role.r`"), "{error}");
}

#[test]
fn what_is_missing_of_a_registration_is_said() {
    for (role, key, external_id, said) in [
        (Some(R), Some("aws_kms_key.k"), None, "--external-id"),
        (Some(R), None, Some("org-a1"), "--key-address or --kms-arn"),
        (None, Some("aws_kms_key.k"), Some("org-a1"), "--role-address or --role-arn"),
    ] {
        let error = read(JSONENCODE, &wanted(role, key, external_id), now()).unwrap_err();
        assert!(matches!(&error, Refused::Incomplete { lift, .. } if lift.contains(said)), "{error}");
    }
}

#[test]
fn arns_are_read_like_those_of_a_live_run() {
    let with = |role: &str, external_id: &str| Wanted {
        aws: Some(AwsNamed {
            role_arn: Some(role.into()),
            key_address: Some("aws_kms_key.k".into()),
            external_id: Some(external_id.into()),
            ..AwsNamed::default()
        }),
        ..Wanted::default()
    };
    let error = refused(JSONENCODE, &with("openai-ekm", "org-a1"));
    assert!(error.starts_with("--role-arn: not an ARN: `openai-ekm`"), "{error}");
    let error = refused(JSONENCODE, &with("arn:aws:iam::123456789012:role/openai-ekm", "<YOUR_ORG>"));
    assert!(error.starts_with("--external-id: a placeholder was left in"), "{error}");
    // The plan makes the role of this ARN, whose account is known of who plans.
    let evidence = one(JSONENCODE, &with("arn:aws:iam::123456789012:role/openai-ekm", "org-a1"));
    assert!(aws(&evidence).1.role.collected().is_some());
    let evidence = one(JSONENCODE, &with("arn:aws:iam::123456789012:role/other", "org-a1"));
    assert_eq!(why(&aws(&evidence).1.role).0, MissingReason::NotInPlan);
}

#[test]
fn values_of_the_plan_are_named_by_their_attribute() {
    let mut plan = Edited::official();
    plan.set("openai_external_key.example", "external_id", json!("<YOUR_ORG_ID>"));
    assert!(plan.refused().starts_with("openai_external_key.example.external_id: a placeholder was left in"));
    plan.refer("openai_external_key.example", "external_id", &["local.org"]);
    assert!(plan.refused().contains("--external-id"), "{}", plan.refused());
}

/// A second registration of another key.
fn two() -> Edited {
    let mut plan = Edited::official();
    plan.add(
        "openai_external_key.second",
        json!({"external_id": "proj_two", "name": "second", "kms_arn": "arn:aws:kms:us-east-1:111122223333:alias/two"}),
        json!({"role_arn": true}),
        json!({"role_arn": {"references": ["aws_iam_role.openai_ekm.arn"]}}),
    );
    plan
}

#[test]
fn each_registration_is_reported() {
    let all = read(&two().text(), &Wanted::default(), now()).unwrap();
    let names: Vec<&str> = all.iter().map(|evidence| evidence.name.as_str()).collect();
    assert_eq!(names, ["production-ekm", "second"]);
    // A named key narrows to its own.
    let evidence = one(&two().text(), &wanted(None, Some("aws_kms_key.openai"), None));
    assert_eq!(evidence.name.as_str(), "production-ekm");
    assert_eq!(aws(&evidence).0.external_id.to_string(), "org-AbCdEf123456");
    // What is for another purpose is named beside it.
    let mut plan = two();
    plan.set("openai_external_key.second", "purpose", json!("psp_decryption"));
    let evidence = plan.evidence();
    let limits = &evidence.plan.as_ref().unwrap().limits;
    assert!(limits[1].what.starts_with("`openai_external_key.second` is for `psp_decryption`"), "{limits:?}");
    // Both are of the named role.
    let both = read(&two().text(), &wanted(Some("aws_iam_role.openai_ekm"), None, None), now()).unwrap();
    assert_eq!(both.len(), 2);
}

/// Options stand above what is found.
#[test]
fn options_win() {
    let evidence = one(OFFICIAL, &wanted(None, None, Some("proj_other")));
    assert_eq!(aws(&evidence).0.external_id.to_string(), "proj_other");
    let mut plan = Edited::official();
    plan.refer("openai_external_key.example", "role_arn", &["local.role"]);
    let evidence = one(&plan.text(), &wanted(Some("aws_iam_role.openai_ekm"), None, None));
    assert_eq!(aws(&evidence).0.role_arn.to_string(), ROLE);
}

/// Keys of another product are not registrations.
#[test]
fn keys_for_another_purpose_are_left_alone() {
    let mut plan = Edited::official();
    plan.set("openai_external_key.example", "purpose", json!("psp_decryption"));
    assert_eq!(read(&plan.text(), &Wanted::default(), now()), Err(Refused::NoRegistration));
    for attribute in ["role_arn", "kms_arn"] {
        let mut plan = Edited::official();
        plan.set("openai_external_key.example", "role_arn", Value::Null);
        plan.set("openai_external_key.example", "kms_arn", Value::Null);
        assert_eq!(read(&plan.text(), &Wanted::default(), now()), Err(Refused::NoRegistration));
        plan.set("openai_external_key.example", attribute, json!("arn:aws:iam::111122223333:role/x"));
        assert!(matches!(read(&plan.text(), &Wanted::default(), now()), Err(Refused::Incomplete { .. })));
    }
    plan.set("openai_external_key.example", "purpose", json!("ekm"));
    assert_eq!(plan.evidence().name.as_str(), "production-ekm");
}

/// A role in the plan that may be the one of an ARN, but for its account.
#[test]
fn a_role_of_an_unknown_account_is_in_doubt() {
    let mut plan = Edited::official();
    plan.set("openai_external_key.example", "role_arn", json!("arn:aws:iam::111122223333:role/openai-ekm"));
    let evidence = plan.evidence();
    let (reason, call, detail) = why(&aws(&evidence).1.role);
    assert_eq!((reason, call.as_str()), (MissingReason::KnownAfterApply, "aws_iam_role.openai_ekm"));
    assert!(detail.contains("name it by its address"), "{detail}");
}

/// Modules, with everything behind variables and outputs.
#[test]
fn values_are_joined_across_modules() {
    let mut plan = Edited::official();
    for change in plan.0["resource_changes"].as_array_mut().unwrap() {
        let address = change["address"].as_str().unwrap().to_owned();
        if !address.starts_with("openai") {
            change["address"] = json!(format!("module.ekm[\"eu\"].{address}"));
        }
    }
    plan.0["planned_values"]["root_module"]["resources"] = json!([]);
    let root = plan.0["configuration"]["root_module"].as_object_mut().unwrap();
    let all = root["resources"].as_array().unwrap().clone();
    let (own, of_module): (Vec<Value>, Vec<Value>) =
        all.into_iter().partition(|one| one["type"].as_str().unwrap().starts_with("openai"));
    root.insert("resources".into(), json!(own));
    root.insert(
        "module_calls".into(),
        json!({"ekm": {"expressions": {}, "for_each_expression": {"constant_value": ["eu"]}, "module": {
            "resources": of_module,
            "outputs": {
                "key_arn": {"expression": {"references": ["aws_kms_key.openai.arn", "aws_kms_key.openai"]}},
                "role_arn": {"expression": {"references": ["aws_iam_role.openai_ekm.arn", "aws_iam_role.openai_ekm"]}}
            }
        }}}),
    );
    plan.refer(
        "openai_external_key.example",
        "kms_arn",
        &["module.ekm[\"eu\"].key_arn", "module.ekm[\"eu\"]"],
    );
    plan.refer(
        "openai_external_key.example",
        "role_arn",
        &["module.ekm[\"eu\"].role_arn", "module.ekm[\"eu\"]"],
    );
    let evidence = plan.evidence();
    let (registration, seen) = aws(&evidence);
    assert_eq!(
        (registration.role_arn.to_string().as_str(), registration.kms_arn.to_string().as_str()),
        (ROLE, KEY)
    );
    let policy = &seen.role_inline_policies.collected().unwrap()[0];
    assert_eq!(document(&policy.document)["Statement"][0]["Resource"], KEY);
    assert_eq!(evidence.plan.unwrap().places["aws.key"], "module.ekm[\"eu\"].aws_kms_key.openai");
}
