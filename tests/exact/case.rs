//! A request with something unknown, and policies that read it.

use std::sync::Arc;

use ekm_preflight::iam::{
    Action, Caller, Constraints, Context, ContextValue, Dependency, Grant, Layers, Never, Policies, Policy,
    Request, RoleSession, UniqueId,
};
use serde_json::{Map, Value, json};

pub(crate) const KEY: &str = "arn:aws:kms:us-east-1:111122223333:key/a";
pub(crate) const ROLE: &str = "arn:aws:iam::111122223333:role/ekm";
pub(crate) const SESSION: &str = "arn:aws:sts::111122223333:assumed-role/ekm/openai";

/// One statement, in pieces that can be left out one by one.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Statement {
    pub(crate) allows: bool,
    pub(crate) not_action: bool,
    pub(crate) actions: Vec<&'static str>,
    pub(crate) not_resource: bool,
    pub(crate) resources: Vec<String>,
    /// In resource policies: `AWS` principals.
    pub(crate) principals: Option<Vec<&'static str>>,
    pub(crate) conditions: Vec<Condition>,
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Condition {
    pub(crate) operator: String,
    pub(crate) key: String,
    pub(crate) values: Vec<String>,
}

/// Where policies stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    Identity,
    Boundary,
    Session,
    Resource,
    /// Level 0 or 1.
    ServiceControl(usize),
    ResourceControl,
}

/// The policy of one place.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Layer {
    pub(crate) place: Place,
    pub(crate) statements: Vec<Statement>,
    /// The name of a further policy of this place that could not be read.
    pub(crate) unread: Option<&'static str>,
}

/// An unknown key.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Unknown {
    pub(crate) key: &'static str,
    pub(crate) kind: UnknownKind,
}

/// What is known of it all the same.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum UnknownKind {
    Anything,
    /// Any value or none, but never one of these.
    Never(Vec<&'static str>),
    /// There is a value, which starts so and is none of these.
    Other(&'static str, Vec<&'static str>),
    OneOf(Vec<ContextValue>),
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Case {
    pub(crate) action: &'static str,
    pub(crate) resource: &'static str,
    pub(crate) layers: Vec<Layer>,
    /// A pair that a grant's encryption context must have.
    pub(crate) grant: Option<(&'static str, &'static str)>,
    pub(crate) known: Vec<(&'static str, ContextValue)>,
    pub(crate) unknown: Vec<Unknown>,
}

/// What an unread policy turns out to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Unread {
    pub(crate) allows: bool,
    pub(crate) denies: bool,
}

/// What one unknown thing turns out to be.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum TurnsOut {
    Value(ContextValue),
    Policy(Unread),
}

impl Statement {
    fn json(&self) -> Value {
        let mut conditions = Map::new();
        for Condition { operator, key, values } in &self.conditions {
            let of_operator = conditions.entry(operator.clone()).or_insert_with(|| json!({}));
            of_operator[key] = json!(values);
        }
        let mut statement = json!({
            "Effect": if self.allows { "Allow" } else { "Deny" },
            if self.not_action { "NotAction" } else { "Action" }: self.actions,
            if self.not_resource { "NotResource" } else { "Resource" }: self.resources,
        });
        if !conditions.is_empty() {
            statement["Condition"] = Value::Object(conditions);
        }
        if let Some(principals) = &self.principals {
            statement["Principal"] =
                if principals == &["*"] { json!("*") } else { json!({ "AWS": principals }) };
        }
        statement
    }
}

pub(crate) fn document(statements: &[Statement]) -> Value {
    let statements: Vec<Value> = statements.iter().map(Statement::json).collect();
    json!({ "Version": "2012-10-17", "Statement": statements })
}

fn parsed(document: &Value) -> Policy {
    Policy::parse(&document.to_string()).unwrap_or_else(|error| panic!("{error}: {document}"))
}

