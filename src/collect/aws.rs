//! Reading an AWS account: who asks, the role with its policies, the key with its policy, and the organization above
//! both.
//!
//! Each call is made once, and as soon as what it depends on is known: three waves, and one more for an alias and for
//! each organizational unit above an account. Every service answers for its own idea of whose account is asked; the
//! readers below know which answers count.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use aws_config::Region;
use tokio::time::Instant;

use crate::contract;
use crate::evidence::aws::{AwsEvidence, EvidenceKey};
use crate::evidence::{Item, Missing};
use crate::target::arn::AccountId;
use crate::target::aws::{AwsTarget, KeyResource};

mod answer;
mod key;
mod once;
mod organization;
mod role;
mod session;
mod whole;

use key::KeyReader;
use once::Once;
use organization::{NamedIn, OrganizationReader};
use role::RoleReader;
use session::{Configurations, Session};

/// How to read.
#[derive(Debug, Clone)]
pub struct Options {
    /// For everything together.
    pub time_limit: Duration,
    /// Whose credentials.
    pub profiles: Profiles,
    /// What the selected checks read. Nothing else is asked, but for who asks and for what leads to these.
    pub needs: BTreeSet<EvidenceKey>,
}

/// The AWS profiles to read with; `None` is what the environment says.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Profiles {
    /// For the role.
    pub role: Option<String>,
    /// For the key.
    pub key: Option<String>,
    /// For the organization; by default the role's and the key's own.
    pub organization: Option<String>,
}

const NOT_NEEDED: &str = "no selected check reads it";

/// Reads everything that the checks need of one target. A call that fails is in the evidence as missing; nothing here
/// ends the run.
pub async fn collect(target: &AwsTarget, options: &Options) -> AwsEvidence {
    Accounts::default().collect(target, options).await
}

/// The accounts that a run reads. What was answered to one target is not asked again for another: credentials, who asks,
/// and everything about an account, its organization, a role or a key that both have.
#[derive(Debug, Default)]
pub struct Accounts {
    configurations: Configurations,
}

impl Accounts {
    /// Reads everything that the checks need of one target, as [`collect`] does.
    pub async fn collect(&self, target: &AwsTarget, options: &Options) -> AwsEvidence {
        let asked = asked(target, options);
        let sessions = Box::pin(Sessions::open(&self.configurations, target, options, &asked)).await;
        Box::pin(seen(target, &sessions, &asked)).await
    }
}

async fn seen(target: &AwsTarget, sessions: &Sessions, asked: &BTreeSet<EvidenceKey>) -> AwsEvidence {
    let role = RoleReader::new(&sessions.role, &target.role, asked.contains(&EvidenceKey::Role));
    let key = KeyReader::new(&sessions.key, &target.key);
    let role_organization = OrganizationReader::new(&sessions.role_organization);
    let another = OrganizationReader::new(&sessions.key_organization);
    // What one session is told of an organization, it need not ask again.
    let shared = Arc::ptr_eq(&sessions.role_organization, &sessions.key_organization);
    let key_organization = if shared { &role_organization } else { &another };
    let (role_account, key_account) = (target.role.account(), target.key.account());
    let named_in = async {
        let (role, key_policy, key_grants) = tokio::join!(role.role(), key.policy(), key.grants());
        NamedIn { role, key_policy, key_grants }
    };
    let openai: Option<AccountId> = contract::aws::ACCOUNT.parse().ok();
    let known: Vec<&AccountId> = [role_account, key_account].into_iter().chain(&openai).collect();

    let mut seen = nothing_asked(&Missing::not_asked("", NOT_NEEDED));
    let is = |key| asked.contains(&key);
    tokio::join!(
        fill(&mut seen.caller, is(EvidenceKey::Caller), sessions.role.caller()),
        fill(&mut seen.key_caller, is(EvidenceKey::KeyCaller), sessions.key.caller()),
        fill(&mut seen.role, is(EvidenceKey::Role), role.role()),
        fill(&mut seen.role_inline_policies, is(EvidenceKey::RoleInlinePolicies), role.inline_policies()),
        fill(
            &mut seen.role_attached_policies,
            is(EvidenceKey::RoleAttachedPolicies),
            role.attached_policies()
        ),
        fill(&mut seen.role_boundary, is(EvidenceKey::RoleBoundary), role.boundary()),
        fill(&mut seen.key, is(EvidenceKey::Key), key.key()),
        fill(&mut seen.key_policy, is(EvidenceKey::KeyPolicy), key.policy()),
        fill(&mut seen.key_aliases, is(EvidenceKey::KeyAliases), key.aliases()),
        fill(&mut seen.key_tags, is(EvidenceKey::KeyTags), key.tags()),
        fill(&mut seen.key_grants, is(EvidenceKey::KeyGrants), key.grants()),
        fill(&mut seen.key_rotation, is(EvidenceKey::KeyRotation), key.rotation()),
        fill(
            &mut seen.role_organization,
            is(EvidenceKey::RoleOrganization),
            role_organization.organization(role_account)
        ),
        fill(
            &mut seen.role_service_control_policies,
            is(EvidenceKey::RoleServiceControlPolicies),
            role_organization.service_control_policies(role_account)
        ),
        fill(
            &mut seen.role_resource_control_policies,
            is(EvidenceKey::RoleResourceControlPolicies),
            role_organization.resource_control_policies(role_account)
        ),
        fill(
            &mut seen.key_organization,
            is(EvidenceKey::KeyOrganization),
            key_organization.organization(key_account)
        ),
        fill(
            &mut seen.key_resource_control_policies,
            is(EvidenceKey::KeyResourceControlPolicies),
            key_organization.resource_control_policies(key_account)
        ),
        fill(
            &mut seen.named_accounts,
            is(EvidenceKey::NamedAccounts),
            role_organization.named_accounts(role_account, &known, named_in)
        ),
    );
    seen
}

