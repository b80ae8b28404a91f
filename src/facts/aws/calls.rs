//! OpenAI's calls as requests: who calls, on what, and what is known of the context.
//!
//! Which keys are known, absent and unknown is what OpenAI's articles let one conclude: absent is what the documented
//! setup works without and nothing says is sent; every other key of `aws:`, `sts:` and `kms:` is unknown.

use jiff::Timestamp;

use super::organization::Organizations;
use crate::contract;
use crate::evidence::Item;
use crate::evidence::aws::{AwsEvidence, Key, Role, Tags};
use crate::iam::{Action, Caller, Context, ContextValue, Dependency, Request, RoleSession, UniqueId};
use crate::target::aws::{KeyArn, KeyResource, RoleArn};

const NOT_PUBLISHED: &str = "OpenAI does not publish it";

/// The action by which OpenAI takes the customer's role.
pub(super) const ASSUME_ROLE: &str = "sts:AssumeRole";

/// Keys that neither of OpenAI's calls carries.
const ABSENT: &[&str] = &[
    "aws:CalledVia",
    "aws:CalledViaFirst",
    "aws:CalledViaLast",
    "aws:FederatedProvider",
    "aws:PrincipalServiceName",
    "aws:PrincipalServiceNamesList",
    "aws:Referer",
    "aws:SourceAccount",
    "aws:SourceArn",
    "aws:SourceIdentity",
    "aws:SourceOrgID",
    "aws:SourceOrgPaths",
    "aws:TagKeys",
    "aws:username",
    "kms:GrantIsForAWSResource",
    "kms:ViaService",
    "sts:SourceIdentity",
    "sts:TransitiveTagKeys",
];

/// Keys of sessions that an identity provider vouches for, which OpenAI's is not.
const FEDERATION: &[&str] = &[
    "accounts.google.com:",
    "cognito-identity.amazonaws.com:",
    "graph.facebook.com:",
    "saml:",
    "www.amazon.com:",
];

/// What both calls have in common, over what is known of neither.
fn common(context: Context, caller: &RoleSession, resource_account: &str, now: Timestamp) -> Context {
    without_mfa(context)
        .absent(ABSENT)
        .family("aws:RequestTag/", ContextValue::Absent)
        .single("aws:PrincipalArn", &caller.role_arn)
        .single("aws:PrincipalAccount", &caller.account)
        .single("aws:PrincipalType", "AssumedRole")
        .single("aws:PrincipalIsAWSService", "false")
        .single("aws:ViaAWSService", "false")
        .single("aws:SecureTransport", "true")
        .single("aws:ResourceAccount", resource_account)
        .single("aws:CurrentTime", now.to_string())
        .single("aws:EpochTime", now.as_second().to_string())
}

/// Without MFA the key is absent from calls with long-term credentials, and `false` in those of a session, which both
/// of OpenAI's are (IAM-UG reference_policies_condition-keys). That OpenAI's session has it is published nowhere.
fn without_mfa(context: Context) -> Context {
    context.absent(&["aws:MultiFactorAuthAge"]).with(
        "aws:MultiFactorAuthPresent",
        ContextValue::one_of(
            vec![ContextValue::Absent, ContextValue::Single("false".into())],
            Dependency::new("aws:MultiFactorAuthPresent", "absent or `false`, never `true`"),
        ),
    )
}

/// A session of OpenAI's role. Its name is shown in error messages, but not promised.
pub(super) fn openai() -> RoleSession {
    RoleSession {
        role_arn: contract::aws::ROLE_ARN.into(),
        path_known: true,
        account: contract::aws::ACCOUNT.into(),
        role_id: UniqueId::InNoPolicy,
        session_name: None,
    }
}

/// The keys that say what role is to be assumed (Service Authorization Reference, STS).
fn of_role(context: Context, tags: &Tags) -> Context {
    context.tags("aws:ResourceTag/", &tags.0).tags("iam:ResourceTag/", &tags.0)
}

/// OpenAI's call of `sts:AssumeRole` (or of one of its siblings) on the customer's role.
pub(super) fn assume_role(
    action: &str,
    role: &RoleArn,
    tags: &Tags,
    external_id: ContextValue,
    organizations: Organizations<'_>,
    now: Timestamp,
) -> Request {
    let caller = openai();
    let account = role.account().as_str();
    // A session may carry keys of the service that it runs on, and where OpenAI's runs is not published (IAM-UG
    // reference_policies_condition-keys, properties of a role session).
    let context = FEDERATION.iter().fold(Context::unknown(NOT_PUBLISHED), |context, family| {
        context.family(family, ContextValue::Absent)
    });
    let context = organizations.openai(common(context, &caller, account, now), NOT_PUBLISHED);
    Request {
        context: organizations.on_role(of_role(context, tags)).with("sts:ExternalId", external_id),
        caller: Caller::Session(caller),
        action: Action::new(action),
        resource: role.to_string(),
        resource_account: account.into(),
    }
}

