//! What the organizations of the role's and of the key's account have to say: their policies, and who is in them.

use super::OrganizationFacts;
use super::documents::{add_item, unread_layer};
use crate::evidence::aws::{AwsEvidence, Level, Organization};
use crate::evidence::{Item, Missing, MissingReason};
use crate::facts::path::{Answer, Reason};
use crate::facts::{Fact, Limit, UnknownBecause};
use crate::iam::policy::Principals;
use crate::iam::{
    Because, Context, ContextValue, Dependency, Effected, Layer, Layers, Never, Outcome, Policies, Policy,
    Request, decide,
};
use crate::target::arn::AccountId;
use crate::target::aws::AwsTarget;

/// The organizations that have a say in OpenAI's calls.
#[derive(Clone, Copy)]
pub(super) struct Organizations<'a> {
    pub(super) target: &'a AwsTarget,
    pub(super) evidence: &'a AwsEvidence,
}

/// Whose an account is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Standing {
    /// The customer's own: the role's, the key's, or one of the organization of the role's.
    Own,
    /// Of nobody that the customer has told of.
    Foreign,
    /// Not known.
    Unknown(UnknownBecause),
}

/// The organization policies of one kind above one account.
#[derive(Default)]
pub(super) struct Above {
    /// What could be read, level by level, root first.
    pub(super) levels: Vec<Policies>,
    /// What could not.
    pub(super) unread: Vec<UnknownBecause>,
}

const ROLE_ORGANIZATION: &str = "aws.role_organization";
const KEY_ORGANIZATION: &str = "aws.key_organization";

