//! Policies as types. [`super::parse`] makes them.

use super::condition::Condition;
use super::pattern::{ArnPattern, Pattern, Syntax, Template, arn_parts};
use super::places::Place;

/// A policy document.
#[derive(Debug, Clone, PartialEq)]
pub struct Policy {
    /// Its statements, in order.
    pub statements: Vec<Statement>,
}

impl Policy {
    /// A policy of one statement that allows everything: to these principals and on every resource, where it is of a kind
    /// that has such elements.
    pub fn allowing_everything(principals: Option<Principals>, on_resources: bool) -> Self {
        let everything = || ResourceElement::Resource(vec![ResourcePattern::new("*", false)]);
        let statement = Statement {
            sid: None,
            index: 0,
            place: Place::START,
            effect: Effect::Allow,
            principal: principals.map(PrincipalElement::Principal),
            action: ActionElement::Action(vec![ActionPattern::new("*")]),
            resource: on_resources.then(everything),
            conditions: Vec::new(),
        };
        Self { statements: vec![statement] }
    }
}

/// One statement.
#[derive(Debug, Clone, PartialEq)]
pub struct Statement {
    /// Its `Sid`, where it has one.
    pub sid: Option<String>,
    /// Its number in the document, from 0.
    pub index: usize,
    /// Where it stands in the document.
    pub place: Place,
    /// Whether it allows or denies.
    pub effect: Effect,
    /// Whom it is about; none in policies that are attached to an identity.
    pub principal: Option<PrincipalElement>,
    /// What it is about.
    pub action: ActionElement,
    /// On what; none in trust policies.
    pub resource: Option<ResourceElement>,
    /// Under which conditions: all must hold.
    pub conditions: Vec<Condition>,
}

impl Statement {
    /// Its name in reports: the `Sid`, or `#` and its index.
    pub fn name(&self) -> String {
        match &self.sid {
            Some(sid) if !sid.is_empty() => sid.clone(),
            _ => format!("#{}", self.index),
        }
    }
}

/// `Effect`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effect {
    /// `Allow`.
    Allow,
    /// `Deny`.
    Deny,
}

/// `Principal` or `NotPrincipal`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PrincipalElement {
    /// `Principal`.
    Principal(Principals),
    /// `NotPrincipal`.
    NotPrincipal(Principals),
}

/// Whom an element names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Principals {
    /// `"*"`.
    Everyone,
    /// By type.
    Named(Vec<NamedPrincipal>),
}

/// The type of a principal in a policy.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PrincipalKind {
    /// `AWS`: accounts, roles, users, sessions.
    Aws,
    /// `Service`: an AWS service.
    Service,
    /// `Federated`: an identity provider.
    Federated,
    /// `CanonicalUser`: an account, as S3 names it.
    CanonicalUser,
}

/// One principal that an element names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NamedPrincipal {
    /// Its type.
    pub kind: PrincipalKind,
    /// As the policy has it.
    pub name: String,
    pub(super) form: PrincipalForm,
}

/// What a name means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum PrincipalForm {
    /// `*`.
    Everyone,
    /// `arn:aws:iam::ACCOUNT:root` or the account's number.
    Account { partition: Option<String>, account: String },
    /// `arn:aws:sts::ACCOUNT:assumed-role/ROLE/SESSION`. A session's ARN has no path.
    Session { partition: String, account: String, role: String, session: String },
    /// An ARN, a unique id, or the name of a service or provider: just that.
    Name,
}

impl NamedPrincipal {
    /// A principal by its type and name.
    pub fn new(kind: PrincipalKind, name: String) -> Self {
        let form = if name == "*" {
            PrincipalForm::Everyone
        } else if kind == PrincipalKind::Aws {
            PrincipalForm::of_aws(&name)
        } else {
            PrincipalForm::Name
        };
        Self { kind, name, form }
    }

    /// The account, where all of it is meant.
    pub fn whole_account(&self) -> Option<&str> {
        match &self.form {
            PrincipalForm::Account { account, .. } => Some(account),
            _ => None,
        }
    }
}

