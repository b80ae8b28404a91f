//! The registration of a key in Azure Key Vault: tenant, vault and key.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{InvalidInput, holds_placeholder};

mod guid;
mod key_name;
mod organization;
mod scope;
mod vault_uri;

pub use guid::{NotAGuid, ObjectId, SubscriptionId, TenantId};
pub use key_name::{KeyName, NotAKeyName};
pub use organization::{NotAnOrganization, OrganizationId};
pub use scope::{NotAScope, Scope};
pub use vault_uri::{NotAVaultUri, VaultUri};

/// The values as the user gave them: well formed, not necessarily acceptable to OpenAI.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AzureRegistration {
    /// The tenant that the vault belongs to.
    pub tenant_id: TenantId,
    /// The vault.
    pub vault_uri: VaultUri,
    /// The key's name.
    pub key_name: KeyName,
    /// The OpenAI organization that the key is to be registered for. Not registered: the key's name holds it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub organization_id: Option<OrganizationId>,
    /// The object id of the service principal of OpenAI's application, where the user gave it. Not registered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub service_principal_id: Option<ObjectId>,
}

/// The same values, acceptable to OpenAI's API. Only of these is a cloud asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AzureTarget {
    /// The tenant that the vault belongs to.
    pub tenant: TenantId,
    /// The vault, in the public cloud.
    pub vault: VaultUri,
    /// The vault's name: the first label of its host.
    pub vault_name: String,
    /// The key's name, `org-…--…`.
    pub key_name: KeyName,
    /// The object id of the service principal of OpenAI's application, where the user gave it.
    pub service_principal: Option<ObjectId>,
}

/// The options of the command line, as text.
#[derive(Debug, Clone, Copy)]
pub struct Given<'a> {
    /// `--tenant-id`
    pub tenant_id: &'a str,
    /// `--vault-uri`
    pub vault_uri: &'a str,
    /// `--key-name`
    pub key_name: &'a str,
    /// `--organization-id`
    pub organization_id: Option<&'a str>,
    /// `--service-principal-id`
    pub service_principal_id: Option<&'a str>,
}

impl AzureRegistration {
    /// Reads the values of the command line.
    ///
    /// # Errors
    /// For text that is no id, URI or name at all, and for placeholders.
    pub fn parse(given: &Given<'_>) -> Result<Self, InvalidInput> {
        Ok(Self {
            tenant_id: TenantId::given(given.tenant_id)?,
            vault_uri: VaultUri::given(given.vault_uri)?,
            key_name: KeyName::given(given.key_name)?,
            organization_id: given.organization_id.map(OrganizationId::given).transpose()?,
            service_principal_id: given.service_principal_id.map(ObjectId::given).transpose()?,
        })
    }

    /// Everything, where OpenAI's API would accept all of it.
    pub fn target(&self) -> Option<AzureTarget> {
        self.key_name.acceptable().ok()?;
        Some(AzureTarget {
            tenant: self.tenant_id,
            vault_name: self.vault_uri.vault_name().ok()?.to_owned(),
            vault: self.vault_uri.clone(),
            key_name: self.key_name.clone(),
            service_principal: self.service_principal_id,
        })
    }
}

const EXPECTED_TENANT: &str = "the id of the vault's tenant, as `az keyvault show --query properties.tenantId` shows it: `72f988bf-86f1-41af-91ab-2d7cd011db47`";
const EXPECTED_VAULT: &str = "the vault's URI, as `az keyvault show --query properties.vaultUri` shows it: `https://contoso-ekm.vault.azure.net/`";
const EXPECTED_KEY: &str = "the key's name without vault or version: `org-AbCdEfGhIjKlMnOpQrStUvWx--openai`";
const EXPECTED_ORGANIZATION: &str =
    "the id of your OpenAI organization, `org-…`; a project's id is of no use on Azure";
const EXPECTED_SUBSCRIPTION: &str = "the id of the vault's subscription, as `az account show --query id` shows it: `0b1f6471-1bf0-4dda-aec3-cb9272f09590`";
const EXPECTED_PRINCIPAL: &str = "the object id of the service principal, as `az ad sp show --id 20a14814-5ab7-4612-a671-1382b412bf93 --query id` shows it";

/// An option of the command line that holds a value of this type.
macro_rules! given {
    ($type:ident, $option:literal, $expected:ident) => {
        impl $type {
            #[doc = concat!("Reads `", $option, "`.")]
            ///
            /// # Errors
            /// For text that is none, and for placeholders.
            pub fn given(text: &str) -> Result<Self, InvalidInput> {
                read($option, text, $expected)
            }
        }
    };
}

given!(TenantId, "--tenant-id", EXPECTED_TENANT);
given!(VaultUri, "--vault-uri", EXPECTED_VAULT);
given!(KeyName, "--key-name", EXPECTED_KEY);
given!(OrganizationId, "--organization-id", EXPECTED_ORGANIZATION);
given!(ObjectId, "--service-principal-id", EXPECTED_PRINCIPAL);
given!(SubscriptionId, "--subscription-id", EXPECTED_SUBSCRIPTION);

/// Reads one value of the command line.
fn read<T: std::str::FromStr<Err: std::fmt::Display>>(
    option: &str,
    given: &str,
    expected: &str,
) -> Result<T, InvalidInput> {
    if holds_placeholder(given) {
        Err("a placeholder was left in".to_owned())
    } else {
        given.parse().map_err(|problem: T::Err| problem.to_string())
    }
    .map_err(|problem| InvalidInput {
        option: option.into(),
        given: given.into(),
        problem,
        expected: expected.into(),
    })
}

#[cfg(test)]
mod tests;