impl<'a> Organizations<'a> {
    /// The organization of the role's account: `None` where it is in none.
    pub(super) fn of_role(&self) -> Fact<Option<&'a Organization>> {
        self.of_one_account(&self.evidence.role_organization, ROLE_ORGANIZATION)
    }

    /// The organization of the key's account: `None` where it is in none.
    pub(super) fn of_key(&self) -> Fact<Option<&'a Organization>> {
        self.of_one_account(&self.evidence.key_organization, KEY_ORGANIZATION)
    }

    /// An organization, unless the evidence has two for one account.
    fn of_one_account(&self, item: &'a Item<Organization>, key: &str) -> Fact<Option<&'a Organization>> {
        let ids =
            [&self.evidence.role_organization, &self.evidence.key_organization].map(|item| match item {
                Item::Collected(organization) => Some(Some(&organization.id)),
                Item::Absent(_) => Some(None),
                Item::Missing(_) | Item::Partial { .. } => None,
            });
        match ids {
            [Some(of_role), Some(of_key)] if self.in_one_account() && of_role != of_key => {
                Fact::Unknown(vec![contradiction(key)])
            }
            _ => item.fact(key),
        }
    }

    fn in_one_account(&self) -> bool {
        self.target.role.account() == self.target.key.account()
    }

    /// Whose an account is, as far as the organization tells. `written_out` says whether a policy names it.
    pub(super) fn standing(&self, account: &str, written_out: bool) -> Standing {
        let own = [self.target.role.account(), self.target.key.account()];
        if own.into_iter().any(|own| own.as_str() == account) {
            return Standing::Own;
        }
        let unknown = |reason: String, permission: Option<String>| {
            Standing::Unknown(UnknownBecause { evidence: "aws.named_accounts".into(), reason, permission })
        };
        let organization = match self.of_role() {
            _ if !written_out => return Standing::Foreign,
            Fact::Known(None) => return Standing::Foreign,
            Fact::Known(Some(organization)) => organization,
            Fact::Unknown(because) => {
                let because = because.into_iter().next().unwrap_or_else(|| contradiction(ROLE_ORGANIZATION));
                let reason = format!("{}: whether {account} is of your organization", because.reason);
                return Standing::Unknown(UnknownBecause { reason, ..because });
            }
        };
        if organization.management_account.as_str() == account {
            return Standing::Own;
        }
        let named = match &self.evidence.named_accounts {
            Item::Absent(_) => return Standing::Unknown(contradiction("aws.named_accounts")),
            Item::Missing(missing) | Item::Partial { missing, .. } => {
                let reason = format!("{}: whether {account} is of your organization", missing.reason);
                return unknown(reason, missing.permission.clone());
            }
            Item::Collected(named) => named.iter().filter(|named| named.account.as_str() == account),
        };
        let mut standings = named.map(|named| match &named.organization {
            Item::Collected(id) if *id == organization.id => Standing::Own,
            Item::Collected(_) | Item::Absent(_) => Standing::Foreign,
            Item::Missing(missing) | Item::Partial { missing, .. } => {
                let reason = format!("{}: whether {account} is of your organization", missing.reason);
                unknown(reason, missing.permission.clone())
            }
        });
        let Some(standing) = standings.next() else {
            return unknown(format!("it was not asked whether {account} is of your organization"), None);
        };
        if standings.all(|other| other == standing) {
            standing
        } else {
            Standing::Unknown(contradiction("aws.named_accounts"))
        }
    }

    /// The service control policies above the role's account. They limit the role, never OpenAI, which calls from
    /// another account (ORG-UG orgs_manage_policies_scps).
    pub(super) fn service_control(&self) -> Above {
        above(
            &self.evidence.role_service_control_policies,
            Layer::ServiceControlPolicy,
            "aws.role_service_control_policies",
            (&self.evidence.role_organization, ROLE_ORGANIZATION),
            self.target.role.account(),
        )
    }

    /// The resource control policies above the role's account: they limit who assumes the role (ORG-UG
    /// orgs_manage_policies_rcps).
    pub(super) fn resource_control_of_role(&self) -> Above {
        self.with_those_of_one_account(self.above_role(), |this| this.above_key())
    }

    /// The resource control policies above the key's account: they limit who uses the key.
    pub(super) fn resource_control_of_key(&self) -> Above {
        self.with_those_of_one_account(self.above_key(), |this| this.above_role())
    }

    /// One account has one list of policies. Where the evidence has two of them, both count.
    fn with_those_of_one_account(&self, mut above: Above, other: impl FnOnce(&Self) -> Above) -> Above {
        let evidence = self.evidence;
        let differ = evidence.role_resource_control_policies != evidence.key_resource_control_policies;
        if self.in_one_account() && differ {
            let other = other(self);
            above.levels.extend(other.levels);
            above.unread.extend(other.unread);
        }
        above
    }

    fn above_role(&self) -> Above {
        above(
            &self.evidence.role_resource_control_policies,
            Layer::ResourceControlPolicy,
            "aws.role_resource_control_policies",
            (&self.evidence.role_organization, ROLE_ORGANIZATION),
            self.target.role.account(),
        )
    }

    fn above_key(&self) -> Above {
        above(
            &self.evidence.key_resource_control_policies,
            Layer::ResourceControlPolicy,
            "aws.key_resource_control_policies",
            (&self.evidence.key_organization, KEY_ORGANIZATION),
            self.target.key.account(),
        )
    }

    /// What a call on the role carries of its organization.
    pub(super) fn on_role(&self, context: Context) -> Context {
        resource_keys(context, &self.of_role(), ROLE_ORGANIZATION)
    }

    /// What a call on the key carries of its organization.
    pub(super) fn on_key(&self, context: Context) -> Context {
        resource_keys(context, &self.of_key(), KEY_ORGANIZATION)
    }

    /// What a call by a session of the role carries of the role's organization.
    pub(super) fn by_role(&self, context: Context) -> Context {
        const ID: &str = "aws:PrincipalOrgID";
        const PATHS: &str = "aws:PrincipalOrgPaths";
        of_organization(context, ID, PATHS, &self.of_role(), ROLE_ORGANIZATION)
    }

    /// What is known of OpenAI's organization, if it has one: it is neither the role's nor the key's.
    pub(super) fn openai(&self, context: Context, reason: &str) -> Context {
        outside_of([&self.evidence.role_organization, &self.evidence.key_organization], context, reason)
    }

    /// What is known of the organization of a stranger: it is not the role's. That of the key's account may be another
    /// company's.
    pub(super) fn outsider(&self, context: Context, reason: &str) -> Context {
        outside_of([&self.evidence.role_organization], context, reason)
    }

    /// What is known of the organization of a member of the role's.
    pub(super) fn member(&self, context: Context, organization: &Organization) -> Context {
        let place =
            Dependency::new("aws:PrincipalOrgPaths", "the account may be anywhere in the organization");
        context
            .single("aws:PrincipalOrgID", organization.id.as_str())
            .with("aws:PrincipalOrgPaths", ContextValue::starts_with(format!("{}/", organization.id), place))
    }

    /// What of the organization policies could not be read.
    fn unread(&self) -> Vec<UnknownBecause> {
        let all = [self.service_control(), self.resource_control_of_role(), self.resource_control_of_key()];
        let mut unread: Vec<UnknownBecause> = all.into_iter().flat_map(|above| above.unread).collect();
        unread.sort();
        unread.dedup();
        unread
    }

    /// Whether any policies stand above the accounts.
    fn any_levels(&self) -> bool {
        let all = [self.service_control(), self.resource_control_of_role(), self.resource_control_of_key()];
        all.iter().any(|above| !above.levels.is_empty())
    }

    /// What a verdict leaves out of account for want of organization policies.
    pub(super) fn limit(&self) -> Option<Limit> {
        let unread = self.unread();
        if unread.is_empty() {
            return None;
        }
        let read = [
            &self.evidence.role_service_control_policies,
            &self.evidence.role_resource_control_policies,
            &self.evidence.key_resource_control_policies,
        ];
        let what = if read.into_iter().any(|item| item.missing().is_none()) {
            "organization policies (SCPs, RCPs) could not all be read"
        } else {
            "organization policies (SCPs, RCPs) could not be read"
        };
        let planned = |item: &&Item<Vec<Level>>| {
            item.missing().is_some_and(|missing| missing.reason == MissingReason::NotInPlan)
        };
        let lift = if read.iter().any(planned) {
            "lay the plan over evidence that has them (--over)"
        } else {
            "read them with --organization-profile, a profile of the management account or of a delegated administrator"
        };
        Some(Limit {
            what: what.into(),
            lift: format!(
                "{lift}, or ask whoever administers the organization that no policy denies \
                 sts:AssumeRole to account {}, or kms:Encrypt and kms:Decrypt to the role",
                crate::contract::aws::ACCOUNT
            ),
        })
    }

    /// The facts of the organizations' policies, over requests as OpenAI makes them: `on_role` is its `sts:AssumeRole`,
    /// `on_key` are the uses of the key, and `unmade` is why some can't be told.
    pub(super) fn facts(
        &self,
        on_role: Option<Request>,
        on_key: Vec<Request>,
        unmade: Vec<UnknownBecause>,
    ) -> OrganizationFacts {
        let unread = self.unread();
        let mut refusing = Vec::new();
        // Whatever policy there is may refuse a call that is not known.
        let mut open = if self.any_levels() { unmade } else { Vec::new() };
        let assume = on_role.map(|request| {
            let resource =
                Some(Policies::of("", Policy::allowing_everything(Some(Principals::Everyone), false)));
            let resource_control = self.resource_control_of_role().levels;
            (request, Layers { resource, resource_control, ..Layers::default() })
        });
        let uses = on_key.into_iter().map(|request| {
            let resource =
                Some(Policies::of("", Policy::allowing_everything(Some(Principals::Everyone), true)));
            let service_control = self.service_control().levels;
            let resource_control = self.resource_control_of_key().levels;
            (request, Layers { resource, service_control, resource_control, ..Layers::default() })
        });
        for (request, layers) in assume.into_iter().chain(uses) {
            let decision = decide(&request, &layers);
            match decision.outcome {
                Outcome::Allowed => {}
                Outcome::Depends => open.extend(decision.depends_on.iter().map(UnknownBecause::from)),
                Outcome::ExplicitlyDenied | Outcome::ImplicitlyDenied => {
                    let of_organization = |because: &&Because<'_>| {
                        because.effect != Effected::Allow
                            && matches!(
                                because.layer,
                                Layer::ServiceControlPolicy | Layer::ResourceControlPolicy
                            )
                    };
                    refusing.extend(decision.because.iter().filter(of_organization).map(|because| {
                        let said = Reason::from(because).sentence(Answer::Denied);
                        format!("{}: {said}", request.action.written())
                    }));
                }
            }
        }
        refusing.dedup();
        open.sort();
        open.dedup();
        OrganizationFacts {
            refusing: if refusing.is_empty() && !open.is_empty() {
                Fact::Unknown(open)
            } else {
                Fact::Known(refusing)
            },
            policies_read: if unread.is_empty() { Fact::Known(true) } else { Fact::Unknown(unread) },
        }
    }
}

