//! The role: its name and ARN, its boundary and tags, and the policies on it in every spelling.

use super::*;

const R: &str = "aws_iam_role.openai_ekm";
const INLINE: &str = "aws_iam_role_policy.openai_ekm";
const POLICY: &str =
    r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"kms:Encrypt","Resource":"*"}]}"#;

/// An edited plan whose inline policy is known.
fn known() -> Edited {
    let mut plan = Edited::official();
    plan.set(INLINE, "policy", json!(POLICY));
    plan
}

fn role_arn(plan: &Edited) -> String {
    aws(&plan.evidence()).0.role_arn.to_string()
}

#[test]
fn an_arn_is_made_of_account_path_and_name() {
    let mut plan = Edited::official();
    plan.set(R, "path", json!("/team/security/"));
    assert_eq!(role_arn(&plan), "arn:aws:iam::000000000001:role/team/security/openai-ekm");
    plan.add(
        "data.aws_caller_identity.me",
        json!({"account_id": "111122223333", "arn": "arn:aws:iam::111122223333:user/ci"}),
        json!({}),
        json!({}),
    );
    assert_eq!(role_arn(&plan), "arn:aws:iam::111122223333:role/team/security/openai-ekm");
    plan.set(R, "path", json!("team"));
    assert!(plan.refused().contains("`aws_iam_role.openai_ekm.path`"), "{}", plan.refused());
}

#[test]
fn an_account_is_known_of_what_is_there_under_the_same_provider() {
    let mut plan = Edited::official();
    let there = json!({"arn": "arn:aws:iam::111122223333:role/other", "name": "other"});
    plan.add_existing("aws_iam_role.other", there.clone(), json!({}));
    assert_eq!(role_arn(&plan), "arn:aws:iam::111122223333:role/openai-ekm");
    // Under another provider it says nothing.
    let resources =
        plan.0.pointer_mut("/configuration/root_module/resources").unwrap().as_array_mut().unwrap();
    resources.last_mut().unwrap()["provider_config_key"] = json!("aws.other");
    assert_eq!(role_arn(&plan), ROLE);
}

#[test]
fn a_name_that_is_made_has_a_symbol() {
    let mut plan = Edited::official();
    plan.after(R).as_object_mut().unwrap().remove("name");
    plan.unknown(R)["name"] = json!(true);
    plan.expressions(R).as_object_mut().unwrap().remove("name");
    assert_eq!(role_arn(&plan), "arn:aws:iam::000000000001:role/terraform-00000000000000000000000001");
    plan.set(R, "name_prefix", json!("ekm-"));
    assert_eq!(role_arn(&plan), "arn:aws:iam::000000000001:role/ekm-00000000000000000000000001");
    // The inline policy refers to the role's name, which is that symbol.
    let evidence = plan.evidence();
    assert_eq!(names(&aws(&evidence).1.role_inline_policies), ["openai-ekm"]);
    // A name made of something else can't be told.
    plan.refer(R, "name", &["random_pet.p.id", "random_pet.p"]);
    plan.expressions(R).as_object_mut().unwrap().remove("name_prefix");
    plan.unknown(R)["name_prefix"] = json!(true);
    plan.after(R).as_object_mut().unwrap().remove("name_prefix");
    assert!(plan.refused().contains("random_pet.p.id"), "{}", plan.refused());
}

#[test]
fn partitions_follow_the_region() {
    for (region, partition) in
        [("cn-north-1", "aws-cn"), ("us-gov-west-1", "aws-us-gov"), ("eu-west-1", "aws")]
    {
        let mut plan = Edited::official();
        plan.0["configuration"]["provider_config"]["aws"]["expressions"]["region"] =
            json!({"constant_value": region});
        let evidence = plan.evidence();
        let (registration, _) = aws(&evidence);
        assert_eq!(registration.role_arn.partition(), partition);
        assert_eq!((registration.kms_arn.partition(), registration.kms_arn.region()), (partition, region));
    }
}

