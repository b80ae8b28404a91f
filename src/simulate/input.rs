//! The input, as types.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use schemars::JsonSchema;
use serde::Deserialize;
use serde::de::{Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

use crate::iam::context::Key;
use crate::iam::pattern::arn_parts;
use crate::iam::places::Lines;
use crate::iam::services::{Governance, governance, is_multivalued};
use crate::iam::{
    Action, Caller, Constraints, Context, ContextValue, Dependency, Grant, Grants, Layers, Policies, Policy,
    Request, RoleSession, UniqueId, User,
};

/// No text of a request is longer than this, in bytes. AWS's own limits are far below.
const LONGEST: usize = 32 * 1024;

/// A request with everything that has a say in it.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "a request with its policies, `{\"request\": …}`")]
#[schemars(rename = "Simulation")]
pub(super) struct Case<'a> {
    /// What is asked.
    request: Asked,
    /// The policies attached to the caller. Left out: not yours to see, and assumed to allow; an empty list grants
    /// nothing.
    #[serde(borrow)]
    identity_policies: Option<Vec<Named<'a>>>,
    /// The policy of the resource: a role's trust policy, a key's policy, another's.
    resource_policy: Option<Named<'a>>,
    /// The caller's permissions boundary.
    permissions_boundary: Option<Named<'a>>,
    /// The policy that the caller's session was made with.
    session_policy: Option<Named<'a>>,
    /// The service control policies that the caller's account is under: one list for each level, root first.
    #[serde(default)]
    service_control_policies: Vec<Vec<Named<'a>>>,
    /// The resource control policies that the resource's account is under: one list for each level, root first.
    #[serde(default)]
    resource_control_policies: Vec<Vec<Named<'a>>>,
    /// Grants on the key.
    #[serde(default)]
    grants: Vec<RawGrant>,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(
    deny_unknown_fields,
    expecting = "what is asked, `{\"principal\": …, \"action\": …, \"resource\": …}`"
)]
struct Asked {
    /// The ARN of a role's session, a role, a user, a federated user or an account's root, or a service's name.
    principal: String,
    /// One action: `kms:Encrypt`.
    action: String,
    /// The resource's ARN (for KMS the key's own, never an alias's), or `*` for an action without a resource.
    resource: String,
    /// The resource's account, where its ARN does not say it.
    resource_account: Option<String>,
    /// Context keys with their values. Those that follow from the request are filled in.
    #[serde(default)]
    #[schemars(with = "BTreeMap<String, serde_json::Value>")]
    context: GivenContext,
    /// Context keys that may have any value or none; `kms:*` stands for all that start so.
    #[serde(default)]
    unknown: Vec<String>,
}

/// A policy and what it is called.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "a policy with its name, `{\"name\": …, \"policy\": {…}}`")]
struct Named<'a> {
    /// What it is called in the reasons.
    #[serde(default)]
    name: String,
    /// The policy document.
    #[serde(borrow)]
    #[schemars(with = "BTreeMap<String, serde_json::Value>")]
    policy: &'a RawValue,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "a grant, `{\"grantee_principal\": …, \"operations\": […]}`")]
struct RawGrant {
    /// What it is called in the reasons.
    #[serde(default)]
    id: String,
    /// Who may use it.
    grantee_principal: String,
    /// `Encrypt`, `Decrypt`, …
    operations: Vec<String>,
    /// What must hold of the request.
    #[serde(default)]
    constraints: RawConstraints,
}

/// As the KMS API spells them.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(
    deny_unknown_fields,
    rename_all = "PascalCase",
    expecting = "a grant's constraints, `{\"EncryptionContextSubset\": {…}}`"
)]
struct RawConstraints {
    /// Pairs that the request's encryption context must hold.
    encryption_context_subset: Option<BTreeMap<String, String>>,
    /// Pairs that the request's encryption context must consist of.
    encryption_context_equals: Option<BTreeMap<String, String>>,
    /// The resource on whose behalf an AWS service must call.
    source_arn: Option<String>,
}

/// Context keys with their values.
#[derive(Debug, Default)]
struct GivenContext(BTreeMap<Key, ContextValue>);

impl<'de> Deserialize<'de> for GivenContext {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct ContextVisitor;
        impl<'de> Visitor<'de> for ContextVisitor {
            type Value = GivenContext;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("context keys with their values, `{\"aws:SourceIp\": \"203.0.113.7\"}`")
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<GivenContext, A::Error> {
                let mut all = BTreeMap::new();
                while let Some(name) = map.next_key::<String>()? {
                    let key = Key::new(&name);
                    if all.contains_key(&key) {
                        return Err(A::Error::custom(format!(
                            "context key `{name}` stands twice; upper and lower case are the same"
                        )));
                    }
                    let Value(value) = map.next_value()?;
                    all.insert(key, value);
                }
                Ok(GivenContext(all))
            }
        }
        deserializer.deserialize_map(ContextVisitor)
    }
}

