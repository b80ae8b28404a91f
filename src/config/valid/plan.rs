//! What is looked at in a plan.

use toml::Spanned;

use super::Validation;
use crate::config::file::PlanEntry;
use crate::config::{Origin, PlanFile};
use crate::target::InvalidInput;
use crate::target::aws::{AwsRegistration, ExternalId};
use crate::target::azure::{KeyName, ObjectId, OrganizationId, TenantId, VaultUri};
use crate::text;

impl Validation<'_> {
    pub(super) fn plan(&mut self, entry: &PlanEntry) -> Option<Origin> {
        let of_aws = [&entry.role_address, &entry.role_arn, &entry.kms_arn, &entry.external_id];
        let of_azure = [
            &entry.tenant_id,
            &entry.vault_uri,
            &entry.key_name,
            &entry.organization_id,
            &entry.service_principal_id,
        ];
        if let (Some(_), Some(other)) =
            (of_aws.into_iter().flatten().next(), of_azure.into_iter().flatten().next())
        {
            self.wrong(
                &other.span(),
                "a plan is looked at for one cloud: the values before are AWS's, this one is Azure's",
            );
            return None;
        }
        let file = self.path(&entry.file);
        let over = entry.over.as_ref().map(|over| self.path(over));
        let before = self.problems.len();
        let plan = PlanFile {
            file: file?,
            over: over.flatten(),
            allow_none: entry.allow_none,
            role_address: self.address(entry.role_address.as_ref()),
            key_address: self.address(entry.key_address.as_ref()),
            role_arn: self.optional(entry.role_arn.as_ref(), AwsRegistration::role_arn_given),
            kms_arn: self.optional(entry.kms_arn.as_ref(), AwsRegistration::kms_arn_given),
            external_id: self.optional(entry.external_id.as_ref(), ExternalId::given),
            tenant_id: self.optional(entry.tenant_id.as_ref(), TenantId::given),
            vault_uri: self.optional(entry.vault_uri.as_ref(), VaultUri::given),
            key_name: self.optional(entry.key_name.as_ref(), KeyName::given),
            organization_id: self.optional(entry.organization_id.as_ref(), OrganizationId::given),
            service_principal_id: self.optional(entry.service_principal_id.as_ref(), ObjectId::given),
        };
        (self.problems.len() == before).then(|| Origin::Plan(Box::new(plan)))
    }

    fn optional<T>(
        &mut self,
        given: Option<&Spanned<String>>,
        parse: impl FnOnce(&str) -> Result<T, InvalidInput>,
    ) -> Option<T> {
        given.and_then(|given| self.value(given, parse))
    }

    /// Terraform, "Resource Addressing": a type and a name, in modules or not.
    fn address(&mut self, given: Option<&Spanned<String>>) -> Option<String> {
        let given = given?;
        let address = given.get_ref();
        if address.contains('.') && !address.chars().any(|c| text::acts(c) || c.is_whitespace()) {
            return Some(address.clone());
        }
        self.wrong(
            &given.span(),
            format!(
                "`{}` is no resource's address: expected one such as `module.ekm.aws_kms_key.openai`",
                text::inert(address)
            ),
        );
        None
    }
}
