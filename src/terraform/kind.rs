//! The kinds of resources that a decision rests on, and the attributes that are kept of each. Everything else of a plan,
//! secrets in clear text among it, is dropped while it is read.

use std::fmt;

/// A kind of resource, or of data source.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Kind {
    /// Whether it is a data source.
    pub(super) data: bool,
    /// Its type: `aws_kms_key`.
    pub(super) name: &'static str,
    /// The attributes that are kept.
    attributes: &'static [&'static str],
    /// The attributes of which it is kept whether they are set, and not to what.
    secrets: &'static [&'static str],
}

impl fmt::Display for Kind {
    /// As addresses begin: `data.` in front of a data source's type.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", if self.data { "data." } else { "" }, self.name)
    }
}

const fn managed(name: &'static str, attributes: &'static [&'static str]) -> Kind {
    Kind { data: false, name, attributes, secrets: &[] }
}

const fn data(name: &'static str, attributes: &'static [&'static str]) -> Kind {
    Kind { data: true, name, attributes, secrets: &[] }
}

/// All of them.
const KINDS: &[Kind] = &[
    managed(
        "aws_iam_role",
        &[
            "arn",
            "assume_role_policy",
            "id",
            "inline_policy",
            "managed_policy_arns",
            "name",
            "name_prefix",
            "path",
            "permissions_boundary",
            "tags",
            "tags_all",
            "unique_id",
        ],
    ),
    managed("aws_iam_role_policy", &["id", "name", "name_prefix", "policy", "role"]),
    managed("aws_iam_policy", &["arn", "id", "name", "name_prefix", "path", "policy"]),
    managed("aws_iam_role_policy_attachment", &["policy_arn", "role"]),
    managed("aws_iam_policy_attachment", &["policy_arn", "roles"]),
    managed("awscc_iam_role", &["role_name"]),
    managed("awscc_iam_role_policy", &["role_name"]),
    managed("awscc_iam_managed_policy", &["roles"]),
    managed("awscc_kms_alias", &["alias_name"]),
    managed("awscc_kms_key", &["key_id"]),
    managed("awscc_kms_replica_key", &["key_id"]),
    managed("awscc_organizations_policy", &["target_ids"]),
    managed("aws_organizations_account", &["close_on_deletion", "id", "parent_id"]),
    managed("aws_organizations_organization", &["enabled_policy_types", "feature_set"]),
    managed("aws_organizations_organizational_unit", &["id", "parent_id"]),
    managed("aws_organizations_policy", &["content", "id", "name", "skip_destroy", "type"]),
    managed("aws_organizations_policy_attachment", &["policy_id", "skip_destroy", "target_id"]),
    managed("aws_iam_role_policies_exclusive", &["policy_names", "role_name"]),
    managed("aws_iam_role_policy_attachments_exclusive", &["policy_arns", "role_name"]),
    managed(
        "aws_kms_key",
        &[
            "arn",
            "custom_key_store_id",
            "customer_master_key_spec",
            "deletion_window_in_days",
            "enable_key_rotation",
            "id",
            "is_enabled",
            "key_id",
            "key_usage",
            "multi_region",
            "policy",
            "region",
            "rotation_period_in_days",
            "tags",
            "tags_all",
            "xks_key_id",
        ],
    ),
    Kind {
        secrets: &["key_material_base64"],
        ..managed(
            "aws_kms_external_key",
            &[
                "arn",
                "enabled",
                "expiration_model",
                "id",
                "key_spec",
                "key_state",
                "key_usage",
                "multi_region",
                "policy",
                "region",
                "tags",
                "tags_all",
                "valid_to",
            ],
        )
    },
    managed(
        "aws_kms_replica_key",
        &[
            "arn",
            "enabled",
            "id",
            "key_id",
            "key_rotation_enabled",
            "key_spec",
            "key_usage",
            "policy",
            "primary_key_arn",
            "region",
            "tags",
            "tags_all",
        ],
    ),
    Kind {
        secrets: &["key_material_base64"],
        ..managed(
            "aws_kms_replica_external_key",
            &[
                "arn",
                "enabled",
                "expiration_model",
                "id",
                "key_id",
                "key_state",
                "key_usage",
                "policy",
                "primary_key_arn",
                "region",
                "tags",
                "tags_all",
                "valid_to",
            ],
        )
    },
    managed(
        "aws_kms_key_policy",
        &["bypass_policy_lockout_safety_check", "id", "key_id", "policy", "region"],
    ),
    managed(
        "aws_kms_alias",
        &["arn", "id", "name", "name_prefix", "region", "target_key_arn", "target_key_id"],
    ),
    managed(
        "aws_kms_grant",
        &["constraints", "grant_id", "grantee_principal", "id", "key_id", "name", "operations", "region"],
    ),
    data(
        "aws_iam_policy_document",
        &[
            "json",
            "minified_json",
            "override_json",
            "override_policy_documents",
            "policy_id",
            "source_json",
            "source_policy_documents",
            "statement",
            "version",
        ],
    ),
    data("aws_caller_identity", &["account_id", "arn"]),
    data("aws_region", &["id", "name", "region"]),
    data("aws_partition", &["partition"]),
    data(
        "aws_iam_role",
        &["arn", "assume_role_policy", "id", "name", "path", "permissions_boundary", "tags", "unique_id"],
    ),
    data("aws_iam_policy", &["arn", "name", "path", "policy"]),
    data(
        "aws_kms_key",
        &[
            "arn",
            "custom_key_store_id",
            "customer_master_key_spec",
            "deletion_date",
            "enabled",
            "expiration_model",
            "id",
            "key_id",
            "key_manager",
            "key_spec",
            "key_state",
            "key_usage",
            "multi_region",
            "multi_region_configuration",
            "origin",
            "region",
            "valid_to",
        ],
    ),
    data("aws_kms_alias", &["arn", "id", "name", "region", "target_key_arn", "target_key_id"]),
    managed(
        "openai_external_key",
        &["external_id", "external_key_id", "kms_arn", "name", "purpose", "role_arn"],
    ),
    managed("openai_project", &["external_key_id", "id", "name"]),
    managed(
        "azurerm_key_vault",
        &[
            "access_policy",
            "enable_rbac_authorization",
            "id",
            "name",
            "network_acls",
            "public_network_access_enabled",
            "purge_protection_enabled",
            "rbac_authorization_enabled",
            "resource_group_name",
            "tenant_id",
            "vault_uri",
        ],
    ),
    managed(
        "azurerm_key_vault_key",
        &[
            "curve",
            "expiration_date",
            "id",
            "key_opts",
            "key_size",
            "key_type",
            "key_vault_id",
            "name",
            "not_before_date",
            "resource_id",
            "resource_versionless_id",
            "rotation_policy",
            "version",
            "versionless_id",
        ],
    ),
    managed("azurerm_key_vault_managed_hardware_security_module_key", &["id", "managed_hsm_id", "name"]),
    managed(
        "azurerm_key_vault_access_policy",
        &[
            "application_id",
            "certificate_permissions",
            "id",
            "key_permissions",
            "key_vault_id",
            "object_id",
            "secret_permissions",
            "storage_permissions",
            "tenant_id",
        ],
    ),
    managed(
        "azurerm_role_definition",
        &[
            "assignable_scopes",
            "id",
            "name",
            "permissions",
            "role_definition_id",
            "role_definition_resource_id",
            "scope",
        ],
    ),
    managed(
        "azurerm_role_assignment",
        &[
            "condition",
            "condition_version",
            "id",
            "name",
            "principal_id",
            "principal_type",
            "role_definition_id",
            "role_definition_name",
            "scope",
        ],
    ),
    managed("azurerm_private_endpoint", &["id", "private_service_connection"]),
    managed("azurerm_network_security_perimeter_association", &["id", "resource_id", "access_mode"]),
    managed("azurerm_resource_group", &["id", "name"]),
    managed(
        "azuread_service_principal",
        &[
            "account_enabled",
            "application_id",
            "client_id",
            "display_name",
            "id",
            "object_id",
            "use_existing",
        ],
    ),
    managed("azuread_group_member", &["group_object_id", "id", "member_object_id"]),
    managed("azuread_group", &["id", "members", "object_id"]),
    managed("azuread_group_without_members", &["id", "object_id"]),
    managed("azuread_user", &["id", "object_id"]),
    managed("azurerm_user_assigned_identity", &["id", "principal_id"]),
    managed("azurerm_pim_active_role_assignment", &["id", "principal_id", "role_definition_id", "scope"]),
    managed("azapi_resource", &["id", "parent_id", "type"]),
    managed("azapi_update_resource", &["id", "name", "parent_id", "resource_id", "type"]),
    managed("azapi_resource_action", &["method", "resource_id", "type"]),
    managed("azapi_data_plane_resource", &["id", "type"]),
    managed("azuread_privileged_access_group_assignment_schedule", &["group_id", "id", "principal_id"]),
    managed("azuread_app_role_assignment", &["id", "principal_object_id"]),
    managed("azuread_directory_role_assignment", &["id", "principal_object_id"]),
    managed("azurerm_management_group", &["id", "subscription_ids"]),
    managed("azurerm_management_group_subscription_association", &["id", "subscription_id"]),
    managed("azurerm_network_security_perimeter_access_rule", &["id"]),
    managed("azurerm_management_group_template_deployment", &["id"]),
    managed("azurerm_resource_group_template_deployment", &["deployment_mode", "id", "resource_group_name"]),
    managed("azurerm_subscription_template_deployment", &["id"]),
    managed("azurerm_template_deployment", &["deployment_mode", "id", "resource_group_name"]),
    managed("azurerm_tenant_template_deployment", &["id"]),
    managed("azurerm_subscription", &["id", "subscription_id"]),
    managed("msgraph_resource", &["id", "url"]),
    managed("msgraph_resource_action", &["method", "resource_url"]),
    managed("msgraph_resource_collection", &["url"]),
    managed("msgraph_update_resource", &["url"]),
    data("azurerm_client_config", &["client_id", "object_id", "subscription_id", "tenant_id"]),
    data("azuread_client_config", &["client_id", "object_id", "tenant_id"]),
    data("azurerm_subscription", &["id", "subscription_id", "tenant_id"]),
    data("azurerm_resource_group", &["id", "name"]),
    data(
        "azurerm_key_vault",
        &[
            "access_policy",
            "enable_rbac_authorization",
            "id",
            "name",
            "network_acls",
            "public_network_access_enabled",
            "purge_protection_enabled",
            "rbac_authorization_enabled",
            "resource_group_name",
            "tenant_id",
            "vault_uri",
        ],
    ),
    data(
        "azurerm_key_vault_key",
        &[
            "curve",
            "id",
            "key_opts",
            "key_size",
            "key_type",
            "key_vault_id",
            "name",
            "resource_id",
            "resource_versionless_id",
            "version",
            "versionless_id",
        ],
    ),
    data(
        "azurerm_role_definition",
        &["assignable_scopes", "id", "name", "permissions", "role_definition_id", "scope", "type"],
    ),
    data(
        "azuread_service_principal",
        &["account_enabled", "application_id", "client_id", "display_name", "id", "object_id"],
    ),
];

/// A kind of resource or data source that is read of a plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReadKind {
    /// Whether it is a data source.
    pub data: bool,
    /// Its type: `aws_kms_key`.
    pub name: &'static str,
    /// The attributes that are kept; where there are none, that it is there.
    pub attributes: &'static [&'static str],
    /// The attributes of which is kept whether they are set.
    pub whether_set: &'static [&'static str],
}

