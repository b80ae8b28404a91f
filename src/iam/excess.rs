//! What a caller could do beyond what it needs.
//!
//! Actions and resources are taken as languages: all names fall into classes that the policies treat alike
//! ([`super::classes`]), and one member of each class is decided like any request (`explore`), with every
//! context key open that is not known. So an answer of "nothing" holds for all names there are, and every member that is
//! named is one that AWS would let through.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use super::classes::{Class, Language, classes};
use super::context::Context;
use super::decide::decide;
use super::evaluate::{asked, evaluate, grants_that_apply};
use super::explore::possible;
use super::layers::{Layer, Layers, Policies};
use super::pattern::{ArnPattern, Pattern, arn_parts};
use super::policy::{ActionElement, Effect, Policy, Principals, ResourceElement, ResourcePattern, Statement};
use super::policy::{NamedPrincipal, PrincipalKind};
use super::principal::Caller;
use super::request::{Action, Request};
use super::services::{Governance, exists, governance, is_without_resource, real_actions};
use super::truth::{Dependency, Truth};
use super::world::World;

/// No more members than this are named.
pub const MOST_MEMBERS: usize = 24;
/// No more pairs than this are decided.
const MOST_PAIRS: usize = 100_000;

/// What is asked.
#[derive(Debug, Clone, Copy)]
pub struct Need<'a> {
    /// Who could do too much.
    pub caller: &'a Caller,
    /// What it needs to do: `kms:Encrypt`.
    pub actions: &'a [&'a str],
    /// On what: the resource whose policy and grants are among the layers.
    pub resource: &'a str,
    /// The account of that resource.
    pub resource_account: &'a str,
    /// What is known of calls on it.
    pub context: &'a Context,
    /// What is known of calls on anything else.
    pub elsewhere: &'a Context,
    /// Other resources on which it needs to do the same.
    pub others: &'a [String],
}

/// What could be done beyond the need.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Excess {
    /// Telling members of it, those on the resource itself first; at most [`MOST_MEMBERS`].
    pub members: Vec<Member>,
    /// Whether there are more.
    pub more: bool,
    /// Why there may be others than those named; with no members, why it is not known whether there is an excess.
    pub open: Vec<Dependency>,
}

/// Something that could be done and is not needed.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Member {
    /// On what.
    pub on: On,
    /// A real action where one is known, else what the policy writes, or a shortest made-up name.
    pub action: String,
    /// Whether AWS has an action that it stands for; `None` where the service's actions are not known here.
    pub exists: Option<bool>,
    /// The statements and grants that let it through, by layer, policy and name; a grant by its id.
    pub statements: Vec<(Layer, String, String)>,
}

/// What something could be done on.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum On {
    /// The resource that is needed.
    Itself,
    /// Everything.
    Anything,
    /// Nothing in particular: an action without a resource.
    Account,
    /// What a policy names, as it writes it.
    Named(String),
    /// Everything but what a policy names.
    AllBut(Vec<String>),
}

impl fmt::Display for Member {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} on ", self.action)?;
        let of_kms = self.action.starts_with("kms:");
        match &self.on {
            On::Itself if of_kms => f.write_str("this key"),
            On::Itself => f.write_str("this resource"),
            On::Account => f.write_str("the account"),
            On::Anything if of_kms => f.write_str("any other key"),
            On::Anything if self.action.eq_ignore_ascii_case("s3:GetObject") => f.write_str("any object"),
            On::Anything => f.write_str("any resource"),
            On::Named(pattern) => f.write_str(pattern),
            On::AllBut(patterns) => write!(f, "everything but {}", patterns.join(", ")),
        }
    }
}

/// What the caller could do beyond the need. Resources other than the one needed are taken to leave it to their
/// account's policies, as KMS keys do by default and as other services' resources do without a policy; another
/// account's are taken to let the caller in.
pub fn excess(need: &Need<'_>, layers: &Layers) -> Excess {
    let Some(search) = Search::new(need, layers) else {
        let reason = "the policies have too many patterns that overlap to be told apart";
        return Excess { open: vec![Dependency::new("excess", reason)], ..Excess::default() };
    };
    search.run()
}

