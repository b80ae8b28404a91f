//! The role and its permissions boundary.

use super::reader::{Asked, Reader, not_shown};
use super::tags::Tagged;
use crate::evidence::aws::{EvidenceKey, Policy, Role};
use crate::evidence::plan::ChangeAction;
use crate::evidence::{Item, Missing, MissingReason};
use crate::target::arn::Arn;
use crate::terraform::attribute::Attribute;
use crate::terraform::instances::Instance;
use crate::terraform::planned::{Side, place};

/// The role that is registered, on one side of the change.
#[derive(Debug, Clone)]
pub(super) struct RoleSubject<'a> {
    /// Its ARN, as it is registered.
    pub(super) arn: Arn,
    /// The resource that it is.
    pub(super) instance: Option<&'a Instance>,
    /// Why it is not known whether the plan holds it, where that is so.
    pub(super) doubt: Option<Missing>,
}

impl RoleSubject<'_> {
    /// Its name, which is the last part of its ARN.
    pub(super) fn name(&self) -> &str {
        self.arn.resource().rsplit('/').next().unwrap_or_default()
    }
}

/// A role, and what hangs on its trust and boundary.
pub(super) struct RoleSeen {
    pub(super) role: Item<Role>,
    pub(super) boundary: Item<Policy>,
    pub(super) tags: Tagged,
}

/// The published document of AWS's managed policy of this name (AWS Managed Policy Reference Guide,
/// "AdministratorAccess").
const ADMINISTRATOR: &str =
    r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}"#;

impl<'a> Reader<'a> {
    /// The role with its boundary.
    pub(super) fn role(&self, subject: &RoleSubject<'a>) -> RoleSeen {
        let of_plan = subject.instance.filter(|_| subject.doubt.is_none());
        let Some(instance) = of_plan else { return self.role_outside(subject) };
        self.fill(EvidenceKey::Role, instance, "assume_role_policy");
        if !instance.is_there(self.side) {
            let absent = || self.absent(instance);
            return RoleSeen {
                role: Item::Absent(absent()),
                boundary: Item::Absent(absent()),
                tags: Tagged::default(),
            };
        }
        let tags = self.tags(instance);
        let (boundary_arn, boundary) = self.boundary(instance);
        let role = self.role_attributes(instance).map(|(arn, role_id, trust_policy)| Role {
            arn,
            role_id,
            trust_policy,
            permissions_boundary: boundary_arn,
            tags: tags.known.clone(),
        });
        RoleSeen { role: role.map_or_else(Item::Missing, Item::Collected), boundary, tags }
    }

    fn role_outside(&self, subject: &RoleSubject<'a>) -> RoleSeen {
        if let (Some(live), None) = (self.live.of_role(&subject.arn), &subject.doubt) {
            return RoleSeen {
                role: live.role.clone(),
                boundary: self.boundary_with_plans_document(&live.role_boundary),
                tags: Tagged::default(),
            };
        }
        let missing = subject.doubt.clone().unwrap_or_else(|| not_in_plan(&subject.arn, "role"));
        RoleSeen {
            role: Item::Missing(missing.clone()),
            boundary: Item::Missing(missing),
            tags: Tagged::default(),
        }
    }

    /// The role's ARN, id and trust policy.
    fn role_attributes(&self, instance: &'a Instance) -> Result<(Arn, String, String), Missing> {
        let arn = self.role_arn(instance)?;
        let role_id = match instance.text(self.side, "unique_id") {
            Some(id) => id.to_owned(),
            None if self.is_new(instance) => self.planned.symbols.role_id(&place(instance, "unique_id")),
            None => return Err(not_shown(instance, "unique_id")),
        };
        match self.document(instance, "assume_role_policy") {
            Item::Collected(trust_policy) => Ok((arn, role_id, trust_policy)),
            Item::Missing(missing) | Item::Partial { missing, .. } => Err(missing),
            Item::Absent(_) => Err(not_shown(instance, "assume_role_policy")),
        }
    }

