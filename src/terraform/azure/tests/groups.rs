//! The groups that OpenAI's service principal is in, through which it may have its role.

use super::over::{live_but, older};
use super::*;
use crate::check::Outcome;

const GROUP: &str = "azuread_group.g";
const MEMBER: &str = "azuread_group_member.m";
const ID: &str = "77777777-0000-0000-0000-000000000000";
const OTHER: &str = "77777777-0000-0000-0000-000000000001";
const ITS: &str = "5a8f0e4e-2b0c-4c0e-8a77-6f3b9f6a1d10";

/// Evidence in which the role is a group's.
fn through(groups: &[&str]) -> Evidence {
    let groups: Vec<String> = groups.iter().map(ToString::to_string).collect();
    live_but(|evidence| {
        evidence["service_principal_groups"] = json!({"collected": groups});
        for list in ["role_assignments", "subscription_role_assignments"] {
            evidence[list]["collected"][0]["principal_id"] = json!(ID);
        }
    })
}

/// The assignment to the group stands in the plan, or elsewhere.
fn plan(in_plan: bool, evidence: Evidence) -> plan::Changed {
    let mut plan = later().over(evidence);
    if !in_plan {
        return plan
            .no(ASSIGNMENT)
            .no(ROLE)
            .named(AzureNamed { key_address: Some(KEY.into()), ..AzureNamed::default() });
    }
    for part in ["before", "after"] {
        plan.change(ASSIGNMENT)[part]["principal_id"] = json!(ID);
        plan.change(ASSIGNMENT)[part]["principal_type"] = json!("Group");
    }
    plan.named(AzureNamed { key_address: Some(KEY.into()), ..AzureNamed::default() })
}

fn there(plan: plan::Changed, address: &str, values: Value, set: Value) -> plan::Changed {
    let mut plan = plan.and(address, values.clone(), json!({}), set);
    plan.change(address)["before"] = values;
    plan.change(address)["actions"] = json!(["no-op"]);
    plan
}

fn group(plan: plan::Changed, members: &[&str]) -> plan::Changed {
    there(plan, GROUP, json!({"id": ID, "object_id": ID, "members": members}), json!({}))
}

fn member(plan: plan::Changed, group: &str, member: &str) -> plan::Changed {
    there(plan, MEMBER, json!({"id": "m", "group_object_id": group, "member_object_id": member}), json!({}))
}

fn kept(plan: &plan::Changed) -> &'static str {
    let report = plan.report();
    Outcome::name(&report.checks.iter().find(|check| check.id == "azure-access-kept").unwrap().outcome)
}

fn encrypts(plan: &plan::Changed) -> &'static str {
    let report = plan.report();
    Outcome::name(&report.checks.iter().find(|check| check.id == "azure-encrypt-allowed").unwrap().outcome)
}

#[test]
fn a_role_is_kept_through_a_group() {
    for in_plan in [true, false] {
        assert_eq!(plan(in_plan, through(&[ID])).judged(), ("ready", Vec::new()));
        assert_eq!(group(plan(in_plan, through(&[ID])), &[ITS]).judged(), ("ready", Vec::new()));
        assert_eq!(member(plan(in_plan, through(&[ID])), ID, ITS).judged(), ("ready", Vec::new()));
    }
}

/// However the plan takes it out of the group, the role is gone.
#[test]
fn who_leaves_a_group_leaves_its_roles() {
    for in_plan in [true, false] {
        let there = || plan(in_plan, through(&[ID]));
        let emptied = |set: bool| {
            let mut emptied = group(there(), &[ITS]).with(GROUP, "members", json!([]));
            if !set {
                emptied = emptied.unset(GROUP, "members");
            }
            emptied
        };
        // What nobody sets stands as it was last read.
        let computed = member(group(there(), &[ITS]), ID, ITS).destroyed(MEMBER);
        for gone in [
            emptied(true),
            emptied(false),
            group(there(), &[ITS]).destroyed(GROUP),
            member(there(), ID, ITS).destroyed(MEMBER),
            computed,
        ] {
            assert_eq!((kept(&gone), encrypts(&gone)), ("fail", "fail"), "{in_plan}");
        }
    }
}

/// A group that it stays in may be one that it was in through another.
#[test]
fn what_is_left_of_several_groups_is_open() {
    for in_plan in [true, false] {
        let there = || plan(in_plan, through(&[ID, OTHER]));
        for open in [
            // It may be in the one through the other.
            member(there(), ID, ITS).destroyed(MEMBER),
            member(there(), OTHER, ITS).destroyed(MEMBER),
            // The other is taken out of the one.
            member(there(), ID, OTHER).destroyed(MEMBER),
            group(there(), &[OTHER]).with(GROUP, "members", json!([])),
        ] {
            assert_eq!((kept(&open), encrypts(&open)), ("unknown", "unknown"), "{in_plan}");
        }
        // It is in the one in its own right.
        assert_eq!(encrypts(&group(member(there(), OTHER, ITS).destroyed(MEMBER), &[ITS])), "pass");
    }
}

