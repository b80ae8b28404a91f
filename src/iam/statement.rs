//! One statement against one request, element by element.

use super::condition::Condition;
use super::context::{Context, ContextValue};
use super::pattern::{Case, Filled, Template, Wildcards};
use super::policy::{ActionElement, ResourceElement, Statement};
use super::principal::{Reach, RoleSession, cover};
use super::truth::{Dependency, Truth};

/// What kind of policy a statement stands in: which elements it must have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PolicyKind {
    /// Attached to a role, or its boundary: has resources, no principals.
    Identity,
    /// A role's trust policy: has principals, no resources (IAM-UG reference_policies_elements_notprincipal).
    Trust,
    /// A key policy: has both. Without a `Resource` it has no effect (KMS-DG key-policy-overview).
    Key,
}

/// A request, as a statement sees it.
#[derive(Debug, Clone)]
pub struct Call {
    /// Who calls.
    pub caller: RoleSession,
    /// `kms:Encrypt`.
    pub action: String,
    /// The resource's ARN; for KMS always the key's own, never an alias's (KMS-DG cmks-in-iam-policies).
    pub resource: String,
    /// The context keys.
    pub context: Context,
}

/// How a statement matches a request.
#[derive(Debug, Clone)]
pub struct StatementMatch<'a> {
    /// The statement.
    pub statement: &'a Statement,
    /// Each way in which its principal covers the caller, strongest last; one entry for identity policies.
    pub reaches: Vec<(Option<Reach>, Truth)>,
    /// Whether the action matches.
    pub action: Truth,
    /// Whether the resource matches.
    pub resource: Truth,
    /// Whether all conditions hold.
    pub condition: Truth,
}

impl<'a> StatementMatch<'a> {
    /// Matches a statement.
    pub fn new(statement: &'a Statement, kind: PolicyKind, call: &Call) -> Self {
        let mut reaches = match (&statement.principal, kind) {
            (None, PolicyKind::Identity) => vec![(None, Truth::Yes)],
            (Some(_), PolicyKind::Identity) => vec![(None, refused("Principal", "with a Principal"))],
            (Some(element), _) => cover(element, statement.effect, &call.caller)
                .into_iter()
                .map(|(reach, truth)| (Some(reach), truth))
                .collect(),
            (None, _) => vec![(Some(Reach::Everyone), refused("Principal", "without a Principal"))],
        };
        reaches.sort_by_key(|(reach, _)| *reach);
        Self {
            statement,
            reaches,
            action: action(&statement.action, &call.action),
            resource: match (&statement.resource, kind) {
                (_, PolicyKind::Trust) => Truth::Yes,
                // KMS-DG key-policy-overview.
                (None, PolicyKind::Key) => Truth::No,
                (None, PolicyKind::Identity) => refused("Resource", "without a Resource"),
                (Some(element), _) => resource(element, call, kind),
            },
            condition: Truth::all(statement.conditions.iter().map(|condition| holds(condition, kind, call))),
        }
    }

    /// Whether its principal covers the caller in any way.
    pub fn principal(&self) -> Truth {
        Truth::any(self.reaches.iter().map(|(_, truth)| truth.clone()))
    }

    /// Whether it matches with its principal covering the caller in any way.
    pub fn applies(&self) -> Truth {
        self.principal().and(self.elements())
    }

    /// Whether it matches with its principal covering the caller in this way.
    pub fn applies_by(&self, reach: Reach) -> Truth {
        let by = self.reaches.iter().filter(|(found, _)| *found == Some(reach));
        Truth::any(by.map(|(_, truth)| truth.clone())).and(self.elements())
    }

    fn elements(&self) -> Truth {
        self.action.clone().and(self.resource.clone()).and(self.condition.clone())
    }

    /// How many elements match before the first that does not, in the order principal, action, resource, condition:
    /// the statement with the most is the nearest to matching.
    pub fn nearness(&self) -> usize {
        [&self.principal(), &self.action, &self.resource, &self.condition]
            .into_iter()
            .take_while(|truth| !truth.is_no())
            .count()
    }

