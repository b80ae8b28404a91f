//! The policies of the role: inline and attached, in whichever resource they are written.

use std::collections::BTreeSet;

use super::made::known_after;
use super::reader::{Asked, Reader, unreadable};
use super::role::RoleSubject;
use crate::evidence::aws::{EvidenceKey, Policy};
use crate::evidence::{Item, Missing, MissingReason};
use crate::terraform::attribute::{Attribute, Object};
use crate::terraform::configuration::Expression;
use crate::terraform::instances::Instance;
use crate::terraform::planned::{outside, place};

/// Whether a resource is about the role, or about the key.
pub(super) enum Of {
    This,
    Other,
    /// It can't be told.
    Unknown(Missing),
}

/// A list of what hangs on a role or key.
#[derive(Debug)]
pub(super) struct Listed<T> {
    /// What the plan attaches.
    pub(super) known: Vec<T>,
    /// The names of what the plan manages, on either side of the change: not what stands outside of it.
    pub(super) managed: BTreeSet<String>,
    /// Why there may be more in the plan.
    pub(super) open: Vec<Missing>,
    /// Whether nothing else can be in the list.
    pub(super) whole: bool,
}

impl<T> Listed<T> {
    pub(super) fn new(whole: bool) -> Self {
        Self { known: Vec::new(), managed: BTreeSet::new(), open: Vec::new(), whole }
    }
}

impl<T: Clone> Listed<T> {
    /// The list, with what stands outside of the plan: in the live evidence, or nowhere.
    pub(super) fn item(
        mut self,
        live: Option<&Item<Vec<T>>>,
        name: impl Fn(&T) -> &str,
        (place, what): (&str, &str),
    ) -> Item<Vec<T>> {
        let mut missing = None;
        if !self.whole {
            let live_members = live.and_then(Item::known).into_iter().flatten();
            self.known.extend(live_members.filter(|one| !self.managed.contains(name(one))).cloned());
            missing = match live {
                Some(Item::Collected(_)) => None,
                Some(Item::Partial { missing, .. } | Item::Missing(missing)) => Some(missing.clone()),
                Some(Item::Absent(_)) | None => Some(outside(place, what)),
            };
        }
        match self.open.into_iter().next().or(missing) {
            None => Item::Collected(self.known),
            Some(missing) if self.known.is_empty() => Item::Missing(missing),
            Some(missing) => Item::Partial { known: self.known, missing },
        }
    }
}

impl<'a> Reader<'a> {
    /// Whether a resource that names a role names this one.
    pub(super) fn of_role(&self, instance: &'a Instance, attribute: &str, role: &RoleSubject<'a>) -> Of {
        let reader = self.where_it_is(instance);
        let name = match reader.text(instance, attribute, Asked::RoleName) {
            Ok(name) => name.unwrap_or_default(),
            Err(missing) => return Of::Unknown(missing),
        };
        if name == role.name() { self.in_account_of(instance, attribute, role) } else { Of::Other }
    }

    /// Roles of two accounts may have one name. A resource without an account of its own is in that of its provider.
    pub(super) fn in_account_of(
        &self,
        instance: &'a Instance,
        attribute: &str,
        role: &RoleSubject<'a>,
    ) -> Of {
        let provider = |instance: &'a Instance| self.planned.provider(instance);
        if let Some(resource) = role.instance
            && provider(instance).is_some()
            && provider(instance) == provider(resource)
        {
            return Of::This;
        }
        if provider(instance).is_none() {
            // Where the document names one role of the name, nothing that was there before is another's.
            let same = |other: &&Instance| {
                !other.kind.data && self.where_it_is(other).role_name_text(other) == Some(role.name())
            };
            let roles = self.of_kind("aws_iam_role").filter(same).count();
            return match role.instance {
                Some(resource) if roles == 1 && !self.is_new(resource) => Of::This,
                _ => Of::Unknown(known_after(
                    instance,
                    attribute,
                    "what a document without configuration hides",
                )),
            };
        }
        let (own, of_role) = (self.account(instance), role.arn.account());
        let is_symbol =
            |account: &str| self.planned.symbols.all().iter().any(|symbol| symbol.text == account);
        if own == of_role {
            Of::This
        } else if is_symbol(&own) || is_symbol(of_role) {
            Of::Unknown(known_after(
                instance,
                attribute,
                "the name of a role in an account that the plan does not show",
            ))
        } else {
            Of::Other
        }
    }

