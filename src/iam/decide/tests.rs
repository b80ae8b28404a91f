//! One test for each of AWS's rules that changes a decision, named by it, with the page that it is from.

use super::*;
use crate::iam::Never;
use crate::iam::{
    Action, Caller, Constraints, Context, ContextValue, Grant, Grants, Layer, Policies, Policy, RoleSession,
    UniqueId,
};

const ROLE: &str = "arn:aws:iam::111122223333:role/team/ekm";
const KEY: &str = "arn:aws:kms:us-east-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab";
const ALLOW_KEY: &str = r#"{"Version": "2012-10-17", "Statement": [{"Sid": "Use", "Effect": "Allow", "Action":
    ["kms:Encrypt", "kms:Decrypt"],
    "Resource": "arn:aws:kms:us-east-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"}]}"#;
const DELEGATE: &str = r#"{"Version": "2012-10-17", "Statement": [{"Sid": "Account", "Effect": "Allow", "Principal":
    {"AWS": "arn:aws:iam::111122223333:root"}, "Action": "kms:*", "Resource": "*"}]}"#;
const NAME_ROLE: &str = r#"{"Statement": [{"Effect": "Allow", "Principal":
    {"AWS": "arn:aws:iam::111122223333:role/team/ekm"}, "Action": "kms:Encrypt", "Resource": "*"}]}"#;
const NOTHING: &str = r#"{"Statement": []}"#;
const OTHER_SERVICE: &str = r#"{"Statement": {"Effect": "Allow", "Action": "s3:*", "Resource": "*"}}"#;

/// A call of `kms:Encrypt` by a session of [`ROLE`], with what may have a say.
struct Case {
    identity: Vec<&'static str>,
    boundary: Option<&'static str>,
    key_policy: &'static str,
    grants: Vec<Grant>,
    key_account: &'static str,
    context: Context,
}

impl Default for Case {
    fn default() -> Self {
        Self {
            identity: vec![ALLOW_KEY],
            boundary: None,
            key_policy: DELEGATE,
            grants: Vec::new(),
            key_account: "111122223333",
            context: Context::partial(&["kms"], "not published").single("kms:CallerAccount", "111122223333"),
        }
    }
}

fn named(name: &str, texts: &[&str]) -> Policies {
    let mut policies = Policies::default();
    for text in texts {
        policies.add(name, Policy::parse(text).unwrap());
    }
    policies
}

fn caller() -> Caller {
    Caller::Session(RoleSession {
        role_arn: ROLE.into(),
        path_known: true,
        account: "111122223333".into(),
        role_id: UniqueId::Known("AROACURRENT".into()),
        session_name: None,
    })
}

/// A decision that outlives its case.
struct Decided {
    outcome: Outcome,
    because: Vec<(Layer, String, String)>,
    depends_on: Vec<String>,
}

impl From<Decision<'_>> for Decided {
    fn from(decision: Decision<'_>) -> Self {
        let of = |because: &Because<'_>| {
            (because.layer, because.statement_name(), because.detail.clone().into_owned())
        };
        Self {
            outcome: decision.outcome,
            because: decision.because.iter().map(of).collect(),
            depends_on: decision.names(),
        }
    }
}

impl Case {
    fn decide(self) -> Decided {
        let request = Request {
            caller: caller(),
            action: Action::new("kms:Encrypt"),
            resource: KEY.into(),
            resource_account: self.key_account.into(),
            context: self.context,
        };
        let layers = Layers {
            identity: Some(named("inline", &self.identity)),
            boundary: self.boundary.map(|text| named("boundary", &[text])),
            resource: Some(named("default", &[self.key_policy])),
            grants: Grants { known: self.grants, unread: Vec::new() },
            ..Layers::default()
        };
        decide(&request, &layers).into()
    }

    fn outcome(self) -> Outcome {
        self.decide().outcome
    }
}

fn grant_to(grantee: &str, operations: &[&str], constraints: &Constraints) -> Grant {
    let operations = operations.iter().map(|operation| (*operation).to_owned()).collect();
    Grant::new("g-1".into(), grantee, operations, constraints)
}

