//! One statement against one request, element by element.

use super::condition::Condition;
use super::context::ContextValue;
use super::pattern::{ArnParts, Filled, arn_parts};
use super::policy::PrincipalKind;
use super::policy::{
    ActionElement, Effect, PrincipalElement, Principals, ResourceElement, ResourcePattern, Statement,
};
use super::principal::{Cover, Reach, cover};
use super::request::Request;
use super::truth::Truth;
use super::world::World;

/// What kind of policy a statement stands in: which elements it has, and what they mean.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PolicyKind {
    /// Attached to an identity, a boundary or a session policy: has resources, no principals.
    Identity,
    /// A service control policy: the same.
    ServiceControl,
    /// A resource control policy: `Deny` for everyone (ORG-UG orgs_manage_policies_rcps_syntax), beside the
    /// `RCPFullAWSAccess` that can't be detached.
    ResourceControl,
    /// A role's trust policy: has principals, no resources (IAM-UG reference_policies_elements_notprincipal).
    Trust,
    /// A key policy: has both. Without a `Resource` it has no effect (KMS-DG key-policy-overview).
    Key,
    /// Any other resource's policy: has both.
    Resource,
}

/// A request in one world, as statements see it.
#[derive(Debug, Clone, Copy)]
pub struct Asked<'a> {
    /// The request.
    pub request: &'a Request,
    /// What is supposed of the unknown.
    pub world: World<'a>,
    /// Whether the caller has a permissions boundary.
    pub bounded: bool,
    arn: Option<ArnParts<'a>>,
}

/// An element of a statement.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Element {
    /// `Principal` or `NotPrincipal`.
    Principal,
    /// `Action` or `NotAction`.
    Action,
    /// `Resource` or `NotResource`.
    Resource,
    /// `Condition`.
    Condition,
}

impl<'a> Asked<'a> {
    /// A request in a world.
    pub fn new(request: &'a Request, world: World<'a>, bounded: bool) -> Self {
        Self { request, world, bounded, arn: arn_parts(&request.resource) }
    }

    /// The same request in another world.
    #[must_use]
    pub fn in_world<'b>(&self, world: World<'b>) -> Asked<'b>
    where
        'a: 'b,
    {
        Asked { world, ..*self }
    }
}

impl Statement {
    /// Whether and how the statement applies to a request. What certainly can't apply is left as soon as that shows.
    pub fn applies(&self, kind: PolicyKind, asked: &Asked<'_>) -> Cover {
        if !self.action.names_lower(asked.request.action.lower()) {
            return Cover::NONE;
        }
        let mut cover = self.principal_covers(kind, asked);
        if cover == Cover::NONE {
            return cover;
        }
        cover = cover.and(self.resource_matches(kind, asked));
        let mut pinned = false;
        for condition in &self.conditions {
            if cover == Cover::NONE {
                return cover;
            }
            let holds = condition.holds_in(kind, &asked.world);
            pinned |= condition.key.lower() == "aws:principalarn" && condition.operator.asks_for_a_match();
            cover = cover.and(holds);
        }
        if pinned {
            // IAM-UG reference_policies_elements_principal: a boundary or a session policy does not limit it.
            cover = cover.with(Reach::Pinned, cover.get(Reach::Everyone));
        }
        cover.and(self.is_taken(kind, asked))
    }

    /// The first element that certainly fails to match, in the order in which a policy is read; `None` where none does.
    pub fn mismatch(&self, kind: PolicyKind, asked: &Asked<'_>) -> Option<Element> {
        if self.principal_covers(kind, asked) == Cover::NONE {
            Some(Element::Principal)
        } else if !self.action.names_lower(asked.request.action.lower()) {
            Some(Element::Action)
        } else if self.resource_matches(kind, asked) == Truth::No {
            Some(Element::Resource)
        } else {
            self.failing_condition(kind, asked).map(|_| Element::Condition)
        }
    }

    /// What fails to match, and on what, in a sentence.
    pub fn explain_mismatch(&self, kind: PolicyKind, element: Element, asked: &Asked<'_>) -> String {
        let request = asked.request;
        match element {
            Element::Principal => format!("its Principal does not cover {}", request.caller.arn()),
            Element::Action => format!("its Action does not match {}", request.action.written()),
            Element::Resource => match &self.resource {
                None if kind == PolicyKind::Key => "it has no Resource, so KMS ignores it".into(),
                Some(ResourceElement::Resource(resources))
                    if request.action.lower().starts_with("kms:")
                        && resources
                            .iter()
                            .any(|resource| resource.template.written().contains(":alias/")) =>
                {
                    format!("its Resource is an alias; AWS matches the key's own ARN, {}", request.resource)
                }
                _ => format!("its Resource does not match {}", request.resource),
            },
            Element::Condition => match self.failing_condition(kind, asked) {
                Some(condition) => {
                    let found = match asked.world.value(&condition.key) {
                        ContextValue::Single(value) => format!("the call has `{value}`"),
                        ContextValue::Many(values) => format!("the call has `{}`", values.join("`, `")),
                        ContextValue::Absent => "the call does not carry it".into(),
                        ContextValue::Open(_) => "the call has another value, or none".into(),
                    };
                    format!(
                        "its Condition {} {} {} does not hold: {found}",
                        condition.operator.name(),
                        condition.key.written(),
                        condition.wanted()
                    )
                }
                None => "its conditions do not all hold".into(),
            },
        }
    }

    fn failing_condition(&self, kind: PolicyKind, asked: &Asked<'_>) -> Option<&Condition> {
        self.conditions.iter().find(|condition| condition.holds_in(kind, &asked.world) == Truth::No)
    }

