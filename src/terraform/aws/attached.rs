//! The managed policies that are attached to the role, in whichever resource the attachment is written.

use super::policies::{Listed, Of, fought_over};
use super::reader::{Asked, Reader};
use super::role::RoleSubject;
use crate::evidence::Item;
use crate::evidence::aws::{EvidenceKey, Policy};
use crate::terraform::attribute::Attribute;
use crate::terraform::instances::Instance;

const KEY: EvidenceKey = EvidenceKey::RoleAttachedPolicies;

impl<'a> Reader<'a> {
    /// The managed policies attached to the role.
    pub(super) fn attached_policies(&self, role: &RoleSubject<'a>) -> Item<Vec<Policy>> {
        if let Some(gone) = self.gone_or_doubted(role) {
            return gone;
        }
        let mut list = Listed::new(role.instance.is_some_and(|role| self.is_whole(role)));
        for instance in self.that_name_it(("aws_iam_role_policy_attachment", "role"), role, &mut list) {
            self.fill(KEY, instance, "policy_arn");
            self.attachment(instance, instance.is_there(self.side), &mut list);
        }
        for instance in self.of_kind("aws_iam_policy_attachment") {
            self.attached_to_several(instance, role, &mut list);
        }
        if let Some(resource) = role.instance {
            self.attached_by_role(resource, &mut list);
        }
        self.exclusive_arns(role, &mut list);
        let live = self.live.of_role(&role.arn).map(|live| &live.role_attached_policies);
        list.item(live, |policy| &policy.name, (&self.place_of(role), "other attached policies"))
    }

    /// One attachment, which is there on this side or was only on the other.
    fn attachment(&self, instance: &'a Instance, there: bool, list: &mut Listed<Policy>) {
        let before = instance.before.as_ref().and_then(|before| before.get("policy_arn"));
        list.managed.extend(before.and_then(Attribute::text).map(str::to_owned));
        if !there {
            return;
        }
        match self.text(instance, "policy_arn", Asked::Arn) {
            Ok(Some(arn)) => self.attach(arn, list),
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

    /// `aws_iam_policy_attachment` attaches to its roles and to nobody else (documentation of the AWS provider).
    fn attached_to_several(&self, instance: &'a Instance, role: &RoleSubject<'a>, list: &mut Listed<Policy>) {
        let reader = self.where_it_is(instance);
        let names = reader.texts(instance, "roles", Asked::RoleName);
        let is_named = |names: &Vec<String>| names.iter().any(|name| name == role.name());
        match names {
            // Who is in the list, and who was.
            Ok(names) => {
                let before = instance.before.as_ref().and_then(|before| before.get("roles"));
                let was = before.and_then(Attribute::list).unwrap_or_default();
                let was_named = was.iter().any(|name| name.text() == Some(role.name()));
                if !is_named(&names) && !was_named {
                    // Whatever it attaches it detaches from everybody else.
                    if instance.is_there(self.side)
                        && let Ok(Some(arn)) = self.text(instance, "policy_arn", Asked::Arn)
                    {
                        list.managed.insert(arn);
                    }
                    return;
                }
                match self.in_account_of(instance, "roles", role) {
                    Of::Other => {}
                    Of::Unknown(missing) => list.open.push(missing),
                    Of::This => {
                        self.fill(KEY, instance, "roles");
                        let there = instance.is_there(self.side) && is_named(&names);
                        self.attachment(instance, there, list);
                    }
                }
            }
            Err(missing) if instance.is_there(self.side) => list.open.push(missing),
            Err(_) => {}
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
                }
                // What was found and is being detached is managed already.
                let left = arns.into_iter().filter(|arn| exclusive || !list.managed.contains(arn));
                let left: Vec<String> = left.collect();
                if !left.is_empty() {
                    self.fill(KEY, role, attribute);
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
        let naming =
            self.that_name_it(("aws_iam_role_policy_attachments_exclusive", "role_name"), role, list);
        for instance in naming.into_iter().filter(|one| one.is_there(self.side)) {
            self.fill(KEY, instance, attribute);
            match self.texts(instance, attribute, Asked::Arn) {
                Ok(arns) => {
                    list.whole = self.planned.document.complete;
                    for policy in list.known.iter_mut().filter(|one| !arns.contains(&one.name)) {
                        policy.document = Item::Missing(fought_over(instance, &policy.name));
                    }
                    arns.into_iter().for_each(|arn| self.attach(arn, list));
                }
                Err(missing) => list.open.push(missing),
            }
        }
    }
}
