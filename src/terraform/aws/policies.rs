//! The policies of the role: inline and attached, in whichever resource they are written.

use std::collections::BTreeSet;

use super::hanging::{About, Listed, LiveNames, Of};
use super::made::known_after;
use super::reader::{Asked, Reader, unreadable};
use super::role::RoleSubject;
use crate::evidence::aws::{EvidenceKey, Policy};
use crate::evidence::{Item, Missing};
use crate::terraform::attribute::{Attribute, Object};
use crate::terraform::configuration::Expression;
use crate::terraform::document::LeftOut;
use crate::terraform::instances::Instance;
use crate::terraform::planned::{Side, outside, place};

impl<'a> Reader<'a> {
    /// Whether a resource that names a role names this one, on this side.
    pub(super) fn of_role(&self, instance: &'a Instance, attribute: &str, role: &RoleSubject<'a>) -> Of {
        let name = match self.text(instance, attribute, Asked::RoleName) {
            Ok(name) => name.unwrap_or_default(),
            Err(missing) => return Of::Unknown(missing),
        };
        self.of_role_named(&name, instance, attribute, role)
    }

    /// Whether a name that stands in an attribute is the role's. In an account no two roles differ by case alone (IAM API,
    /// CreateRole), and whether one is found in another case AWS does not say.
    pub(super) fn of_role_named(
        &self,
        name: &str,
        instance: &'a Instance,
        attribute: &str,
        role: &RoleSubject<'a>,
    ) -> Of {
        if !name.eq_ignore_ascii_case(role.name()) {
            return Of::Other;
        }
        match self.in_account_of(instance, attribute, role) {
            Of::This if name != role.name() => Of::Unknown(Missing::after_apply(
                place(instance, attribute),
                format!("it names the role `{}` in another case: write it as it is", role.name()),
            )),
            of => of,
        }
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
        let is_symbol = |account: &str| self.planned.symbols.is_one(account);
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

    /// The role's inline policies.
    pub(super) fn inline_policies(&self, role: &RoleSubject<'a>) -> Item<Vec<Policy>> {
        let key = EvidenceKey::RoleInlinePolicies;
        if let Some(gone) = self.gone_or_doubted(role) {
            return gone;
        }
        let mut list = Listed::new(role.instance.is_some_and(|role| self.is_whole(role)));
        let live = self.live.of_role(&role.arn).map(|live| &live.role_inline_policies);
        let names = LiveNames::of(live, |policy: &Policy| &policy.name);
        let about = About { kind: "aws_iam_role_policy", name: "name", fills: key, live: &names };
        for instance in self.hanging(&about, |reader, one| reader.of_role(one, "role", role), &mut list) {
            self.fill(key, instance, "policy");
            let name = instance.text(self.side, "name").map(str::to_owned);
            let name = name.unwrap_or_else(|| instance.address.to_string());
            list.add(Policy { name, document: self.document(instance, "policy") }, instance);
        }
        if let Some(resource) = role.instance {
            self.inline_blocks(resource, &mut list);
        }
        list.open.extend(self.by_other_hands(key, role.name()));
        list.settle();
        self.exclusive_names(role, live, &mut list);
        list.item(live, |policy| &policy.name, (&self.place_of(role), "other inline policies"))
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
        let exclusive = self.exclusive(role, "inline_policy");
        if exclusive {
            list.whole = self.planned.document.complete;
            let of_block = |block: &Attribute| block.object()?.get("name")?.text().map(str::to_owned);
            let own: BTreeSet<String> = blocks.iter().filter_map(of_block).collect();
            if self.side == Side::After {
                list.fight(role, |name| !own.contains(name));
            }
            if !blocks.is_empty() {
                self.fill(key, role, "inline_policy");
            }
        }
        for block in blocks {
            let Some(block) = block.object() else {
                list.open.push(known_after(role, "inline_policy", "a block that the plan does not show"));
                continue;
            };
            let Some(policy) = self.inline_block(role, block) else { continue };
            let known = list.known.iter().any(|known| known.name == policy.name);
            // What was found and a resource writes or takes away is that resource's.
            if known || (!exclusive && list.managed.contains(&policy.name)) {
                continue;
            }
            if !exclusive {
                self.fill(key, role, "inline_policy");
                list.found.insert(policy.name.clone());
            }
            list.managed.insert(policy.name.clone());
            list.known.push(policy);
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

    /// The resources of a kind that keep the role to a list, on this side. Where that can't be told of one, the list is
    /// open.
    pub(super) fn that_keep<T>(
        &self,
        kind: &str,
        fills: EvidenceKey,
        role: &RoleSubject<'a>,
        list: &mut Listed<T>,
    ) -> Vec<&'a Instance> {
        let mut found = Vec::new();
        let deferred = self.deferred(kind, fills, |reader, one| reader.of_role(one, "role_name", role));
        list.open.extend(deferred.into_iter().map(LeftOut::missing));
        for instance in self.of_kind(kind).filter(|instance| instance.is_there(self.side)) {
            match self.of_role(instance, "role_name", role) {
                Of::This => found.push(instance),
                Of::Unknown(missing) => {
                    if instance.action.is_some() {
                        self.notes.fill(fills, instance);
                    }
                    list.open.push(missing);
                }
                Of::Other => {}
            }
        }
        found
    }

    /// `aws_iam_role_policies_exclusive`: at the apply everything else is removed (documentation of the AWS provider).
    fn exclusive_names(
        &self,
        role: &RoleSubject<'a>,
        live: Option<&Item<Vec<Policy>>>,
        list: &mut Listed<Policy>,
    ) {
        let key = EvidenceKey::RoleInlinePolicies;
        for instance in self.that_keep("aws_iam_role_policies_exclusive", key, role, list) {
            self.fill(key, instance, "policy_names");
            let names = match self.listed_names(instance, "policy_names", &list.known) {
                Ok(names) => names,
                Err(missing) => {
                    list.open.push(missing);
                    continue;
                }
            };
            list.whole = self.planned.document.complete;
            list.fight(instance, |name| !names.contains(name));
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
