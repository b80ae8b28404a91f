use super::*;
use crate::collect::aws::nothing_asked;
use crate::evidence::aws::Policy as Document;
use crate::evidence::{Absent, Missing, MissingReason};
use crate::iam::Action;
use crate::iam::context::Key;
use crate::target::aws::AwsRegistration;

fn target() -> AwsTarget {
    AwsRegistration::parse(
        "arn:aws:iam::111122223333:role/ekm",
        "arn:aws:kms:us-east-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab",
        "org-a",
    )
    .unwrap()
    .target()
    .unwrap()
}

fn level(target: &str, policies: &[(&str, Item<String>)]) -> Level {
    let documents =
        policies.iter().map(|(name, document)| Document { name: (*name).into(), document: document.clone() });
    Level { target: target.into(), policies: Item::Collected(documents.collect()) }
}

fn everything() -> Item<String> {
    Item::Collected(r#"{"Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}"#.into())
}

fn denied() -> Missing {
    Missing {
        call: "organizations:DescribePolicy".into(),
        reason: MissingReason::Denied,
        permission: Some("organizations:DescribePolicy".into()),
        detail: String::new(),
    }
}

/// A member account under a root and one unit, with these service control policies.
fn member(service_control: Vec<Level>) -> AwsEvidence {
    let organization = Organization {
        id: "o-a1b2c3d4e5".parse().unwrap(),
        management_account: "999988887777".parse().unwrap(),
        parents: Item::Collected(vec!["r-ab12".into(), "ou-ab12-1".into()]),
    };
    let none = Item::Absent(Absent { call: "organizations:ListRoots".into() });
    AwsEvidence {
        role_organization: Item::Collected(organization.clone()),
        key_organization: Item::Collected(organization),
        role_service_control_policies: Item::Collected(service_control),
        role_resource_control_policies: none.clone(),
        key_resource_control_policies: none,
        ..nothing_asked(&Missing::not_asked("", "of no interest here"))
    }
}

/// A session of the role encrypts.
fn encrypt() -> Request {
    use crate::iam::{Caller, RoleSession, UniqueId};
    Request {
        caller: Caller::Session(RoleSession {
            role_arn: "arn:aws:iam::111122223333:role/ekm".into(),
            path_known: true,
            account: "111122223333".into(),
            role_id: UniqueId::InNoPolicy,
            session_name: None,
        }),
        action: Action::new("kms:Encrypt"),
        resource: "arn:aws:kms:us-east-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab".into(),
        resource_account: "111122223333".into(),
        context: Context::complete().single("aws:RequestedRegion", "us-east-1"),
    }
}

fn facts_of(evidence: &AwsEvidence) -> OrganizationFacts {
    let target = target();
    Organizations { target: &target, evidence }.facts(None, vec![encrypt()], Vec::new())
}

fn limit_of(evidence: &AwsEvidence) -> Option<String> {
    let target = target();
    Organizations { target: &target, evidence }.limit().map(|limit| limit.what)
}

fn levels(unit: &[(&str, Item<String>)]) -> Vec<Level> {
    vec![
        level("r-ab12", &[("Full (p-1)", everything())]),
        level("ou-ab12-1", unit),
        level("111122223333", &[("Full (p-1)", everything())]),
    ]
}

#[test]
fn policies_that_were_read_and_allow_are_no_limit() {
    let evidence = member(levels(&[("Full (p-1)", everything())]));
    let facts = facts_of(&evidence);
    assert_eq!(facts.policies_read, Fact::Known(true));
    assert_eq!(facts.refusing, Fact::Known(Vec::new()));
    assert_eq!(limit_of(&evidence), None);
}

/// ORG-UG orgs_manage_policies_scps_evaluation: every level must allow.
#[test]
fn a_level_that_allows_something_else_refuses() {
    let only_s3 =
        Item::Collected(r#"{"Statement": {"Effect": "Allow", "Action": "s3:*", "Resource": "*"}}"#.into());
    let facts = facts_of(&member(levels(&[("OnlyS3 (p-2)", only_s3)])));
    let Fact::Known(refusing) = facts.refusing else { panic!("expected a known fact") };
    assert_eq!(refusing.len(), 1);
    assert!(
        refusing[0].starts_with("kms:Encrypt: not allowed by service control policy `OnlyS3 (p-2)`"),
        "{refusing:?}"
    );
}

#[test]
fn a_denial_at_any_level_refuses_by_name() {
    let regions = Item::Collected(
        r#"{"Statement": {"Sid": "Regions", "Effect": "Deny", "Action": "*", "Resource": "*",
            "Condition": {"StringNotEquals": {"aws:RequestedRegion": "eu-central-1"}}}}"#
            .into(),
    );
    let facts = facts_of(&member(levels(&[("Full (p-1)", everything()), ("Deny (p-3)", regions)])));
    assert_eq!(
        facts.refusing,
        Fact::Known(vec![
            "kms:Encrypt: denied by service control policy `Deny (p-3)`, statement `Regions`".to_owned()
        ])
    );
}