struct Search<'a> {
    need: &'a Need<'a>,
    layers: &'a Layers,
    /// The layers as they are for other resources, of the same account and of others.
    neighbours: Layers,
    foreign: Layers,
    actions: Vec<NamedAction>,
    resources: Vec<String>,
}

/// An action to ask about.
struct NamedAction {
    action: Action,
    /// Its class, by number: of those with the same answer one is named.
    class: usize,
    real: bool,
}

impl<'a> Search<'a> {
    fn new(need: &'a Need<'a>, layers: &'a Layers) -> Option<Self> {
        let neighbours = Layers {
            resource: Some(Policies::of("", delegation(need.caller))),
            grants: super::layers::Grants::default(),
            ..layers.clone()
        };
        let foreign = Layers { resource_control: Vec::new(), ..neighbours.clone() };
        Some(Self {
            need,
            layers,
            neighbours,
            foreign,
            actions: actions(need, layers)?,
            resources: resources(need, layers)?,
        })
    }

    fn run(&self) -> Excess {
        let mut excess = Excess::default();
        // Of the actions of one class the most telling is named.
        let mut named: BTreeMap<(On, usize), (usize, usize)> = BTreeMap::new();
        let mut pairs = 0_usize;
        for resource in &self.resources {
            for (order, action) in self.actions.iter().enumerate() {
                if !self.takes(&action.action, resource) || self.is_needed(&action.action, resource) {
                    continue;
                }
                pairs += 1;
                if pairs > MOST_PAIRS || excess.members.len() >= MOST_MEMBERS {
                    excess.more = true;
                    break;
                }
                let (request, layers) = self.request(&action.action, resource);
                match possible(&request, layers) {
                    Truth::No => continue,
                    Truth::Unknown => {
                        let reason = format!(
                            "whether {} is possible on {resource} is not known",
                            action.action.written()
                        );
                        excess.open.push(Dependency::new("excess", reason));
                        continue;
                    }
                    Truth::Yes => {}
                }
                if let Some(unread) = on_evidence(&request, layers) {
                    excess.open.push(unread);
                    continue;
                }
                let member = self.member(action, &request, layers);
                match named.entry((member.on.clone(), action.class)) {
                    Entry::Vacant(entry) => {
                        entry.insert((order, excess.members.len()));
                        excess.members.push(member);
                    }
                    Entry::Occupied(mut entry) => {
                        let (best, place) = *entry.get();
                        if order < best
                            && let Some(named) = excess.members.get_mut(place)
                        {
                            entry.insert((order, place));
                            *named = member;
                        }
                    }
                }
            }
        }
        if pairs > MOST_PAIRS && excess.members.is_empty() {
            excess.open.push(Dependency::new(
                "excess",
                "there are too many actions and resources to decide on each",
            ));
        }
        excess.open.extend(self.unread());
        excess
    }

    /// Whether an action is done on such a resource at all, as far as that is known.
    fn takes(&self, action: &Action, resource: &str) -> bool {
        let parts = arn_parts(resource);
        let of_service = |service: &str, kind: &str| {
            parts.is_some_and(|[_, _, own, _, _, name]| own == service && name.starts_with(kind))
        };
        match governance(action.lower(), resource) {
            Governance::Nothing => false,
            Governance::KeyPolicy | Governance::Grant => of_service("kms", "key/"),
            Governance::IdentityPolicies if is_without_resource(action.lower()) => resource == "*",
            Governance::IdentityPolicies => of_service("kms", "alias/"),
            Governance::TrustPolicy => of_service("iam", "role/"),
            // No other service's actions are done on a key.
            Governance::Either => !of_service("kms", ""),
        }
    }

    fn is_needed(&self, action: &Action, resource: &str) -> bool {
        (resource == self.need.resource || self.need.others.iter().any(|other| other == resource))
            && self.need.actions.iter().any(|needed| needed.eq_ignore_ascii_case(action.lower()))
    }