impl OrganizationFacts {
    /// Of a registration that nothing was asked about.
    pub(super) fn unknown(because: Vec<UnknownBecause>) -> Self {
        Self { refusing: Fact::Unknown(because.clone()), policies_read: Fact::Unknown(because) }
    }
}

/// What is known of the organization of somebody who is in none of these.
fn outside_of<'a>(
    organizations: impl IntoIterator<Item = &'a Item<Organization>>,
    context: Context,
    reason: &str,
) -> Context {
    let ids: Vec<&str> =
        organizations.into_iter().filter_map(Item::collected).map(|own| own.id.as_str()).collect();
    let never = |key: &str, values: Vec<Never>| ContextValue::never(values, Dependency::new(key, reason));
    let exact = ids.iter().map(|id| Never::Text((*id).to_owned())).collect();
    let starts = ids.iter().map(|id| Never::Start(format!("{id}/"))).collect();
    context
        .with("aws:PrincipalOrgID", never("aws:PrincipalOrgID", exact))
        .with("aws:PrincipalOrgPaths", never("aws:PrincipalOrgPaths", starts))
}

/// Evidence that contradicts other evidence is none.
fn contradiction(evidence: &str) -> UnknownBecause {
    UnknownBecause {
        evidence: evidence.into(),
        reason: "it contradicts what else was read: read it again".into(),
        permission: None,
    }
}

