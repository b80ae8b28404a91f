//! Attributes of the AWS provider's resources on one side of the change: known, or joined by reference to what they will
//! be.

use super::cached::Cached;
use super::elements::Elements;
use super::home::Homes;
use super::live::Live;
use super::notes::{Notes, Reference};
use crate::evidence::aws::EvidenceKey;
use crate::evidence::{Absent, Missing, MissingReason};
use crate::target::arn::Arn;
use crate::terraform::attribute::Attribute;
use crate::terraform::configuration::Expression;
use crate::terraform::instances::Instance;
use crate::terraform::join::{Joined, NotJoined};
use crate::terraform::kind::Kind;
use crate::terraform::planned::{Planned, Side, after_apply, place};

/// References that lead from one resource to the next are followed this far.
const DEEPEST: usize = 8;

/// A document on one side of the change, and what is known besides it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Reader<'a> {
    pub(super) planned: &'a Planned<'a>,
    pub(super) homes: &'a Homes<'a>,
    pub(super) live: Live<'a>,
    pub(super) notes: &'a Notes,
    pub(super) cached: &'a Cached,
    pub(super) side: Side,
}

/// What a place asks for: which attribute of a resource may stand there, and which is meant where a reference ends at
/// the resource.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Asked {
    /// An ARN.
    Arn,
    /// The name of a role.
    RoleName,
    /// A key: its id or its ARN.
    Key,
    /// A policy document.
    Document,
}

/// The resources that are KMS keys.
pub(super) const KEYS: &[&str] =
    &["aws_kms_key", "aws_kms_external_key", "aws_kms_replica_key", "aws_kms_replica_external_key"];

impl Asked {
    fn words(self) -> &'static str {
        match self {
            Self::Arn => "an ARN",
            Self::RoleName => "the name of a role",
            Self::Key => "the id or ARN of a key",
            Self::Document => "a policy document",
        }
    }

    /// The attribute that is meant where a reference ends at the resource.
    pub(super) fn of(self, kind: &Kind) -> &'static str {
        match self {
            Self::Arn => "arn",
            Self::RoleName => "name",
            Self::Key => {
                if kind.name == "aws_kms_alias" {
                    "target_key_id"
                } else {
                    "arn"
                }
            }
            Self::Document => {
                if kind.name == "aws_iam_policy_document" {
                    "json"
                } else {
                    "policy"
                }
            }
        }
    }

    /// Whether the attribute of a resource is what is asked for.
    fn takes(self, kind: &Kind, attribute: &str) -> bool {
        let key = KEYS.contains(&kind.name);
        match self {
            Self::Arn => {
                matches!(attribute, "arn" | "policy_arn" | "primary_key_arn" | "target_key_arn")
                    || (kind.name == "aws_iam_policy" && attribute == "id")
            }
            Self::RoleName => {
                (kind.name == "aws_iam_role" && matches!(attribute, "name" | "id")) || attribute == "role"
            }
            Self::Key => {
                (key && matches!(attribute, "arn" | "id" | "key_id"))
                    || matches!(attribute, "target_key_id" | "target_key_arn")
            }
            Self::Document => matches!(attribute, "json" | "minified_json" | "policy" | "assume_role_policy"),
        }
    }
}

impl<'a> Reader<'a> {
    /// The same document on the other side, or on this one.
    pub(super) fn on(self, side: Side) -> Self {
        Self { side, ..self }
    }

    /// On the side on which a resource is there: this one, where it is on both.
    pub(super) fn where_it_is(self, instance: &Instance) -> Self {
        if instance.is_there(self.side) { self } else { self.on(self.side.other()) }
    }

    /// Notes that a resource fills an evidence key with this attribute, or by not being there.
    pub(super) fn fill(&self, key: EvidenceKey, instance: &Instance, attribute: &str) {
        self.notes.fill(key, instance);
        if self.side == Side::After {
            self.notes.place(key, instance, if instance.is_there(self.side) { attribute } else { "" });
        }
    }

    /// Whether a resource is made anew on this side.
    pub(super) fn is_new(&self, instance: &Instance) -> bool {
        instance.is_new(self.side)
    }

    /// Whether nothing can hang on a resource but what the plan attaches to it.
    pub(super) fn is_whole(&self, instance: &Instance) -> bool {
        self.is_new(instance) && self.planned.document.complete
    }

    /// The account that a resource is in.
    pub(super) fn account(&self, instance: &Instance) -> String {
        self.homes.account(self.planned, instance)
    }

    /// The region that a resource is in.
    pub(super) fn region(&self, instance: &Instance) -> String {
        self.homes.region(self.planned, instance)
    }

    /// The partition that a resource is in.
    pub(super) fn partition(&self, instance: &Instance) -> String {
        self.homes.partition(self.planned, instance)
    }

    /// The instances of a kind (`data.` in front of a data source's type), by address.
    pub(super) fn of_kind(&self, kind: &str) -> impl Iterator<Item = &'a Instance> + use<'a> {
        self.planned.of_kind(kind)
    }

