//! The URI of a vault, in the one form that OpenAI publishes: `https://NAME.vault.azure.net/`.

use std::fmt;
use std::str::FromStr;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use thiserror::Error;
use url::{Host, Url};

use crate::contract::azure::VAULT_SUFFIX;
use crate::target::Unacceptable;

/// The URI of something that may be a vault: `https`, a host, and nothing else. Case, the port 443, a missing scheme
/// and a missing slash at the end make no difference, and are not kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "String", into = "String")]
#[schemars(with = "String", extend("format" = "uri"))]
pub struct VaultUri {
    host: String,
}

/// Text that is no URI of a vault.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum NotAVaultUri {
    /// Text that is no URI.
    #[error("not a URI")]
    NotAUri,
    /// Another scheme than https.
    #[error("the scheme is `{0}`, a vault is reached by `https` only")]
    Scheme(String),
    /// A user, a port, a query or a fragment.
    #[error("a vault's URI has no user, port, query or fragment")]
    More,
    /// The identifier of a key, or of something else in the vault.
    #[error("this is the URI of something in the vault, not of the vault (a key goes into --key-name)")]
    Path,
}

/// Hosts that are no vaults of the public cloud, by their end, and why OpenAI can't use them (Key Vault
/// about-keys-secrets-certificates, "DNS suffixes"; private-link-service).
const OTHER_HOSTS: [(&str, &str); 9] = [
    (".privatelink.vaultcore.azure.net", PRIVATE),
    (".vaultcore.azure.net", PRIVATE),
    (".privatelink.vault.azure.net", PRIVATE),
    (".managedhsm.azure.net", MANAGED_HSM),
    (".managedhsm.azure.cn", MANAGED_HSM),
    (".managedhsm.usgovcloudapi.net", MANAGED_HSM),
    (".vault.azure.cn", SOVEREIGN),
    (".vault.usgovcloudapi.net", SOVEREIGN),
    (".vault.microsoftazure.de", SOVEREIGN),
];
const PRIVATE: &str = "is the name of a private endpoint, which OpenAI can't reach";
const MANAGED_HSM: &str = "is a Managed HSM; OpenAI's registration and role are for the keys of vaults";
const SOVEREIGN: &str =
    "is a vault of a sovereign cloud, in which OpenAI's application can't have a service principal";

impl VaultUri {
    /// The host.
    pub fn host(&self) -> &str {
        &self.host
    }

    /// The vault's name, where this is a vault of the public cloud. A name has 3 to 24 letters, digits and single
    /// hyphens, begins with a letter and ends with a letter or digit (Azure resource naming rules, Microsoft.KeyVault).
    ///
    /// # Errors
    /// Why OpenAI could not use it, in a sentence.
    pub fn vault_name(&self) -> Result<&str, Unacceptable> {
        if let Some((_, why)) = OTHER_HOSTS.iter().find(|(end, _)| self.host.ends_with(end)) {
            return Err(Unacceptable(format!("`{}` {why}", self.host)));
        }
        let Some(name) = self.host.strip_suffix(VAULT_SUFFIX) else {
            return Err(Unacceptable(format!(
                "`{}` is no host of a vault: expected `https://NAME{VAULT_SUFFIX}/`",
                self.host
            )));
        };
        let named = (3..=24).contains(&name.len())
            && name.chars().all(|character| character.is_ascii_alphanumeric() || character == '-')
            && name.starts_with(|first: char| first.is_ascii_alphabetic())
            && !name.ends_with('-')
            && !name.contains("--");
        if !named {
            return Err(Unacceptable(format!(
                "`{name}` is no name of a vault: expected 3 to 24 letters, digits and single hyphens, a letter first"
            )));
        }
        Ok(name)
    }
}

impl FromStr for VaultUri {
    type Err = NotAVaultUri;

    fn from_str(text: &str) -> Result<Self, NotAVaultUri> {
        if text.len() > 2048 || !text.chars().all(|character| character.is_ascii_graphic()) {
            return Err(NotAVaultUri::NotAUri);
        }
        let whole = if text.contains("://") { text.to_owned() } else { format!("https://{text}") };
        let url = Url::parse(&whole).map_err(|_| NotAVaultUri::NotAUri)?;
        if url.scheme() != "https" {
            return Err(NotAVaultUri::Scheme(url.scheme().to_owned()));
        }
        let Some(Host::Domain(host)) = url.host() else { return Err(NotAVaultUri::NotAUri) };
        let bare = url.username().is_empty() && url.password().is_none();
        if !bare || url.port().is_some() || url.query().is_some() || url.fragment().is_some() {
            return Err(NotAVaultUri::More);
        }
        if url.path() != "/" {
            return Err(NotAVaultUri::Path);
        }
        Ok(Self { host: host.trim_end_matches('.').to_owned() })
    }
}

impl fmt::Display for VaultUri {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "https://{}/", self.host)
    }
}

serialized_as_text!(VaultUri, NotAVaultUri);