impl PrincipalForm {
    fn of_aws(name: &str) -> Self {
        if name.len() == 12 && name.bytes().all(|byte| byte.is_ascii_digit()) {
            return Self::Account { partition: None, account: name.to_owned() };
        }
        match arn_parts(name) {
            Some(["arn", partition, "iam", "", account, "root"]) => {
                Self::Account { partition: Some(partition.to_owned()), account: account.to_owned() }
            }
            Some(["arn", partition, "sts", "", account, resource]) => {
                let named = resource.strip_prefix("assumed-role/").and_then(|rest| rest.split_once('/'));
                match named {
                    Some((role, session)) => Self::Session {
                        partition: partition.to_owned(),
                        account: account.to_owned(),
                        role: role.to_owned(),
                        session: session.to_owned(),
                    },
                    None => Self::Name,
                }
            }
            _ => Self::Name,
        }
    }
}

/// `Action` or `NotAction`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ActionElement {
    /// `Action`.
    Action(Vec<ActionPattern>),
    /// `NotAction`.
    NotAction(Vec<ActionPattern>),
}

impl ActionElement {
    /// Whether an action is among those meant.
    pub fn names(&self, action: &str) -> bool {
        self.names_lower(&action.to_ascii_lowercase())
    }

    /// The same for an action in lower case.
    pub(super) fn names_lower(&self, action: &str) -> bool {
        let named = |actions: &[ActionPattern]| actions.iter().any(|named| named.folded.matches(action));
        match self {
            Self::Action(actions) => named(actions),
            Self::NotAction(actions) => !named(actions),
        }
    }
}

/// The actions that an element names, with `*` and `?` anywhere. Upper and lower case are the same, in the service's
/// prefix too (IAM-UG reference_policies_elements_action). Blanks count: AWS's own policies have `"amplifybackend: *"`,
/// which no action matches.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ActionPattern {
    written: String,
    folded: Pattern,
}

impl ActionPattern {
    /// Reads an action of a policy. There are no variables in it (IAM-UG reference_policies_variables).
    pub fn new(written: &str) -> Self {
        Self { written: written.to_owned(), folded: Pattern::wild(&written.to_ascii_lowercase()) }
    }

    /// As the policy has it.
    pub fn written(&self) -> &str {
        &self.written
    }

    /// The pattern over action names in lower case.
    pub fn folded(&self) -> &Pattern {
        &self.folded
    }
}

/// `Resource` or `NotResource`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ResourceElement {
    /// `Resource`.
    Resource(Vec<ResourcePattern>),
    /// `NotResource`.
    NotResource(Vec<ResourcePattern>),
}

/// The resources that an element names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ResourcePattern {
    /// The ARN with its wildcards and variables.
    pub template: Template<ArnPattern>,
    /// What of it AWS does not document: a variable in front of the sixth part (IAM-UG reference_policies_variables), a
    /// wildcard in the service (IAM-UG reference_policies_elements_resource) or in the resource's type (IAM-UG
    /// reference-arns).
    pub undocumented: Option<&'static str>,
}

impl ResourcePattern {
    /// Reads a resource of a policy.
    pub fn new(written: &str, variables: bool) -> Self {
        let template: Template<ArnPattern> = Template::new(written, Syntax { variables, wildcards: true });
        let service = written.split(':').nth(2).unwrap_or_default();
        let wild = |text: &str| text.contains(['*', '?']);
        // Of services whose resources all have a type.
        let resource = written.splitn(6, ':').nth(5).filter(|_| matches!(service, "kms" | "iam" | "sts"));
        let kind =
            resource.filter(|resource| *resource != "*").and_then(|resource| resource.split('/').next());
        let undocumented = if template.has_variable_in_front_of_last_part() {
            Some("a variable in front of an ARN's last part")
        } else if wild(service) {
            Some("a wildcard in an ARN's service")
        } else if kind.is_some_and(wild) {
            Some("a wildcard in the type of an ARN's resource")
        } else {
            None
        };
        Self { template, undocumented }
    }
}