impl Case {
    /// The names of what is unknown: keys, then policies.
    pub(crate) fn names(&self) -> Vec<&'static str> {
        let keys = self.unknown.iter().map(|unknown| unknown.key);
        keys.chain(self.layers.iter().filter_map(|layer| layer.unread)).collect()
    }

    /// Whether policies have variables.
    pub(crate) fn has_variables(&self) -> bool {
        let statements = self.layers.iter().flat_map(|layer| &layer.statements);
        let texts = statements.flat_map(|statement| {
            statement.conditions.iter().flat_map(|condition| &condition.values).chain(&statement.resources)
        });
        texts.into_iter().any(|text| text.contains("${"))
    }

    pub(crate) fn context(&self) -> Context {
        let known = self.known.iter();
        known.fold(Context::complete(), |context, (key, value)| context.with(key, value.clone()))
    }

    /// The request with what is unknown marked as such.
    pub(crate) fn request(&self) -> Request {
        let dependency = |key: &str| Dependency::new(key, "not known");
        let texts =
            |values: &[&str]| -> Vec<String> { values.iter().map(|value| (*value).to_owned()).collect() };
        let context = self.unknown.iter().fold(self.context(), |context, Unknown { key, kind }| {
            let value = match kind {
                UnknownKind::Anything => ContextValue::unknown(dependency(key)),
                UnknownKind::Never(values) => {
                    let never = texts(values).into_iter().map(Never::Text).collect();
                    ContextValue::never(never, dependency(key))
                }
                UnknownKind::Other(start, than) => ContextValue::other(*start, texts(than), dependency(key)),
                UnknownKind::OneOf(values) => ContextValue::one_of(values.clone(), dependency(key)),
            };
            context.with(key, value)
        });
        self.in_context(context)
    }

    pub(crate) fn in_context(&self, context: Context) -> Request {
        Request {
            caller: Caller::Session(RoleSession {
                role_arn: ROLE.into(),
                account: "111122223333".into(),
                path_known: true,
                role_id: UniqueId::InNoPolicy,
                session_name: Some("openai".into()),
            }),
            action: Action::new(self.action),
            resource: self.resource.into(),
            resource_account: "111122223333".into(),
            context,
        }
    }

    /// The layers with what could not be read marked as such.
    pub(crate) fn layers(&self) -> Layers {
        self.layers_where(&[])
    }

    /// The layers where each unread policy turned out to be so, in order; unread where that is not given.
    pub(crate) fn layers_where(&self, unread: &[Unread]) -> Layers {
        let mut layers = Layers::default();
        let mut unread = unread.iter();
        for layer in &self.layers {
            let mut policies = Policies::of("policy", parsed(&document(&layer.statements)));
            if let Some(name) = layer.unread {
                match unread.next() {
                    None => policies.unread.push(Dependency::new(name, "not read")),
                    Some(found) => policies.add("found", Arc::new(parsed(&found.document(layer.place)))),
                }
            }
            match layer.place {
                Place::Identity => layers.identity = Some(policies),
                Place::Boundary => layers.boundary = Some(policies),
                Place::Session => layers.session = Some(policies),
                Place::Resource => layers.resource = Some(policies),
                Place::ServiceControl(_) => layers.service_control.push(policies),
                Place::ResourceControl => layers.resource_control.push(policies),
            }
        }
        if let Some((key, value)) = self.grant {
            let subset = Some([(key.to_owned(), value.to_owned())].into());
            let constraints = Constraints { subset, ..Constraints::default() };
            let operations = vec!["Decrypt".to_owned()];
            layers.grants.known.push(Grant::new("grant".into(), ROLE, operations, &constraints));
        }
        layers
    }

    /// All cases with one piece less.
    pub(crate) fn smaller(&self) -> Vec<Self> {
        let mut all = Vec::new();
        let mut changed = |change: &dyn Fn(&mut Self)| {
            let mut case = self.clone();
            change(&mut case);
            all.push(case);
        };
        for at in 0..self.layers.len() {
            changed(&|case| drop(case.layers.remove(at)));
        }
        for at in 0..self.unknown.len() {
            changed(&|case| drop(case.unknown.remove(at)));
            changed(&|case| case.unknown[at].kind = UnknownKind::Anything);
        }
        for at in 0..self.known.len() {
            changed(&|case| drop(case.known.remove(at)));
        }
        changed(&|case| case.grant = None);
        for (at, layer) in self.layers.iter().enumerate() {
            changed(&|case| case.layers[at].unread = None);
            for (number, statement) in layer.statements.iter().enumerate() {
                changed(&|case| drop(case.layers[at].statements.remove(number)));
                changed(&|case| case.layers[at].statements[number].actions = vec!["*"]);
                changed(&|case| case.layers[at].statements[number].not_action = false);
                changed(&|case| case.layers[at].statements[number].resources = vec!["*".into()]);
                changed(&|case| case.layers[at].statements[number].not_resource = false);
                for (which, condition) in statement.conditions.iter().enumerate() {
                    changed(&|case| drop(case.layers[at].statements[number].conditions.remove(which)));
                    for value in 0..condition.values.len().saturating_sub(1) {
                        changed(&|case| {
                            drop(case.layers[at].statements[number].conditions[which].values.remove(value));
                        });
                    }
                }
            }
        }
        all.retain(|case| case != self);
        all
    }

    /// The case for people, and for `ekm-preflight simulate` where nothing is unread or half known.
    pub(crate) fn shown(&self) -> String {
        let mut shown = json!({"request": {"principal": SESSION, "action": self.action,
            "resource": self.resource, "unknown": self.unknown.iter().map(|of| of.key).collect::<Vec<_>>()}});
        for (key, value) in &self.known {
            shown["request"]["context"][key] = match value {
                ContextValue::Single(value) => json!(value),
                ContextValue::Many(values) => json!(values),
                ContextValue::Absent | ContextValue::Open(_) => continue,
            };
        }
        for layer in &self.layers {
            let policy = json!({ "policy": document(&layer.statements) });
            match layer.place {
                Place::Identity => shown["identity_policies"] = json!([policy]),
                Place::Boundary => shown["permissions_boundary"] = policy,
                Place::Session => shown["session_policy"] = policy,
                Place::Resource => shown["resource_policy"] = policy,
                Place::ServiceControl(level) => {
                    let levels = &mut shown["service_control_policies"];
                    if level == 0 || levels.is_null() {
                        *levels = json!([[policy]]);
                    } else if let Some(levels) = levels.as_array_mut() {
                        levels.push(json!([policy]));
                    }
                }
                Place::ResourceControl => shown["resource_control_policies"] = json!([[policy]]),
            }
        }
        if let Some((key, value)) = self.grant {
            shown["grants"] = json!([{"grantee_principal": ROLE, "operations": ["Decrypt"],
                "constraints": {"EncryptionContextSubset": {key: value}}}]);
        }
        let kinds: Vec<String> = self.unknown.iter().map(|of| format!("{}: {:?}", of.key, of.kind)).collect();
        let unread: Vec<&str> = self.layers.iter().filter_map(|layer| layer.unread).collect();
        format!("{shown}\nunknown: {}\nunread: {}", kinds.join("; "), unread.join(", "))
    }
}

impl Unread {
    pub(crate) const ALL: [Self; 4] = [
        Self { allows: false, denies: false },
        Self { allows: true, denies: false },
        Self { allows: false, denies: true },
        Self { allows: true, denies: true },
    ];

    /// A policy that does so to every request. What is unread in a resource's policy may name the session itself, which
    /// is limited least.
    fn document(self, place: Place) -> Value {
        let principals = || match place {
            Place::Resource => Some(vec![SESSION]),
            Place::ResourceControl => Some(vec!["*"]),
            _ => None,
        };
        let statement = |allows| Statement {
            allows,
            not_action: false,
            actions: vec!["*"],
            not_resource: false,
            resources: vec!["*".into()],
            principals: principals(),
            conditions: Vec::new(),
        };
        let effects = [(self.allows, true), (self.denies, false)];
        let present = effects.into_iter().filter(|(present, _)| *present);
        document(&present.map(|(_, allows)| statement(allows)).collect::<Vec<_>>())
    }
}
