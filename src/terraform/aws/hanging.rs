//! What hangs on a role or a key: resources that name it, before the change and after it. What hung on it before is the
//! plan's, whatever live evidence has of it still; and where it can't be told whether a resource does, what the evidence has
//! under the resource's names is not known either once the plan changes it.

use std::collections::{BTreeMap, BTreeSet};

use super::reader::Reader;
use crate::evidence::aws::{EvidenceKey, Policy};
use crate::evidence::{Item, Missing};
use crate::terraform::document::LeftOut;
use crate::terraform::instances::Instance;
use crate::terraform::planned::{Side, outside};

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
    /// The names of what hung on it before the change and is taken away, each with the resource that said so.
    removed: BTreeMap<String, String>,
    /// The names of what was found on it, and no resource of the plan puts there.
    pub(super) found: BTreeSet<String>,
    /// Why there may be more in the plan.
    pub(super) open: Vec<Missing>,
    /// Whether nothing else can be in the list.
    pub(super) whole: bool,
}

/// What live evidence has of a list.
#[derive(Debug, Default)]
pub(super) struct LiveNames {
    names: BTreeSet<String>,
    /// Whether these are all.
    whole: bool,
}

impl LiveNames {
    /// The names in a list of the evidence, where there is one.
    pub(super) fn of<T>(live: Option<&Item<Vec<T>>>, name: impl Fn(&T) -> &str) -> Self {
        let names = live.and_then(Item::known).into_iter().flatten().map(|one| name(one).to_owned());
        Self { names: names.collect(), whole: matches!(live, Some(Item::Collected(_))) }
    }

    fn has(&self, name: &str) -> bool {
        self.names.contains(name)
    }
}

/// What a list is made of, and where it goes.
pub(super) struct About<'r> {
    /// The kind of the resources.
    pub(super) kind: &'static str,
    /// The attribute that tells one from the other: what the members of the list are called by.
    pub(super) name: &'static str,
    /// What they fill.
    pub(super) fills: EvidenceKey,
    /// What live evidence has of the list.
    pub(super) live: &'r LiveNames,
}

