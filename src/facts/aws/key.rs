//! What is known of the key besides who may use it for OpenAI: its kind, its state, and who else may use it.

use super::KeyFacts;
use super::calls::ITS_CHOICE;
use super::documents::behind_absent;
use super::organization::Organizations;
use super::principals::{Called, EVERYONE, deleted_principals, named_principals};
use crate::contract;
use crate::evidence::Item;
use crate::evidence::aws::{Grant, Key};
use crate::facts::{Fact, UnknownBecause};
use crate::iam::policy::{Effect, PrincipalElement, PrincipalKind, Principals};
use crate::iam::{
    Action, Caller, Context, Layers, Policies, Policy, Request, Truth, caller_classes, possible,
};
use crate::target::aws::RoleArn;

/// KMS's cryptographic operations on a key (KMS-DG concepts, "Cryptographic operations"), as their permissions are
/// called.
const CRYPTOGRAPHY: &[&str] = &[
    "Decrypt",
    "DeriveSharedSecret",
    "Encrypt",
    "GenerateDataKey",
    "GenerateDataKeyPair",
    "GenerateDataKeyPairWithoutPlaintext",
    "GenerateDataKeyWithoutPlaintext",
    "GenerateMac",
    "ReEncryptFrom",
    "ReEncryptTo",
    "Sign",
    "Verify",
    "VerifyMac",
];

/// The facts of the key.
pub(super) fn facts(key: &Fact<Option<&Key>>, organizations: Option<Organizations<'_>>) -> KeyFacts {
    let present = || {
        key.clone()
            .and_then(|key| key.map_or_else(|| Fact::Unknown(vec![behind_absent("aws.key")]), Fact::Known))
    };
    let rotation = match (organizations, key) {
        (_, Fact::Known(None)) => Fact::Unknown(vec![behind_absent("aws.key")]),
        (None, _) => present().map(|_| None),
        (Some(organizations), _) => organizations.evidence.key_rotation.fact("aws.key_rotation"),
    };
    let users = match (organizations, key) {
        (_, Fact::Known(None)) => Users::unknown(vec![behind_absent("aws.key")]),
        (None, fact) => Users::unknown(match fact {
            Fact::Unknown(because) => because.clone(),
            Fact::Known(_) => vec![behind_absent("aws.key")],
        }),
        (Some(organizations), _) => Users::of(organizations),
    };
    KeyFacts {
        exists: key.clone().map(|key| key.is_some()),
        arn: key.clone().map(|key| key.map(|key| key.arn.to_string())),
        manager: present().map(|key| key.manager.clone()),
        spec: present().map(|key| key.spec.clone()),
        usage: present().map(|key| key.usage.clone()),
        state: present().map(|key| key.state.clone()),
        deletion_date: present().map(|key| key.deletion_date.map(|date| date.to_string())),
        origin: present().map(|key| key.origin.clone()),
        custom_key_store: present().map(|key| key.custom_key_store.clone()),
        material_expires: present().map(|key| key.material_expires.map(|date| date.to_string())),
        multi_region: present().map(|key| key.multi_region),
        rotation_supported: match key {
            // KMS says of these that they don't rotate, though they can't (KMS API, GetKeyRotationStatus).
            Fact::Known(Some(key)) if !can_rotate(key) => Fact::Known(false),
            _ => rotation.clone().map(|rotation| rotation.is_some()),
        },
        rotation_enabled: rotation.map(|rotation| rotation.is_some_and(|rotation| rotation.enabled)),
        other_users: users.others,
        openai_directly: users.openai,
        deleted_principals: users.deleted,
    }
}

/// Whether KMS rotates keys of this kind by itself: symmetric ones, of material that it made (KMS-DG rotate-keys).
fn can_rotate(key: &Key) -> bool {
    key.spec == contract::aws::KEY_SPEC && key.origin == "AWS_KMS"
}

/// Who is named for cryptography on the key.
struct Users {
    others: Fact<Vec<String>>,
    openai: Fact<Vec<String>>,
    deleted: Fact<Vec<String>>,
}

impl Users {
    fn unknown(because: Vec<UnknownBecause>) -> Self {
        Self {
            others: Fact::Unknown(because.clone()),
            openai: Fact::Unknown(because.clone()),
            deleted: Fact::Unknown(because),
        }
    }

    fn of(organizations: Organizations<'_>) -> Self {
        let (evidence, target) = (organizations.evidence, organizations.target);
        let (mut others, mut openai, mut open) = (Vec::new(), Vec::new(), Vec::new());
        let mut deleted = Fact::Known(Vec::new());
        match read_policy(&evidence.key_policy) {
            Ok(policy) => {
                deleted = Fact::Known(deleted_principals(&policy));
                for (name, of_openai) in named_in_policy(&policy, organizations, &mut open) {
                    if of_openai { openai.push(name) } else { others.push(name) }
                }
            }
            Err(because) => {
                deleted = deleted.and_then(|_: Vec<String>| Fact::Unknown(vec![because.clone()]));
                open.push(because);
            }
        }
        let grants = evidence.key_grants.known().into_iter().flatten();
        for grant in
            grants.filter(|grant| is_for_cryptography(grant) && !is_of_role(&grant.grantee, &target.role))
        {
            let name = format!("{} (grant {})", grant.grantee, grant.id);
            let of_openai = grant.grantee.contains(&format!(":{}:", contract::aws::ACCOUNT));
            if of_openai { openai.push(name) } else { others.push(name) }
        }
        match &evidence.key_grants {
            Item::Collected(_) => {}
            Item::Absent(_) => open.push(behind_absent("aws.key_grants")),
            Item::Missing(missing) | Item::Partial { missing, .. } => {
                open.push(missing.because("aws.key_grants"))
            }
        }
        Self {
            others: Fact::of_members(others, open.clone()),
            openai: Fact::of_members(openai, open),
            deleted,
        }
    }
}