fn grant() -> Grant {
    grant_to(ROLE, &["Encrypt", "Decrypt"], &Constraints::default())
}

fn on(decision: &Decided) -> Vec<String> {
    decision.depends_on.clone()
}

/// KMS-DG key-policy-default: the account's statement lets the account's policies allow.
#[test]
fn the_account_principal_delegates_to_identity_policies() {
    assert_eq!(Case::default().outcome(), Outcome::Allowed);
    assert_eq!(Case { identity: vec![], ..Case::default() }.outcome(), Outcome::ImplicitlyDenied);
}

/// KMS-DG key-policies: no identity policy works unless the key's policy allows or delegates.
#[test]
fn the_key_policy_is_the_root_of_trust() {
    assert_eq!(Case { key_policy: NOTHING, ..Case::default() }.outcome(), Outcome::ImplicitlyDenied);
}

/// IAM-UG reference_policies_evaluation-logic: in one account, the key policy's naming of the role is enough.
#[test]
fn a_key_policy_that_names_the_role_needs_no_identity_policy() {
    let case = Case { identity: vec![], key_policy: NAME_ROLE, ..Case::default() };
    assert_eq!(case.outcome(), Outcome::Allowed);
}

/// IAM-UG reference_policies_evaluation-logic: deny wins, in whichever policy.
#[test]
fn an_explicit_denial_wins_in_every_layer() {
    let deny = r#"{"Statement": {"Sid": "No", "Effect": "Deny", "Action": "kms:Enc*", "Resource": "*"}}"#;
    let allow_and_deny = vec![ALLOW_KEY, deny];
    assert_eq!(Case { identity: allow_and_deny, ..Case::default() }.outcome(), Outcome::ExplicitlyDenied);
    let bounded = Case {
        boundary: Some(
            r#"{"Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"},
                {"Effect": "Deny", "Action": "kms:Encrypt", "Resource": "*"}]}"#,
        ),
        ..Case::default()
    };
    assert_eq!(bounded.outcome(), Outcome::ExplicitlyDenied);
    // In a denial the account means every principal of it (IAM-UG reference_policies_elements_principal).
    let key = Case {
        key_policy: r#"{"Statement": [{"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"},
            {"Effect": "Deny", "Principal": {"AWS": "111122223333"}, "Action": "kms:Encrypt", "Resource": "*"}]}"#,
        ..Case::default()
    };
    assert_eq!(key.outcome(), Outcome::ExplicitlyDenied);
    let granted = Case { identity: vec![deny], grants: vec![grant()], ..Case::default() };
    assert_eq!(granted.outcome(), Outcome::ExplicitlyDenied);
}

/// IAM-UG access_policies_boundaries: a boundary grants nothing, and cuts what is granted to the role's ARN.
#[test]
fn a_boundary_limits_identity_policies_and_grants_to_the_role_arn() {
    let everything = r#"{"Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}"#;
    assert_eq!(Case { boundary: Some(everything), ..Case::default() }.outcome(), Outcome::Allowed);
    let only_boundary = Case { identity: vec![], boundary: Some(everything), ..Case::default() };
    assert_eq!(only_boundary.outcome(), Outcome::ImplicitlyDenied);
    assert_eq!(
        Case { boundary: Some(OTHER_SERVICE), ..Case::default() }.outcome(),
        Outcome::ImplicitlyDenied
    );
    let by_role = Case { boundary: Some(OTHER_SERVICE), key_policy: NAME_ROLE, ..Case::default() };
    assert_eq!(by_role.outcome(), Outcome::ImplicitlyDenied);
}

/// IAM-UG reference_policies_elements_principal documents only `*` with aws:PrincipalArn.
#[test]
fn everyone_under_a_boundary_that_does_not_allow_is_not_documented() {
    let everyone =
        r#"{"Statement": {"Effect": "Allow", "Principal": "*", "Action": "kms:*", "Resource": "*"}}"#;
    assert_eq!(
        Case { identity: vec![], key_policy: everyone, ..Case::default() }.outcome(),
        Outcome::Allowed
    );
    let case = Case { boundary: Some(OTHER_SERVICE), key_policy: everyone, ..Case::default() };
    assert_eq!(on(&case.decide()), ["permissions_boundary"]);
}

