//! Evidence to facts.

use jiff::Timestamp;

use super::decisions::Decider;
use super::documents::behind_absent;
use super::organization::Organizations;
use super::vocabulary::AwsTargetValues;
use super::{AwsFacts, Form, OrganizationFacts, PrivilegeFacts, RoleFacts, TrustFacts, key, steps, trust};
use crate::assume::Assumptions;
use crate::evidence::Item;
use crate::evidence::aws::{AwsEvidence, Caller, Key, Role};
use crate::facts::change::ChangeFacts;
use crate::facts::path::Step;
use crate::facts::{DecisionFacts, Derived, Fact, Limit, UnknownBecause, ValueForm};
use crate::iam::Policy;
use crate::target::arn::Arn;
use crate::target::aws::{AwsRegistration, AwsTarget};

/// Derives everything from the registration, the other keys that are registered with the same role, what was seen, and
/// what is assumed of OpenAI's calls, as of the time of the evidence.
pub fn derive(
    registration: &AwsRegistration,
    other_keys: &[Arn],
    evidence: &AwsEvidence,
    assumptions: &Assumptions,
    now: Timestamp,
) -> Derived {
    let given = Given::of(registration, evidence);
    let Given { role, key, .. } = &given;
    let organizations = given.organizations();
    let decider = given.decider(other_keys, assumptions, now);
    let [assume_role, encrypt, decrypt] = calls(decider.as_ref());
    let (privilege, organization) = match &decider {
        Some(decider) => (decider.privilege(), decider.organization()),
        None => {
            let not_asked = || {
                vec![UnknownBecause {
                    evidence: "aws.role".into(),
                    reason: "not_asked".into(),
                    permission: None,
                }]
            };
            let unknown = || Fact::Unknown(not_asked());
            (PrivilegeFacts::unknown([unknown(), unknown()]), OrganizationFacts::unknown(not_asked()))
        }
    };
    let facts = AwsFacts {
        form: Form {
            role_arn: ValueForm::of(registration.role().map(|_| ())),
            key_arn: ValueForm::of(registration.key().map(|_| ())),
            external_id: ValueForm::of(registration.external_id.acceptable()),
            key_is_alias: registration.kms_arn.resource().starts_with("alias/"),
        },
        role: RoleFacts {
            exists: role.clone().map(|role| role.is_some()),
            real_arn: evidence.role.fact("aws.role").map(|role| role.map(|role| role.arn.to_string())),
        },
        trust: trust_facts(organizations, role, now),
        key: key::facts(key, organizations),
        privilege,
        organization,
        assume_role: DecisionFacts::of(&assume_role),
        encrypt: DecisionFacts::of(&encrypt),
        decrypt: DecisionFacts::of(&decrypt),
        change: ChangeFacts::default(),
    };
    Derived {
        places: places(registration, [&assume_role, &encrypt, &decrypt]),
        facts: serde_json::to_value(&facts).unwrap_or_default(),
        target: serde_json::to_value(AwsTargetValues::from(registration)).unwrap_or_default(),
        path: vec![assume_role, encrypt, decrypt],
        limits: limits(organizations, assumptions),
    }
}

/// OpenAI's calls alone, decided as [`derive()`] decides them.
pub(in crate::facts) fn path(
    registration: &AwsRegistration,
    other_keys: &[Arn],
    evidence: &AwsEvidence,
    assumptions: &Assumptions,
    now: Timestamp,
) -> Vec<Step> {
    let given = Given::of(registration, evidence);
    calls(given.decider(other_keys, assumptions, now).as_ref()).into()
}

/// What is registered, and what the account shows of it.
struct Given<'a> {
    evidence: &'a AwsEvidence,
    /// `None` for values that OpenAI would not accept.
    target: Option<AwsTarget>,
    role: Fact<Option<&'a Role>>,
    key: Fact<Option<&'a Key>>,
}

impl<'a> Given<'a> {
    fn of(registration: &AwsRegistration, evidence: &'a AwsEvidence) -> Self {
        Self {
            evidence,
            target: registration.target(),
            role: role_as_given(registration, &evidence.caller, &evidence.role),
            key: key_as_given(registration, evidence),
        }
    }

    fn organizations(&self) -> Option<Organizations<'_>> {
        self.target.as_ref().map(|target| Organizations { target, evidence: self.evidence })
    }

    fn decider<'b>(
        &'b self,
        other_keys: &'b [Arn],
        assumptions: &'b Assumptions,
        now: Timestamp,
    ) -> Option<Decider<'b>> {
        self.organizations().map(|organizations| Decider {
            target: organizations.target,
            evidence: self.evidence,
            role: &self.role,
            key: &self.key,
            organizations,
            assumptions,
            other_keys,
            now,
        })
    }
}

/// The three calls, decided where there is something to ask.
fn calls(decider: Option<&Decider<'_>>) -> [Step; 3] {
    match decider {
        Some(decider) => [decider.assume_role(), decider.encrypt(), decider.decrypt()],
        None => steps::not_asked(),
    }
}

