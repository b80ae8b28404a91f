//! What the providers compute of other attributes: resource ids and URIs, and the ids that an apply makes.

use super::principal;
use super::reader::{Reader, after_apply, not_shown};
use crate::contract::azure::VAULT_SUFFIX;
use crate::evidence::Missing;
use crate::evidence::plan::PlanLimit;
use crate::target::azure::{Scope, VaultUri};
use crate::terraform::configuration::Setting;
use crate::terraform::instances::Instance;
use crate::terraform::planned::place;

impl<'a> Reader<'a> {
    /// What a computed attribute that is known only after apply will be; none for other attributes.
    pub(super) fn computed(
        &self,
        instance: &'a Instance,
        attribute: &str,
    ) -> Option<Result<String, Missing>> {
        let symbols = &self.planned.symbols;
        let made = self.is_new(instance);
        Some(match (instance.kind.name, attribute) {
            ("azurerm_key_vault", "id") => self.vault_id(instance),
            ("azurerm_key_vault", "vault_uri") => self.vault_uri(instance),
            ("azurerm_resource_group", "id") => self.resource_group_id(instance),
            ("azurerm_key_vault_key", "resource_versionless_id") => self.key_id(instance),
            ("azurerm_key_vault_key", "resource_id") => {
                self.version_of(instance, |reader| reader.key_id(instance).map(|id| format!("{id}/versions")))
            }
            ("azurerm_key_vault_key", "versionless_id") => self.key_uri(instance),
            ("azurerm_key_vault_key", "id") => self.version_of(instance, |reader| reader.key_uri(instance)),
            ("azurerm_key_vault_key", "version") if made => {
                Ok(symbols.key_version(&place(instance, attribute)))
            }
            ("azurerm_role_definition", "role_definition_resource_id") if !instance.kind.data => {
                self.role_id(instance)
            }
            ("azurerm_role_definition", "id") if !instance.kind.data => self.role_pair(instance),
            ("azurerm_role_definition", "role_definition_id")
                if made && !self.is_set(instance, attribute) =>
            {
                Ok(symbols.guid(&place(instance, attribute)))
            }
            ("azuread_service_principal", "object_id") if principal::is_openais(self, instance) => {
                Ok(principal::id_of(self, instance).0.to_string())
            }
            // Another application's, new or not, is never OpenAI's.
            ("azuread_service_principal", "object_id") if made || principal::is_another(self, instance) => {
                Ok(symbols.guid(&place(instance, attribute)))
            }
            ("azuread_group" | "azuread_group_without_members" | "azuread_user", "object_id")
            | ("azurerm_user_assigned_identity", "principal_id")
                if made =>
            {
                Ok(symbols.guid(&place(instance, attribute)))
            }
            ("azuread_service_principal" | "azuread_group" | "azuread_group_without_members", "id") => {
                self.directory_id(instance)?
            }
            _ => return None,
        })
    }

    /// A name that nothing tells of something new: no text that was written before is the same.
    pub(super) fn name_to_be(&self, instance: &Instance, attribute: &str) -> Option<String> {
        let symbols = &self.planned.symbols;
        let name = place(instance, attribute);
        match (instance.kind.name, attribute) {
            _ if !self.is_new(instance) => None,
            ("azurerm_key_vault", "name") => Some(symbols.vault_name(&name)),
            ("azurerm_resource_group", "name") => Some(symbols.name("unknown-", &name)),
            _ => None,
        }
    }

    /// Whether an attribute is set in the configuration, or may be.
    pub(super) fn is_set(&self, instance: &Instance, attribute: &str) -> bool {
        self.planned.is_set(instance, attribute) != Some(false)
    }

    fn vault_id(&self, vault: &'a Instance) -> Result<String, Missing> {
        let subscription = self.subscription(vault)?;
        let group = self.need(vault, "resource_group_name")?;
        let name = self.need(vault, "name")?;
        Ok(format!(
            "/subscriptions/{subscription}/resourceGroups/{group}/providers/Microsoft.KeyVault/vaults/{name}"
        ))
    }

    fn vault_uri(&self, vault: &'a Instance) -> Result<String, Missing> {
        let name = self.need(vault, "name")?;
        self.public_uri(vault, &name).map(|uri| uri.to_string())
    }