    fn request(&self, action: &Action, resource: &str) -> (Request, &Layers) {
        let need = self.need;
        let own_account = need.caller.account().unwrap_or_default();
        let account = match arn_parts(resource) {
            Some([_, _, _, _, account, _]) if !account.is_empty() => account,
            _ => own_account,
        };
        let (context, layers) = if resource == need.resource {
            (need.context, self.layers)
        } else if account == need.resource_account {
            (need.elsewhere, &self.neighbours)
        } else {
            (need.elsewhere, &self.foreign)
        };
        let named = arn_parts(resource).is_some_and(|[_, _, _, _, account, _]| !account.is_empty());
        let context = context.clone();
        let request = Request {
            caller: need.caller.clone(),
            action: action.clone(),
            resource: resource.to_owned(),
            resource_account: account.to_owned(),
            // Where the ARN does not name the account, it may be any.
            context: if named { context.single("aws:ResourceAccount", account) } else { context },
        };
        (request, layers)
    }

    fn member(&self, action: &NamedAction, request: &Request, layers: &Layers) -> Member {
        let asked = asked(request, layers, World::known(&request.context));
        let evaluation = evaluate(&asked, layers);
        let allowing = || evaluation.hits.iter().filter(|hit| hit.statement.effect == Effect::Allow);
        let of_caller = || allowing().find(|hit| hit.layer == Layer::IdentityPolicy).map(|hit| hit.statement);
        let written = match of_caller().map(|statement| &statement.action) {
            Some(ActionElement::Action(patterns)) if !action.real => patterns
                .iter()
                .find(|pattern| pattern.folded().matches(request.action.lower()))
                .map(|pattern| pattern.written().to_owned()),
            _ => None,
        };
        let resource = &request.resource;
        let on = if *resource == self.need.resource {
            On::Itself
        } else if is_without_resource(request.action.lower()) {
            On::Account
        } else {
            let own = |pattern: &&ResourcePattern| pattern.may_match(resource, &asked.world);
            match of_caller().and_then(|statement| statement.resource.as_ref()) {
                Some(ResourceElement::Resource(patterns)) => match patterns.iter().find(own) {
                    Some(pattern) if pattern.template.written() == "*" => On::Anything,
                    Some(pattern) => On::Named(pattern.template.written().to_owned()),
                    None => On::Named(resource.clone()),
                },
                Some(ResourceElement::NotResource(patterns)) => {
                    On::AllBut(patterns.iter().map(|pattern| pattern.template.written().to_owned()).collect())
                }
                None => On::Named(resource.clone()),
            }
        };
        let known_names = allowing().filter(|hit| !hit.policy.is_empty());
        let by_policies = known_names.map(|hit| (hit.layer, hit.policy.to_owned(), hit.statement.name()));
        let grants = grants_that_apply(&layers.grants.known, &asked).filter(|(_, truth)| *truth != Truth::No);
        let by_grants = grants.map(|(grant, _)| (Layer::Grant, grant.id.clone(), String::new()));
        Member {
            on,
            exists: exists(request.action.lower()),
            action: written.unwrap_or_else(|| request.action.written().to_owned()),
            statements: by_policies.chain(by_grants).collect(),
        }
    }

    /// What was not read and may let something through.
    fn unread(&self) -> impl Iterator<Item = Dependency> {
        let layers = [&self.layers.identity, &self.layers.resource].into_iter().flatten();
        layers.flat_map(|policies| &policies.unread).chain(&self.layers.grants.unread).cloned()
    }
}

/// Evidence that was not read and that an answer depends on: a tag of the key, say, which nobody chooses.
fn on_evidence(request: &Request, layers: &Layers) -> Option<Dependency> {
    decide(request, layers).depends_on.into_iter().find(|dependency| dependency.evidence.is_some())
}

impl ResourcePattern {
    fn may_match(&self, resource: &str, world: &World<'_>) -> bool {
        let parts = arn_parts(resource);
        self.template.widest(world).is_some_and(|pattern| pattern.matches(parts.as_ref(), true))
    }
}

/// The statements of all layers, and whether their resources are completed.
fn statements(layers: &Layers) -> impl Iterator<Item = (&Statement, bool)> {
    let of_identity = [&layers.identity, &layers.boundary, &layers.session].into_iter().flatten();
    let completed = of_identity.chain(&layers.service_control).map(|policies| (policies, true));
    let exact = layers.resource.iter().chain(&layers.resource_control).map(|policies| (policies, false));
    completed.chain(exact).flat_map(|(policies, completed)| {
        let statements = policies.known.iter().flat_map(|named| &named.policy.statements);
        statements.map(move |statement| (statement, completed))
    })
}