#[test]
fn a_region_that_is_not_configured_is_a_symbol() {
    let mut plan = Edited::official();
    plan.0["configuration"]["provider_config"]["aws"]["expressions"] = json!({});
    let evidence = plan.evidence();
    let (registration, seen) = aws(&evidence);
    assert_eq!(registration.kms_arn.region(), "xx-unknown-1");
    let statement =
        document(&seen.role_inline_policies.collected().unwrap()[0].document)["Statement"][0].clone();
    assert_eq!(statement["Resource"], registration.kms_arn.to_string());
    // A resource of version 6 of the provider has its own.
    plan.set("aws_kms_key.openai", "region", json!("eu-central-1"));
    assert_eq!(aws(&plan.evidence()).0.kms_arn.region(), "eu-central-1");
    plan.refer("aws_kms_key.openai", "region", &["local.region"]);
    let evidence = plan.evidence();
    let symbols = &evidence.plan.as_ref().unwrap().symbols;
    assert!(symbols.iter().any(|one| one.stands_for == "the region of `aws_kms_key.openai`"), "{symbols:?}");
}

#[test]
fn a_trust_policy_that_is_unknown_leaves_the_role_unknown() {
    let mut plan = Edited::official();
    plan.refer(R, "assume_role_policy", &["local.trust"]);
    let evidence = plan.evidence();
    let (reason, call, detail) = why(&aws(&evidence).1.role);
    assert_eq!(
        (reason, call.as_str()),
        (MissingReason::KnownAfterApply, "aws_iam_role.openai_ekm.assume_role_policy")
    );
    assert!(detail.contains("`local.trust`"), "{detail}");
    plan.after(R)["assume_role_policy"] = json!(["x"]);
    plan.unknown(R).as_object_mut().unwrap().remove("assume_role_policy");
    assert_eq!(why(&aws(&plan.evidence()).1.role).0, MissingReason::Unreadable);
}

/// A boundary of the plan, one that is in none, and one that is unknown.
#[test]
fn boundaries_are_joined() {
    let mut plan = known();
    plan.add(
        "aws_iam_policy.boundary",
        json!({"name": "boundary", "path": "/", "policy": POLICY}),
        json!({"arn": true, "id": true}),
        json!({"name": {"constant_value": "boundary"}, "policy": {"constant_value": POLICY}}),
    );
    plan.refer(R, "permissions_boundary", &["aws_iam_policy.boundary.arn", "aws_iam_policy.boundary"]);
    let evidence = plan.evidence();
    let (_, seen) = aws(&evidence);
    let arn = "arn:aws:iam::000000000001:policy/boundary";
    assert_eq!(seen.role.collected().unwrap().permissions_boundary.as_deref(), Some(arn));
    let boundary = seen.role_boundary.collected().unwrap();
    assert_eq!((boundary.name.as_str(), &boundary.document), (arn, &Item::Collected(POLICY.into())));

    plan.set(R, "permissions_boundary", json!("arn:aws:iam::111122223333:policy/elsewhere"));
    let evidence = plan.evidence();
    let boundary = aws(&evidence).1.role_boundary.collected().unwrap();
    assert_eq!(why(&boundary.document).0, MissingReason::NotInPlan);

    plan.refer(R, "permissions_boundary", &["local.boundary"]);
    let evidence = plan.evidence();
    assert_eq!(why(&aws(&evidence).1.role_boundary).0, MissingReason::KnownAfterApply);
    assert!(aws(&evidence).1.role.collected().is_some());

    plan.unknown(R).as_object_mut().unwrap().remove("permissions_boundary");
    assert_eq!(why(&aws(&plan.evidence()).1.role_boundary).0, MissingReason::NotInPlan);
}

fn attach(plan: &mut Edited) -> &mut Edited {
    plan.remove(INLINE);
    plan.add(
        "aws_iam_policy.p",
        json!({"name": "use", "path": "/"}),
        json!({"arn": true, "id": true, "policy": true}),
        json!({"name": {"constant_value": "use"}, "policy": {"references": ["data.aws_iam_policy_document.use.json"]}}),
    )
}

const USE_ARN: &str = "arn:aws:iam::000000000001:policy/use";

fn assert_use_is_attached(plan: &Edited) {
    let evidence = plan.evidence();
    let (_, seen) = aws(&evidence);
    assert_eq!(names(&seen.role_attached_policies), [USE_ARN]);
    let list = seen.role_attached_policies.collected().unwrap();
    assert_eq!(document(&list[0].document)["Statement"][0]["Resource"], KEY);
    assert_eq!(seen.role_inline_policies, Item::Collected(vec![]));
}

