//! A vault, in the shape of Azure Resource Manager (Key Vault REST API, Vaults - Get).

use serde::Deserialize;

use crate::evidence::azure::{AccessPolicy, NetworkRules, Vault};
use crate::target::azure::{ObjectId, Scope, TenantId, VaultUri};

/// A vault, as it is shown.
#[derive(Debug, Deserialize)]
pub(super) struct Shown {
    id: Scope,
    properties: Properties,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Properties {
    tenant_id: TenantId,
    vault_uri: Option<VaultUri>,
    enable_rbac_authorization: Option<bool>,
    access_policies: Option<Vec<Policy>>,
    public_network_access: Option<String>,
    network_acls: Option<Rules>,
    private_endpoint_connections: Option<Vec<PrivateEndpoint>>,
    enable_purge_protection: Option<bool>,
    provisioning_state: Option<String>,
}

#[derive(Debug, Deserialize)]
struct PrivateEndpoint {
    properties: Option<PrivateEndpointProperties>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct PrivateEndpointProperties {
    private_link_service_connection_state: Option<ConnectionState>,
}

#[derive(Debug, Deserialize)]
struct ConnectionState {
    status: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Policy {
    tenant_id: TenantId,
    object_id: ObjectId,
    /// Empty where nobody acts for the principal, in some answers.
    application_id: Option<String>,
    permissions: Permissions,
}

#[derive(Debug, Deserialize)]
struct Permissions {
    keys: Option<Vec<String>>,
    secrets: Option<Vec<String>>,
    certificates: Option<Vec<String>>,
    storage: Option<Vec<String>>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Rules {
    default_action: Option<String>,
    bypass: Option<String>,
    ip_rules: Option<Vec<IpRule>>,
    virtual_network_rules: Option<Vec<VirtualNetworkRule>>,
}

#[derive(Debug, Deserialize)]
struct IpRule {
    value: String,
}

#[derive(Debug, Deserialize)]
struct VirtualNetworkRule {
    id: String,
}

impl Shown {
    /// As evidence.
    ///
    /// # Errors
    /// What is missing or odd, in a sentence.
    pub(super) fn vault(self) -> Result<Vault, String> {
        let properties = self.properties;
        let policies = properties.access_policies.unwrap_or_default();
        let private_endpoints = properties.private_endpoint_connections.unwrap_or_default();
        let private_endpoints = private_endpoints.iter().filter(|endpoint| endpoint.is_connected()).count();
        Ok(Vault {
            id: self.id,
            tenant_id: properties.tenant_id,
            vault_uri: properties.vault_uri.ok_or("the vault is shown without its URI")?,
            rbac_authorization: properties.enable_rbac_authorization,
            access_policies: policies.into_iter().map(Policy::evidence).collect::<Result<_, _>>()?,
            public_network_access: properties.public_network_access,
            network_rules: properties.network_acls.map(Rules::evidence),
            private_endpoints: private_endpoints
                .try_into()
                .map_err(|_| "the vault is shown with too many private endpoints")?,
            purge_protection: properties.enable_purge_protection,
            provisioning_state: properties.provisioning_state,
        })
    }
}

impl PrivateEndpoint {
    /// Whether it is connected, and not waiting, refused or cut off (Key Vault general/private-link-service, "Manage a
    /// private endpoint connection").
    fn is_connected(&self) -> bool {
        let properties = self.properties.as_ref();
        let state =
            properties.and_then(|properties| properties.private_link_service_connection_state.as_ref());
        let status = state.and_then(|state| state.status.as_deref());
        status.is_none_or(|status| status.eq_ignore_ascii_case("Approved"))
    }
}

impl Policy {
    fn evidence(self) -> Result<AccessPolicy, String> {
        let application_id = self.application_id.filter(|id| !id.is_empty()).map(|id| id.parse());
        let Permissions { keys, secrets, certificates, storage } = self.permissions;
        Ok(AccessPolicy {
            tenant_id: self.tenant_id,
            object_id: self.object_id,
            application_id: application_id
                .transpose()
                .map_err(|_| "an access policy names an application by something that is no id")?,
            keys: keys.unwrap_or_default(),
            secrets: secrets.unwrap_or_default(),
            certificates: certificates.unwrap_or_default(),
            storage: storage.unwrap_or_default(),
        })
    }
}

impl Rules {
    fn evidence(self) -> NetworkRules {
        let virtual_networks = self.virtual_network_rules.unwrap_or_default();
        NetworkRules {
            default_action: self.default_action,
            bypass: self.bypass,
            ip_rules: self.ip_rules.unwrap_or_default().into_iter().map(|rule| rule.value).collect(),
            virtual_network_rules: virtual_networks.into_iter().map(|rule| rule.id).collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    const VAULT: &str = "/subscriptions/0b1f6471-1bf0-4dda-aec3-cb9272f09590/resourceGroups/rg/providers/Microsoft.KeyVault/vaults/contoso-ekm";
    const TENANT: &str = "72f988bf-86f1-41af-91ab-2d7cd011db47";

    /// Key Vault REST API, Vaults - Get and Vaults - Create Or Update with network ACLs, examples, put together.
    fn shown() -> Value {
        json!({
            "id": VAULT,
            "name": "contoso-ekm",
            "type": "Microsoft.KeyVault/vaults",
            "location": "westus",
            "tags": {},
            "properties": {
                "sku": {"family": "A", "name": "standard"},
                "tenantId": TENANT,
                "accessPolicies": [{
                    "tenantId": TENANT,
                    "objectId": "ce2ce14e-85d7-4629-bdbc-454d0519d987",
                    "permissions": {"keys": ["encrypt", "get"], "secrets": null, "certificates": []}
                }],
                "networkAcls": {
                    "bypass": "AzureServices",
                    "defaultAction": "Deny",
                    "ipRules": [{"value": "124.56.78.91"}, {"value": "10.91.4.0/24"}],
                    "virtualNetworkRules": [{"id": "/subscriptions/subid/resourcegroups/rg1/providers/microsoft.network/virtualnetworks/v/subnets/s"}]
                },
                "privateEndpointConnections": [
                    {"properties": {"privateLinkServiceConnectionState": {"status": "Approved"}}},
                    {"properties": {"privateLinkServiceConnectionState": {"status": "Pending"}}}
                ],
                "vaultUri": "https://contoso-ekm.vault.azure.net",
                "provisioningState": "Succeeded",
                "publicNetworkAccess": "Enabled"
            }
        })
    }

    fn read(shown: Value) -> Result<Vault, String> {
        serde_json::from_value::<Shown>(shown).map_err(|error| error.to_string())?.vault()
    }

    #[test]
    fn a_vault_is_read_as_it_is_shown() {
        let vault = read(shown()).unwrap();
        assert_eq!(vault.id.as_str(), VAULT);
        assert_eq!(vault.vault_uri.to_string(), "https://contoso-ekm.vault.azure.net/");
        assert_eq!((vault.rbac_authorization, vault.purge_protection), (None, None));
        assert_eq!(vault.private_endpoints, 1);
        let policy = vault.access_policies.first().unwrap();
        assert_eq!((&policy.keys[..], policy.secrets.len()), (&["encrypt".into(), "get".into()][..], 0));
        let rules = vault.network_rules.unwrap();
        assert_eq!(rules.ip_rules, ["124.56.78.91", "10.91.4.0/24"]);
        assert_eq!(rules.default_action.as_deref(), Some("Deny"));
    }

    #[test]
    fn null_stands_for_nothing() {
        let mut nothing = shown();
        for field in ["accessPolicies", "networkAcls", "privateEndpointConnections", "publicNetworkAccess"] {
            nothing["properties"][field] = Value::Null;
        }
        let vault = read(nothing).unwrap();
        assert_eq!((vault.access_policies.len(), vault.network_rules, vault.private_endpoints), (0, None, 0));
    }

    #[test]
    fn what_is_needed_and_not_there_is_said() {
        for (field, value, problem) in [
            ("tenantId", Value::Null, "invalid type: null"),
            ("tenantId", json!("contoso.com"), "not an id"),
            ("vaultUri", Value::Null, "without its URI"),
            ("vaultUri", json!("http://contoso-ekm.vault.azure.net"), "the scheme is `http`"),
            ("enableRbacAuthorization", json!("true"), "invalid type: string \"true\""),
            ("accessPolicies", json!([{"tenantId": TENANT}]), "missing field `objectId`"),
            ("networkAcls", json!({"ipRules": ["1.2.3.4"]}), "invalid type"),
        ] {
            let mut odd = shown();
            odd["properties"][field] = value;
            let error = read(odd).unwrap_err();
            assert!(error.contains(problem), "{field}: {error}");
        }
    }
}