fn read_policy(item: &Item<String>) -> Result<Policy, UnknownBecause> {
    let key = "aws.key_policy";
    match item {
        Item::Collected(text) => Policy::parse(text).map_err(|error| UnknownBecause {
            evidence: key.into(),
            reason: format!("it can't be read as a policy: {error}"),
            permission: None,
        }),
        Item::Absent(_) => Err(behind_absent(key)),
        Item::Missing(missing) | Item::Partial { missing, .. } => Err(missing.because(key)),
    }
}

/// Those whom the key's policy itself lets use the key, apart from the role, and whether they are OpenAI's. What it
/// leaves to the accounts of role and key is for their own policies to say.
fn named_in_policy(
    policy: &Policy,
    organizations: Organizations<'_>,
    open: &mut Vec<UnknownBecause>,
) -> Vec<(String, bool)> {
    let target = organizations.target;
    let own = [target.role.account().as_str(), target.key.account().as_str()];
    let policy = without_delegation(policy, &own);
    let layers = Layers { resource: Some(Policies::of("default", policy.clone())), ..Layers::default() };
    let may_use = |caller: &Caller| {
        CRYPTOGRAPHY.iter().any(|operation| {
            let request = request(caller, operation, organizations);
            possible(&request, &layers) != Truth::No
        })
    };
    let mut found: Vec<(String, bool)> = Vec::new();
    let apart: Vec<String> = own
        .iter()
        .chain(&[contract::aws::ACCOUNT])
        .map(|account| format!("arn:*:*:*:{account}:*"))
        .chain([target.role.to_string()])
        .collect();
    let apart: Vec<&str> = apart.iter().map(String::as_str).collect();
    match caller_classes(&policy, contract::aws::PARTITION, &apart, &Context::unknown(ITS_CHOICE)) {
        None => open.push(UnknownBecause {
            evidence: "aws.key_policy".into(),
            reason: "it may let in principals that it does not write out".into(),
            permission: None,
        }),
        Some(classes) => {
            for class in &classes {
                if !is_of_role(class.caller.arn(), &target.role) && may_use(&class.caller) {
                    let of_openai = class.caller.account() == Some(contract::aws::ACCOUNT);
                    found.push((Called::of(class, &own).label, of_openai));
                }
            }
        }
    }
    // That everybody may says it all.
    if found.iter().any(|(name, _)| name == EVERYONE) {
        found = vec![(EVERYONE.to_owned(), false)];
    }
    for statement in policy.statements.iter().filter(|statement| statement.effect == Effect::Allow) {
        for principal in named_principals(statement).filter(|principal| principal.kind != PrincipalKind::Aws)
        {
            let caller = match principal.kind {
                PrincipalKind::Service => Caller::Service(principal.name.clone()),
                _ => Caller::Federated(principal.name.clone()),
            };
            if may_use(&caller) {
                found.push((principal.name.clone(), false));
            }
        }
    }
    found
}

/// The policy without what it leaves to whole accounts of the customer's own.
fn without_delegation(policy: &Policy, own: &[&str]) -> Policy {
    let mut policy = policy.clone();
    for statement in policy.statements.iter_mut().filter(|statement| statement.effect == Effect::Allow) {
        if let Some(PrincipalElement::Principal(Principals::Named(named))) = &mut statement.principal {
            named
                .retain(|principal| !principal.whole_account().is_some_and(|account| own.contains(&account)));
        }
    }
    policy.statements.retain(|statement| {
        !matches!(&statement.principal,
            Some(PrincipalElement::Principal(Principals::Named(named))) if named.is_empty())
    });
    policy
}

fn request(caller: &Caller, operation: &str, organizations: Organizations<'_>) -> Request {
    let key = &organizations.target.key;
    let account = caller.account().unwrap_or_default();
    let context = Context::unknown(ITS_CHOICE)
        .single("aws:PrincipalArn", caller.arn())
        .single("aws:PrincipalAccount", account)
        .single("kms:CallerAccount", account)
        .single("aws:ResourceAccount", key.account().as_str());
    Request {
        caller: caller.clone(),
        action: Action::new(&format!("kms:{operation}")),
        resource: key.to_string(),
        resource_account: key.account().as_str().into(),
        context,
    }
}

/// The operations of grants are called as the API's are: `ReEncryptFrom`, `GenerateDataKey` (KMS API, CreateGrant).
fn is_for_cryptography(grant: &Grant) -> bool {
    grant.operations.iter().any(|operation| CRYPTOGRAPHY.contains(&operation.as_str()))
}

/// Whether an ARN is the role's or that of one of its sessions. A session's ARN does not show its role's path.
fn is_of_role(arn: &str, role: &RoleArn) -> bool {
    let of_session = format!("arn:aws:sts::{}:assumed-role/{}/", role.account().as_str(), role.name());
    arn == role.to_string() || arn.starts_with(&of_session)
}

#[cfg(test)]
mod tests;