/// IAM-UG reference_policies_elements_principal, "IAM role principals".
#[test]
fn everyone_narrowed_by_principal_arn_is_not_limited_by_a_boundary() {
    let narrowed = r#"{"Statement": {"Effect": "Allow", "Principal": "*", "Action": "kms:*", "Resource": "*",
        "Condition": {"ArnEquals": {"aws:PrincipalArn": "arn:aws:iam::111122223333:role/team/ekm"}}}}"#;
    let case = Case {
        identity: vec![],
        boundary: Some(OTHER_SERVICE),
        key_policy: narrowed,
        context: Context::complete().single("aws:PrincipalArn", ROLE),
        ..Case::default()
    };
    assert_eq!(case.outcome(), Outcome::Allowed);
}

/// IAM-UG reference_policies_evaluation-logic-cross-account: both sides, however the role is named.
#[test]
fn across_accounts_both_sides_must_allow() {
    let elsewhere =
        |identity, key_policy| Case { identity, key_policy, key_account: "444455556666", ..Case::default() };
    assert_eq!(elsewhere(vec![ALLOW_KEY], NAME_ROLE).outcome(), Outcome::Allowed);
    assert_eq!(elsewhere(vec![], NAME_ROLE).outcome(), Outcome::ImplicitlyDenied);
    assert_eq!(elsewhere(vec![ALLOW_KEY], NOTHING).outcome(), Outcome::ImplicitlyDenied);
    assert_eq!(elsewhere(vec![ALLOW_KEY], DELEGATE).outcome(), Outcome::Allowed);
}

/// KMS-DG key-policy-overview: PutKeyPolicy takes it, and KMS ignores it.
#[test]
fn a_key_policy_statement_without_resource_has_no_effect() {
    let without =
        r#"{"Statement": {"Effect": "Allow", "Principal": {"AWS": "111122223333"}, "Action": "kms:*"}}"#;
    let decision = Case { key_policy: without, ..Case::default() }.decide();
    assert_eq!(decision.outcome, Outcome::ImplicitlyDenied);
    assert_eq!(decision.because[0].2, "it has no Resource, so KMS ignores it");
}

/// KMS-DG key-policy-default: the statement delegates its own actions under its own conditions.
#[test]
fn delegation_is_limited_to_the_statements_actions_and_conditions() {
    let only_decrypt = r#"{"Statement": {"Effect": "Allow", "Principal": {"AWS": "111122223333"},
        "Action": "kms:Decrypt", "Resource": "*"}}"#;
    assert_eq!(Case { key_policy: only_decrypt, ..Case::default() }.outcome(), Outcome::ImplicitlyDenied);
    let other_caller = r#"{"Statement": {"Effect": "Allow", "Principal": {"AWS": "111122223333"}, "Action": "kms:*",
        "Resource": "*", "Condition": {"StringEquals": {"kms:CallerAccount": "444455556666"}}}}"#;
    assert_eq!(Case { key_policy: other_caller, ..Case::default() }.outcome(), Outcome::ImplicitlyDenied);
}

/// KMS-DG cmks-in-iam-policies: the resource of a cryptographic call is the key's ARN.
#[test]
fn an_alias_as_resource_gives_nothing_and_is_said_to() {
    let alias = r#"{"Statement": {"Sid": "Alias", "Effect": "Allow", "Action": "kms:Encrypt",
        "Resource": "arn:aws:kms:us-east-1:111122223333:alias/ekm"}}"#;
    let decision = Case { identity: vec![alias], ..Case::default() }.decide();
    assert_eq!(decision.outcome, Outcome::ImplicitlyDenied);
    let (layer, statement, detail) = &decision.because[1];
    assert_eq!((*layer, statement.as_str()), (Layer::IdentityPolicy, "Alias"));
    assert!(detail.starts_with("its Resource is an alias"), "{detail}");
}