    /// The ARN of the boundary, and the boundary; absent where there is none.
    fn boundary(&self, instance: &'a Instance) -> (Option<String>, Item<Policy>) {
        let key = EvidenceKey::RoleBoundary;
        let attribute = "permissions_boundary";
        self.fill(key, instance, attribute);
        let arn = match self.text(instance, attribute, Asked::Arn) {
            Ok(arn) => arn.filter(|arn| !arn.is_empty()),
            Err(missing) => return (None, Item::Missing(missing)),
        };
        match arn {
            None => (None, Item::Absent(crate::evidence::Absent { call: place(instance, attribute) })),
            Some(arn) => {
                let policy = self.managed_policy(&arn, key);
                (Some(arn), Item::Collected(policy))
            }
        }
    }

    /// The boundary of a role that is not in the plan may still be a policy of the plan.
    fn boundary_with_plans_document(&self, live: &Item<Policy>) -> Item<Policy> {
        match live {
            Item::Collected(policy) => {
                let key = EvidenceKey::RoleBoundary;
                Item::Collected(self.managed_policy_or(&policy.name, key, &policy.document))
            }
            other => other.clone(),
        }
    }

    /// A managed policy that live evidence has: the plan's, where it holds it.
    pub(super) fn managed_policy_or(&self, arn: &str, key: EvidenceKey, live: &Item<String>) -> Policy {
        // What was attached to what is made anew is attached to what is gone.
        let was = self.with_arn(Side::Before, arn).filter(|was| was.action == Some(ChangeAction::Replace));
        let document = match was.filter(|_| self.side == Side::After) {
            Some(was) => {
                self.fill(key, was, "policy");
                Item::Absent(self.absent(was))
            }
            None => self.plans_document(arn, key).unwrap_or_else(|| live.clone()),
        };
        Policy { name: arn.to_owned(), document }
    }

    /// The document of a managed policy of the plan.
    fn plans_document(&self, arn: &str, key: EvidenceKey) -> Option<Item<String>> {
        if self.side == Side::After {
            let parsed: Option<Arn> = arn.parse().ok();
            let put_off = parsed.and_then(|arn| self.put_off(&["aws_iam_policy"], &arn, &[key]));
            if let Some(missing) = put_off {
                return Some(Item::Missing(missing));
            }
        }
        let found = self.with_arn(self.side, arn).or_else(|| self.with_arn(self.side.other(), arn));
        let policy = found.filter(|found| found.kind.name == "aws_iam_policy")?;
        self.fill(key, policy, "policy");
        if !policy.is_there(self.side) {
            return Some(Item::Absent(self.absent(policy)));
        }
        Some(self.document(policy, "policy"))
    }

    /// A managed policy by its ARN: of the plan, of the live evidence, or AWS's own.
    pub(super) fn managed_policy(&self, arn: &str, key: EvidenceKey) -> Policy {
        let named = |document| Policy { name: arn.to_owned(), document };
        if let Some(document) = self.plans_document(arn, key) {
            return named(document);
        }
        if arn == "arn:aws:iam::aws:policy/AdministratorAccess" {
            return named(Item::Collected(ADMINISTRATOR.into()));
        }
        if let Some(document) = self.live.managed_policy(arn) {
            return named(document);
        }
        named(Item::Missing(Missing {
            call: arn.to_owned(),
            reason: MissingReason::NotInPlan,
            permission: None,
            detail: "its document is not in the plan: read it with the data source `aws_iam_policy`, or lay the plan \
                     over live evidence (--over)"
                .into(),
        }))
    }

    /// The attribute of a role that holds policies, where the configuration sets it: the role then has these alone
    /// (documentation of the AWS provider, `aws_iam_role`).
    pub(super) fn exclusive(&self, role: &'a Instance, attribute: &str) -> bool {
        let set = self.planned.is_set(role, attribute) == Some(true);
        // Whoever changes it sets it, be it that the document does not show so.
        let after = role.attribute(self.side, attribute).filter(|after| matches!(after, Attribute::List(_)));
        let was = |after: &Attribute| {
            role.before.as_ref().is_some_and(|before| before.get(attribute) != Some(after))
        };
        let changes = self.side == Side::After && after.is_some_and(was);
        (set || changes) && !matches!(role.attribute(self.side, attribute), None | Some(Attribute::Null))
    }
}

/// A role or key that is in no resource of the plan.
pub(super) fn not_in_plan(arn: &Arn, what: &str) -> Missing {
    Missing {
        call: arn.to_string(),
        reason: MissingReason::NotInPlan,
        permission: None,
        detail: format!("the {what} is in no resource of the plan (see --over)"),
    }
}