/// A string, boolean or number, or a list of them.
struct Value(ContextValue);

impl<'de> Deserialize<'de> for Value {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct ValueVisitor;
        impl<'de> Visitor<'de> for ValueVisitor {
            type Value = Value;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a string, a boolean, a number, or a list of them")
            }
            fn visit_str<E: Error>(self, text: &str) -> Result<Value, E> {
                if text.len() > LONGEST {
                    return Err(E::custom(format!(
                        "a context value of {} bytes; expected at most {LONGEST}",
                        text.len()
                    )));
                }
                Ok(Value(ContextValue::Single(text.to_owned())))
            }
            fn visit_bool<E: Error>(self, value: bool) -> Result<Value, E> {
                Ok(Value(ContextValue::Single(value.to_string())))
            }
            fn visit_u64<E: Error>(self, value: u64) -> Result<Value, E> {
                Ok(Value(ContextValue::Single(value.to_string())))
            }
            fn visit_i64<E: Error>(self, value: i64) -> Result<Value, E> {
                Ok(Value(ContextValue::Single(value.to_string())))
            }
            fn visit_f64<E: Error>(self, value: f64) -> Result<Value, E> {
                Ok(Value(ContextValue::Single(value.to_string())))
            }
            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Value, A::Error> {
                let mut all = Vec::new();
                while let Some(Value(value)) = seq.next_element()? {
                    match value {
                        ContextValue::Single(text) => all.push(text),
                        _ => return Err(A::Error::custom("a list inside of a list; expected plain values")),
                    }
                }
                Ok(Value(ContextValue::Many(all)))
            }
        }
        deserializer.deserialize_any(ValueVisitor)
    }
}

impl Case<'_> {
    /// The principal, the action and the resource, as given.
    pub(super) fn asked(&self) -> (String, String, String) {
        (self.request.principal.clone(), self.request.action.clone(), self.request.resource.clone())
    }

    /// The request and the layers, or what is wrong with them. `lines` are those of the whole input.
    pub(super) fn typed(self, lines: &Lines<'_>) -> Result<(Request, Layers), String> {
        let policies = |named: Vec<Named<'_>>| -> Result<Policies, String> {
            let mut policies = Policies::default();
            for Named { name, policy } in named {
                let policy = policy.get();
                let parsed = Policy::parse_at(policy, lines.place(policy));
                policies.add(name, parsed.map_err(|error| error.to_string())?);
            }
            Ok(policies)
        };
        let one = |named: Option<Named<'_>>| named.map(|named| policies(vec![named])).transpose();
        let levels = |levels: Vec<Vec<Named<'_>>>| levels.into_iter().map(policies).collect::<Result<_, _>>();
        let grants = self.grants.into_iter().map(|grant| {
            let constraints = Constraints {
                subset: grant.constraints.encryption_context_subset,
                equals: grant.constraints.encryption_context_equals,
                source_arn: grant.constraints.source_arn,
            };
            Grant::new(grant.id, &grant.grantee_principal, grant.operations, &constraints)
        });
        let layers = Layers {
            identity: self.identity_policies.map(policies).transpose()?,
            boundary: one(self.permissions_boundary)?,
            session: one(self.session_policy)?,
            resource: one(self.resource_policy)?,
            service_control: levels(self.service_control_policies)?,
            resource_control: levels(self.resource_control_policies)?,
            grants: Grants { known: grants.collect(), unread: Vec::new() },
        };
        Ok((self.request.typed()?, layers))
    }
}

fn is_account(text: &str) -> bool {
    text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit())
}

