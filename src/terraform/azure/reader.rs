//! Attributes of Azure's resources as they are on one side of a plan: known, made of other attributes as the providers
//! make them, or joined by reference.

use std::cell::{Cell, RefCell};
use std::collections::BTreeSet;
use std::rc::Rc;

use crate::evidence::plan::PlanLimit;
use crate::evidence::{Missing, MissingReason};
use crate::target::azure::{ObjectId, Scope};
use crate::terraform::attribute::Attribute;
use crate::terraform::configuration::Expression;
use crate::terraform::instances::Instance;
use crate::terraform::planned::{Planned, Side, place};
use crate::terraform::traversal::Traversal;

/// References are followed this far.
const DEEPEST: usize = 32;
/// No more references than this are followed for one value: some plans are made to lead in circles.
const MOST: usize = 4096;

/// Reads attributes on one side of a plan.
pub(super) struct Reader<'a> {
    pub(super) planned: &'a Planned<'a>,
    pub(super) side: Side,
    /// The object id of OpenAI's service principal, where the command line or live evidence names it.
    pub(super) given: Option<ObjectId>,
    /// Attributes whose values were joined by reference.
    joined: RefCell<BTreeSet<String>>,
    /// What else the answer leaves out of account.
    limits: RefCell<Vec<PlanLimit>>,
    /// How far the references of the present value have been followed.
    followed: Rc<Followed>,
}

#[derive(Debug, Default)]
struct Followed {
    depth: Cell<usize>,
    all: Cell<usize>,
}

impl Followed {
    /// One reference more, where there may be one.
    fn enter(&self) -> bool {
        let (depth, all) = (self.depth.get(), if self.depth.get() == 0 { 0 } else { self.all.get() });
        let may = depth < DEEPEST && all < MOST;
        if may {
            self.depth.set(depth + 1);
            self.all.set(all + 1);
        }
        may
    }

    fn leave(&self) {
        self.depth.set(self.depth.get().saturating_sub(1));
    }
}

impl<'a> Reader<'a> {
    pub(super) fn of(planned: &'a Planned<'a>, side: Side, given: Option<ObjectId>) -> Self {
        Self {
            planned,
            side,
            given,
            joined: RefCell::default(),
            limits: RefCell::default(),
            followed: Rc::default(),
        }
    }

    /// The same, for a look that leaves no limits behind.
    pub(super) fn aside(&self) -> Self {
        Self { followed: Rc::clone(&self.followed), ..Self::of(self.planned, self.side, self.given) }
    }

    /// The instances of a kind that are there. What a data source read before the change is not, where the plan destroys
    /// the resource.
    pub(super) fn there(&self, kind: &str) -> impl Iterator<Item = &'a Instance> + use<'a> {
        let (side, planned) = (self.side, self.planned);
        let destroyed: Vec<&Instance> = match kind.strip_prefix("data.") {
            Some(kind) => planned.of_kind(kind).filter(|one| !one.is_there(side)).collect(),
            None => Vec::new(),
        };
        planned
            .of_kind(kind)
            .filter(move |one| one.is_there(side) && !destroyed.iter().any(|other| are_same(one, other)))
    }

    /// The same, of the resource and of the data source.
    pub(super) fn there_or_read(&self, kind: &str) -> impl Iterator<Item = &'a Instance> + use<'a> {
        self.there(kind).chain(self.there(&format!("data.{kind}")))
    }

    /// The text of an attribute; none where it is null.
    pub(super) fn text(&self, instance: &'a Instance, attribute: &str) -> Result<Option<String>, Missing> {
        match instance.attribute(self.side, attribute) {
            None => Err(no_attribute(instance, attribute)),
            Some(Attribute::Null) => Ok(None),
            Some(Attribute::Text(text)) => Ok(Some(text.clone())),
            Some(Attribute::Unknown) if self.followed.enter() => {
                let text = self.unknown(instance, attribute);
                self.followed.leave();
                text
            }
            Some(Attribute::Unknown) => {
                Err(after_apply(instance, attribute, "references that lead through too many resources"))
            }
            Some(_) => Err(not_shown(instance, attribute, "it is no text")),
        }
    }

    /// The text of an attribute that must have one.
    pub(super) fn need(&self, instance: &'a Instance, attribute: &str) -> Result<String, Missing> {
        self.text(instance, attribute)?.ok_or_else(|| not_shown(instance, attribute, "it is null"))
    }

    /// What an attribute that is known only after apply will be.
    fn unknown(&self, instance: &'a Instance, attribute: &str) -> Result<Option<String>, Missing> {
        if let Some(computed) = self.computed(instance, attribute) {
            return computed.map(Some);
        }
        match self.planned.referred(instance, attribute) {
            Ok((other, of)) => {
                let value = self.text(other, &of)?;
                self.join(instance, attribute);
                Ok(value)
            }
            Err(why) => {
                let stands_in =
                    self.name_to_be(instance, attribute).or_else(|| self.guid_to_be(instance, attribute));
                stands_in.map(Some).ok_or_else(|| after_apply(instance, attribute, &why.0))
            }
        }
    }

