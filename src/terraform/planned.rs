//! A document as those read it who fill evidence from it: attributes before and after, and what unknown ones will be.

use jiff::Timestamp;

use super::attribute::{Attribute, Object};
use super::configuration::Expression;
use super::document::Document;
use super::instances::Instance;
use super::join::{Joined, NotJoined};
use super::symbols::Symbols;
use crate::evidence::plan::ChangeAction;
use crate::evidence::{Missing, MissingReason};

/// A document, and the symbols that stand for what is known only after apply.
#[derive(Debug)]
pub(super) struct Planned<'a> {
    pub(super) document: &'a Document,
    pub(super) symbols: Symbols<'a>,
    /// The time that dates are judged against.
    pub(super) at: Timestamp,
}

/// Which of the two states of what the plan is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Side {
    /// As the last apply left it.
    Before,
    /// As the plan found it, which differs from that where it was changed outside of Terraform.
    Refreshed,
    /// As it will be.
    After,
}

impl Side {
    /// The other one.
    pub(super) fn other(self) -> Self {
        match self {
            Self::Before | Self::Refreshed => Self::After,
            Self::After => Self::Before,
        }
    }
}

impl Instance {
    /// Its attributes on one side; none where it is not there.
    pub(super) fn at(&self, side: Side) -> Option<&Object> {
        match side {
            Side::Before => self.applied.as_ref().or(self.before.as_ref()),
            Side::Refreshed => self.before.as_ref(),
            Side::After => self.after.as_ref(),
        }
    }

    /// Whether it is there on one side.
    pub(super) fn is_there(&self, side: Side) -> bool {
        self.at(side).is_some()
    }

    /// An attribute on one side; none where the resource is not there or its provider has no such attribute.
    pub(super) fn attribute(&self, side: Side, name: &str) -> Option<&Attribute> {
        self.at(side)?.get(name)
    }

    /// The text of an attribute, where it is one and known.
    pub(super) fn text(&self, side: Side, name: &str) -> Option<&str> {
        self.attribute(side, name)?.text()
    }

    /// Whether the plan makes it: nothing that stands outside of the plan can name it yet.
    pub(super) fn is_made(&self) -> bool {
        self.before.is_none() && self.after.is_some()
    }

    /// Whether it is made anew by this side, in the place of another or of none: nothing that stands outside of the plan can
    /// hang on it.
    pub(super) fn is_new(&self, side: Side) -> bool {
        let made = self.is_made() || self.action == Some(ChangeAction::Replace);
        side == Side::After && !self.kind.data && made
    }

    /// The attributes that differ between the two sides.
    pub(super) fn changed(&self) -> Vec<String> {
        let (Some(before), Some(after)) = (self.at(Side::Before), self.at(Side::After)) else {
            return Vec::new();
        };
        let names = before.keys().chain(after.keys().filter(|name| !before.contains_key(*name)));
        names.filter(|name| before.get(*name) != after.get(*name)).cloned().collect()
    }
}

impl<'a> Planned<'a> {
    /// The instances of a kind (`data.` in front of a data source's type), by address.
    pub(super) fn of_kind(&self, kind: &str) -> impl Iterator<Item = &'a Instance> + use<'a> {
        self.document.instances.of_kind(kind)
    }

    /// The provider's configuration that an instance is under: what is under one is in one account.
    pub(super) fn provider(&self, instance: &Instance) -> Option<&'a str> {
        self.document.configured(instance).map(|resource| resource.provider.as_str())
    }

    /// Whether an attribute is set in the configuration; not known without one.
    pub(super) fn is_set(&self, instance: &Instance, attribute: &str) -> Option<bool> {
        self.document.configured(instance).map(|resource| resource.expressions.contains_key(attribute))
    }

    /// What gives an attribute its value.
    ///
    /// # Errors
    /// Where the document does not show it.
    pub(super) fn expression(
        &self,
        instance: &Instance,
        attribute: &str,
    ) -> Result<&'a Expression, NotJoined> {
        let Some(resource) = self.document.configured(instance) else {
            return Err(NotJoined(
                "something that the document does not show, for it has no configuration".into(),
            ));
        };
        let expression = resource.expressions.get(attribute);
        expression.ok_or_else(|| NotJoined("nothing that the configuration shows".into()))
    }

    /// The one thing that an expression refers to, and nothing else.
    ///
    /// # Errors
    /// Where it refers to nothing, to several, or to what can't be followed.
    pub(super) fn one_reference(
        &self,
        instance: &Instance,
        expression: &Expression,
    ) -> Result<Joined<'a>, NotJoined> {
        let mut joined = self.document.joined(instance, expression)?;
        if joined.len() > 1 {
            let written: Vec<String> = joined.iter().map(|one| format!("`{}`", one.written)).collect();
            return Err(NotJoined(format!("{} together", written.join(" and "))));
        }
        joined.pop().ok_or_else(|| NotJoined("no other resource".into()))
    }

    /// The one resource, and its attribute, that an attribute's expression refers to and nothing else.
    ///
    /// # Errors
    /// Where it refers to none, to several, or to what can't be followed.
    pub(super) fn referred(
        &self,
        instance: &Instance,
        attribute: &str,
    ) -> Result<(&'a Instance, String), NotJoined> {
        let one = self.one_reference(instance, self.expression(instance, attribute)?)?;
        match one.single() {
            Some((instance, attribute)) => Ok((instance, attribute.to_owned())),
            None => Err(NotJoined(format!("`{}`, which can't be followed", one.written))),
        }
    }
}

/// Where an attribute stands, for people: `aws_kms_key.openai.policy`.
pub(super) fn place(instance: &Instance, attribute: &str) -> String {
    if attribute.is_empty() {
        instance.address.to_string()
    } else {
        format!("{}.{attribute}", instance.address)
    }
}

/// An attribute that is known only after apply, with what it is made of and what to do.
pub(super) fn after_apply(instance: &Instance, attribute: &str, why: &NotJoined) -> Missing {
    Missing::after_apply(
        place(instance, attribute),
        format!(
            "it is made of {}; write the policy as an `aws_iam_policy_document`, refer to the attribute itself, or \
             judge a plan made after the apply",
            why.0
        ),
    )
}

/// What stands outside of the plan.
pub(super) fn outside(place: &str, what: &str) -> Missing {
    Missing {
        call: place.to_owned(),
        reason: MissingReason::NotInPlan,
        permission: None,
        detail: format!("{what} may stand outside of the plan (see --over)"),
    }
}