    /// The URI of a vault, by its name and the cloud that the provider of an instance is configured for (Key Vault
    /// about-keys-secrets-certificates, "DNS suffixes").
    pub(super) fn public_uri(&self, instance: &Instance, name: &str) -> Result<VaultUri, Missing> {
        let unknown = |why: &str| after_apply(instance, "vault_uri", why);
        let provider = self.planned.provider(instance).unwrap_or_default();
        let configuration = self.planned.document.configuration.as_ref();
        let suffix =
            match configuration.and_then(|known| known.provider(provider)).map(|one| &one.environment) {
                Some(Setting::Unknown) => return Err(unknown("the provider's cloud, which is not known")),
                Some(Setting::To(cloud)) => suffix(cloud)
                    .ok_or_else(|| unknown(&format!("a name in the cloud `{cloud}`, which is not known")))?,
                Some(Setting::NotSet) | None => {
                    self.leave_out(PlanLimit {
                        what: format!("`{}` is taken to be in Azure's public cloud", instance.address),
                        lift: "set `environment` of the provider, or judge a plan made after the apply"
                            .into(),
                    });
                    VAULT_SUFFIX
                }
            };
        let uri = format!("https://{name}{suffix}/");
        uri.parse().map_err(|_| not_shown(instance, "name", &format!("`{name}` is no name of a vault")))
    }

    /// The cloud that the provider of a resource is configured for.
    pub(super) fn cloud(&self, instance: &Instance) -> Cloud {
        let provider = self.planned.provider(instance).unwrap_or_default();
        let configuration = self.planned.document.configuration.as_ref();
        match configuration.and_then(|known| known.provider(provider)).map(|one| &one.environment) {
            Some(Setting::NotSet) | None => Cloud::Public,
            Some(Setting::To(cloud)) if suffix(cloud) == Some(VAULT_SUFFIX) => Cloud::Public,
            Some(Setting::To(_) | Setting::Unknown) => Cloud::AnotherPerhaps,
        }
    }

    fn resource_group_id(&self, group: &'a Instance) -> Result<String, Missing> {
        let name = self.need(group, "name")?;
        Ok(format!("/subscriptions/{}/resourceGroups/{name}", self.subscription(group)?))
    }

    fn key_id(&self, key: &'a Instance) -> Result<String, Missing> {
        let name = self.need(key, "name")?;
        Ok(format!("{}/keys/{name}", self.need(key, "key_vault_id")?))
    }

    /// The key's identifier at the vault itself, without a version.
    fn key_uri(&self, key: &'a Instance) -> Result<String, Missing> {
        let Some(vault) = self.vault_of(key) else {
            return Err(after_apply(key, "versionless_id", "the URI of a vault that is not in the plan"));
        };
        let name = self.need(key, "name")?;
        Ok(format!("{}keys/{name}", self.need(vault, "vault_uri")?))
    }

    fn version_of(
        &self,
        key: &'a Instance,
        base: impl FnOnce(&Self) -> Result<String, Missing>,
    ) -> Result<String, Missing> {
        Ok(format!("{}/{}", base(self)?, self.need(key, "version")?))
    }

    /// What stands for the GUID of a role that the plan makes with one that nothing tells, as `random_uuid` makes it.
    pub(super) fn guid_to_be(&self, role: &Instance, attribute: &str) -> Option<String> {
        let is_guid = role.kind.name == "azurerm_role_definition" && attribute == "role_definition_id";
        (is_guid && self.is_new(role)).then(|| self.planned.symbols.guid(&place(role, attribute)))
    }

    fn role_id(&self, role: &'a Instance) -> Result<String, Missing> {
        let guid = self.need(role, "role_definition_id")?;
        // Where a role is kept makes no difference to what it is: its GUID names it.
        let scope = self.aside().need(role, "scope").unwrap_or_default();
        Ok(format!("{scope}/providers/Microsoft.Authorization/roleDefinitions/{guid}"))
    }

    /// azurerm writes the scope behind the role's id (azurerm documentation, `azurerm_role_definition`).
    fn role_pair(&self, role: &'a Instance) -> Result<String, Missing> {
        Ok(format!("{}|{}", self.role_id(role)?, self.need(role, "scope")?))
    }

    /// The `id` of azuread's resources is the object id up to version 2, in which a service principal has an
    /// `application_id`; since version 3 it is a path. Of others than the service principal nothing tells the version.
    fn directory_id(&self, instance: &'a Instance) -> Option<Result<String, Missing>> {
        if instance.kind.name != "azuread_service_principal" {
            return None;
        }
        let object_id = self.need(instance, "object_id");
        Some(match instance.attribute(self.side, "application_id") {
            Some(_) => object_id,
            None => object_id.map(|id| format!("/servicePrincipals/{id}")),
        })
    }

