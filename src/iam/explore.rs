//! Exact answers over all that is not known.
//!
//! What is open are context keys, each with finitely many classes of values ([`super::candidates`]), and questions with
//! yes or no. They are settled one after the other in a fixed order, until [`evaluate`] is certain. Branches that come
//! out the same are merged, which makes the whole a reduced decision diagram: the answer depends on exactly what is
//! left in it.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::candidates::{Candidates, Reads};
use super::context::{ContextValue, Key};
use super::evaluate::{Evaluation, Outcome, asked, evaluate, grants_that_apply};
use super::layers::{Layers, Policies};
use super::policy::{
    ActionElement, Policy, PrincipalElement, Principals, ResourceElement, ResourcePattern, Statement,
};
use super::request::Request;
use super::statement::Asked;
use super::truth::{Dependency, Truth};
use super::world::{Question, Supposed, World};

/// No more keys than this are settled.
const DEEPEST: usize = 48;
/// No more questions than this are settled on one branch.
const MOST_QUESTIONS: usize = 16;
/// How many elements of statements are matched in all: after this the answer is that it depends on all that is open.
const MOST_MATCHES: usize = 200_000;

/// No more values of keys together than this are looked at for what the others are compared with.
const MOST_BRANCHES: usize = 256;

/// The answer over everything that is open, and what it depends on.
pub(super) fn explore(request: &Request, layers: &Layers) -> (Outcome, Vec<Dependency>) {
    let known = asked(request, layers, World::known(&request.context));
    let reduced = layers.reduced_to(&evaluate(&known, layers));
    let mut granted = Explorer::new(request, &reduced, Goal::Granted);
    match granted.run() {
        Node::YES => (Outcome::Allowed, Vec::new()),
        Node::NO => match Explorer::new(request, &reduced, Goal::Denied).run() {
            Node::YES => (Outcome::ExplicitlyDenied, Vec::new()),
            _ => (Outcome::ImplicitlyDenied, Vec::new()),
        },
        root => (Outcome::Depends, granted.dependencies(root)),
    }
}

/// The values of an open key that the policies tell apart, one for each class, and whether these are all.
pub fn telling_values(request: &Request, layers: &Layers, key: &Key) -> (Vec<ContextValue>, bool) {
    let known = asked(request, layers, World::known(&request.context));
    let ContextValue::Open(open) = known.world.value(key) else { return (Vec::new(), true) };
    let reduced = layers.reduced_to(&evaluate(&known, layers));
    let explorer = Explorer::new(request, &reduced, Goal::Granted);
    let candidates = explorer.reads.candidates(key, open, request, &known.world);
    (candidates.values, candidates.complete)
}

/// Whether a request is allowed for some values of the context keys that are not known. Unknown where that hangs on a
/// rule that AWS does not document, or on what was not read.
pub fn possible(request: &Request, layers: &Layers) -> Truth {
    let known = asked(request, layers, World::known(&request.context));
    let evaluation = evaluate(&known, layers);
    match Goal::Granted.answer(&evaluation) {
        Truth::Unknown => {
            let reduced = layers.reduced_to(&evaluation);
            let mut explorer = Explorer::new(request, &reduced, Goal::Granted);
            let root = explorer.run();
            explorer.reaches_yes(root)
        }
        certain => certain,
    }
}

impl Layers {
    /// Only the statements that apply, or may.
    fn reduced_to(&self, evaluation: &Evaluation<'_>) -> Self {
        let hits: BTreeSet<*const Statement> =
            evaluation.hits.iter().map(|hit| std::ptr::from_ref(hit.statement)).collect();
        let reduced = |policies: &Policies| {
            let mut kept = Policies { known: Vec::new(), unread: policies.unread.clone() };
            for named in &policies.known {
                let statements = named.policy.statements.iter();
                let statements =
                    statements.filter(|statement| hits.contains(&std::ptr::from_ref(*statement))).cloned();
                kept.add(named.name.clone(), Policy { statements: statements.collect() });
            }
            kept
        };
        Self {
            identity: self.identity.as_ref().map(reduced),
            boundary: self.boundary.as_ref().map(reduced),
            session: self.session.as_ref().map(reduced),
            resource: self.resource.as_ref().map(reduced),
            service_control: self.service_control.iter().map(reduced).collect(),
            resource_control: self.resource_control.iter().map(reduced).collect(),
            grants: self.grants.clone(),
        }
    }
}

