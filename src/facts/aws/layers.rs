//! Evidence as the layers that have a say in OpenAI's calls.

use super::documents::{add_document, add_item, contradiction, not_listed, unread_layer};
use super::organization::Organizations;
use crate::evidence::Item;
use crate::evidence::aws::{AwsEvidence, Role};
use crate::iam::{Constraints, Grant, Grants, Layer, Layers, Policies};

/// All that has a say in who assumes the role.
pub(super) fn on_role(role: &Role, name: &str, organizations: Organizations<'_>) -> Layers {
    let mut policies = Policies::default();
    add_document(&mut policies, Layer::TrustPolicy, name, &role.trust_policy, "aws.role");
    let resource_control = organizations.resource_control_of_role().levels;
    Layers { resource: Some(policies), resource_control, ..Layers::default() }
}

/// All that has a say in what a session of the role does to the key.
pub(super) fn on_key(evidence: &AwsEvidence, organizations: Organizations<'_>) -> Layers {
    Layers {
        identity: Some(identity_policies(evidence)),
        boundary: boundary(evidence),
        resource: Some(key_policy(evidence)),
        grants: grants(evidence),
        service_control: organizations.service_control().levels,
        resource_control: organizations.resource_control_of_key().levels,
        ..Layers::default()
    }
}

fn identity_policies(evidence: &AwsEvidence) -> Policies {
    let mut policies = Policies::default();
    for (key, list) in [
        ("aws.role_inline_policies", &evidence.role_inline_policies),
        ("aws.role_attached_policies", &evidence.role_attached_policies),
    ] {
        for policy in list.known().into_iter().flatten() {
            add_item(&mut policies, Layer::IdentityPolicy, &policy.name, &policy.document, key);
        }
        policies.unread.extend(not_listed(list, Layer::IdentityPolicy, key));
    }
    policies
}

fn boundary(evidence: &AwsEvidence) -> Option<Policies> {
    let key = "aws.role_boundary";
    let named = evidence.role.collected().and_then(|role| role.permissions_boundary.as_deref());
    let mut policies = Policies::default();
    match &evidence.role_boundary {
        Item::Absent(_) if named.is_none() => return None,
        Item::Absent(_) => policies.unread.push(contradiction(Layer::PermissionsBoundary, key)),
        Item::Collected(policy) if named != Some(policy.name.as_str()) => {
            policies.unread.push(contradiction(Layer::PermissionsBoundary, key));
        }
        Item::Collected(policy) => {
            add_item(&mut policies, Layer::PermissionsBoundary, &policy.name, &policy.document, key);
        }
        Item::Missing(missing) | Item::Partial { missing, .. } => {
            policies.unread.push(unread_layer(Layer::PermissionsBoundary, missing, key))
        }
    }
    Some(policies)
}

fn key_policy(evidence: &AwsEvidence) -> Policies {
    let mut policies = Policies::default();
    // KMS has one policy for a key, and its name is always `default` (KMS API, GetKeyPolicy).
    add_item(&mut policies, Layer::KeyPolicy, "default", &evidence.key_policy, "aws.key_policy");
    policies
}

fn grants(evidence: &AwsEvidence) -> Grants {
    let known = evidence.key_grants.known().into_iter().flatten().map(|grant| {
        let constraints = Constraints {
            subset: grant.encryption_context_subset.clone(),
            equals: grant.encryption_context_equals.clone(),
            source_arn: grant.source_arn.clone(),
        };
        Grant::new(grant.id.clone(), &grant.grantee, grant.operations.clone(), &constraints)
    });
    let unread = not_listed(&evidence.key_grants, Layer::Grant, "aws.key_grants");
    Grants { known: known.collect(), unread: unread.into_iter().collect() }
}
