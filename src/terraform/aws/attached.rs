//! The managed policies that are attached to the role, in whichever resource the attachment is written.

use super::hanging::{About, Listed, LiveNames, Of};
use super::reader::{Asked, Reader};
use super::role::RoleSubject;
use crate::evidence::Item;
use crate::evidence::aws::{EvidenceKey, Policy};
use crate::evidence::plan::ChangeAction;
use crate::terraform::attribute::Attribute;
use crate::terraform::instances::Instance;
use crate::terraform::planned::Side;

const KEY: EvidenceKey = EvidenceKey::RoleAttachedPolicies;

impl<'a> Reader<'a> {
    /// The managed policies attached to the role.
    pub(super) fn attached_policies(&self, role: &RoleSubject<'a>) -> Item<Vec<Policy>> {
        if let Some(gone) = self.gone_or_doubted(role) {
            return gone;
        }
        let mut list = Listed::new(role.instance.is_some_and(|role| self.is_whole(role)));
        let live = self.live.of_role(&role.arn).map(|live| &live.role_attached_policies);
        let names = LiveNames::of(live, |policy: &Policy| &policy.name);
        let about = |kind| About { kind, name: "policy_arn", fills: KEY, live: &names };
        let to_one = about("aws_iam_role_policy_attachment");
        for instance in self.hanging(&to_one, |reader, one| reader.of_role(one, "role", role), &mut list) {
            self.fill(KEY, instance, "policy_arn");
            self.attachment(instance, &mut list);
        }
        let to_several = about("aws_iam_policy_attachment");
        for instance in self.hanging(&to_several, |reader, one| reader.is_among(one, role), &mut list) {
            self.fill(KEY, instance, "roles");
            self.attachment(instance, &mut list);
        }
        if let Some(resource) = role.instance {
            self.attached_by_role(resource, &mut list);
        }
        list.open.extend(self.by_other_hands(KEY, role.name()));
        list.settle();
        self.detached_from_others(role, &mut list);
        self.exclusive_arns(role, &mut list);
        if live.is_none() && role.instance.is_none() {
            self.note_policies();
        }
        let live = live.map(|live| self.with_plans_documents(live));
        list.item(live.as_ref(), |policy| &policy.name, (&self.place_of(role), "other attached policies"))
    }

    /// A policy of the plan may be attached to a role of which nothing is known.
    fn note_policies(&self) {
        for policy in self.of_kind("aws_iam_policy") {
            if matches!(
                policy.action,
                Some(ChangeAction::Update | ChangeAction::Replace | ChangeAction::Delete)
            ) {
                self.notes.fill(KEY, policy);
            }
        }
    }

    /// What hangs on the role outside of the plan may still be a policy of the plan.
    fn with_plans_documents(&self, live: &Item<Vec<Policy>>) -> Item<Vec<Policy>> {
        let of_plan = |policy: Policy| self.managed_policy_or(&policy.name, KEY, &policy.document);
        match live.clone() {
            Item::Collected(policies) => Item::Collected(policies.into_iter().map(of_plan).collect()),
            Item::Partial { known, missing } => {
                Item::Partial { known: known.into_iter().map(of_plan).collect(), missing }
            }
            other => other,
        }
    }

    /// One attachment, which is there on this side.
    fn attachment(&self, instance: &'a Instance, list: &mut Listed<Policy>) {
        match self.text(instance, "policy_arn", Asked::Arn) {
            Ok(Some(arn)) => {
                self.attach(arn.clone(), list);
                // What stays attached to what is made anew is attached to what is gone.
                let made_anew = |policy: &&Instance| policy.action == Some(ChangeAction::Replace);
                let policy = self.with_arn(Side::Before, &arn).filter(made_anew);
                if let (None, Side::After, Some(policy)) = (instance.action, self.side, policy) {
                    list.fight(policy, |name| name == arn);
                }
            }
            Ok(None) => {}
            Err(missing) => {
                list.known.push(Policy { name: missing.call.clone(), document: Item::Missing(missing) })
            }
        }
    }