impl Statement {
    /// The keys that it reads, in conditions and as variables, and that are open.
    pub(super) fn open_keys(&self, world: &World<'_>) -> BTreeSet<Key> {
        let of_conditions = self.conditions.iter().flat_map(|condition| {
            let variables = condition.values.iter().flat_map(|value| value.variables());
            std::iter::once(&condition.key).chain(variables)
        });
        let of_resources = self.resources().iter().flat_map(|resource| resource.template.variables());
        let open = |key: &&Key| matches!(world.value(key), ContextValue::Open(_));
        of_conditions.chain(of_resources).filter(open).cloned().collect()
    }

    /// How many names, patterns and values it has.
    fn size(&self) -> usize {
        let (ActionElement::Action(actions) | ActionElement::NotAction(actions)) = &self.action;
        let principals = match &self.principal {
            Some(
                PrincipalElement::Principal(Principals::Named(named))
                | PrincipalElement::NotPrincipal(Principals::Named(named)),
            ) => named.len(),
            _ => 1,
        };
        let values: usize = self.conditions.iter().map(|condition| condition.values.len() + 1).sum();
        actions.len() + principals + self.resources().len() + values
    }

    fn resources(&self) -> &[ResourcePattern] {
        match &self.resource {
            Some(ResourceElement::Resource(resources) | ResourceElement::NotResource(resources)) => resources,
            None => &[],
        }
    }
}

/// What is asked of each world.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Goal {
    /// Whether the request is allowed in the end.
    Granted,
    /// Whether a statement denies it.
    Denied,
}

impl Goal {
    fn answer(self, evaluation: &Evaluation<'_>) -> Truth {
        match self {
            Self::Granted => evaluation.allowed().and(evaluation.denied.not()),
            Self::Denied => evaluation.denied,
        }
    }
}

/// A node of the diagram, by its number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
struct Node(usize);

impl Node {
    const NO: Self = Self(0);
    const YES: Self = Self(1);
    /// Not settled: too much to look at, or values that could not be told apart.
    const OPEN: Self = Self(2);
}

/// What a node asks.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
enum Variable {
    /// The open key of this number.
    Key(usize),
    Question(Question),
}

struct Explorer<'a> {
    request: &'a Request,
    layers: &'a Layers,
    goal: Goal,
    reads: Reads<'a>,
    /// In the order in which they are settled: those that stand in values as variables first, for what the others are
    /// compared with hangs on them.
    keys: Vec<Key>,
    /// The candidates of each key, over all that the keys before it may be: the same on every branch, so that branches
    /// that come out the same are seen to. Not of keys of which that would be too much.
    candidates: BTreeMap<usize, Candidates>,
    nodes: Vec<(Variable, Vec<Node>)>,
    numbers: HashMap<(Variable, Vec<Node>), Node>,
    /// Whether an answer names everything that is open, because what it depends on can't be told exactly.
    names_all: bool,
    /// What one more look costs: the elements of all statements that may apply.
    cost: usize,
    matches_left: usize,
    /// The questions that came up.
    questions: BTreeSet<Question>,
}