/// `sts:AssumeRole` on the customer's role by somebody else, of whom only the ARN is known and `of_organization`: a
/// stranger chooses its ExternalId and everything else about its call.
///
pub(super) fn stranger(
    caller: Caller,
    of_organization: Context,
    organizations: Organizations<'_>,
    tags: &Tags,
) -> Request {
    let role = &organizations.target.role;
    let account = role.account().as_str();
    let context = organizations
        .on_role(of_role(of_organization, tags))
        .single("aws:PrincipalArn", caller.arn())
        .single("aws:PrincipalAccount", caller.account().unwrap_or_default())
        .single("aws:ResourceAccount", account);
    Request {
        caller,
        action: Action::new(ASSUME_ROLE),
        resource: role.to_string(),
        resource_account: account.into(),
        context,
    }
}

/// Why nothing is known of a stranger's call.
pub(super) const ITS_CHOICE: &str = "the caller chooses it";

/// What is known of a call by anybody, where the customer's organization is not known.
pub(super) fn anybody() -> Context {
    let organization =
        |key: &str| ContextValue::unknown(Dependency::new(key, "your organization was not read"));
    Context::unknown(ITS_CHOICE)
        .with("aws:PrincipalOrgID", organization("aws:PrincipalOrgID"))
        .with("aws:PrincipalOrgPaths", organization("aws:PrincipalOrgPaths"))
}

/// `kms:Encrypt` or `kms:Decrypt` by a session of the customer's role.
pub(super) struct UseKey<'a> {
    pub(super) action: &'a str,
    pub(super) role: &'a Role,
    pub(super) role_arn: &'a RoleArn,
    /// What `kms:DescribeKey` showed, where it could be read.
    pub(super) key: Option<&'a Key>,
    /// The key's own ARN.
    pub(super) key_arn: &'a str,
    pub(super) registered: &'a KeyArn,
    pub(super) evidence: &'a AwsEvidence,
    pub(super) organizations: Organizations<'a>,
    pub(super) now: Timestamp,
}

/// A session of the role in the hands of whoever has it.
pub(super) struct AtWill {
    pub(super) caller: Caller,
    /// What is known of its calls on the key.
    pub(super) on_key: Context,
    /// What is known of its calls on anything else.
    pub(super) elsewhere: Context,
}

/// What whoever assumes the role may choose of its session.
#[derive(Debug, Clone, Copy)]
pub(super) struct Freedom {
    /// Its tags, which override the role's (IAM-UG id_session-tags).
    pub(super) tags: bool,
    /// Its source identity (IAM-UG id_credentials_temp_control-access_monitor).
    pub(super) source_identity: bool,
    /// Whether it is made with MFA.
    pub(super) mfa: bool,
}