    fn role_name_text(&self, role: &'a Instance) -> Option<&'a str> {
        role.text(self.side, "name")
    }

    /// The resources of a kind whose attribute names the role, on this side or only on the other. Where that can't
    /// be told of one, the list is open.
    pub(super) fn that_name_it<T>(
        &self,
        (kind, attribute): (&str, &str),
        role: &RoleSubject<'a>,
        list: &mut Listed<T>,
    ) -> Vec<&'a Instance> {
        let mut found = Vec::new();
        for instance in self.of_kind(kind) {
            match self.of_role(instance, attribute, role) {
                Of::This => found.push(instance),
                Of::Unknown(missing) if instance.is_there(self.side) => list.open.push(missing),
                Of::Unknown(_) | Of::Other => {}
            }
        }
        found
    }

    /// The role's inline policies.
    pub(super) fn inline_policies(&self, role: &RoleSubject<'a>) -> Item<Vec<Policy>> {
        let key = EvidenceKey::RoleInlinePolicies;
        if let Some(gone) = self.gone_or_doubted(role) {
            return gone;
        }
        let mut list = Listed::new(role.instance.is_some_and(|role| self.is_whole(role)));
        for instance in self.that_name_it(("aws_iam_role_policy", "role"), role, &mut list) {
            self.fill(key, instance, "policy");
            list.managed.extend(self.names_on_both_sides(instance));
            if instance.is_there(self.side) {
                let name = instance.text(self.side, "name").map(str::to_owned);
                let name = name.unwrap_or_else(|| instance.address.to_string());
                list.known.push(Policy { name, document: self.document(instance, "policy") });
            }
        }
        if let Some(resource) = role.instance {
            self.inline_blocks(resource, &mut list);
        }
        let live = self.live.of_role(&role.arn).map(|live| &live.role_inline_policies);
        self.exclusive_names(role, live, &mut list);
        list.item(live, |policy| &policy.name, (&self.place_of(role), "other inline policies"))
    }

    fn names_on_both_sides(&self, instance: &'a Instance) -> impl Iterator<Item = String> {
        let own = instance.before.as_ref().and_then(|before| before.get("name")).and_then(Attribute::text);
        let on = [Some(self.side), None].map(|side| match side {
            Some(side) => instance.text(side, "name"),
            None => own,
        });
        on.into_iter().flatten().map(str::to_owned)
    }

    /// Blocks of the role itself. Where the configuration has them, the role has these alone.
    fn inline_blocks(&self, role: &'a Instance, list: &mut Listed<Policy>) {
        let key = EvidenceKey::RoleInlinePolicies;
        let blocks = match role.attribute(self.side, "inline_policy") {
            None | Some(Attribute::Null) => return,
            Some(Attribute::List(blocks)) => blocks,
            Some(Attribute::Unknown) if self.is_left_out(role, "inline_policy") => return,
            Some(Attribute::Unknown) => {
                list.open.push(known_after(role, "inline_policy", "blocks that the plan does not show"));
                return;
            }
            Some(_) => {
                list.open.push(unreadable(role, "inline_policy", "a list of blocks"));
                return;
            }
        };
        if self.exclusive(role, "inline_policy") {
            list.whole = self.planned.document.complete;
        }
        if !blocks.is_empty() {
            self.fill(key, role, "inline_policy");
        }
        for block in blocks {
            let Some(block) = block.object() else {
                list.open.push(known_after(role, "inline_policy", "a block that the plan does not show"));
                continue;
            };
            if let Some(policy) = self.inline_block(role, block)
                && !list.known.iter().any(|known| known.name == policy.name)
            {
                list.managed.insert(policy.name.clone());
                list.known.push(policy);
            }
        }
    }

    /// One block; none where it is empty, which stands for no inline policy at all.
    fn inline_block(&self, role: &'a Instance, block: &Object) -> Option<Policy> {
        let name = block.get("name").and_then(Attribute::text).filter(|name| !name.is_empty());
        let document = match block.get("policy") {
            Some(Attribute::Text(text)) if text.is_empty() && name.is_none() => return None,
            Some(Attribute::Text(text)) => Item::Collected(text.clone()),
            None | Some(Attribute::Null) if name.is_none() => return None,
            Some(Attribute::Unknown) => self.inline_document(role, name),
            _ => Item::Missing(unreadable(role, "inline_policy", "a policy")),
        };
        Some(Policy { name: name.unwrap_or("inline_policy").to_owned(), document })
    }

