//! What a plan does to a registered AWS key beyond what the calls' permissions tell.

use crate::evidence::aws::AwsEvidence;
use crate::evidence::plan::Plan;
use crate::facts::change::Compared;
use crate::target::aws::AwsRegistration;

/// Compares what was there before a plan with what will be there.
pub(in crate::facts) fn compared(
    plan: &Plan,
    (was, before): (&AwsRegistration, &AwsEvidence),
    (will_be, after): (&AwsRegistration, &AwsEvidence),
) -> Compared {
    let mut repointed = Vec::new();
    for (what, was, will_be) in
        [("role", &was.role_arn, &will_be.role_arn), ("key", &was.kms_arn, &will_be.kms_arn)]
    {
        if was != will_be {
            repointed.push(format!("the registered {what} is `{was}` and becomes `{will_be}`"));
        }
    }
    if was.external_id != will_be.external_id {
        repointed.push(format!(
            "the registered ExternalId is `{}` and becomes `{}`",
            was.external_id, will_be.external_id
        ));
    }
    let key = [before, after].map(|evidence| evidence.key.collected());
    let mut disabled = Vec::new();
    let alias = was.kms_arn.resource().starts_with("alias/") && was.kms_arn == will_be.kms_arn;
    match key {
        [Some(before), Some(after)] if alias && before.arn != after.arn => repointed.push(format!(
            "the registered alias `{}` points to `{}` and will point to `{}`",
            was.kms_arn, before.arn, after.arn
        )),
        [Some(_), Some(_)] => {}
        // Where a key behind it is not in the plan, the alias itself still is.
        _ if alias => repointed.extend(plan.changes.iter().filter_map(|change| {
            let points = change.attributes.iter().find(|one| one.starts_with("target_key"))?;
            let of_key = change.evidence.iter().any(|key| key == "aws.key");
            of_key.then(|| {
                format!(
                    "the registered alias `{}` will point to another key (`{}.{points}` changes)",
                    was.kms_arn, change.address
                )
            })
        })),
        _ => {}
    }
    if let [Some(key_before), Some(key_after)] = key {
        // KMS uses no key in another state (KMS Developer Guide, "Key states of AWS KMS keys").
        if key_before.state == "Enabled" && key_after.state != "Enabled" {
            disabled.push(format!("the key's state is `Enabled` and becomes `{}`", key_after.state));
        }
    }
    let who = |evidence: &AwsEvidence| {
        let role = evidence.role.collected();
        role.map(|role| (role.arn.clone(), role.role_id.clone(), role.tags.clone()))
    };
    let same_requests = was == will_be
        && who(before) == who(after)
        && key
            .map(|key| key.map(|key| (key.arn.clone(), key.spec.clone(), key.multi_region)))
            .windows(2)
            .all(|pair| pair.first() == pair.last())
        && before.key_tags == after.key_tags;
    Compared { same_requests, repointed, disabled }
}