impl<'a> Explorer<'a> {
    fn new(request: &'a Request, layers: &'a Layers, goal: Goal) -> Self {
        let nothing_supposed = Supposed::default();
        let world = World::supposing(&request.context, &nothing_supposed);
        let asked = asked(request, layers, world);
        let evaluation = evaluate(&asked, layers);
        let mut reads = Reads::default();
        let mut open = BTreeSet::new();
        for hit in &evaluation.hits {
            reads.conditions.extend(&hit.statement.conditions);
            reads.resources.extend(hit.statement.resources());
            open.extend(hit.statement.open_keys(&world));
        }
        for (grant, _) in grants_that_apply(&layers.grants.known, &asked) {
            reads.conditions.extend(&grant.constraints);
            let keys = grant.constraints.iter().map(|constraint| &constraint.key);
            open.extend(keys.filter(|key| matches!(world.value(key), ContextValue::Open(_))).cloned());
        }
        let mut keys: Vec<Key> = open.into_iter().collect();
        keys.sort_by_key(|key| !reads.as_variable(key));
        Self {
            request,
            layers,
            goal,
            reads,
            keys,
            candidates: BTreeMap::new(),
            nodes: Vec::new(),
            numbers: HashMap::new(),
            names_all: false,
            cost: 1 + evaluation.hits.iter().map(|hit| hit.statement.size()).sum::<usize>(),
            matches_left: MOST_MATCHES,
            questions: BTreeSet::new(),
        }
    }

    fn run(&mut self) -> Node {
        if self.keys.len() > DEEPEST {
            return Node::OPEN;
        }
        self.find_candidates();
        self.settle(&mut Supposed::default(), 0)
    }

    fn find_candidates(&mut self) {
        let mut branches = vec![Supposed::default()];
        for (depth, key) in self.keys.iter().enumerate() {
            let mut values = BTreeSet::new();
            let mut complete = true;
            for supposed in &branches {
                let world = World::supposing(&self.request.context, supposed);
                let ContextValue::Open(open) = world.value(key) else { continue };
                let found = self.reads.candidates(key, open, self.request, &world);
                values.extend(found.values);
                complete &= found.complete;
            }
            // What the keys behind it are compared with hangs on those that stand in values as variables.
            if self.reads.as_variable(key) {
                if branches.len() * values.len() > MOST_BRANCHES {
                    return;
                }
                let with = |(supposed, value): (&Supposed, &ContextValue)| {
                    let mut keys = supposed.keys.clone();
                    keys.insert(key.lower().to_owned(), value.clone());
                    Supposed { keys, ..Supposed::default() }
                };
                let pairs =
                    branches.iter().flat_map(|branch| values.iter().map(move |value| (branch, value)));
                branches = pairs.map(with).collect();
            }
            self.candidates.insert(depth, Candidates { values: values.into_iter().collect(), complete });
        }
    }

    /// The node of everything from this key on.
    fn settle(&mut self, supposed: &mut Supposed, depth: usize) -> Node {
        supposed.met.borrow_mut().clear();
        let asked: Asked<'_> =
            asked(self.request, self.layers, World::supposing(&self.request.context, supposed));
        let evaluation = evaluate(&asked, self.layers);
        match self.goal.answer(&evaluation) {
            Truth::Yes => return Node::YES,
            Truth::No => return Node::NO,
            Truth::Unknown => {}
        }
        self.matches_left = self.matches_left.saturating_sub(self.cost);
        let met = supposed.met.borrow().clone();
        self.questions.extend(met.iter().cloned());
        if self.matches_left == 0 || supposed.answers.len() > MOST_QUESTIONS {
            return Node::OPEN;
        }
        if let Some(key) = self.keys.get(depth).cloned() {
            return self.settle_key(&key, supposed, depth);
        }
        match met.into_iter().next() {
            Some(question) => self.settle_question(question, supposed, depth),
            None => Node::OPEN,
        }
    }

