//! Subscriptions and vaults, of Azure Resource Manager.

use serde_json::{Map, Value, json};

use super::access::{Asker, asked, ok};
use super::{Answered, RESOURCE_MANAGER, errors, paging};
use crate::callers::Right;
use crate::http::{Answer, Request};
use crate::tenant::{Azure, Casing, NetworkAcls, Scope, Vault, VaultLists};

const SUBSCRIPTION_VERSIONS: [&str; 3] = ["2020-01-01", "2021-01-01", "2022-12-01"];
/// Versions before 2026-02-01 end in February 2027 (Key Vault `general/access-control-default`).
const VAULT_VERSIONS: [&str; 4] = ["2023-07-01", "2024-11-01", "2026-02-01", "2026-05-15"];

/// The subscriptions of the token's tenant that somebody sees.
pub(super) fn subscriptions(azure: &Azure, request: &Request) -> Answered {
    let asker = asked(azure, request, &SUBSCRIPTION_VERSIONS)?;
    let seen = asker.tenant.subscriptions.iter().filter(|subscription| asker.sees(subscription));
    let seen = seen.map(|subscription| {
        json!({
            "id": Scope::subscription(&subscription.id).as_str(),
            "authorizationSource": "RoleBased",
            "managedByTenants": [],
            "subscriptionId": subscription.id,
            "tenantId": asker.tenant.id,
            "displayName": subscription.display_name,
            "state": subscription.state,
            "subscriptionPolicies": {
                "locationPlacementId": "Public_2014-09-01",
                "quotaId": "EnterpriseAgreement_2014-09-01",
                "spendingLimit": "Off",
            },
        })
    });
    let seen: Vec<Value> = seen.collect();
    let count = json!({"type": "Total", "value": seen.len()});
    let mut body = list(azure, request, seen)?;
    body["count"] = count;
    ok(&body)
}

/// The vaults of a subscription.
pub(super) fn vaults(azure: &Azure, request: &Request) -> Answered {
    let asker = asked(azure, request, &VAULT_VERSIONS)?;
    let path = request.segments();
    let scope = Scope::subscription(path.get(1).map_or("", String::as_str));
    asker.subscription_of(&scope)?;
    if azure.behaviour.vault_lists == VaultLists::Refused {
        asker.must(Right::Vaults, &scope)?;
    }
    let vaults = azure.vaults.iter().filter(|vault| {
        scope.is(&Scope::subscription(&vault.subscription)) && asker.may(Right::Vaults, &vault.scope())
    });
    let vaults = vaults.map(|vault| described(vault, azure.behaviour.casing));
    ok(&list(azure, request, vaults.collect())?)
}

/// A vault.
pub(super) fn vault(azure: &Azure, request: &Request) -> Answered {
    let asker = asked(azure, request, &VAULT_VERSIONS)?;
    let scope = Scope::at(&request.segments().join("/"));
    let vault = existing(&asker, Right::Vaults, &scope, &scope)?;
    ok(&described(vault, azure.behaviour.casing))
}

/// The vault at a scope, for those who have a right at the scope that they ask about: the vault's or one below.
pub(super) fn existing<'a>(
    asker: &Asker<'a>,
    right: Right,
    vault: &Scope,
    asked_about: &Scope,
) -> Result<&'a Vault, Answer> {
    let subscription = asker.subscription_of(vault)?;
    asker.must(right, asked_about)?;
    let group = vault.resource_group_name().unwrap_or_default();
    if !subscription.is_some_and(|subscription| subscription.has(group)) {
        return Err(errors::resource_group_not_found(group));
    }
    let not_found = || errors::resource_not_found("Microsoft.KeyVault/vaults", vault.name(), vault);
    asker.azure.vault_at(vault).ok_or_else(not_found)
}

/// A page of a list, with a link to the next where there is one.
pub(super) fn list(azure: &Azure, request: &Request, all: Vec<Value>) -> Result<Value, Answer> {
    let page = paging::page_of(azure, all, request, "$skiptoken")?;
    let mut body = json!({"value": page.entries});
    if let Some(token) = page.next {
        body["nextLink"] = paging::link(request, RESOURCE_MANAGER, "$skiptoken", &token).into();
    }
    Ok(body)
}