/// KMS-DG conditions-kms: present only when a service calls for the principal.
#[test]
fn kms_via_service_is_absent_in_a_direct_call() {
    let context = || Context::partial(&["kms"], "not published").with("kms:ViaService", ContextValue::Absent);
    let via = r#"{"Statement": {"Effect": "Allow", "Action": "kms:*", "Resource": "*",
        "Condition": {"StringEquals": {"kms:ViaService": "s3.us-east-1.amazonaws.com"}}}}"#;
    assert_eq!(
        Case { identity: vec![via], context: context(), ..Case::default() }.outcome(),
        Outcome::ImplicitlyDenied
    );
    let not_via = r#"{"Statement": {"Effect": "Deny", "Action": "kms:*", "Resource": "*",
        "Condition": {"StringNotEquals": {"kms:ViaService": "s3.us-east-1.amazonaws.com"}}}}"#;
    let case = Case { identity: vec![ALLOW_KEY, not_via], context: context(), ..Case::default() };
    assert_eq!(case.outcome(), Outcome::ExplicitlyDenied);
}

/// OpenAI publishes no addresses: a condition on them is a dependency, wherever it stands.
#[test]
fn a_condition_on_an_unknown_key_is_a_dependency_unless_something_else_decides() {
    let from = r#"{"Statement": {"Effect": "Allow", "Action": "kms:*", "Resource": "*",
        "Condition": {"IpAddress": {"aws:SourceIp": "203.0.113.0/24"}}}}"#;
    let denied = r#"{"Statement": {"Effect": "Deny", "Action": "kms:*", "Resource": "*",
        "Condition": {"NotIpAddress": {"aws:SourceIp": "203.0.113.0/24"}}}}"#;
    let decision = Case { identity: vec![from], ..Case::default() }.decide();
    assert_eq!((decision.outcome, on(&decision)), (Outcome::Depends, vec!["aws:SourceIp".to_owned()]));
    let decision = Case { identity: vec![ALLOW_KEY, denied], ..Case::default() }.decide();
    assert_eq!((decision.outcome, on(&decision)), (Outcome::Depends, vec!["aws:SourceIp".to_owned()]));
    assert_eq!(Case { identity: vec![from, ALLOW_KEY], ..Case::default() }.outcome(), Outcome::Allowed);
    let nothing_allows = Case { identity: vec![denied], ..Case::default() };
    assert_eq!(nothing_allows.outcome(), Outcome::ImplicitlyDenied);
}

/// KMS-DG grants: a grant allows by itself.
#[test]
fn a_grant_allows_without_any_policy() {
    let case = || Case { identity: vec![], key_policy: NOTHING, grants: vec![grant()], ..Case::default() };
    assert_eq!(case().outcome(), Outcome::Allowed);
    let other_operation = grant_to(ROLE, &["DescribeKey"], &Constraints::default());
    assert_eq!(Case { grants: vec![other_operation], ..case() }.outcome(), Outcome::ImplicitlyDenied);
    let other_grantee = grant_to("arn:aws:iam::111122223333:role/ekm", &["Encrypt"], &Constraints::default());
    assert_eq!(Case { grants: vec![other_grantee], ..case() }.outcome(), Outcome::ImplicitlyDenied);
}

/// KMS API GrantConstraints; and whether a boundary cuts a grant is documented nowhere.
#[test]
fn a_grants_constraints_and_a_boundary_are_dependencies() {
    let case = |grant| Case { identity: vec![], key_policy: NOTHING, grants: vec![grant], ..Case::default() };
    let pairs = std::collections::BTreeMap::from([("app".to_owned(), "ekm".to_owned())]);
    let subset = Constraints { subset: Some(pairs), ..Constraints::default() };
    let constrained = grant_to(ROLE, &["Encrypt"], &subset);
    assert_eq!(on(&case(constrained).decide()), ["kms:EncryptionContext:app"]);
    let bounded = Case { boundary: Some(OTHER_SERVICE), ..case(grant()) };
    assert_eq!(on(&bounded.decide()), ["permissions_boundary"]);
    let source_arn = Some("arn:aws:s3:::logs".to_owned());
    let for_service = grant_to(ROLE, &["Encrypt"], &Constraints { source_arn, ..Constraints::default() });
    let context = Context::complete();
    assert_eq!(Case { context, ..case(for_service) }.outcome(), Outcome::ImplicitlyDenied);
}