fn places(registration: &AwsRegistration, steps: [&Step; 3]) -> Vec<(&'static str, String)> {
    let [assume_role, encrypt, decrypt] = steps.map(|step| step.place.clone());
    let role = format!("iam:GetRole of {}", registration.role_arn);
    let key = format!("kms:DescribeKey of {}", registration.kms_arn);
    let key_policy = format!("kms:GetKeyPolicy of {}", registration.kms_arn);
    let rotation = format!("kms:GetKeyRotationStatus of {}", registration.kms_arn);
    let by_group = [
        ("form.role_arn", Some("--role-arn".to_owned())),
        ("form.key_arn", Some("--kms-arn".to_owned())),
        ("form.external_id", Some("--external-id".to_owned())),
        ("role", Some(role.clone())),
        ("trust", Some(role.clone())),
        ("key", Some(key)),
        ("key.rotation_supported", Some(rotation.clone())),
        ("key.rotation_enabled", Some(rotation)),
        ("key.other_users", Some(key_policy.clone())),
        ("key.openai_directly", Some(key_policy.clone())),
        ("key.deleted_principals", Some(key_policy)),
        (
            "privilege",
            Some(format!(
                "iam:ListRolePolicies and iam:ListAttachedRolePolicies of {}",
                registration.role_arn
            )),
        ),
        (
            "organization",
            Some(format!("organizations:ListPoliciesForTarget of {}", registration.role_arn.account())),
        ),
        ("assume_role", assume_role),
        ("encrypt", encrypt),
        ("decrypt", decrypt),
    ];
    by_group.into_iter().filter_map(|(group, place)| Some((group, place?))).collect()
}

/// What the verdict leaves out of account, and what it rests on that nobody has read.
fn limits(organizations: Option<Organizations<'_>>, assumptions: &Assumptions) -> Vec<Limit> {
    let of_organization = organizations.and_then(|organizations| organizations.limit());
    of_organization.into_iter().chain(assumptions.limits()).collect()
}

/// The role with exactly the registered ARN: `None` where the account has none of that ARN. IAM answers for the
/// caller's account, so a caller of another account says nothing about it.
fn role_as_given<'a>(
    registration: &AwsRegistration,
    caller: &Item<Caller>,
    item: &'a Item<Role>,
) -> Fact<Option<&'a Role>> {
    let account = registration.role_arn.account();
    let elsewhere = caller
        .collected()
        .is_some_and(|caller| caller.account.as_str() != account || caller.arn.account() != account);
    if elsewhere && item.missing().is_none() {
        return Fact::Unknown(vec![wrong_answer("aws.role")]);
    }
    item.fact("aws.role").map(|role| role.filter(|role| role.arn == registration.role_arn))
}

/// The key that the registered ARN names. An answer about another key, account or region is no answer.
fn key_as_given<'a>(registration: &AwsRegistration, evidence: &'a AwsEvidence) -> Fact<Option<&'a Key>> {
    evidence.key.fact("aws.key").and_then(|key| {
        let Some(key) = key else { return Fact::Known(None) };
        let (asked, got) = (&registration.kms_arn, &key.arn);
        let alias = asked.resource().starts_with("alias/");
        let answers = if alias {
            got.account() == asked.account()
                && got.region() == asked.region()
                && got.service() == "kms"
                && got.partition() == asked.partition()
                && got.resource().starts_with("key/")
        } else {
            got == asked
        };
        if !answers {
            return Fact::Unknown(vec![wrong_answer("aws.key")]);
        }
        // An alias that its key does not list was re-pointed in between.
        let listed = match &evidence.key_aliases {
            Item::Collected(names) => names.iter().any(|name| name == asked.resource()),
            Item::Absent(_) => false,
            Item::Missing(_) | Item::Partial { .. } => true,
        };
        if alias && !listed {
            return Fact::Unknown(vec![UnknownBecause {
                evidence: "aws.key_aliases".into(),
                reason: format!("the key does not list `{}`: read it again", asked.resource()),
                permission: None,
            }]);
        }
        Fact::Known(Some(key))
    })
}

fn wrong_answer(evidence: &str) -> UnknownBecause {
    UnknownBecause { evidence: evidence.into(), reason: "wrong_account".into(), permission: None }
}

fn trust_facts(
    organizations: Option<Organizations<'_>>,
    role: &Fact<Option<&Role>>,
    now: Timestamp,
) -> TrustFacts {
    let (Some(organizations), Fact::Known(Some(role))) = (organizations, role) else {
        return TrustFacts::unknown(match role {
            Fact::Unknown(because) => because.clone(),
            Fact::Known(_) => vec![behind_absent("aws.role")],
        });
    };
    match Policy::parse(&role.trust_policy) {
        Ok(policy) => trust::facts(&policy, &role.tags, organizations, now),
        Err(error) => {
            let because = vec![UnknownBecause {
                evidence: "aws.role".into(),
                reason: format!("its trust policy can't be read: {error}"),
                permission: None,
            }];
            // AWS may know an element that this program does not; text that is no JSON object it does not take.
            let object =
                serde_json::from_str::<serde_json::Map<String, serde_json::Value>>(&role.trust_policy);
            let readable = match object {
                Ok(_) => Fact::Unknown(because.clone()),
                Err(_) => Fact::Known(false),
            };
            TrustFacts { readable, ..TrustFacts::unknown(because) }
        }
    }
}

impl TrustFacts {
    fn unknown(because: Vec<UnknownBecause>) -> Self {
        Self {
            readable: Fact::Unknown(because.clone()),
            admits_openai: Fact::Unknown(because.clone()),
            principals: Fact::Unknown(because.clone()),
            strangers: Fact::Unknown(because.clone()),
            accepts_external_id: Fact::Unknown(because.clone()),
            allows_without_external_id: Fact::Unknown(because.clone()),
            unlisted_external_id: Fact::Unknown(because.clone()),
            own_principals: Fact::Unknown(because.clone()),
            additional_external_ids: Fact::Unknown(because.clone()),
            deleted_principals: Fact::Unknown(because.clone()),
            external_ids: Fact::Unknown(because),
        }
    }
}