    /// The document of a block that is known only after apply: what the block of that name in the configuration refers
    /// to.
    fn inline_document(&self, role: &'a Instance, name: Option<&str>) -> Item<String> {
        let blocks =
            self.planned.document.configured(role).and_then(|it| it.expressions.get("inline_policy"));
        let of_name = match blocks {
            Some(Expression::Blocks(blocks)) => {
                let named = |block: &&crate::terraform::configuration::Block| {
                    matches!((block.get("name"), name),
                        (Some(Expression::Constant(Attribute::Text(written))), Some(name)) if written == name)
                };
                let mut of_name = blocks.iter().filter(named);
                let only = blocks.len() == 1;
                of_name.next().filter(|_| of_name.next().is_none()).or(blocks.first().filter(|_| only))
            }
            _ => None,
        };
        let expression = of_name.and_then(|block| block.get("policy"));
        match self.in_block(role, "inline_policy", expression, Asked::Document) {
            Ok(text) => Item::Collected(text),
            Err(missing) => Item::Missing(missing),
        }
    }

    /// `aws_iam_role_policies_exclusive`: at the apply everything else is removed (documentation of the AWS provider).
    fn exclusive_names(
        &self,
        role: &RoleSubject<'a>,
        live: Option<&Item<Vec<Policy>>>,
        list: &mut Listed<Policy>,
    ) {
        let key = EvidenceKey::RoleInlinePolicies;
        let naming = self.that_name_it(("aws_iam_role_policies_exclusive", "role_name"), role, list);
        for instance in naming.into_iter().filter(|one| one.is_there(self.side)) {
            self.fill(key, instance, "policy_names");
            let names = match self.listed_names(instance, "policy_names", &list.known) {
                Ok(names) => names,
                Err(missing) => {
                    list.open.push(missing);
                    continue;
                }
            };
            list.whole = self.planned.document.complete;
            for policy in list.known.iter_mut().filter(|policy| !names.contains(&policy.name)) {
                policy.document = Item::Missing(fought_over(instance, &policy.name));
            }
            for name in names {
                if list.known.iter().any(|known| known.name == name) {
                    continue;
                }
                let mut seen = live.and_then(Item::known).into_iter().flatten();
                let seen = seen.find(|policy| policy.name == name).cloned();
                list.known.push(seen.unwrap_or_else(|| Policy {
                    document: Item::Missing(outside(
                        &place(instance, "policy_names"),
                        &format!("the policy `{name}`"),
                    )),
                    name,
                }));
            }
        }
    }

    /// The names that an exclusive list holds. What is not known yet in it is a name that the plan makes.
    fn listed_names(
        &self,
        instance: &Instance,
        attribute: &str,
        known: &[Policy],
    ) -> Result<BTreeSet<String>, Missing> {
        let Some(Attribute::List(list)) = instance.attribute(self.side, attribute) else {
            return Err(known_after(instance, attribute, "names that the plan does not show"));
        };
        let names: BTreeSet<String> = list.iter().filter_map(Attribute::text).map(str::to_owned).collect();
        let unknown = list.iter().filter(|one| **one == Attribute::Unknown).count();
        let unlisted = known.iter().filter(|policy| !names.contains(&policy.name)).count();
        match unknown {
            0 => Ok(names),
            _ if unknown == unlisted => {
                Ok(known.iter().map(|policy| policy.name.clone()).chain(names).collect())
            }
            _ => Err(known_after(instance, attribute, "names that the plan does not show")),
        }
    }

    /// Behind a role that is not there stands nothing, and behind one that may be in the plan nothing is known.
    pub(super) fn gone_or_doubted<T>(&self, role: &RoleSubject<'a>) -> Option<Item<T>> {
        if let Some(doubt) = &role.doubt {
            return Some(Item::Missing(doubt.clone()));
        }
        let instance = role.instance.filter(|instance| !instance.is_there(self.side))?;
        Some(Item::Absent(self.absent(instance)))
    }

    /// What a list of the role's is about, for people.
    pub(super) fn place_of(&self, role: &RoleSubject<'a>) -> String {
        role.instance.map_or_else(|| role.arn.to_string(), |instance| instance.address.to_string())
    }
}

/// A policy that one resource makes and another removes.
pub(super) fn fought_over(instance: &Instance, name: &str) -> Missing {
    Missing {
        call: instance.address.to_string(),
        reason: MissingReason::KnownAfterApply,
        permission: None,
        detail: format!("it removes `{name}`, which another resource of the plan attaches: name it in both"),
    }
}