/// IAM-UG reference_policies_elements_notprincipal: whom it spares takes account, role, session and boundary.
#[test]
fn not_principal_is_decided_only_where_it_does_not_concern_the_caller() {
    let policy = |spared| {
        format!(
            r#"{{"Statement": [{{"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"}},
                {{"Effect": "Deny", "NotPrincipal": {{"AWS": "{spared}"}}, "Action": "kms:*", "Resource": "*"}}]}}"#
        )
    };
    let decide = |text: &str| {
        let key = text.to_owned().leak();
        Case { key_policy: key, ..Case::default() }.decide()
    };
    assert_eq!(decide(&policy("arn:aws:iam::444455556666:root")).outcome, Outcome::ExplicitlyDenied);
    assert_eq!(on(&decide(&policy(ROLE))), ["NotPrincipal"]);
}

/// IAM-UG reference_identifiers: a role made anew is not the one whose id the policy shows.
#[test]
fn a_deleted_roles_id_in_the_key_policy_grants_nothing() {
    let old = r#"{"Statement": {"Effect": "Allow", "Principal": {"AWS": "AROAOLD"}, "Action": "*", "Resource": "*"}}"#;
    assert_eq!(Case { key_policy: old, ..Case::default() }.outcome(), Outcome::ImplicitlyDenied);
}

/// What could not be read may allow and may deny.
#[test]
fn an_unread_policy_makes_the_decision_depend_on_its_layer() {
    let unread = Dependency {
        on: "identity_policy".into(),
        reason: "denied".into(),
        permission: Some("iam:GetRolePolicy".into()),
        evidence: Some("aws.role_inline_policies".into()),
    };
    let request = Request {
        caller: caller(),
        action: Action::new("kms:Encrypt"),
        resource: KEY.into(),
        resource_account: "111122223333".into(),
        context: Context::complete(),
    };
    let mut identity = named("inline", &[ALLOW_KEY]);
    identity.unread.push(unread.clone());
    let layers = Layers {
        identity: Some(identity),
        resource: Some(named("default", &[DELEGATE])),
        ..Layers::default()
    };
    let decision = decide(&request, &layers);
    assert_eq!(decision.outcome, Outcome::Depends);
    assert_eq!(decision.depends_on, [unread]);
}

/// IAM-UG reference_policies_elements_notprincipal: a trust policy has no resources, and the foreign role's own
/// policies are not ours to see.
#[test]
fn a_trust_policy_decides_alone() {
    let decide_trust = |policy: &str, external_id: Option<&str>| {
        let openai = RoleSession {
            role_arn: "arn:aws:iam::790389265272:role/EnterpriseKeyManagement".into(),
            path_known: true,
            account: "790389265272".into(),
            role_id: UniqueId::InNoPolicy,
            session_name: None,
        };
        let id = external_id.map_or(ContextValue::Absent, |id| ContextValue::Single(id.into()));
        let request = Request {
            caller: Caller::Session(openai),
            action: Action::new("sts:AssumeRole"),
            resource: ROLE.into(),
            resource_account: "111122223333".into(),
            context: Context::complete().with("sts:ExternalId", id),
        };
        let layers = Layers { resource: Some(named("ekm", &[policy])), ..Layers::default() };
        Decided::from(decide(&request, &layers))
    };
    let policy = r#"{"Version": "2012-10-17", "Statement": [{"Effect": "Allow",
        "Principal": {"AWS": "arn:aws:iam::790389265272:role/EnterpriseKeyManagement"}, "Action": "sts:AssumeRole",
        "Condition": {"StringEquals": {"sts:ExternalId": "org-a"}}}]}"#;
    assert_eq!(decide_trust(policy, Some("org-a")).outcome, Outcome::Allowed);
    // IAM-UG id_roles_create_for-user_externalid: the key is there only when it is passed.
    assert_eq!(decide_trust(policy, None).outcome, Outcome::ImplicitlyDenied);
    let wrong = decide_trust(policy, Some("org-b"));
    assert_eq!(wrong.outcome, Outcome::ImplicitlyDenied);
    assert_eq!(
        wrong.because[0].2,
        "its Condition StringEquals sts:ExternalId `org-a` does not hold: the call has `org-b`"
    );
    let account = policy.replace("role/EnterpriseKeyManagement", "root");
    assert_eq!(decide_trust(&account, Some("org-a")).outcome, Outcome::Allowed);
    let sibling = policy.replace("role/EnterpriseKeyManagement", "role/CustomerStorage");
    assert_eq!(decide_trust(&sibling, Some("org-a")).outcome, Outcome::ImplicitlyDenied);
}