/// One policy, attached in each of the ways.
#[test]
fn attachments_are_found_in_every_spelling() {
    let mut plan = Edited::official();
    attach(&mut plan).add(
        "aws_iam_role_policy_attachment.at",
        json!({"role": "openai-ekm"}),
        json!({"policy_arn": true}),
        json!({"role": {"constant_value": "openai-ekm"}, "policy_arn": {"references": ["aws_iam_policy.p.arn"]}}),
    );
    assert_use_is_attached(&plan);

    let mut plan = Edited::official();
    attach(&mut plan).add(
        "aws_iam_policy_attachment.at",
        json!({"name": "at", "roles": [null]}),
        json!({"policy_arn": true, "roles": [true]}),
        json!({"roles": {"references": ["aws_iam_role.openai_ekm.name"]}, "policy_arn": {"references": ["aws_iam_policy.p.arn"]}}),
    );
    assert_eq!(names(&aws(&plan.evidence()).1.role_attached_policies), Vec::<&str>::new());
    // The name is known, so that what is unknown is none of its references.
    plan.after("aws_iam_policy_attachment.at")["roles"] = json!(["openai-ekm"]);
    plan.unknown("aws_iam_policy_attachment.at").as_object_mut().unwrap().remove("roles");
    assert_use_is_attached(&plan);

    let mut plan = Edited::official();
    attach(&mut plan);
    plan.after(R)["managed_policy_arns"] = json!([null]);
    plan.unknown(R)["managed_policy_arns"] = json!([true]);
    plan.expressions(R)["managed_policy_arns"] = json!({"references": ["aws_iam_policy.p.arn"]});
    assert_use_is_attached(&plan);

    let mut plan = Edited::official();
    attach(&mut plan).add(
        "aws_iam_role_policy_attachments_exclusive.all",
        json!({"role_name": "openai-ekm", "policy_arns": [null]}),
        json!({"policy_arns": [true]}),
        json!({"role_name": {"references": ["aws_iam_role.openai_ekm.name"]}, "policy_arns": {"references": ["aws_iam_policy.p.arn"]}}),
    );
    assert_use_is_attached(&plan);
}

/// A role of another name, or in another account, is not this one.
#[test]
fn policies_of_other_roles_are_not_this_ones() {
    let mut plan = known();
    plan.set(INLINE, "role", json!("another"));
    assert_eq!(aws(&plan.evidence()).1.role_inline_policies, Item::Collected(vec![]));
    plan.set(INLINE, "role", json!("openai-ekm"));
    let resources =
        plan.0.pointer_mut("/configuration/root_module/resources").unwrap().as_array_mut().unwrap();
    let inline = resources.iter_mut().find(|one| one["address"] == INLINE).unwrap();
    inline["provider_config_key"] = json!("aws.other");
    let evidence = plan.evidence();
    let (reason, call, _) = why(&aws(&evidence).1.role_inline_policies);
    assert_eq!(
        (reason, call.as_str()),
        (MissingReason::KnownAfterApply, "aws_iam_role_policy.openai_ekm.role")
    );
}

/// A policy whose role can't be told may be this one's.
#[test]
fn a_role_that_cant_be_told_leaves_the_list_open() {
    let mut plan = known();
    plan.refer(INLINE, "role", &["local.role"]);
    assert!(why(&aws(&plan.evidence()).1.role_inline_policies).2.contains("local.role"));
    let mut plan = known();
    plan.add(
        "aws_iam_role_policy_attachment.at",
        json!({"policy_arn": "arn:aws:iam::aws:policy/AdministratorAccess"}),
        json!({"role": true}),
        json!({"role": {"references": ["local.role"]}}),
    );
    assert!(why(&aws(&plan.evidence()).1.role_attached_policies).2.contains("local.role"));
}

#[test]
fn inline_blocks_are_the_roles_policies() {
    let block = |policy: Value| {
        let mut plan = Edited::official();
        plan.remove(INLINE);
        plan.after(R)["inline_policy"] = json!([{"name": "use", "policy": policy}]);
        plan.unknown(R)["inline_policy"] = json!([{"policy": policy.is_null()}]);
        plan.expressions(R)["inline_policy"] = json!([{"name": {"constant_value": "use"},
            "policy": {"references": ["data.aws_iam_policy_document.use.json"]}}]);
        plan
    };
    let evidence = block(json!(POLICY)).evidence();
    let list = aws(&evidence).1.role_inline_policies.collected().unwrap();
    assert_eq!((list[0].name.as_str(), &list[0].document), ("use", &Item::Collected(POLICY.into())));
    let evidence = block(Value::Null).evidence();
    let list = aws(&evidence).1.role_inline_policies.collected().unwrap();
    assert_eq!(document(&list[0].document)["Statement"][0]["Resource"], KEY);
    // An empty block stands for none.
    let mut plan = block(json!(POLICY));
    plan.after(R)["inline_policy"] = json!([{"name": null, "policy": null}]);
    plan.unknown(R)["inline_policy"] = json!([{}]);
    assert_eq!(aws(&plan.evidence()).1.role_inline_policies, Item::Collected(vec![]));
    // Dynamic blocks are not known.
    plan.unknown(R)["inline_policy"] = json!(true);
    assert!(aws(&plan.evidence()).1.role_inline_policies.missing().is_some());
}