/// Who is put into a group is in all that this group is in.
#[test]
fn a_group_is_joined_through_another() {
    let more = |plan: plan::Changed| {
        plan.and(
            "azurerm_role_assignment.more",
            json!({"condition": null, "scope": SUBSCRIPTION, "role_definition_name": "Owner", "principal_id": OTHER,
                "principal_type": "Group"}),
            json!({"id": true, "name": true, "role_definition_id": true}),
            json!({"role_definition_name": {"constant_value": "Owner"}}),
        )
    };
    let joins = json!({"group_object_id": OTHER, "member_object_id": ID});
    let plan = more(plan(true, through(&[ID]))).and(MEMBER, joins, json!({"id": true}), json!({}));
    assert!(plan.judged().1.contains(&"azure-least-privilege".to_owned()), "{:?}", plan.judged());
}

#[test]
fn a_membership_that_newer_evidence_does_not_show_is_open() {
    let evidence = || {
        live_but(|evidence| {
            for list in ["role_assignments", "subscription_role_assignments"] {
                evidence[list] = json!({"collected": []});
            }
        })
    };
    assert_eq!(encrypts(&member(plan(true, evidence()), ID, ITS)), "unknown");
    assert_eq!(encrypts(&member(plan(true, older(evidence())), ID, ITS)), "pass");
}

/// Without evidence a group of the plan may be one that it is in.
#[test]
fn without_evidence_what_a_group_loses_is_noted() {
    let mut plan = plan(true, live_but(|_| {}));
    plan.wanted.over = None;
    assert_eq!(kept(&group(plan.clone(), &[OTHER])), "pass");
    assert_eq!(kept(&group(plan.clone(), &[OTHER]).destroyed(GROUP)), "unknown");
    assert_eq!(kept(&plan.destroyed(ASSIGNMENT)), "unknown");
}

/// What the plan does not know, it may take away.
#[test]
fn members_that_are_known_after_apply_leave_a_membership_open() {
    for in_plan in [true, false] {
        let there = |groups: &[&str]| group(plan(in_plan, through(groups)), &[ITS]);
        let all = |plan: plan::Changed| plan.refers(GROUP, "members", &["var.members"]);
        let one = |plan: plan::Changed| {
            let mut one = all(plan).with(GROUP, "members", json!([null]));
            one.change(GROUP)["after_unknown"]["members"] = json!([true]);
            one
        };
        let computed = |plan: plan::Changed| plan.unknown(GROUP, "members");
        for groups in [&[ID][..], &[ID, OTHER][..]] {
            for mut open in [all(there(groups)), one(there(groups)), computed(there(groups))] {
                open.change(GROUP)["actions"] = json!(["update"]);
                assert_eq!((kept(&open), encrypts(&open)), ("unknown", "unknown"), "{in_plan}");
            }
        }
        // It is put there itself.
        let mut itself =
            there(&[ID]).refers(GROUP, "members", &[&format!("{PRINCIPAL}.object_id"), PRINCIPAL]);
        itself.change(GROUP)["actions"] = json!(["update"]);
        assert_eq!((kept(&itself), encrypts(&itself)), ("pass", "pass"), "{in_plan}");
    }
}

/// azuread documentation, `azuread_group_without_members`.
#[test]
fn a_group_without_members_is_a_group() {
    const WITHOUT: &str = "azuread_group_without_members.g";
    let there =
        |plan| there(plan, WITHOUT, json!({"id": format!("/groups/{ID}"), "object_id": ID}), json!({}));
    for in_plan in [true, false] {
        let stays = there(plan(in_plan, through(&[ID])));
        assert_eq!(stays.judged(), ("ready", Vec::new()));
        assert_eq!(
            (kept(&stays.clone().destroyed(WITHOUT)), encrypts(&stays.destroyed(WITHOUT))),
            ("fail", "fail")
        );
        // It may have been in the other through this one.
        let nested = there(plan(in_plan, through(&[ID, OTHER]))).destroyed(WITHOUT);
        assert_ne!(kept(&nested), "pass");
    }
    let mut without_evidence = there(plan(true, live_but(|_| {}))).destroyed(WITHOUT);
    without_evidence.wanted.over = None;
    assert_eq!(kept(&without_evidence), "unknown");
}

#[test]
fn what_may_leave_a_group_through_another_says_so() {
    let open = member(plan(true, through(&[ID, OTHER])), ID, OTHER).destroyed(MEMBER);
    let why = open.seen().role_assignments.missing().unwrap().why();
    assert_eq!(
        why,
        format!(
            "known_after_apply: `{PRINCIPAL}`: whether it stays in the group `{ID}` through another group"
        )
    );
}