    fn principal_covers(&self, kind: PolicyKind, asked: &Asked<'_>) -> Cover {
        match (&self.principal, kind) {
            // RCPFullAWSAccess and all others are for everyone.
            (_, PolicyKind::Identity | PolicyKind::ServiceControl | PolicyKind::ResourceControl)
            | (None, _) => Cover::by(Reach::Everyone, Truth::Yes),
            (Some(element), _) => {
                cover(element, self.effect, &asked.request.caller, asked.bounded, &asked.world)
            }
        }
    }

    fn resource_matches(&self, kind: PolicyKind, asked: &Asked<'_>) -> Truth {
        match (&self.resource, kind) {
            (_, PolicyKind::Trust) => Truth::Yes,
            // KMS-DG key-policy-overview.
            (None, PolicyKind::Key) => Truth::No,
            (None, _) => Truth::Yes,
            (Some(ResourceElement::Resource(resources)), _) => {
                Truth::any(resources.iter().map(|resource| {
                    // "Will not match any resource" (IAM-UG reference_policies_variables).
                    resource.matches(kind, asked).unwrap_or(Truth::No)
                }))
            }
            (Some(ResourceElement::NotResource(resources)), _) => {
                Truth::any(resources.iter().map(|resource| {
                    // Which can be read both ways under NotResource.
                    resource.matches(kind, asked).unwrap_or_else(|| {
                        asked.world.undocumented("NotResource", || {
                            let written = resource.template.written();
                            format!("AWS does not document `{written}` without a value")
                        })
                    })
                }))
                .not()
            }
        }
    }

    /// Whether AWS would have taken the statement into such a policy; what one does that it would not is not known.
    fn is_taken(&self, kind: PolicyKind, asked: &Asked<'_>) -> Truth {
        let refused = match kind {
            PolicyKind::Identity | PolicyKind::ServiceControl if self.principal.is_some() => {
                Some(("Principal", "with a Principal"))
            }
            PolicyKind::Identity | PolicyKind::ServiceControl if self.resource.is_none() => {
                Some(("Resource", "without a Resource"))
            }
            PolicyKind::Trust | PolicyKind::Key | PolicyKind::Resource if self.principal.is_none() => {
                Some(("Principal", "without a Principal"))
            }
            PolicyKind::Trust if matches!(self.principal, Some(PrincipalElement::NotPrincipal(_))) => {
                Some(("NotPrincipal", "with a NotPrincipal"))
            }
            PolicyKind::Resource if self.resource.is_none() => Some(("Resource", "without a Resource")),
            PolicyKind::ResourceControl if self.effect == Effect::Deny && !self.is_for_everyone() => {
                Some(("Principal", "for a Principal other than `*`"))
            }
            PolicyKind::ResourceControl if self.resource.is_none() => {
                Some(("Resource", "without a Resource"))
            }
            PolicyKind::ResourceControl if matches!(self.action, ActionElement::NotAction(_)) => {
                Some(("NotAction", "with a NotAction"))
            }
            _ => None,
        };
        refused.map_or(Truth::Yes, |(element, how)| {
            // One rule, whichever the statement.
            asked.world.undocumented(element, || format!("AWS takes no statement {how} in such a policy"))
        })
    }

    fn is_for_everyone(&self) -> bool {
        match &self.principal {
            Some(PrincipalElement::Principal(Principals::Everyone)) => true,
            Some(PrincipalElement::Principal(Principals::Named(named))) => {
                named.iter().any(|principal| principal.kind == PrincipalKind::Aws && principal.name == "*")
            }
            _ => false,
        }
    }
}

impl ResourcePattern {
    /// Whether the request's resource matches; `None` where a variable has no value.
    fn matches(&self, kind: PolicyKind, asked: &Asked<'_>) -> Option<Truth> {
        let written = || self.template.written();
        let completed = kind == PolicyKind::Identity || kind == PolicyKind::ServiceControl;
        let pattern = match self.template.fill(&asked.world) {
            Filled::Pattern(pattern) => pattern,
            Filled::NoValue => return None,
            Filled::Unknown => return Some(Truth::Unknown),
            Filled::Multivalued => {
                return Some(asked.world.undocumented("Resource", || {
                    format!("AWS does not document a multivalued key as a variable, as in `{}`", written())
                }));
            }
        };
        let arn = asked.arn.as_ref();
        if !pattern.matches(arn, true) {
            return Some(Truth::No);
        }
        // It matches, if AWS takes what is written so.
        let unclear = if let Some(what) = self.undocumented {
            what
        } else if completed || pattern.matches(arn, false) {
            return Some(Truth::Yes);
        } else {
            // What an incomplete ARN means is documented for the policies of identities.
            "an incomplete ARN in such a policy"
        };
        Some(
            asked.world.undocumented("Resource", || {
                format!("AWS does not document {unclear}, as in `{}`", written())
            }),
        )
    }
}

impl Condition {
    /// Whether the condition holds in a policy of this kind.
    fn holds_in(&self, kind: PolicyKind, world: &World<'_>) -> Truth {
        // KMS-DG conditions-kms: a key for IAM policies; what it does in a key policy is not documented.
        if kind == PolicyKind::Key && self.key.lower() == "kms:resourcealiases" {
            return world.undocumented(self.key.written(), || {
                let name = self.operator.name();
                format!(
                    "AWS documents it for IAM policies, not for `{name}` {} in a key policy",
                    self.wanted()
                )
            });
        }
        self.holds(world)
    }
}