    /// Whether an attribute is left out in the configuration, so that it has its default. Not where the document has
    /// none.
    pub(super) fn is_left_out(&self, instance: &Instance, attribute: &str) -> bool {
        self.planned.is_set(instance, attribute) == Some(false)
    }

    /// The text of an attribute; none where it is not set.
    ///
    /// # Errors
    /// Where it is not known, with the reason.
    pub(super) fn text(
        &self,
        instance: &'a Instance,
        attribute: &str,
        asked: Asked,
    ) -> Result<Option<String>, Missing> {
        self.text_within(instance, attribute, asked, DEEPEST)
    }

    pub(super) fn text_within(
        &self,
        instance: &'a Instance,
        attribute: &str,
        asked: Asked,
        depth: usize,
    ) -> Result<Option<String>, Missing> {
        match instance.attribute(self.side, attribute) {
            Some(Attribute::Text(text)) => Ok(Some(text.clone())),
            Some(Attribute::Null) => Ok(None),
            Some(Attribute::Unknown) => self
                .once(instance, attribute, asked, |reader| {
                    reader.joined_text(instance, attribute, asked, depth)
                })
                .map(Some)
                .map_err(|why| after_apply(instance, attribute, &why)),
            Some(_) => Err(unreadable(instance, attribute, "a text")),
            None => Err(not_shown(instance, attribute)),
        }
    }

    /// A truth value; the default where it is not set.
    pub(super) fn truth(&self, instance: &Instance, attribute: &str, default: bool) -> Result<bool, Missing> {
        match instance.attribute(self.side, attribute) {
            Some(Attribute::Bool(truth)) => Ok(*truth),
            Some(Attribute::Null) => Ok(default),
            Some(Attribute::Unknown) if self.is_left_out(instance, attribute) => Ok(default),
            Some(Attribute::Unknown) => Err(after_apply(instance, attribute, &unfollowed())),
            Some(_) => Err(unreadable(instance, attribute, "true or false")),
            None => Err(not_shown(instance, attribute)),
        }
    }

    /// One of a few words; the default where it is not set.
    pub(super) fn word(
        &self,
        instance: &Instance,
        attribute: &str,
        default: &str,
    ) -> Result<String, Missing> {
        match instance.attribute(self.side, attribute) {
            Some(Attribute::Text(word)) => Ok(word.clone()),
            Some(Attribute::Null) => Ok(default.to_owned()),
            Some(Attribute::Unknown) if self.is_left_out(instance, attribute) => Ok(default.to_owned()),
            Some(Attribute::Unknown) => Err(after_apply(instance, attribute, &unfollowed())),
            Some(_) => Err(unreadable(instance, attribute, "a text")),
            None => Err(not_shown(instance, attribute)),
        }
    }

    fn joined_text(
        &self,
        instance: &'a Instance,
        attribute: &str,
        asked: Asked,
        depth: usize,
    ) -> Result<String, NotJoined> {
        let expression = self.planned.expression(instance, attribute)?;
        self.joined_expression(instance, attribute, expression, asked, depth)
    }

    /// What the one reference of an expression will be.
    fn joined_expression(
        &self,
        instance: &'a Instance,
        attribute: &str,
        expression: &Expression,
        asked: Asked,
        depth: usize,
    ) -> Result<String, NotJoined> {
        let one = self.planned.one_reference(instance, expression)?;
        let (target, of) = single(&one, asked)?;
        let text = self.value(target, &of, asked, depth)?;
        self.notes.join(Reference::new((instance, attribute), (target, &of)));
        Ok(text)
    }

    /// What an expression in a block of a resource will be.
    pub(super) fn in_block(
        &self,
        instance: &'a Instance,
        at: &str,
        expression: Option<&Expression>,
        asked: Asked,
    ) -> Result<String, Missing> {
        expression
            .ok_or_else(|| NotJoined("nothing that the configuration shows".into()))
            .and_then(|expression| self.joined_expression(instance, at, expression, asked, DEEPEST))
            .map_err(|why| after_apply(instance, at, &why))
    }

    /// The texts of a list, of which some may be joined by reference.
    pub(super) fn texts(
        &self,
        instance: &'a Instance,
        attribute: &str,
        asked: Asked,
    ) -> Result<Vec<String>, Missing> {
        let list: Vec<&Attribute> = match instance.attribute(self.side, attribute) {
            Some(Attribute::List(list)) => list.iter().collect(),
            Some(Attribute::Null) => Vec::new(),
            Some(Attribute::Unknown) => return Err(whole_set(instance, attribute)),
            Some(_) => return Err(unreadable(instance, attribute, "a list")),
            None => return Err(not_shown(instance, attribute)),
        };
        let elements = Elements { reader: self, instance, at: attribute.to_owned(), asked, depth: DEEPEST };
        let configured = self.planned.document.configured(instance);
        let expression = configured.and_then(|resource| resource.expressions.get(attribute));
        elements.texts(&list, expression).map_err(|why| after_apply(instance, attribute, &why))
    }