    fn attach(&self, arn: String, list: &mut Listed<Policy>) {
        list.managed.insert(arn.clone());
        if !list.known.iter().any(|known| known.name == arn) {
            list.known.push(self.managed_policy(&arn, KEY));
        }
    }

    /// Whether the role is among those that an `aws_iam_policy_attachment` attaches to, on this side.
    fn is_among(&self, instance: &'a Instance, role: &RoleSubject<'a>) -> Of {
        match self.texts(instance, "roles", Asked::RoleName) {
            Ok(names) => {
                let is_it = |name: &&String| name.eq_ignore_ascii_case(role.name());
                // One that is written as it is tells more than one in another case.
                let exact = names.iter().find(|name| *name == role.name());
                let name = exact.or_else(|| names.iter().find(is_it));
                name.map_or(Of::Other, |name| self.of_role_named(name, instance, "roles", role))
            }
            Err(missing) => Of::Unknown(missing),
        }
    }

    /// `aws_iam_policy_attachment` attaches to its roles and takes the policy from everybody else in the account
    /// (documentation of the AWS provider).
    fn detached_from_others(&self, role: &RoleSubject<'a>, list: &mut Listed<Policy>) {
        let there = |instance: &&'a Instance| self.side == Side::After && instance.is_there(self.side);
        for instance in self.of_kind("aws_iam_policy_attachment").filter(there) {
            let elsewhere = matches!(self.in_account_of(instance, "roles", role), Of::Other);
            if elsewhere || !matches!(self.is_among(instance, role), Of::Other) {
                continue;
            }
            if instance.action.is_some() {
                self.notes.fill(KEY, instance);
            }
            match self.text(instance, "policy_arn", Asked::Arn) {
                Ok(arn) => {
                    let arn = arn.unwrap_or_default();
                    list.fight(instance, |name| name == arn);
                    list.managed.insert(arn);
                }
                Err(missing) => list.open.push(missing),
            }
        }
    }

    /// The role's own list. Where the configuration sets it, the role has these alone; otherwise it is what was found.
    fn attached_by_role(&self, role: &'a Instance, list: &mut Listed<Policy>) {
        let attribute = "managed_policy_arns";
        match role.attribute(self.side, attribute) {
            None | Some(Attribute::Null) => return,
            Some(Attribute::Unknown) if self.is_left_out(role, attribute) => return,
            Some(_) => {}
        }
        let exclusive = self.exclusive(role, attribute);
        match self.texts(role, attribute, Asked::Arn) {
            Ok(arns) => {
                if exclusive {
                    list.whole = self.planned.document.complete;
                    if self.side == Side::After {
                        list.fight(role, |name| !arns.iter().any(|arn| arn == name));
                    }
                }
                // What was found and is being detached is managed already.
                let left = arns.into_iter().filter(|arn| exclusive || !list.managed.contains(arn));
                let left: Vec<String> = left.collect();
                if !left.is_empty() {
                    self.fill(KEY, role, attribute);
                }
                if !exclusive {
                    list.found.extend(left.iter().cloned());
                }
                left.into_iter().for_each(|arn| self.attach(arn, list));
            }
            Err(missing) => list.open.push(missing),
        }
    }

    /// `aws_iam_role_policy_attachments_exclusive`: at the apply everything else is detached (documentation of the AWS
    /// provider).
    fn exclusive_arns(&self, role: &RoleSubject<'a>, list: &mut Listed<Policy>) {
        let attribute = "policy_arns";
        for instance in self.that_keep("aws_iam_role_policy_attachments_exclusive", KEY, role, list) {
            self.fill(KEY, instance, attribute);
            match self.texts(instance, attribute, Asked::Arn) {
                Ok(arns) => {
                    list.whole = self.planned.document.complete;
                    list.fight(instance, |name| !arns.iter().any(|arn| arn == name));
                    arns.into_iter().for_each(|arn| self.attach(arn, list));
                }
                Err(missing) => list.open.push(missing),
            }
        }
    }
}