    /// Whether an attribute refers to nothing but the ids of other resources of Azure than those whose types begin so: a
    /// storage account's id is no vault's, and the identity of a web application is not OpenAI's.
    pub(super) fn is_of_others(&self, instance: &Instance, attribute: &str, types: &[&str]) -> bool {
        let resource = self.planned.document.configured(instance);
        let Some(Expression::References(references)) =
            resource.and_then(|resource| resource.expressions.get(attribute))
        else {
            return false;
        };
        let of_other = |reference: &Traversal| {
            let names: Vec<&str> = reference.steps.iter().map(|step| step.name.as_str()).collect();
            match names.as_slice() {
                ["each", "key"] | ["count", "index"] => true,
                ["data", kind, _, .., last] | [kind, _, .., last] => {
                    let is_azures = kind.starts_with("azurerm_") || kind.starts_with("azuread_user");
                    let is_one = types.iter().any(|start| kind.starts_with(start));
                    is_azures && !is_one && ["id", "object_id", "principal_id"].contains(last)
                }
                _ => false,
            }
        };
        !references.is_empty() && references.iter().all(of_other)
    }

    /// Notes that the value of an attribute was taken from what it refers to.
    pub(super) fn join(&self, instance: &Instance, attribute: &str) {
        self.joined.borrow_mut().insert(place(instance, attribute));
    }

    /// Whether an attribute is switched on; none where it is null.
    pub(super) fn truth(&self, instance: &Instance, attribute: &str) -> Result<Option<bool>, Missing> {
        match instance.attribute(self.side, attribute) {
            None => Err(no_attribute(instance, attribute)),
            Some(Attribute::Null) => Ok(None),
            Some(Attribute::Bool(truth)) => Ok(Some(*truth)),
            Some(Attribute::Unknown) => Err(self.after_apply(instance, attribute)),
            Some(_) => Err(not_shown(instance, attribute, "it is neither true nor false")),
        }
    }

    /// The members of a list of texts; none where it is null.
    pub(super) fn texts(&self, instance: &Instance, attribute: &str) -> Result<Vec<String>, Missing> {
        match instance.attribute(self.side, attribute) {
            None => Err(no_attribute(instance, attribute)),
            Some(value) => texts(value).ok_or_else(|| match value.is_known() {
                true => not_shown(instance, attribute, "it is no list of texts"),
                false => self.after_apply(instance, attribute),
            }),
        }
    }

    /// The resource id in an attribute.
    pub(super) fn scope(&self, instance: &'a Instance, attribute: &str) -> Result<Scope, Missing> {
        let text = self.need(instance, attribute)?;
        text.parse().map_err(|_| not_shown(instance, attribute, &format!("`{text}` is no resource id")))
    }

    /// An attribute that is known only after apply, and what it is made of.
    pub(super) fn after_apply(&self, instance: &Instance, attribute: &str) -> Missing {
        let made_of = match self.planned.referred(instance, attribute) {
            Ok((other, of)) => format!("`{}`", place(other, &of)),
            Err(why) => why.0,
        };
        after_apply(instance, attribute, &made_of)
    }

    /// Whether a resource is made anew on this side.
    pub(super) fn is_new(&self, instance: &Instance) -> bool {
        instance.is_new(self.side)
    }

    /// Leaves something out of account, and says so.
    pub(super) fn leave_out(&self, limit: PlanLimit) {
        let mut limits = self.limits.borrow_mut();
        if !limits.contains(&limit) {
            limits.push(limit);
        }
    }

    /// What the values that were read leave out of account.
    pub(super) fn limits(&self) -> Vec<PlanLimit> {
        let joined = self.joined.borrow();
        let quoted: BTreeSet<String> = joined.iter().map(|attribute| format!("`{attribute}`")).collect();
        let by_reference = (!joined.is_empty()).then(|| PlanLimit {
            what: format!(
                "{} {} taken to be exactly what {} to, for a plan shows no more of {} than that",
                quoted.iter().cloned().collect::<Vec<_>>().join(", "),
                if joined.len() == 1 { "is" } else { "are" },
                if joined.len() == 1 { "it refers" } else { "they refer" },
                if joined.len() == 1 { "it" } else { "them" },
            ),
            lift: "judge a plan made after the apply, or the cloud itself".into(),
        });
        self.limits.borrow().iter().cloned().chain(by_reference).collect()
    }
}

/// Whether a data source shows what the resource was before.
fn are_same(data: &Instance, resource: &Instance) -> bool {
    ["id", "object_id", "role_definition_id"].into_iter().any(|attribute| {
        let shown = data.text(Side::After, attribute).filter(|text| !text.is_empty());
        shown.is_some() && shown == resource.text(Side::Before, attribute)
    })
}

/// The members of a list of texts; null holds none.
pub(super) fn texts(value: &Attribute) -> Option<Vec<String>> {
    match value {
        Attribute::Null => Some(Vec::new()),
        Attribute::List(values) => values.iter().map(|value| value.text().map(str::to_owned)).collect(),
        _ => None,
    }
}

/// An attribute that is known only after apply.
pub(super) fn after_apply(instance: &Instance, attribute: &str, made_of: &str) -> Missing {
    Missing::after_apply(
        place(instance, attribute),
        format!(
            "`{}` is made of {made_of}; refer to the attribute itself, or judge a plan made after the apply",
            place(instance, attribute)
        ),
    )
}

/// An attribute whose value tells nothing.
pub(super) fn not_shown(instance: &Instance, attribute: &str, why: &str) -> Missing {
    Missing {
        call: place(instance, attribute),
        reason: MissingReason::Unreadable,
        permission: None,
        detail: format!("`{}` can't be understood: {why}", place(instance, attribute)),
    }
}

/// An attribute that the provider's version does not have.
fn no_attribute(instance: &Instance, attribute: &str) -> Missing {
    Missing {
        call: place(instance, attribute),
        reason: MissingReason::NotInPlan,
        permission: None,
        detail: format!(
            "this version of the provider has no `{attribute}` in `{}`: use a newer one, or lay the plan over live \
             evidence (--over)",
            instance.kind.name
        ),
    }
}