impl<T> Listed<T> {
    pub(super) fn new(whole: bool) -> Self {
        Self {
            known: Vec::new(),
            managed: BTreeSet::new(),
            removed: BTreeMap::new(),
            found: BTreeSet::new(),
            open: Vec::new(),
            whole,
        }
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

impl Listed<Policy> {
    /// Adds a policy. Of two that are written under one name nobody can tell which comes last, unless they are the same.
    pub(super) fn add(&mut self, policy: Policy, by: &Instance) {
        match self.known.iter_mut().find(|known| known.name == policy.name) {
            None => self.known.push(policy),
            Some(known) if known.document == policy.document => {}
            Some(known) => {
                let twice = format!(
                    "two resources write `{}`, and which comes last can't be told: write it in one",
                    policy.name
                );
                known.document = Item::Missing(Missing::after_apply(by.address.to_string(), twice));
            }
        }
    }

    /// What a resource takes away that is not in its list. What another resource attaches may come back.
    pub(super) fn fight(&mut self, by: &Instance, is_taken: impl Fn(&str) -> bool) {
        self.known.retain(|policy| !(self.found.contains(&policy.name) && is_taken(&policy.name)));
        for policy in self.known.iter_mut().filter(|policy| is_taken(&policy.name)) {
            let taken = format!(
                "it removes `{}`, which another resource of the plan attaches: name it in both",
                policy.name
            );
            policy.document = Item::Missing(Missing::after_apply(by.address.to_string(), taken));
        }
    }

    /// What one resource takes away and another puts there, under the same name: Terraform does either first.
    pub(super) fn settle(&mut self) {
        for policy in &mut self.known {
            if let Some(by) = self.removed.get(&policy.name) {
                policy.document = Item::Missing(Missing::after_apply(
                    by.clone(),
                    format!(
                        "it takes `{}` away, which another resource of the plan attaches, and which comes last can't be \
                         told: say with a `moved` block that they are the same, or apply one after the other",
                        policy.name
                    ),
                ));
            }
        }
    }
}

impl<'a> Reader<'a> {
    /// The resources of a kind that name the role or key on this side, and those that do on the other side alone, which
    /// only take away what live evidence has of them. `names_it` tells on the side of its reader.
    pub(super) fn hanging<T>(
        &self,
        about: &About<'_>,
        names_it: impl Fn(&Reader<'a>, &'a Instance) -> Of,
        list: &mut Listed<T>,
    ) -> Vec<&'a Instance> {
        let mut found = Vec::new();
        let of = |side: Side, instance: &'a Instance| {
            if instance.is_there(side) { names_it(&self.on(side), instance) } else { Of::Other }
        };
        for instance in self.of_kind(about.kind) {
            let names: Vec<String> = [self.side, self.side.other()]
                .into_iter()
                .filter_map(|side| instance.text(side, about.name).map(str::to_owned))
                .collect();
            match (of(self.side, instance), of(self.side.other(), instance)) {
                (Of::This, there) => {
                    // What is made first and destroyed afterwards takes away what is of the same name.
                    let same = matches!(there, Of::This) && instance.made_first && self.side == Side::After;
                    let was = instance.text(Side::Before, about.name).filter(|_| same);
                    list.removed.extend(was.map(|was| (was.to_owned(), instance.address.to_string())));
                    list.managed.extend(names);
                    found.push(instance);
                }
                (here, Of::This) => {
                    self.fill(about.fills, instance, "");
                    list.managed.extend(names.iter().cloned());
                    if self.side == Side::After {
                        list.removed
                            .extend(names.into_iter().map(|name| (name, instance.address.to_string())));
                    }
                    if let Of::Unknown(missing) = here {
                        list.open.push(missing);
                    }
                }
                (Of::Unknown(missing), _) => self.may_hang(about, instance, names, missing, list),
                (Of::Other, Of::Unknown(missing)) => {
                    let may_have_hung = !about.live.whole || names.iter().any(|name| about.live.has(name));
                    if self.side == Side::After && may_have_hung {
                        self.may_hang(about, instance, names, missing, list);
                    }
                }
                (Of::Other, Of::Other) => {}
            }
        }
        for left_out in self.deferred(about.kind, about.fills, names_it) {
            let before = left_out.deferred.as_ref().and_then(|one| one.text(Side::Before, about.name));
            list.managed.extend(before.map(str::to_owned));
            list.open.push(left_out.missing());
        }
        found
    }

    /// The changes of a kind that the plan puts off, of what is about the role or key before or after them, or may be:
    /// after the change what they fill is not known.
    pub(super) fn deferred(
        &self,
        kind: &str,
        fills: EvidenceKey,
        names_it: impl Fn(&Reader<'a>, &'a Instance) -> Of,
    ) -> Vec<&'a LeftOut> {
        if self.side != Side::After {
            return Vec::new();
        }
        let may_be = |left_out: &&'a LeftOut| {
            let Some(instance) = &left_out.deferred else { return false };
            [Side::Before, Side::After].into_iter().any(|side| {
                instance.is_there(side) && !matches!(names_it(&self.on(side), instance), Of::Other)
            })
        };
        let found: Vec<&LeftOut> = self.planned.document.deferred(kind).filter(may_be).collect();
        found.iter().for_each(|left_out| self.notes.defer(fills, left_out));
        found
    }

    /// A resource that may be about the role or key. What it says is what live evidence has, where that knows it and the
    /// plan leaves it as it is.
    fn may_hang<T>(
        &self,
        about: &About<'_>,
        instance: &'a Instance,
        names: Vec<String>,
        missing: Missing,
        list: &mut Listed<T>,
    ) {
        let seen = names.iter().any(|name| about.live.has(name));
        let changes = instance.action.is_some();
        if seen && (self.side == Side::Before || !changes) {
            return;
        }
        if changes {
            self.notes.fill(about.fills, instance);
        }
        if seen {
            list.managed.extend(names);
        }
        list.open.push(missing);
    }
}