/// IAM-UG reference_policies_condition-keys: of two possibilities only their common answer is certain.
#[test]
fn a_key_that_is_absent_or_false_is_never_true() {
    let context = || {
        Context::partial(&["kms"], "not published").with(
            "aws:MultiFactorAuthPresent",
            ContextValue::one_of(
                vec![ContextValue::Absent, ContextValue::Single("false".into())],
                Dependency::new("aws:MultiFactorAuthPresent", "absent or `false`"),
            ),
        )
    };
    let deny = |condition: &str| {
        format!(
            r#"{{"Statement": {{"Effect": "Deny", "Action": "*", "Resource": "*", "Condition": {condition}}}}}"#
        )
    };
    let outcome = |condition: &str| {
        let deny: &'static str = deny(condition).leak();
        Case { identity: vec![ALLOW_KEY, deny], context: context(), ..Case::default() }.outcome()
    };
    assert_eq!(outcome(r#"{"Bool": {"aws:MultiFactorAuthPresent": "true"}}"#), Outcome::Allowed);
    assert_eq!(
        outcome(r#"{"BoolIfExists": {"aws:MultiFactorAuthPresent": "false"}}"#),
        Outcome::ExplicitlyDenied
    );
    assert_eq!(outcome(r#"{"Bool": {"aws:MultiFactorAuthPresent": "false"}}"#), Outcome::Depends);
}

/// KMS-DG conditions-kms: for IAM policies only.
#[test]
fn kms_resource_aliases_is_not_decided_in_a_key_policy() {
    let context =
        || Context::complete().with("kms:ResourceAliases", ContextValue::Many(vec!["alias/ekm".into()]));
    let condition = r#""Condition": {"ForAnyValue:StringEquals": {"kms:ResourceAliases": "alias/ekm"}}"#;
    let in_key: &'static str = format!(
        r#"{{"Statement": {{"Effect": "Allow", "Principal": {{"AWS": "{ROLE}"}}, "Action": "kms:*", "Resource": "*",
            {condition}}}}}"#
    )
    .leak();
    let decision = Case { key_policy: in_key, context: context(), ..Case::default() }.decide();
    assert_eq!(on(&decision), ["kms:ResourceAliases"]);
    let in_identity: &'static str =
        format!(r#"{{"Statement": {{"Effect": "Allow", "Action": "kms:*", "Resource": "*", {condition}}}}}"#)
            .leak();
    assert_eq!(
        Case { identity: vec![in_identity], context: context(), ..Case::default() }.outcome(),
        Outcome::Allowed
    );
}

/// IAM-UG access_tags: tag keys are case-insensitive in conditions, and KMS keeps two that differ in case alone.
#[test]
fn two_tags_that_differ_in_case_are_not_decided() {
    let tags = std::collections::BTreeMap::from([
        ("Env".to_owned(), "prod".to_owned()),
        ("env".to_owned(), "dev".to_owned()),
    ]);
    let context = Context::complete().tags("aws:ResourceTag/", &tags);
    let policy = r#"{"Statement": {"Effect": "Allow", "Action": "kms:*", "Resource": "*",
        "Condition": {"StringEquals": {"aws:ResourceTag/ENV": "dev"}}}}"#;
    assert_eq!(Case { identity: vec![policy], context, ..Case::default() }.outcome(), Outcome::Depends);
}