    /// What an attribute of a resource is or will be, where it is what is asked for.
    ///
    /// # Errors
    /// Where it is something else, and where its value can't be told.
    pub(super) fn value(
        &self,
        target: &'a Instance,
        attribute: &str,
        asked: Asked,
        depth: usize,
    ) -> Result<String, NotJoined> {
        let refused = |why: &str| NotJoined(format!("`{}`, {why}", place(target, attribute)));
        let depth = depth.checked_sub(1).ok_or_else(|| refused("which leads too far"))?;
        if !asked.takes(target.kind, attribute) {
            return Err(refused(&match asked {
                Asked::Document => "which `jsonencode`, a template or the like puts into it".into(),
                Asked::Arn | Asked::RoleName | Asked::Key => format!("which is not {}", asked.words()),
            }));
        }
        if let Some(text) = target.text(self.side, attribute) {
            return Ok(text.to_owned());
        }
        let known = |value: Result<Arn, Missing>| value.map(|arn| arn.to_string());
        let made = match (target.kind.data, target.kind.name, attribute) {
            (true, "aws_iam_policy_document", "json" | "minified_json") => {
                return self.rebuilt(target, depth);
            }
            (false, "aws_iam_role", "arn") => known(self.role_arn(target)),
            (false, "aws_iam_role", "name" | "id") => self.role_name(target),
            (false, "aws_iam_policy", "arn" | "id") => known(self.policy_arn(target)),
            (false, key, "arn") if KEYS.contains(&key) => known(self.key_arn(target, depth)),
            (false, key, "key_id" | "id") if KEYS.contains(&key) => self.key_id(target, depth),
            (false, "aws_kms_alias", "arn") => known(self.alias_arn(target)),
            (false, "aws_kms_alias", "target_key_arn") => {
                known(self.target_arn(target, "target_key_id", depth))
            }
            (
                false,
                _,
                "policy" | "assume_role_policy" | "policy_arn" | "primary_key_arn" | "role" | "target_key_id",
            ) => self
                .text_within(target, attribute, asked, depth)
                .and_then(|text| text.ok_or_else(|| not_shown(target, attribute))),
            _ => return Err(refused("which is known only after apply")),
        };
        made.map_err(|missing| NotJoined(format!("`{}`, where {}", missing.call, reason(&missing))))
    }

    /// Something that is not there on this side, and the resource that says so.
    pub(super) fn absent(&self, instance: &Instance) -> Absent {
        Absent { call: instance.address.to_string() }
    }
}

/// The one resource that is referred to, and the attribute: the one that is asked for, where a computed key hides it. A
/// reference to all instances of a resource (`aws_kms_key.k[*].key_id`) ends at the resource as well, and says nothing.
pub(super) fn single<'a>(joined: &Joined<'a>, asked: Asked) -> Result<(&'a Instance, String), NotJoined> {
    match (joined.instances.as_slice(), joined.attribute.as_slice()) {
        ([instance], []) if joined.keyed => Ok((instance, asked.of(instance.kind).to_owned())),
        ([_], []) => Err(NotJoined(format!(
            "`{}`, whose attribute the plan does not show: name one instance of it",
            joined.written
        ))),
        ([instance], [attribute]) if attribute.keys.is_empty() => Ok((instance, attribute.name.clone())),
        _ => Err(NotJoined(format!("`{}`, which can't be followed", joined.written))),
    }
}

/// Why something is missing, without what to do about it.
pub(super) fn reason(missing: &Missing) -> &str {
    missing.detail.split("; ").next().unwrap_or_default()
}

/// A set of which a member is known only after apply: a plan shows neither the others nor how many there are, and in the
/// configuration constants are not to be seen beside references.
fn whole_set(instance: &Instance, attribute: &str) -> Missing {
    Missing::after_apply(
        place(instance, attribute),
        "of a set of which one member is known only after apply a plan shows none; attach each policy with an \
         `aws_iam_role_policy_attachment` of its own, or judge a plan made after the apply",
    )
}

fn unfollowed() -> NotJoined {
    NotJoined("something that the plan does not show".into())
}

/// An attribute that the provider's version does not have, or that the document leaves out.
pub(super) fn not_shown(instance: &Instance, attribute: &str) -> Missing {
    Missing {
        call: place(instance, attribute),
        reason: MissingReason::NotInPlan,
        permission: None,
        detail: "the plan shows no value for it; judge a plan of a newer version of the provider, or lay the plan over \
                 live evidence (--over)"
            .into(),
    }
}

/// An attribute whose value is of another type.
pub(super) fn unreadable(instance: &Instance, attribute: &str, expected: &str) -> Missing {
    Missing {
        call: place(instance, attribute),
        reason: MissingReason::Unreadable,
        permission: None,
        detail: format!("its value is not {expected}"),
    }
}