    /// The vault that a key is in, where the plan has it.
    pub(super) fn vault_of(&self, key: &'a Instance) -> Option<&'a Instance> {
        if key.attribute(self.side, "key_vault_id")?.is_known() {
            let id = self.scope(key, "key_vault_id").ok()?;
            return self.vault_with(&id);
        }
        match self.planned.referred(key, "key_vault_id") {
            Ok((vault, attribute)) if vault.kind.name == "azurerm_key_vault" && attribute == "id" => {
                Some(vault)
            }
            _ => self.aside().scope(key, "key_vault_id").ok().and_then(|id| self.vault_with(&id)),
        }
    }

    /// The vault of this id: the resource before a data source.
    pub(super) fn vault_with(&self, id: &Scope) -> Option<&'a Instance> {
        self.there_or_read("azurerm_key_vault")
            .find(|vault| self.aside().scope(vault, "id").is_ok_and(|other| other == *id))
    }

    /// The subscription that a resource is made or looked up in: that of its provider's configuration.
    pub(super) fn subscription(&self, instance: &'a Instance) -> Result<String, Missing> {
        let Some(provider) = self.planned.provider(instance) else {
            return Err(after_apply(
                instance,
                "id",
                "a subscription that the document does not show, for it has no configuration",
            ));
        };
        let configuration = self.planned.document.configuration.as_ref();
        let set = configuration.and_then(|configuration| configuration.provider(provider));
        let mut named: Vec<String> =
            set.and_then(|provider| provider.subscription_id.clone()).into_iter().collect();
        named.extend(self.subscriptions_seen(provider));
        named.iter_mut().for_each(|id| id.make_ascii_lowercase());
        named.sort();
        named.dedup();
        match named.as_slice() {
            [one] => Ok(one.clone()),
            [] if !self.names_a_subscription() => {
                Ok(self.planned.symbols.guid(&format!("the subscription of the provider `{provider}`")))
            }
            [] => Err(after_apply(
                instance,
                "id",
                &format!(
                    "the subscription of the provider `{provider}`, which nothing tells (set its `subscription_id`, or \
                     have a `data.azurerm_client_config`)"
                ),
            )),
            _ => Err(not_shown(
                instance,
                "id",
                &format!("its provider `{provider}` seems to have several subscriptions"),
            )),
        }
    }

    /// The subscriptions that other resources under the same provider's configuration show.
    fn subscriptions_seen(&self, provider: &str) -> Vec<String> {
        let under = |one: &&Instance| self.planned.provider(one) == Some(provider);
        let text = |one: &Instance, attribute: &str| one.text(self.side, attribute).map(str::to_owned);
        let own = self.there("data.azurerm_client_config").filter(under);
        let own = own.filter_map(|one| text(one, "subscription_id"));
        // One that is looked up by its id may be another.
        let looked_up = self.there("data.azurerm_subscription").filter(under);
        let looked_up = looked_up.filter(|one| !self.is_set(one, "subscription_id"));
        let looked_up = looked_up.filter_map(|one| text(one, "subscription_id"));
        let ids = ["azurerm_key_vault", "azurerm_resource_group"].into_iter();
        let ids = ids.flat_map(|kind| self.there_or_read(kind)).filter(under);
        let ids = ids.filter_map(|one| subscription_in(one.text(self.side, "id")?));
        own.chain(looked_up).chain(ids).collect()
    }

    /// Whether any subscription's id is written in the plan: a subscription that nobody knows could be that one.
    fn names_a_subscription(&self) -> bool {
        let all =
            self.planned.document.instances.iter().flat_map(|one| [&one.before, &one.applied, &one.after]);
        let mut values = all.flatten().flat_map(|object| object.values());
        values.any(|value| value.any_text(&|text| subscription_in(text).is_some()))
    }
}

/// The cloud that a provider works in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Cloud {
    /// Azure's public cloud, the default.
    Public,
    /// A sovereign one, or one that is not known.
    AnotherPerhaps,
}

/// How the hosts of a cloud's vaults end, by what the providers call it (azurerm and azuread documentation,
/// `environment`; Key Vault about-keys-secrets-certificates, "DNS suffixes").
fn suffix(cloud: &str) -> Option<&'static str> {
    Some(match cloud.to_ascii_lowercase().as_str() {
        "public" | "global" => VAULT_SUFFIX,
        "usgovernment" | "usgovernmentl4" | "usgovernmentl5" | "dod" => ".vault.usgovcloudapi.net",
        "china" => ".vault.azure.cn",
        "german" => ".vault.microsoftazure.de",
        _ => return None,
    })
}

/// The subscription in a resource id.
pub(super) fn subscription_in(id: &str) -> Option<String> {
    let scope: Scope = id.parse().ok()?;
    scope.subscription().map(|subscription| subscription.to_string())
}