    /// Which element fails to match, and on what, in a sentence.
    pub fn mismatch(&self, kind: PolicyKind, call: &Call) -> String {
        match self.nearness() {
            0 => format!("its Principal does not cover {}", call.caller.role_arn),
            1 => format!("its Action does not match {}", call.action),
            2 => match &self.statement.resource {
                None if kind == PolicyKind::Key => "it has no Resource, so KMS ignores it".into(),
                Some(ResourceElement::Resource(templates))
                    if templates.iter().any(|template| template.written().contains(":alias/")) =>
                {
                    format!("its Resource is an alias; AWS matches the key's own ARN, {}", call.resource)
                }
                _ => format!("its Resource does not match {}", call.resource),
            },
            3 => self
                .statement
                .conditions
                .iter()
                .find(|condition| holds(condition, kind, call).is_no())
                .map(|condition| {
                    let wanted: Vec<&str> = condition.values.iter().map(Template::written).collect();
                    let found = match call.context.get(&condition.key) {
                        ContextValue::Single(value) => format!("the call has `{value}`"),
                        ContextValue::Many(values) => format!("the call has `{}`", values.join("`, `")),
                        ContextValue::Absent => "the call does not carry it".into(),
                        _ => "the call has another value, or none".into(),
                    };
                    format!(
                        "its Condition {} {} `{}` does not hold: {found}",
                        condition.operator.name(),
                        condition.key,
                        wanted.join("`, `")
                    )
                })
                .unwrap_or_default(),
            _ => "it matches".into(),
        }
    }
}

fn holds(condition: &Condition, kind: PolicyKind, call: &Call) -> Truth {
    // KMS-DG conditions-kms: a key for IAM policies; what it does in a key policy is not documented.
    if kind == PolicyKind::Key && condition.key.eq_ignore_ascii_case("kms:ResourceAliases") {
        return Dependency::new(&condition.key, "AWS documents it for IAM policies only").into();
    }
    condition.holds(&call.context)
}

/// A statement that AWS would not have taken: what it does is not known.
fn refused(element: &str, how: &str) -> Truth {
    Dependency::new(element, format!("AWS takes no statement {how} in such a policy")).into()
}

/// Action names and service prefixes are case-insensitive (IAM-UG reference_policies_elements_action).
fn action(element: &ActionElement, asked: &str) -> Truth {
    let matches = |templates: &[Template]| {
        templates.iter().any(|template| {
            matches!(
                template.fill(&Context::complete(), Wildcards::Match),
                Filled::Pattern(pattern) if pattern.matches(asked, Case::Insensitive)
            )
        })
    };
    match element {
        ActionElement::Action(templates) => matches(templates).into(),
        ActionElement::NotAction(templates) => (!matches(templates)).into(),
    }
}

fn resource(element: &ResourceElement, call: &Call, kind: PolicyKind) -> Truth {
    let completed = kind == PolicyKind::Identity;
    let any = |templates: &[Template], no_value: &dyn Fn(&Template) -> Truth| {
        Truth::any(templates.iter().map(|template| {
            if let Some(what) = template.undocumented_as_arn() {
                return Dependency::new("Resource", format!("AWS does not document {what}")).into();
            }
            match template.fill(&call.context, Wildcards::Match) {
                Filled::Pattern(pattern) => pattern.matches_arn(&call.resource, completed).into(),
                Filled::NoValue => no_value(template),
                Filled::Unknown(dependency) => dependency.into(),
            }
        }))
    };
    match element {
        ResourceElement::Resource(templates) => any(templates, &|_| Truth::No),
        // "Will not match any resource" can be read both ways under NotResource (IAM-UG
        // reference_policies_variables).
        ResourceElement::NotResource(templates) => any(templates, &|template| {
            Dependency::new(
                "NotResource",
                format!("AWS does not document `{}` without a value", template.written()),
            )
            .into()
        })
        .not(),
    }
}