/// A session's name is not known, so a grant to one session may be a grant to this one.
#[test]
fn a_grant_to_a_session_depends_on_its_name() {
    let session = "arn:aws:sts::111122223333:assumed-role/ekm/OpenAI-EKM-Service";
    let to_session = grant_to(session, &["Encrypt"], &Constraints::default());
    let case = Case { identity: vec![], key_policy: NOTHING, grants: vec![to_session], ..Case::default() };
    assert_eq!(on(&case.decide()), ["session name"]);
}

/// IAM-UG reference_policies_elements_notprincipal: not supported with Allow.
#[test]
fn not_principal_that_allows_is_not_decided() {
    let policy = r#"{"Statement": {"Effect": "Allow", "NotPrincipal": {"AWS": "444455556666"}, "Action": "kms:*",
        "Resource": "*"}}"#;
    assert_eq!(
        on(&Case { identity: vec![], key_policy: policy, ..Case::default() }.decide()),
        ["NotPrincipal"]
    );
}

/// IAM-UG reference_policies_variables: in the last part of a resource's ARN only. A value's colons make no new parts.
#[test]
fn a_variable_in_front_of_the_last_part_is_not_decided() {
    let context = || Context::complete().single("aws:PrincipalAccount", "111122223333");
    let policy = r#"{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "kms:*",
        "Resource": "arn:aws:kms:us-east-1:${aws:PrincipalAccount}:key/*"}}"#;
    let decision = Case { identity: vec![policy], context: context(), ..Case::default() }.decide();
    assert_eq!(on(&decision), ["Resource"]);
    let last = r#"{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "kms:*",
        "Resource": "arn:aws:kms:us-east-1:111122223333:key/${aws:PrincipalTag/key, '*'}"}}"#;
    let decision = Case { identity: vec![last], context: context(), ..Case::default() }.decide();
    assert_eq!(decision.outcome, Outcome::ImplicitlyDenied, "a default's wildcard is literal");
}

/// A key that OpenAI does not publish, and that is never the customer's own: only what asks for another value is open.
#[test]
fn a_key_that_is_never_some_value_does_not_have_it() {
    let context = || {
        let dependency = Dependency::new("aws:PrincipalOrgID", "never yours");
        Context::complete()
            .with("aws:PrincipalOrgID", ContextValue::never(vec![Never::Text("o-mine".into())], dependency))
    };
    let outcome = |operator: &str, value: &str| {
        let policy: &'static str = format!(
            r#"{{"Statement": {{"Effect": "Allow", "Action": "kms:*", "Resource": "*",
                "Condition": {{"{operator}": {{"aws:PrincipalOrgID": "{value}"}}}}}}}}"#
        )
        .leak();
        Case { identity: vec![policy], context: context(), ..Case::default() }.outcome()
    };
    assert_eq!(outcome("StringEquals", "o-mine"), Outcome::ImplicitlyDenied);
    assert_eq!(outcome("StringNotEquals", "o-mine"), Outcome::Allowed);
    assert_eq!(outcome("StringEquals", "o-other"), Outcome::Depends);
    assert_eq!(outcome("StringLike", "o-m*"), Outcome::Depends);
    assert_eq!(outcome("StringEqualsIfExists", "o-mine"), Outcome::Depends, "it may be absent");
}

/// A denial that applies for every value of what is not known is named as one.
#[test]
fn a_denial_that_applies_whatever_is_unknown_is_named() {
    let policy = r#"{"Statement": [{"Effect": "Allow", "Action": "kms:*", "Resource": "*"},
        {"Sid": "Out", "Effect": "Deny", "Action": "kms:*", "Resource": "*",
            "Condition": {"StringNotEqualsIfExists": {"aws:PrincipalOrgID": "o-mine"}}}]}"#;
    let never = ContextValue::never(
        vec![Never::Text("o-mine".into())],
        Dependency::new("aws:PrincipalOrgID", "never yours"),
    );
    let context = Context::complete().with("aws:PrincipalOrgID", never);
    let case = Case { identity: vec![policy], context, ..Case::default() };
    let decision = case.decide();
    assert_eq!(decision.outcome, Outcome::ExplicitlyDenied);
    let (layer, statement, detail) = &decision.because[0];
    assert_eq!((*layer, statement.as_str()), (Layer::IdentityPolicy, "Out"));
    assert_eq!(detail, "whatever aws:PrincipalOrgID is");
    assert_eq!(decision.because.len(), 1);
}