/// A vault, as Azure Resource Manager describes it.
pub(super) fn described(vault: &Vault, casing: Casing) -> Value {
    json!({
        "id": casing.write(vault.scope().as_str()),
        "name": vault.name,
        "type": "Microsoft.KeyVault/vaults",
        "location": vault.location,
        "tags": {},
        "systemData": {
            "createdBy": "administrator@contoso.example",
            "createdByType": "User",
            "createdAt": "2026-05-04T09:30:00.0000000Z",
            "lastModifiedBy": "administrator@contoso.example",
            "lastModifiedByType": "User",
            "lastModifiedAt": "2026-05-04T09:30:00.0000000Z",
        },
        "properties": properties(vault, casing),
    })
}

/// What is special about a vault. What was never set is left out.
pub(super) fn properties(vault: &Vault, casing: Casing) -> Value {
    let mut properties = Map::new();
    let mut set =
        |name: &str, value: Option<Value>| properties.extend(value.map(|value| (name.to_owned(), value)));
    set("sku", Some(json!({"family": "A", "name": vault.sku})));
    set("tenantId", Some(vault.tenant.as_str().into()));
    set("networkAcls", vault.network_acls.as_ref().map(network_acls));
    set("privateEndpointConnections", private_endpoint_connections(vault, casing));
    set("accessPolicies", Some(access_policies(vault, casing)));
    for name in ["enabledForDeployment", "enabledForDiskEncryption", "enabledForTemplateDeployment"] {
        set(name, Some(false.into()));
    }
    set("enableSoftDelete", vault.soft_delete.map(Value::from));
    set("softDeleteRetentionInDays", vault.soft_delete.map(|_| 90.into()));
    set("enableRbacAuthorization", vault.rbac_authorization.map(Value::from));
    set("enablePurgeProtection", vault.purge_protection.map(Value::from));
    set("vaultUri", Some(vault.uri().into()));
    set("provisioningState", Some(vault.provisioning_state.as_str().into()));
    set("publicNetworkAccess", vault.public_network_access.as_deref().map(Value::from));
    properties.into()
}

fn network_acls(acls: &NetworkAcls) -> Value {
    let addresses = acls.ip_rules.iter().map(|rule| json!({"value": rule}));
    let networks = acls.virtual_network_rules.iter().map(|rule| json!({"id": rule}));
    json!({
        "bypass": acls.bypass,
        "defaultAction": acls.default_action,
        "ipRules": addresses.collect::<Vec<_>>(),
        "virtualNetworkRules": networks.collect::<Vec<_>>(),
    })
}

fn private_endpoint_connections(vault: &Vault, casing: Casing) -> Option<Value> {
    let connections = vault.private_endpoint_connections.iter().map(|connection| {
        let group = Scope::subscription(&vault.subscription).resource_group(&vault.resource_group);
        let endpoint =
            format!("{}/providers/Microsoft.Network/privateEndpoints/{}", group.as_str(), connection.name);
        let id = format!("{}/privateEndpointConnections/{}", vault.scope().as_str(), connection.name);
        json!({
            "id": casing.write(&id),
            "etag": "",
            "properties": {
                "provisioningState": "Succeeded",
                "privateEndpoint": {"id": casing.write(&endpoint)},
                "privateLinkServiceConnectionState": {
                    "status": connection.status,
                    "description": "",
                    "actionsRequired": "None",
                },
            },
        })
    });
    let connections: Vec<Value> = connections.collect();
    (!connections.is_empty()).then(|| connections.into())
}

fn access_policies(vault: &Vault, casing: Casing) -> Value {
    let policies = vault.access_policies.iter().map(|policy| {
        let mut entry = json!({
            "tenantId": policy.tenant,
            "objectId": casing.write(&policy.object_id),
            "permissions": {"keys": policy.keys, "secrets": [], "certificates": []},
        });
        if let Some(application) = &policy.application_id {
            entry["applicationId"] = application.as_str().into();
        }
        entry
    });
    policies.collect()
}