/// All that is read of a plan. Nothing else of it is kept.
pub fn read_kinds() -> impl Iterator<Item = ReadKind> {
    KINDS.iter().map(|kind| ReadKind {
        data: kind.data,
        name: kind.name,
        attributes: kind.attributes,
        whether_set: kind.secrets,
    })
}

/// What is kept of an attribute.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kept {
    /// All of it.
    Whole,
    /// Whether it is set.
    WhetherSet,
    /// Nothing.
    Nothing,
}

impl Kind {
    /// The kind of a resource (`managed`) or data source (`data`) of this type, where a decision may rest on it.
    pub(super) fn of(mode: &str, name: &str) -> Option<&'static Self> {
        let data = match mode {
            "managed" => false,
            "data" => true,
            _ => return None,
        };
        KINDS.iter().find(|kind| kind.data == data && kind.name == name)
    }

    /// What is kept of an attribute.
    pub(super) fn keeps(&self, attribute: &str) -> Kept {
        if self.attributes.contains(&attribute) {
            Kept::Whole
        } else if self.secrets.contains(&attribute) {
            Kept::WhetherSet
        } else {
            Kept::Nothing
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_kind_is_found_by_mode_and_type() {
        assert_eq!(Kind::of("managed", "aws_kms_key").map(|kind| kind.data), Some(false));
        assert_eq!(Kind::of("data", "aws_kms_key").map(|kind| kind.data), Some(true));
        for (mode, name) in [("managed", "aws_s3_bucket"), ("ephemeral", "aws_kms_key"), ("", "")] {
            assert_eq!(Kind::of(mode, name), None);
        }
    }

    #[test]
    fn key_material_is_never_kept() {
        let kind = Kind::of("managed", "aws_kms_external_key").unwrap();
        assert_eq!(kind.keeps("key_material_base64"), Kept::WhetherSet);
        assert_eq!(kind.keeps("description"), Kept::Nothing);
        assert_eq!(kind.keeps("policy"), Kept::Whole);
    }

    #[test]
    fn no_kind_stands_twice() {
        for (place, kind) in KINDS.iter().enumerate() {
            assert!(
                !KINDS[..place].iter().any(|other| other.name == kind.name && other.data == kind.data),
                "{}",
                kind.name
            );
        }
    }
}