impl Asked {
    fn typed(self) -> Result<Request, String> {
        for (what, text) in
            [("principal", &self.principal), ("action", &self.action), ("resource", &self.resource)]
        {
            if text.len() > LONGEST {
                return Err(format!("`{what}` has {} bytes; expected at most {LONGEST}", text.len()));
            }
        }
        let action = Action::new(&self.action);
        let named = self
            .action
            .split_once(':')
            .is_some_and(|(service, name)| !service.is_empty() && !name.is_empty());
        if !named || self.action.contains(['*', '?']) {
            return Err(format!("action `{}`; expected one action, like `kms:Encrypt`", self.action));
        }
        let given = |key: &str| self.context.0.get(&Key::new(key));
        let is_unknown = |key: &str| {
            let key = Key::new(key);
            self.unknown.iter().map(|unknown| Key::new(unknown)).any(|unknown| {
                unknown == key
                    || unknown.lower().strip_suffix('*').is_some_and(|prefix| key.lower().starts_with(prefix))
            })
        };
        let caller = caller(&self.principal, &given, &is_unknown)?;
        self.check_resource(&action)?;
        let resource_account = self.resource_account(&caller)?;
        let mut context = self.context()?;
        context = filled_in(context, &caller, &resource_account, &self.resource, &action);
        // What is unknown is not filled in.
        for name in &self.unknown {
            let unknown = ContextValue::unknown(Dependency::new(name, "listed as unknown"));
            context = match name.strip_suffix('*') {
                Some(prefix) => context.family(prefix, unknown),
                None => context.with(name, unknown),
            };
        }
        Ok(Request { caller, action, resource: self.resource, resource_account, context })
    }

    fn check_resource(&self, action: &Action) -> Result<(), String> {
        let resource = &self.resource;
        if resource == "*" {
            return Ok(());
        }
        match arn_parts(resource) {
            Some(["arn", _, _, _, _, of_kms]) => {
                let key = governance(action.lower(), resource) == Governance::KeyPolicy;
                if key && of_kms.starts_with("alias/") {
                    return Err(format!(
                        "resource `{resource}` is an alias; expected the ARN of the key behind it, which is what AWS \
                         matches, and the alias as context key `kms:RequestAlias`"
                    ));
                }
                Ok(())
            }
            _ => Err(format!(
                "resource `{resource}`; expected an ARN, or `*` for an action without a resource"
            )),
        }
    }

    /// The account of the resource: what is given, and what its ARN says.
    fn resource_account(&self, caller: &Caller) -> Result<String, String> {
        let of_arn = arn_parts(&self.resource).map(|[_, _, _, _, account, _]| account);
        let of_arn = of_arn.filter(|account| is_account(account));
        match (self.resource_account.as_deref(), of_arn) {
            (Some(given), _) if !is_account(given) => {
                Err(format!("resource_account `{given}`; expected twelve digits"))
            }
            (Some(given), Some(of_arn)) if given != of_arn => Err(format!(
                "resource_account `{given}` contradicts the account in `{}`; expected `{of_arn}`",
                self.resource
            )),
            (Some(account), _) | (None, Some(account)) => Ok(account.to_owned()),
            (None, None) if self.resource == "*" => Ok(caller.account().unwrap_or_default().to_owned()),
            (None, None) => Err(format!(
                "`{}` does not say whose it is; expected `resource_account` with its account",
                self.resource
            )),
        }
    }

    fn context(&self) -> Result<Context, String> {
        let mut context = Context::complete();
        let unknown: BTreeSet<Key> = self.unknown.iter().map(|unknown| Key::new(unknown)).collect();
        for (key, value) in &self.context.0 {
            if unknown.contains(key) {
                return Err(format!("context key `{}` is given and listed as unknown", key.written()));
            }
            let value = match value {
                // One value of a key that may have several is a list of one.
                ContextValue::Single(one) if is_multivalued(key) == Some(true) => {
                    ContextValue::Many(vec![one.clone()])
                }
                value => value.clone(),
            };
            context = context.with(key.written(), value);
        }
        // The keys of the encryption context keep their case here (KMS-DG conditions-kms).
        let prefix = "kms:encryptioncontext:";
        let names: Vec<String> = self
            .context
            .0
            .iter()
            .filter(|(key, _)| key.lower().starts_with(prefix))
            .filter_map(|(key, _)| key.written().get(prefix.len()..).map(str::to_owned))
            .collect();
        let listed = self.context.0.contains_key(&Key::new("kms:EncryptionContextKeys"));
        if !names.is_empty() && !listed {
            context = context.with("kms:EncryptionContextKeys", ContextValue::Many(names));
        }
        Ok(context)
    }
}