/// What is exclusive on a role that is there closes its list.
#[test]
fn exclusive_lists_are_whole() {
    let mut plan = Edited::of(NO_CHANGE);
    plan.add(
        "aws_iam_role_policies_exclusive.all",
        json!({"role_name": "openai-ekm", "policy_names": ["openai-ekm"]}),
        json!({}),
        json!({}),
    );
    plan.add(
        "aws_iam_role_policy_attachments_exclusive.all",
        json!({"role_name": "openai-ekm", "policy_arns": []}),
        json!({}),
        json!({}),
    );
    let evidence = plan.evidence();
    let (_, seen) = aws(&evidence);
    assert_eq!(names(&seen.role_inline_policies), ["openai-ekm"]);
    assert!(seen.role_inline_policies.collected().is_some());
    assert_eq!(seen.role_attached_policies, Item::Collected(vec![]));
    assert!(before(&evidence).1.role_attached_policies.missing().is_some());
    // What the list removes and another resource makes is in doubt.
    plan.after("aws_iam_role_policies_exclusive.all")["policy_names"] = json!([]);
    let evidence = plan.evidence();
    let list = aws(&evidence).1.role_inline_policies.collected().unwrap();
    assert!(why(&list[0].document).2.contains("removes `openai-ekm`"));
}

/// AWS's own policies are in no plan; what administrators may is published.
#[test]
fn documents_of_policies_elsewhere_are_missing() {
    let with = |arn: &str| {
        let mut plan = known();
        plan.add(
            "aws_iam_role_policy_attachment.at",
            json!({"role": "openai-ekm", "policy_arn": arn}),
            json!({}),
            json!({"role": {"constant_value": "openai-ekm"}, "policy_arn": {"constant_value": arn}}),
        );
        let evidence = plan.evidence();
        aws(&evidence).1.role_attached_policies.collected().unwrap()[0].document.clone()
    };
    let (reason, call, _) = why(&with("arn:aws:iam::aws:policy/ReadOnlyAccess"));
    assert_eq!((reason, call.as_str()), (MissingReason::NotInPlan, "arn:aws:iam::aws:policy/ReadOnlyAccess"));
    assert_eq!(
        document(&with("arn:aws:iam::aws:policy/AdministratorAccess")),
        json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]})
    );
}

/// What a data source has read is what is there.
#[test]
fn a_role_of_a_data_source_is_known_but_for_its_policies() {
    let mut plan = Edited::official();
    plan.remove(INLINE).remove(R);
    let arn = "arn:aws:iam::111122223333:role/openai-ekm";
    plan.0["prior_state"]["values"]["root_module"]["resources"].as_array_mut().unwrap().push(json!({
        "address": "data.aws_iam_role.r", "mode": "data", "type": "aws_iam_role", "name": "r",
        "values": {"arn": arn, "name": "openai-ekm", "assume_role_policy": POLICY, "unique_id": "AROAEXAMPLE111111111",
            "permissions_boundary": "", "path": "/", "tags": {"team": "security"}}
    }));
    plan.set("openai_external_key.example", "role_arn", json!(arn));
    plan.set("aws_kms_key.openai", "policy", json!(POLICY));
    let evidence = plan.evidence();
    let (_, seen) = aws(&evidence);
    let role = seen.role.collected().unwrap();
    assert_eq!((role.role_id.as_str(), role.trust_policy.as_str()), ("AROAEXAMPLE111111111", POLICY));
    assert_eq!(role.tags.0["team"], "security");
    assert!(matches!(seen.role_boundary, Item::Absent(_)));
    assert_eq!(why(&seen.role_inline_policies).0, MissingReason::NotInPlan);
}
