//! The key: from its vault, and where the vault gives no answer, from Azure Resource Manager, whose reading the vault's
//! firewall does not stop (Key Vault general/network-security) and other permissions allow.

use azure_core::http::Url;
use tokio::sync::OnceCell;

use super::address::{RESOURCE_MANAGER, address};
use super::answer::{Answer, Failure, Why, absent};
use super::login::Audience;
use super::pages::every;
use super::session::Session;
use super::vault::{DATA_PLANE_VERSION, VaultReader};
use crate::evidence::azure::{Call, KeyVersion, RotationPolicy, SeenKey};
use crate::evidence::{Item, Missing};
use crate::target::azure::AzureTarget;

mod managed;
mod shape;

use managed::{ManagedKey, ManagedVersion};
use shape::{Bundle, Policy, VersionItem};

/// Key Vault's interface of Azure Resource Manager.
const VERSION: (&str, &str) = ("api-version", "2026-02-01");

/// Reads one key, each call once.
#[derive(Debug)]
pub(super) struct KeyReader<'a> {
    session: &'a Session<'a>,
    target: &'a AzureTarget,
    vault: &'a VaultReader<'a>,
    key: OnceCell<Item<SeenKey>>,
    managed: OnceCell<Result<ManagedKey, Failure>>,
}

impl<'a> KeyReader<'a> {
    pub(super) fn new(session: &'a Session<'a>, target: &'a AzureTarget, vault: &'a VaultReader<'a>) -> Self {
        Self { session, target, vault, key: OnceCell::new(), managed: OnceCell::new() }
    }

    /// The current version.
    pub(super) async fn key(&self) -> Item<SeenKey> {
        self.key.get_or_init(|| Box::pin(self.asked_for_key())).await.clone()
    }

    async fn asked_for_key(&self) -> Item<SeenKey> {
        let call = &Call::GET_KEY;
        let asked = async {
            let bundle: Bundle = self.session.get(call, Audience::Vault, self.in_vault(call, "")?).await?;
            bundle.key(self.target).map_err(|problem| Failure::unreadable(call, problem))
        };
        let failure = match self.session.first_way(call, Audience::Vault, asked).await {
            Ok(key) => return Item::Collected(SeenKey::Shown(key)),
            Err(failure) if is_no_such_key(&failure) => return absent(call),
            Err(failure) => failure,
        };
        match self.managed().await {
            Ok(managed) => match managed.key(self.target) {
                Ok(key) => Item::Collected(SeenKey::Shown(key)),
                Err(problem) => both(failure, &Failure::unreadable(&Call::ARM_GET_KEY, problem)).item(),
            },
            Err(second) if is_no_such_key(second) => absent(&Call::ARM_GET_KEY),
            Err(_) if failure.has_code("KeyDisabled") => Item::Collected(SeenKey::Disabled),
            Err(second) => both(failure, second).item(),
        }
    }

    /// All versions.
    pub(super) async fn versions(&self) -> Item<Vec<KeyVersion>> {
        let call = &Call::LIST_KEY_VERSIONS;
        let asked = async {
            let first = self.in_vault(call, "/versions")?;
            let items: Vec<VersionItem> = every(self.session, call, Audience::Vault, first).await?;
            let versions: Result<Vec<_>, _> =
                items.into_iter().map(|item| item.version(self.target)).collect();
            versions.map_err(|problem| Failure::unreadable(call, problem))
        };
        let failure = match Box::pin(self.session.first_way(call, Audience::Vault, asked)).await {
            Ok(versions) if versions.is_empty() => return self.without_versions().await,
            Ok(versions) => return Item::Collected(versions),
            Err(failure) if is_no_such_key(&failure) => return absent(call),
            Err(failure) => failure,
        };
        match Box::pin(self.managed_versions()).await {
            Ok(versions) => Item::Collected(versions),
            Err(second) if is_no_such_key(&second) => absent(&Call::ARM_LIST_KEY_VERSIONS),
            Err(second) => both(failure, &second).item(),
        }
    }

