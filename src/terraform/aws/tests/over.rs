//! Plans laid over live evidence.

use super::*;

const READY: &str = include_str!("../../../../examples/aws-ready.json");

/// Live evidence of the role and key of the example, after its apply and before the plans.
fn live() -> Evidence {
    let text = READY
        .replace("111122223333", "123456789012")
        .replace("1234abcd-12ab-34cd-56ef-1234567890ab", "7d40bae5-811a-05c5-9a6f-4fed36ae25bf")
        .replace("2026-11-21T12:00:00Z", "2026-11-20T12:00:00Z");
    crate::evidence::from_json(&text).unwrap()
}

fn over(text: &str) -> Evidence {
    one(text, &Wanted { over: Some(live()), ..Wanted::default() })
}

/// What stands outside of the plan is what the live evidence has, but for what the plan manages.
#[test]
fn live_lists_without_what_the_plan_manages() {
    let evidence = over(NO_CHANGE);
    let (_, seen) = aws(&evidence);
    let of_live = live();
    let (_, lived) = aws(&of_live);
    assert!(seen.role_inline_policies.collected().is_some(), "{:?}", seen.role_inline_policies);
    let mut expected: Vec<String> =
        names(&lived.role_inline_policies).into_iter().map(str::to_owned).collect();
    expected.retain(|name| name != "openai-ekm");
    expected.insert(0, "openai-ekm".into());
    assert_eq!(names(&seen.role_inline_policies), expected);
    assert!(seen.role_attached_policies.collected().is_some());
    assert_eq!(seen.key_grants, lived.key_grants);
    assert_eq!(seen.role_organization, lived.role_organization);
    assert_eq!(seen.named_accounts, lived.named_accounts);
    assert_eq!(seen.caller, lived.caller);
}

/// Evidence of another role or key is not used.
#[test]
fn live_evidence_of_others_is_not_used() {
    let mut plan = Edited::of(NO_CHANGE);
    let other = "arn:aws:iam::123456789012:role/other";
    for side in ["before", "after"] {
        plan.change("openai_external_key.example")[side]["role_arn"] = json!(other);
    }
    let evidence = over(&plan.text());
    let (_, seen) = aws(&evidence);
    assert_eq!(why(&seen.role).1, other);
    assert!(seen.key_grants.collected().is_some());
    // Made anew, the example has nothing to do with what is there.
    let evidence = over(OFFICIAL);
    assert_eq!(names(&aws(&evidence).1.role_inline_policies), ["openai-ekm"]);
}

/// A plan without a registration is about what the evidence was collected for.
#[test]
fn the_live_registration_is_the_target_where_the_plan_has_none() {
    let mut plan = Edited::of(NO_CHANGE);
    plan.remove("openai_external_key.example").remove("aws_kms_key.openai");
    let evidence = over(&plan.text());
    let of_live = live();
    assert_eq!(aws(&evidence).0, aws(&of_live).0);
    assert_eq!(aws(&evidence).1.key, aws(&of_live).1.key);
    assert_eq!(aws(&evidence).1.key_policy, aws(&of_live).1.key_policy);
    assert!(aws(&evidence).1.role.collected().is_some());
}

/// A detached policy is gone, whatever was there.
#[test]
fn what_the_plan_takes_away_is_not_there_any_more() {
    let mut plan = Edited::of(NO_CHANGE);
    plan.destroy("aws_iam_role_policy.openai_ekm");
    let mut of_live = live();
    if let Cloud::Aws { evidence, .. } = &mut of_live.cloud {
        let document = Item::Collected("{}".to_owned());
        evidence.role_inline_policies = Item::Collected(vec![
            Policy { name: "openai-ekm".into(), document: document.clone() },
            Policy { name: "other".into(), document },
        ]);
    }
    let evidence = one(&plan.text(), &Wanted { over: Some(of_live), ..Wanted::default() });
    assert_eq!(names(&aws(&evidence).1.role_inline_policies), ["other"]);
    assert_eq!(names(&before(&evidence).1.role_inline_policies), ["openai-ekm", "other"]);
}