/// The policies above an account, as far as they could be read and belong to it.
fn above(
    item: &Item<Vec<Level>>,
    layer: Layer,
    key: &str,
    organization: (&Item<Organization>, &str),
    account: &AccountId,
) -> Above {
    let levels = match item {
        Item::Absent(_) => return Above::default(),
        Item::Missing(missing) | Item::Partial { missing, .. } => {
            let levels = changed(missing, layer, key).into_iter().collect();
            return Above { levels, unread: vec![missing.because(key)] };
        }
        Item::Collected(levels) => levels,
    };
    // None governs the management account (ORG-UG orgs_manage_policies_scps, orgs_manage_policies_rcps).
    let organization_read = organization.0.collected();
    if organization_read.is_some_and(|organization| organization.management_account == *account) {
        return Above::default();
    }
    let parents = organization_read.and_then(|organization| organization.parents.collected());
    let is_above = |target: &str| {
        parents
            .is_none_or(|parents| target == account.as_str() || parents.iter().any(|parent| parent == target))
    };
    let mut above = Above::default();
    for level in levels.iter().filter(|level| is_above(&level.target)) {
        let mut policies = Policies::default();
        match &level.policies {
            Item::Collected(list) => {
                for policy in list {
                    add_item(&mut policies, layer, &policy.name, &policy.document, key);
                }
            }
            Item::Absent(absent) => above.unread.push(UnknownBecause {
                evidence: key.into(),
                reason: format!("`{}` was gone when {} asked for it", level.target, absent.call),
                permission: None,
            }),
            Item::Missing(missing) | Item::Partial { missing, .. } => above.unread.push(missing.because(key)),
        }
        above.unread.extend(policies.unread.iter().map(UnknownBecause::from));
        let whole = level.policies.collected().is_some() && policies.unread.is_empty();
        policies.unread.clear();
        if !whole && layer == Layer::ServiceControlPolicy {
            // Decided without what could not be read: only what it denies counts, not that it may fail to allow.
            policies.add("", Policy::allowing_everything(None, true));
        }
        above.levels.push(policies);
        let documents = level.policies.known().into_iter().flatten();
        let documents = documents.filter_map(|policy| policy.document.missing());
        above
            .levels
            .extend(documents.chain(level.policies.missing()).filter_map(|it| changed(it, layer, key)));
    }
    above.unread.extend(misplaced(levels, key, organization, account));
    above
}