/// The paths of another organization start with its id (IAM-UG reference_policies_condition-keys).
#[test]
fn a_key_that_never_starts_so_is_matched_by_no_pattern_that_does() {
    let context = || {
        let key = "aws:PrincipalOrgPaths";
        let never = vec![Never::Start("o-mine/".into())];
        Context::complete().with(key, ContextValue::never(never, Dependency::new(key, "never yours")))
    };
    let outcome = |operator: &str, value: &str| {
        let policy: &'static str = format!(
            r#"{{"Statement": {{"Effect": "Allow", "Action": "kms:*", "Resource": "*",
                "Condition": {{"{operator}": {{"aws:PrincipalOrgPaths": "{value}"}}}}}}}}"#
        )
        .leak();
        Case { identity: vec![policy], context: context(), ..Case::default() }.outcome()
    };
    assert_eq!(outcome("ForAnyValue:StringLike", "o-mine/r-1/*"), Outcome::ImplicitlyDenied);
    assert_eq!(outcome("ForAnyValue:StringEquals", "o-mine/r-1/"), Outcome::ImplicitlyDenied);
    assert_eq!(outcome("ForAnyValue:StringLike", "o-other/*"), Outcome::Depends);
    assert_eq!(outcome("ForAllValues:StringNotLike", "o-mine/*"), Outcome::Allowed);
}

/// IAM-UG reference_policies_variables: `aws:userid` of a role's session is the role's id, a colon and the name.
#[test]
fn the_start_of_a_value_may_decide() {
    let context = || {
        let dependency = Dependency::new("aws:userid", "the session's name is not known");
        Context::complete().with("aws:userid", ContextValue::starts_with("AROA1:", dependency))
    };
    let outcome = |operator: &str, values: &str| {
        let policy: &'static str = format!(
            r#"{{"Statement": {{"Effect": "Allow", "Action": "kms:*", "Resource": "*",
                "Condition": {{"{operator}": {{"aws:userId": {values}}}}}}}}}"#
        )
        .leak();
        Case { identity: vec![policy], context: context(), ..Case::default() }.outcome()
    };
    assert_eq!(outcome("StringLike", r#"["AROA1:*", "AIDA1"]"#), Outcome::Allowed);
    assert_eq!(outcome("StringNotLike", r#""AROA1:*""#), Outcome::ImplicitlyDenied);
    assert_eq!(outcome("StringLike", r#""AROA2:*""#), Outcome::ImplicitlyDenied);
    assert_eq!(outcome("StringEquals", r#""AROA1""#), Outcome::ImplicitlyDenied);
    assert_eq!(outcome("StringEquals", r#""AROA1:x""#), Outcome::Depends);
    assert_eq!(outcome("Null", "true"), Outcome::ImplicitlyDenied);
}

/// A tag that one statement takes for a Boolean and another for a text may be that text.
#[test]
fn a_key_that_is_read_as_boolean_and_as_text_may_be_either() {
    let policy = r#"{"Statement": [{"Effect": "Allow", "Action": "kms:*", "Resource": "*",
            "Condition": {"BoolIfExists": {"aws:PrincipalTag/live": ["true", "false"]}}},
        {"Effect": "Deny", "Action": "kms:*", "Resource": "*",
            "Condition": {"StringEquals": {"aws:PrincipalTag/live": "frozen"}}}]}"#;
    let context = Context::partial(&["kms"], "not published");
    let decision = Case { identity: vec![policy], context, ..Case::default() }.decide();
    assert_eq!(
        (decision.outcome, on(&decision)),
        (Outcome::Depends, vec!["aws:PrincipalTag/live".to_owned()])
    );
}