/// The keys that follow from who calls what (IAM-UG reference_policies_condition-keys), unless they are given.
fn filled_in(
    context: Context,
    caller: &Caller,
    resource_account: &str,
    resource: &str,
    action: &Action,
) -> Context {
    let kind = match caller {
        Caller::Session(_) => Some("AssumedRole"),
        Caller::User(_) => Some("User"),
        Caller::Root { .. } => Some("Account"),
        Caller::FederatedUser { .. } => Some("FederatedUser"),
        Caller::Service(_) | Caller::Federated(_) => None,
    };
    let mut context = context.or_single("aws:ResourceAccount", resource_account);
    if let (Some(account), Some(kind)) = (caller.account(), kind) {
        context = context
            .or_single("aws:PrincipalArn", caller.arn())
            .or_single("aws:PrincipalAccount", account)
            .or_single("aws:PrincipalType", kind)
            .or_single("aws:PrincipalIsAWSService", "false");
        if action.lower().starts_with("kms:") {
            context = context.or_single("kms:CallerAccount", account);
        }
    }
    match caller {
        Caller::User(user) => {
            let name = user.arn.rsplit('/').next().unwrap_or_default();
            context = context.or_single("aws:username", name);
        }
        Caller::Service(name) => {
            context = context
                .or_single("aws:PrincipalIsAWSService", "true")
                .or_single("aws:PrincipalServiceName", name);
        }
        _ => {}
    }
    match arn_parts(resource) {
        Some([_, _, _, region, _, _]) if !region.is_empty() => {
            context.or_single("aws:RequestedRegion", region)
        }
        _ => context,
    }
}

/// The caller that a principal's ARN names.
fn caller<'a>(
    principal: &str,
    given: &impl Fn(&str) -> Option<&'a ContextValue>,
    is_unknown: &impl Fn(&str) -> bool,
) -> Result<Caller, String> {
    let single = |key: &str| match given(key) {
        Some(ContextValue::Single(value)) => Some(value.as_str()),
        _ => None,
    };
    // `aws:userid` is the unique id, and behind a colon the session's name (IAM-UG reference_policies_variables).
    let unique_id = match single("aws:userid").and_then(|id| id.split(':').next()) {
        Some(id) => UniqueId::Known(id.to_owned()),
        None if is_unknown("aws:userid") => UniqueId::Unknown,
        None => UniqueId::InNoPolicy,
    };
    let expected = || {
        format!(
            "principal `{principal}`; expected the ARN of a role's session \
             (`arn:aws:sts::111122223333:assumed-role/NAME/SESSION`), a role, a user, a federated user or an account's \
             root, or a service (`ec2.amazonaws.com`)"
        )
    };
    let Some(parts) = arn_parts(principal) else {
        let provider = principal.contains('.') && !principal.contains([' ', ':', '*']);
        return match principal.strip_suffix(".amazonaws.com") {
            Some(service) if !service.is_empty() && provider => Ok(Caller::Service(principal.to_owned())),
            None if provider => Ok(Caller::Federated(principal.to_owned())),
            _ => Err(expected()),
        };
    };
    let ["arn", partition, service, "", account, resource] = parts else { return Err(expected()) };
    if !is_account(account) || resource.contains(['*', '?']) {
        return Err(expected());
    }
    let account = account.to_owned();
    let (kind, name) = resource.split_once('/').unwrap_or((resource, ""));
    match (service, kind) {
        ("sts", "assumed-role") => {
            let (role, session) = name
                .split_once('/')
                .filter(|(role, name)| !role.is_empty() && !name.is_empty())
                .ok_or_else(expected)?;
            // A session's ARN does not show its role's path; `aws:PrincipalArn` does.
            let role_arn = match single("aws:PrincipalArn") {
                Some(arn) => {
                    let of_role = arn_parts(arn).is_some_and(|[_, of, iam, _, whose, resource]| {
                        of == partition
                            && iam == "iam"
                            && whose == account
                            && resource.starts_with("role/")
                            && resource.rsplit('/').next() == Some(role)
                    });
                    if !of_role {
                        return Err(format!(
                            "aws:PrincipalArn `{arn}` is not the role of `{principal}`; expected the role's ARN, with \
                             its path"
                        ));
                    }
                    arn.to_owned()
                }
                None => format!("arn:{partition}:iam::{account}:role/{role}"),
            };
            Ok(Caller::Session(RoleSession {
                role_arn,
                path_known: single("aws:PrincipalArn").is_some(),
                account,
                role_id: unique_id,
                session_name: Some(session.to_owned()),
            }))
        }
        ("iam", "role") if !name.is_empty() => Ok(Caller::Session(RoleSession {
            role_arn: principal.to_owned(),
            path_known: true,
            account,
            role_id: unique_id,
            session_name: None,
        })),
        ("iam", "user") if !name.is_empty() => {
            Ok(Caller::User(User { arn: principal.to_owned(), account, id: unique_id }))
        }
        ("iam", "root") if name.is_empty() => Ok(Caller::Root { arn: principal.to_owned(), account }),
        ("iam", "saml-provider" | "oidc-provider") if !name.is_empty() => {
            Ok(Caller::Federated(principal.to_owned()))
        }
        ("sts", "federated-user") if !name.is_empty() => {
            Ok(Caller::FederatedUser { arn: principal.to_owned(), account })
        }
        _ => Err(expected()),
    }
}