/// What could not be read may deny, but it does not lack an Allow: without it the decision is made, and that is a limit.
#[test]
fn a_level_that_was_not_read_whole_denies_as_far_as_it_was_read() {
    let evidence = member(levels(&[("Unread (p-4)", Item::Missing(denied()))]));
    let facts = facts_of(&evidence);
    assert_eq!(facts.refusing, Fact::Known(Vec::new()));
    let Fact::Unknown(because) = facts.policies_read else { panic!("expected an unknown fact") };
    assert_eq!(because[0].evidence, "aws.role_service_control_policies");
    assert_eq!(because[0].permission.as_deref(), Some("organizations:DescribePolicy"));
    assert_eq!(
        limit_of(&evidence).as_deref(),
        Some("organization policies (SCPs, RCPs) could not all be read")
    );

    let deny =
        Item::Collected(r#"{"Statement": {"Effect": "Deny", "Action": "kms:*", "Resource": "*"}}"#.into());
    let partly = levels(&[("Unread (p-4)", Item::Missing(denied())), ("Deny (p-5)", deny)]);
    let Fact::Known(refusing) = facts_of(&member(partly)).refusing else { panic!("expected a known fact") };
    assert!(refusing[0].contains("`Deny (p-5)`"), "{refusing:?}");
}

/// A text that is no policy is unread, never taken for one that allows.
#[test]
fn a_policy_that_is_no_policy_is_unread() {
    let evidence = member(levels(&[("Broken (p-6)", Item::Collected("[]".into()))]));
    assert!(matches!(facts_of(&evidence).policies_read, Fact::Unknown(_)));
}

/// Levels that are not those above the account would let a denial go unnoticed.
#[test]
fn levels_of_another_place_are_unread() {
    let mut short = levels(&[("Full (p-1)", everything())]);
    short.remove(1);
    assert!(matches!(facts_of(&member(short)).policies_read, Fact::Unknown(_)));
    assert!(matches!(facts_of(&member(Vec::new())).policies_read, Fact::Unknown(_)));
}

#[test]
fn nothing_read_is_a_limit_that_says_how_to_lift_it() {
    let mut evidence = member(Vec::new());
    for item in [
        &mut evidence.role_service_control_policies,
        &mut evidence.role_resource_control_policies,
        &mut evidence.key_resource_control_policies,
    ] {
        *item = Item::Missing(denied());
    }
    assert_eq!(limit_of(&evidence).as_deref(), Some("organization policies (SCPs, RCPs) could not be read"));
    assert_eq!(facts_of(&evidence).refusing, Fact::Known(Vec::new()));
}

/// IAM-UG reference_policies_condition-keys: the keys of an organization.
#[test]
fn calls_carry_the_organizations_of_caller_and_resource() {
    let (target, evidence) = (target(), member(Vec::new()));
    let organizations = Organizations { target: &target, evidence: &evidence };
    let context = organizations.on_key(organizations.by_role(Context::unknown("not read")));
    let path = ContextValue::Many(vec!["o-a1b2c3d4e5/r-ab12/ou-ab12-1/".into()]);
    for (key, expected) in [
        ("aws:PrincipalOrgID", ContextValue::Single("o-a1b2c3d4e5".into())),
        ("aws:PrincipalOrgPaths", path.clone()),
        ("aws:ResourceOrgID", ContextValue::Single("o-a1b2c3d4e5".into())),
        ("aws:ResourceOrgPaths", path),
    ] {
        assert_eq!(*context.get(&Key::new(key)), expected, "{key}");
    }
}

/// Not "refuses none": nothing was asked of the policies.
#[test]
fn policies_may_refuse_calls_that_are_not_known() {
    let because = || UnknownBecause {
        evidence: "aws.role".into(),
        reason: "denied".into(),
        permission: Some("iam:GetRole".into()),
    };
    let refusing = |evidence: &AwsEvidence| {
        let target = target();
        Organizations { target: &target, evidence }.facts(None, Vec::new(), vec![because()]).refusing
    };
    let levels = ["r-ab12", "ou-ab12-1", "111122223333"];
    let member = member(levels.map(|target| level(target, &[("FullAWSAccess", everything())])).into());
    assert_eq!(refusing(&member), Fact::Unknown(vec![because()]));
    // Where no policies apply, they refuse nothing whatever the call.
    let none = Item::Absent(Absent { call: "organizations:DescribeOrganization".into() });
    let alone = AwsEvidence { role_service_control_policies: none, ..member };
    assert_eq!(refusing(&alone), Fact::Known(Vec::new()));
}