/// What a plan changes is not what nobody could read: the calls hang on it.
fn changed(missing: &Missing, layer: Layer, key: &str) -> Option<Policies> {
    if !matches!(missing.reason, MissingReason::KnownAfterApply | MissingReason::Contradicted) {
        return None;
    }
    let mut policies = Policies::default();
    if layer == Layer::ServiceControlPolicy {
        policies.add("", Policy::allowing_everything(None, true));
    }
    policies.unread.push(unread_layer(layer, missing, key));
    Some(policies)
}

/// Whether the levels are those above the account: one that is missing altogether, or another account's, would go
/// unnoticed.
fn misplaced(
    levels: &[Level],
    key: &str,
    (organization, organization_key): (&Item<Organization>, &str),
    account: &AccountId,
) -> Option<UnknownBecause> {
    let contradiction = || UnknownBecause {
        evidence: key.into(),
        reason: "its levels are not those above the account: read it again".into(),
        permission: None,
    };
    let parents = match organization {
        Item::Missing(missing) | Item::Partial { missing, .. } => {
            return Some(missing.because(organization_key));
        }
        Item::Absent(_) => return Some(contradiction()),
        Item::Collected(organization) => &organization.parents,
    };
    match parents {
        Item::Missing(missing) | Item::Partial { missing, .. } => Some(missing.because(organization_key)),
        Item::Absent(_) => Some(contradiction()),
        Item::Collected(parents) => {
            let expected = parents.iter().map(String::as_str).chain([account.as_str()]);
            let got = levels.iter().map(|level| level.target.as_str());
            (!expected.eq(got)).then(contradiction)
        }
    }
}

fn resource_keys(context: Context, organization: &Fact<Option<&Organization>>, evidence: &str) -> Context {
    of_organization(context, "aws:ResourceOrgID", "aws:ResourceOrgPaths", organization, evidence)
}

/// The keys of an organization; an account in none has none.
fn of_organization(
    context: Context,
    id: &str,
    path: &str,
    organization: &Fact<Option<&Organization>>,
    evidence: &str,
) -> Context {
    match organization {
        Fact::Known(None) => context.absent(&[id, path]),
        Fact::Known(Some(organization)) => {
            context.single(id, organization.id.as_str()).with(path, paths(organization, path, evidence))
        }
        Fact::Unknown(because) => context.with(id, unread(id, because)).with(path, unread(path, because)),
    }
}

/// The path of an account in its organization: `o-…/r-…/ou-…/` (IAM-UG access_policies_last-accessed-view-data-orgs).
fn paths(organization: &Organization, key: &str, evidence: &str) -> ContextValue {
    match &organization.parents {
        Item::Collected(parents) => {
            let steps = parents.iter().map(|parent| format!("{parent}/"));
            ContextValue::Many(vec![format!("{}/{}", organization.id, steps.collect::<String>())])
        }
        Item::Absent(_) => unread(key, &[]),
        Item::Missing(missing) | Item::Partial { missing, .. } => {
            let place = Dependency {
                on: key.into(),
                reason: missing.why(),
                permission: missing.permission.clone(),
                evidence: Some(evidence.into()),
            };
            ContextValue::starts_with(format!("{}/", organization.id), place)
        }
    }
}

fn unread(key: &str, because: &[UnknownBecause]) -> ContextValue {
    ContextValue::unknown(match because.first() {
        Some(because) => Dependency {
            on: key.into(),
            reason: because.reason.clone(),
            permission: because.permission.clone(),
            evidence: Some(because.evidence.clone()),
        },
        None => Dependency::new(key, "the organization's answer contradicts itself: read it again"),
    })
}

#[cfg(test)]
mod tests;