async fn fill<T>(item: &mut Item<T>, asked: bool, read: impl Future<Output = Item<T>>) {
    if asked {
        *item = Box::pin(read).await;
    }
}

/// Evidence of a target that was not asked about.
pub fn nothing_asked(missing: &Missing) -> AwsEvidence {
    fn item<T>(missing: &Missing, call: &str) -> Item<T> {
        Item::Missing(answer::of_call(missing, call))
    }
    AwsEvidence {
        caller: item(missing, "sts:GetCallerIdentity"),
        key_caller: item(missing, "sts:GetCallerIdentity"),
        role: item(missing, "iam:GetRole"),
        role_inline_policies: item(missing, "iam:ListRolePolicies"),
        role_attached_policies: item(missing, "iam:ListAttachedRolePolicies"),
        role_boundary: item(missing, "iam:GetRole"),
        key: item(missing, "kms:DescribeKey"),
        key_policy: item(missing, "kms:GetKeyPolicy"),
        key_aliases: item(missing, "kms:ListAliases"),
        key_tags: item(missing, "kms:ListResourceTags"),
        key_grants: item(missing, "kms:ListGrants"),
        key_rotation: item(missing, "kms:GetKeyRotationStatus"),
        role_organization: item(missing, "organizations:DescribeOrganization"),
        role_service_control_policies: item(missing, "organizations:ListPoliciesForTarget"),
        role_resource_control_policies: item(missing, "organizations:ListPoliciesForTarget"),
        key_organization: item(missing, "organizations:DescribeOrganization"),
        key_resource_control_policies: item(missing, "organizations:ListPoliciesForTarget"),
        named_accounts: item(missing, "organizations:DescribeAccount"),
    }
}

/// What is asked: what is needed, what leads there, and who asks.
fn asked(target: &AwsTarget, options: &Options) -> BTreeSet<EvidenceKey> {
    use EvidenceKey as K;
    let mut asked = options.needs.clone();
    let needs = |key| options.needs.contains(&key);
    if needs(K::NamedAccounts) {
        asked.extend([K::Role, K::KeyPolicy, K::KeyGrants]);
    }
    if needs(K::RoleBoundary) {
        asked.insert(K::Role);
    }
    if [K::RoleServiceControlPolicies, K::RoleResourceControlPolicies, K::NamedAccounts]
        .into_iter()
        .any(needs)
    {
        asked.insert(K::RoleOrganization);
    }
    if needs(K::KeyResourceControlPolicies) {
        asked.insert(K::KeyOrganization);
    }
    let behind_key = [K::KeyPolicy, K::KeyAliases, K::KeyTags, K::KeyGrants, K::KeyRotation];
    let by_alias = matches!(target.key.resource(), KeyResource::Alias(_));
    if by_alias && behind_key.iter().any(|key| asked.contains(key)) {
        asked.insert(K::Key);
    }
    let (of_key, of_role) = (asked.iter().any(|key| key.of_key()), asked.iter().any(|key| !key.of_key()));
    let one_caller = options.profiles.role == options.profiles.key;
    if of_role || (one_caller && of_key) {
        asked.insert(K::Caller);
    }
    if of_key || (one_caller && of_role) {
        asked.insert(K::KeyCaller);
    }
    asked
}

/// Who asks about what; the same session wherever the profile is the same.
struct Sessions {
    role: Arc<Session>,
    key: Arc<Session>,
    role_organization: Arc<Session>,
    key_organization: Arc<Session>,
}

impl Sessions {
    /// Opens those that are needed, each once.
    async fn open(
        configurations: &Configurations,
        target: &AwsTarget,
        options: &Options,
        asked: &BTreeSet<EvidenceKey>,
    ) -> Self {
        let deadline = Instant::now() + options.time_limit;
        let opened = Once::new();
        let open = async |profile: &Option<String>, key: EvidenceKey| {
            if !asked.contains(&key) {
                return Arc::new(Session::closed(Missing::not_asked("", NOT_NEEDED)));
            }
            let region = Region::new(target.key.region().to_owned());
            let session =
                Session::open(configurations, profile.clone(), region, deadline, options.time_limit);
            opened.get(profile.clone(), async { Arc::new(session.await) }).await
        };
        let Profiles { role, key, organization } = &options.profiles;
        let or = |own| if organization.is_some() { organization } else { own };
        let (role, key, role_organization, key_organization) = tokio::join!(
            open(role, EvidenceKey::Caller),
            open(key, EvidenceKey::KeyCaller),
            open(or(role), EvidenceKey::RoleOrganization),
            open(or(key), EvidenceKey::KeyOrganization),
        );
        Self { role, key, role_organization, key_organization }
    }
}