    /// A vault lists no versions of a key that it does not have; of one that it has there is always one.
    async fn without_versions(&self) -> Item<Vec<KeyVersion>> {
        match self.key().await {
            Item::Absent(absent) => Item::Absent(absent),
            _ => Failure::unreadable(&Call::LIST_KEY_VERSIONS, "the list is empty").item(),
        }
    }

    /// The rotation policy.
    pub(super) async fn rotation_policy(&self) -> Item<RotationPolicy> {
        let call = &Call::GET_ROTATION_POLICY;
        let asked = async {
            let policy: Policy =
                self.session.get(call, Audience::Vault, self.in_vault(call, "/rotationpolicy")?).await?;
            Ok(policy.evidence())
        };
        let failure = match Box::pin(self.session.first_way(call, Audience::Vault, asked)).await {
            Ok(policy) => return Item::Collected(policy),
            Err(failure) if is_no_such_key(&failure) => return absent(call),
            Err(failure) => failure,
        };
        match self.managed().await {
            Ok(managed) => match managed.rotation_policy() {
                Some(policy) => Item::Collected(policy),
                // Shown without one, it may have none, or may have one that is not shown.
                None => failure.item(),
            },
            Err(second) if is_no_such_key(second) => absent(&Call::ARM_GET_KEY),
            Err(second) => both(failure, second).item(),
        }
    }

    fn in_vault(&self, call: &Call, behind: &str) -> Answer<Url> {
        let path = format!("/keys/{}{behind}", self.target.key_name);
        address(call, self.target.vault.host(), &path, &[DATA_PLANE_VERSION])
    }

    /// The key, of Azure Resource Manager.
    async fn managed(&self) -> &Result<ManagedKey, Failure> {
        let asked = || async {
            let call = &Call::ARM_GET_KEY;
            let url = self.at_vault(call, "").await?;
            self.session.get(call, Audience::ResourceManager, url).await
        };
        self.managed.get_or_init(|| Box::pin(asked())).await
    }

    async fn managed_versions(&self) -> Answer<Vec<KeyVersion>> {
        let call = &Call::ARM_LIST_KEY_VERSIONS;
        let first = self.at_vault(call, "/versions").await?;
        let items: Vec<ManagedVersion> = every(self.session, call, Audience::ResourceManager, first).await?;
        if items.is_empty() {
            return Err(Failure::unreadable(call, "the list is empty"));
        }
        let versions: Result<Vec<_>, _> = items.into_iter().map(|item| item.version(self.target)).collect();
        versions.map_err(|problem| Failure::unreadable(call, problem))
    }

    async fn at_vault(&self, call: &Call, behind: &str) -> Answer<Url> {
        let vault = self.vault.required().await.map_err(of_evidence)?;
        let path = format!("{}/keys/{}{behind}", vault.id, self.target.key_name);
        address(call, RESOURCE_MANAGER, &path, &[VERSION])
    }
}

/// That a vault was not read, as the failure of what is asked at it.
fn of_evidence(missing: Missing) -> Failure {
    Failure { missing, why: Why::Other }
}

/// Whether the answer is that the vault has no such key: the vault's own, or Resource Manager's about a vault that was
/// just read. Codes for anything else that is not found say less.
fn is_no_such_key(failure: &Failure) -> bool {
    matches!(failure.refused(), Some((404, "KeyNotFound" | "ResourceNotFound")))
}

/// Two failures: the reason of the first, for it was the better way, with what was said of both, and with the permission
/// that the second wants where the first wants none: behind a firewall that is what helps.
fn both(first: Failure, second: &Failure) -> Failure {
    let mut both = first;
    if both.missing.detail != second.missing.detail {
        let of_second = format!("; {}: {}", second.missing.call, second.missing.detail);
        both.missing.detail.push_str(&of_second);
    }
    if both.missing.permission.is_none() {
        both.missing.permission.clone_from(&second.missing.permission);
    }
    both
}