/// All real actions, and one made up for each class without a real one.
fn actions(need: &Need<'_>, layers: &Layers) -> Option<Vec<NamedAction>> {
    // Every action has a service and a name.
    let mut patterns = vec![Pattern::wild("?*:?*")];
    for (statement, _) in statements(layers) {
        let (ActionElement::Action(named) | ActionElement::NotAction(named)) = &statement.action;
        patterns.extend(named.iter().map(|pattern| pattern.folded().clone()));
    }
    let operations = layers.grants.known.iter().flat_map(|grant| &grant.operations);
    let exact = operations
        .map(|operation| format!("kms:{operation}"))
        .chain(need.actions.iter().map(|action| (*action).to_owned()));
    patterns.extend(exact.map(|action| Pattern::exact(&action.to_ascii_lowercase())));
    let languages: Vec<Language> = patterns.iter().map(Language::of).collect();
    let found: Vec<Class> = classes(&languages, "")?.into_iter().filter(|class| class.is_within(0)).collect();
    let mut actions: Vec<NamedAction> = Vec::new();
    let mut inhabited = BTreeSet::new();
    for name in real_actions() {
        let action = Action::new(name);
        let matching = patterns.iter().enumerate().filter(|(_, pattern)| pattern.matches(action.lower()));
        let within: Vec<usize> = matching.map(|(index, _)| index).collect();
        let Some(class) = found.iter().position(|class| class.within == within) else { continue };
        inhabited.insert(class);
        actions.push(NamedAction { action, class, real: true });
    }
    for (class, Class { member, .. }) in found.iter().enumerate() {
        if !inhabited.contains(&class) {
            actions.push(NamedAction { action: Action::new(member), class, real: false });
        }
    }
    Some(actions)
}

/// The resource itself, one for each class of all others, and `*` for actions without one.
fn resources(need: &Need<'_>, layers: &Layers) -> Option<Vec<String>> {
    let partition = need.caller.partition().unwrap_or("aws");
    let account = need.caller.account().unwrap_or_default();
    let forms = [
        format!("arn:{partition}:kms:?*:????????????:key/?*"),
        format!("arn:{partition}:kms:?*:????????????:alias/?*"),
        format!("arn:{partition}:iam::????????????:role/?*"),
        format!("arn:{partition}:?*:*:*:?*"),
    ];
    let mut languages: Vec<Language> =
        forms.iter().map(|form| Language::of_arn(&ArnPattern::wild(form), false)).collect();
    let whose = [format!("arn:*:*:*:{account}:*"), format!("arn:*:*:*:{}:*", need.resource_account)];
    languages.extend(whose.iter().map(|whose| Language::of_arn(&ArnPattern::wild(whose), false)));
    let needed = [need.resource].into_iter().chain(need.others.iter().map(String::as_str));
    languages.extend(needed.map(Language::exactly));
    let world = World::known(need.elsewhere);
    for (statement, completed) in statements(layers) {
        let Some(ResourceElement::Resource(named) | ResourceElement::NotResource(named)) =
            &statement.resource
        else {
            continue;
        };
        let filled = named.iter().filter_map(|pattern| pattern.template.widest(&world));
        languages.extend(filled.map(|pattern| Language::of_arn(&pattern, completed)));
    }
    let found = classes(&languages, &format!("arn:{partition}:"))?;
    let of_a_form = found.into_iter().filter(|class| (0..forms.len()).any(|form| class.is_within(form)));
    let others = of_a_form.map(|class| class.member).filter(|member| member != need.resource);
    Some([need.resource.to_owned()].into_iter().chain(others).chain(["*".to_owned()]).collect())
}

/// A resource's policy that leaves everything to the caller's account.
fn delegation(caller: &Caller) -> Policy {
    let account = caller.account().unwrap_or_default().to_owned();
    let principals = Principals::Named(vec![NamedPrincipal::new(PrincipalKind::Aws, account)]);
    Policy::allowing_everything(Some(principals), true)
}

#[cfg(test)]
mod tests;