impl UseKey<'_> {
    /// OpenAI's call.
    pub(super) fn request(&self) -> Request {
        let caller = self.session();
        let account = self.registered.account().as_str();
        let context = common(Context::partial(&["kms"], NOT_PUBLISHED), &caller, account, self.now)
            .single("kms:EncryptionAlgorithm", contract::aws::KEY_SPEC)
            .with(
                "kms:RequestAlias",
                match self.registered.resource() {
                    KeyResource::Alias(name) => ContextValue::Single(name.clone()),
                    KeyResource::Key(_) => ContextValue::Absent,
                },
            );
        Request {
            context: self.of_key(self.of_session(context, &caller)),
            caller: Caller::Session(caller),
            action: Action::new(self.action),
            resource: self.key_arn.into(),
            resource_account: account.into(),
        }
    }

    /// Any call that the session could make: all that is known is what follows from the role, and what from the key.
    pub(super) fn at_will(&self, freedom: Freedom) -> AtWill {
        let caller = self.session();
        let issued = Dependency::new("aws:TokenIssueTime", ITS_CHOICE);
        let chosen = Context::unknown(ITS_CHOICE);
        let chosen = if freedom.mfa { chosen } else { without_mfa(chosen) };
        // What no session of a role has (IAM-UG reference_policies_condition-keys), and what it always has.
        let elsewhere = FEDERATION
            .iter()
            .fold(chosen, |context, family| context.family(family, ContextValue::Absent))
            .absent(&["aws:FederatedProvider", "aws:username"])
            .with("aws:TokenIssueTime", ContextValue::starts_with("", issued))
            .single("aws:PrincipalArn", &caller.role_arn)
            .single("aws:PrincipalAccount", &caller.account)
            .single("aws:PrincipalType", "AssumedRole")
            .single("aws:PrincipalIsAWSService", "false");
        let elsewhere =
            if freedom.source_identity { elsewhere } else { elsewhere.absent(&["aws:SourceIdentity"]) };
        let mut elsewhere = self.of_session(elsewhere, &caller);
        if freedom.tags {
            elsewhere = elsewhere.any_of_family("aws:PrincipalTag/", ITS_CHOICE);
        }
        let account = self.registered.account().as_str();
        let on_key = self.of_key(elsewhere.clone().single("aws:ResourceAccount", account));
        AtWill { caller: Caller::Session(caller), on_key, elsewhere }
    }

    fn session(&self) -> RoleSession {
        RoleSession {
            role_arn: self.role.arn.to_string(),
            path_known: true,
            account: self.role_arn.account().as_str().into(),
            role_id: UniqueId::Known(self.role.role_id.clone()),
            session_name: None,
        }
    }

    /// What follows from whose session it is.
    fn of_session(&self, context: Context, caller: &RoleSession) -> Context {
        let role_id = &self.role.role_id;
        let name = Dependency::new("aws:userid", "it ends in the session's name, which is not published");
        let context = context
            .single("kms:CallerAccount", &caller.account)
            .with("aws:userid", ContextValue::starts_with(format!("{role_id}:"), name))
            .tags("aws:PrincipalTag/", &self.role.tags.0);
        self.organizations.by_role(context)
    }

    /// What follows from the key that is used.
    fn of_key(&self, context: Context) -> Context {
        let Self { key, registered, evidence, .. } = *self;
        let mut context = context
            .single("aws:RequestedRegion", registered.region())
            .with(
                "kms:ResourceAliases",
                context_value(&evidence.key_aliases, "aws.key_aliases", |names| {
                    ContextValue::Many(names.clone())
                }),
            )
            .family(
                "aws:ResourceTag/",
                context_value(&evidence.key_tags, "aws.key_tags", |_| ContextValue::Absent),
            );
        if let Some(tags) = evidence.key_tags.collected() {
            context = context.tags("aws:ResourceTag/", &tags.0);
        }
        for (name, value) in [
            ("kms:KeySpec", key.map(|key| Some(key.spec.clone()))),
            ("kms:KeyUsage", key.map(|key| Some(key.usage.clone()))),
            ("kms:KeyOrigin", key.map(|key| Some(key.origin.clone()))),
            ("kms:MultiRegion", key.map(|key| Some(key.multi_region.to_string()))),
            (
                "kms:MultiRegionKeyType",
                key.filter(|key| key.multi_region == key.multi_region_type.is_some())
                    .map(|key| key.multi_region_type.clone()),
            ),
        ] {
            let value = match (value, &evidence.key) {
                (Some(Some(value)), _) => ContextValue::Single(value),
                (Some(None), _) => ContextValue::Absent,
                // What was read is of another key.
                (None, item) => context_value(item, "aws.key", |_| contradiction("aws.key")),
            };
            context = context.with(name, value);
        }
        self.organizations.on_key(context)
    }
}

/// A context key that would follow from evidence that contradicts other evidence.
fn contradiction(key: &str) -> ContextValue {
    ContextValue::unknown(Dependency {
        evidence: Some(key.into()),
        ..Dependency::new(key, "it contradicts what is known of the key: read it again")
    })
}

/// A context key that follows from evidence: unknown where the evidence is missing.
fn context_value<T>(item: &Item<T>, key: &str, with: impl FnOnce(&T) -> ContextValue) -> ContextValue {
    match item {
        Item::Collected(value) => with(value),
        // There is a key, so its list can't be absent.
        Item::Absent(_) => contradiction(key),
        Item::Missing(missing) | Item::Partial { missing, .. } => ContextValue::unknown(Dependency {
            on: key.into(),
            reason: missing.why(),
            permission: missing.permission.clone(),
            evidence: Some(key.into()),
        }),
    }
}