    fn settle_key(&mut self, key: &Key, supposed: &mut Supposed, depth: usize) -> Node {
        let found = self.candidates.remove(&depth);
        let shared = found.is_some();
        let candidates = match found {
            Some(candidates) => candidates,
            None => {
                let world = World::supposing(&self.request.context, supposed);
                let ContextValue::Open(open) = world.value(key) else {
                    return self.settle(supposed, depth + 1);
                };
                self.reads.candidates(key, open, self.request, &world)
            }
        };
        let mut children = Vec::with_capacity(candidates.values.len() + 1);
        for value in &candidates.values {
            supposed.keys.insert(key.lower().to_owned(), value.clone());
            children.push(self.settle(supposed, depth + 1));
        }
        supposed.keys.remove(key.lower());
        if !candidates.complete {
            children.push(Node::OPEN);
        }
        if shared {
            self.candidates.insert(depth, candidates);
        } else {
            // Branches have values of their own, so that equal children are not equal functions.
            self.names_all = true;
        }
        self.node(Variable::Key(depth), children)
    }

    fn settle_question(&mut self, question: Question, supposed: &mut Supposed, depth: usize) -> Node {
        let mut children = Vec::with_capacity(2);
        for answer in [false, true] {
            supposed.answers.insert(question.clone(), answer);
            children.push(self.settle(supposed, depth));
        }
        supposed.answers.remove(&question);
        self.node(Variable::Question(question), children)
    }

    /// The node with these children: none where they are all one.
    fn node(&mut self, variable: Variable, children: Vec<Node>) -> Node {
        if let Some(first) = children.first().copied()
            && children.iter().all(|child| *child == first)
        {
            return first;
        }
        let made = (variable, children);
        if let Some(node) = self.numbers.get(&made) {
            return *node;
        }
        let node = Node(self.nodes.len() + 3);
        self.nodes.push(made.clone());
        self.numbers.insert(made, node);
        node
    }

    /// Whether some branch ends in yes: yes where values of keys alone lead there.
    fn reaches_yes(&self, root: Node) -> Truth {
        let mut best: BTreeMap<Node, Truth> =
            BTreeMap::from([(Node::NO, Truth::No), (Node::YES, Truth::Yes), (Node::OPEN, Truth::Unknown)]);
        // Children are made before their parents.
        for (index, (variable, children)) in self.nodes.iter().enumerate() {
            let of_children = children.iter().filter_map(|child| best.get(child).copied());
            let truth = match variable {
                Variable::Key(_) => Truth::any(of_children),
                Variable::Question(_) => Truth::any(of_children).min(Truth::Unknown),
            };
            best.insert(Node(index + 3), truth);
        }
        best.get(&root).copied().unwrap_or(Truth::Unknown)
    }

    /// What is left in the diagram below a node; everything that came up where some of it could not be settled.
    fn dependencies(&self, root: Node) -> Vec<Dependency> {
        let mut variables = BTreeSet::new();
        let mut seen = BTreeSet::new();
        let mut open = vec![root];
        let mut unsettled = self.names_all;
        while let Some(node) = open.pop() {
            if !seen.insert(node) {
                continue;
            }
            unsettled |= node == Node::OPEN;
            let inner = node.0.checked_sub(3).and_then(|index| self.nodes.get(index));
            if let Some((variable, children)) = inner {
                variables.insert(variable);
                open.extend(children);
            }
        }
        let keys = (0..self.keys.len())
            .filter(|index| unsettled || variables.contains(&Variable::Key(*index)))
            .filter_map(|index| self.keys.get(index));
        let questions = self
            .questions
            .iter()
            .filter(|question| unsettled || variables.contains(&Variable::Question((*question).clone())));
        let dependencies: BTreeSet<Dependency> = keys
            .map(|key| self.of_key(key))
            .chain(questions.map(|question| question.dependency.clone()))
            .collect();
        dependencies.into_iter().collect()
    }

    /// The dependency on a key, by the name that the policies give it.
    fn of_key(&self, key: &Key) -> Dependency {
        match self.request.context.get(key) {
            ContextValue::Open(open) => {
                Dependency { on: key.written().to_owned(), ..open.dependency.clone() }
            }
            _ => Dependency::new(key.written(), "not known"),
        }
    }
}
