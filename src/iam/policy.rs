//! Policies as types. [`super::parse`] makes them.

use super::condition::Condition;
use super::pattern::Template;

/// A policy document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Policy {
    /// Its statements, in order.
    pub statements: Vec<Statement>,
}

/// One statement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Statement {
    /// Its `Sid`, where it has one.
    pub sid: Option<String>,
    /// Its place in the document, from 0.
    pub index: usize,
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

/// One principal that an element names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NamedPrincipal {
    /// `AWS`, `Service`, `Federated`, `CanonicalUser`.
    pub kind: PrincipalKind,
    /// An ARN, an account id, `*`, a unique id, a service's or provider's name, as written.
    pub name: String,
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

/// `Action` or `NotAction`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ActionElement {
    /// `Action`.
    Action(Vec<Template>),
    /// `NotAction`.
    NotAction(Vec<Template>),
}

/// `Resource` or `NotResource`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ResourceElement {
    /// `Resource`.
    Resource(Vec<Template>),
    /// `NotResource`.
    NotResource(Vec<Template>),
}
