//! What to send to OpenAI: the registration's body, field by field in the published order
//! ([`contract::article::API`]), and the same values for ChatGPT Enterprise.

use schemars::JsonSchema;
use serde::Serialize;

use crate::contract;
use crate::target::Registration;
use crate::target::aws::AwsTarget;
use crate::target::azure::AzureTarget;
use crate::text::inert_json;

/// The body of the request that registers a key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Payload {
    /// A key in AWS KMS.
    Aws {
        /// The registration's friendly name; not empty.
        name: String,
        /// The role that OpenAI assumes.
        role_arn: String,
        /// The key.
        kms_arn: String,
        /// The ExternalId that OpenAI passes.
        external_id: String,
    },
    /// A key in Azure Key Vault.
    Azure {
        /// The registration's friendly name; not empty.
        name: String,
        /// The vault's tenant.
        tenant_id: String,
        /// The vault's URI, ending in a slash.
        vault_uri: String,
        /// The key's name, `org-…--…`.
        key_name: String,
    },
}

impl Payload {
    /// The body for a key in AWS KMS.
    pub fn aws(name: &str, target: &AwsTarget) -> Self {
        Self::Aws {
            name: name.to_owned(),
            role_arn: target.role.to_string(),
            kms_arn: target.key.to_string(),
            external_id: target.external_id.to_string(),
        }
    }

    /// The body for a key in Azure Key Vault.
    pub fn azure(name: &str, target: &AzureTarget) -> Self {
        Self::Azure {
            name: name.to_owned(),
            tenant_id: target.tenant.to_string(),
            vault_uri: target.vault.to_string(),
            key_name: target.key_name.to_string(),
        }
    }

    /// The body for what was given, where OpenAI would accept all of it.
    pub fn of(name: &str, registration: &Registration) -> Option<Self> {
        match registration {
            Registration::Aws(registration) => Some(Self::aws(name, &registration.target()?)),
            Registration::Azure(registration) => Some(Self::azure(name, &registration.target()?)),
        }
    }

    /// The body as JSON, ending in a newline.
    ///
    /// # Errors
    /// The serializer's; none is known.
    pub fn to_json(&self) -> Result<String, serde_json::Error> {
        let mut text = serde_json::to_string_pretty(self)?;
        text.push('\n');
        Ok(text)
    }

    /// The body as JSON on one line, to be printed: nothing in it acts, and it means the same.
    ///
    /// # Errors
    /// The serializer's; none is known.
    pub fn line(&self) -> Result<String, serde_json::Error> {
        Ok(inert_json(&serde_json::to_string(self)?))
    }

    /// The command that registers the key. The admin key stays in the environment. The create is not idempotent, so
    /// nothing in it retries. Nothing in it acts where it is printed.
    ///
    /// # Errors
    /// The serializer's; none is known.
    pub fn curl(&self) -> Result<String, serde_json::Error> {
        let body = self.line()?.replace('\'', r"'\''");
        Ok(format!(
            "curl --fail-with-body {url} \\\n  -H \"Authorization: Bearer ${key}\" \\\n  \
             -H 'Content-Type: application/json' \\\n  -d '{body}'\n",
            url = contract::EXTERNAL_KEYS_URL,
            key = contract::ADMIN_KEY_VARIABLE,
        ))
    }

    /// The values that the OpenAI contact for ChatGPT Enterprise takes ([`contract::article::AWS_GUIDE`],
    /// [`contract::article::AZURE_GUIDE`]).
    pub fn enterprise_values(&self) -> Vec<(&'static str, &str)> {
        match self {
            Self::Aws { role_arn, kms_arn, .. } => vec![("role_arn", role_arn), ("kms_arn", kms_arn)],
            Self::Azure { tenant_id, vault_uri, key_name, .. } => {
                vec![("tenant_id", tenant_id), ("vault_uri", vault_uri), ("key_name", key_name)]
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::target::aws::AwsRegistration;
    use crate::target::azure::{AzureRegistration, Given};

    fn azure_payload() -> Payload {
        let given = Given {
            tenant_id: "72F988BF-86f1-41af-91ab-2d7cd011db47",
            vault_uri: "https://Contoso-EKM.vault.azure.net:443",
            key_name: "org-AbC123--openai",
            organization_id: Some("org-AbC123"),
            service_principal_id: None,
        };
        Payload::azure("prod", &AzureRegistration::parse(&given).unwrap().target().unwrap())
    }

    fn payload(name: &str) -> Payload {
        let registration = AwsRegistration::parse(
            "arn:aws:iam::111122223333:role/openai-ekm",
            "arn:aws:kms:us-east-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab",
            "org-AbC123",
        );
        Payload::aws(name, &registration.unwrap().target().unwrap())
    }

    /// The article's own field order.
    #[test]
    fn the_body_is_as_published() {
        assert_eq!(
            serde_json::to_string(&payload("prod")).unwrap(),
            r#"{"type":"aws","name":"prod","role_arn":"arn:aws:iam::111122223333:role/openai-ekm","kms_arn":"arn:aws:kms:us-east-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab","external_id":"org-AbC123"}"#
        );
    }

    /// The field order and the slash at the end of the URI are those of OpenAI's Azure guide.
    #[test]
    fn the_body_for_azure_is_as_published() {
        let payload = azure_payload();
        assert_eq!(
            serde_json::to_string(&payload).unwrap(),
            r#"{"type":"azure","name":"prod","tenant_id":"72f988bf-86f1-41af-91ab-2d7cd011db47","vault_uri":"https://contoso-ekm.vault.azure.net/","key_name":"org-AbC123--openai"}"#
        );
        let values = payload.enterprise_values();
        assert_eq!(
            values.iter().map(|(name, _)| *name).collect::<Vec<_>>(),
            ["tenant_id", "vault_uri", "key_name"]
        );
    }

    /// OpenAI's own types, as the crate `async-openai` publishes them.
    #[test]
    fn the_body_parses_as_the_published_request() {
        use async_openai::types::admin::external_keys::V1OrganizationExternalKeysPostRequest;
        for payload in [payload("prod"), azure_payload()] {
            let body = payload.to_json().unwrap();
            let request: V1OrganizationExternalKeysPostRequest = serde_json::from_str(&body).unwrap();
            let back = serde_json::to_value(&request).unwrap();
            assert_eq!(back, serde_json::from_str::<serde_json::Value>(&body).unwrap());
        }
    }

    /// Names may be hostile; what is printed is the body all the same, and no command to a pipeline.
    #[test]
    fn the_command_sends_the_body_whatever_the_name() {
        for name in ["::error::x", "##[error]x", "##vso[task.complete]x", "a \\u{3a} b\\", "it's"] {
            let command = payload(name).curl().unwrap();
            let body =
                command.split_once("-d '").unwrap().1.strip_suffix("'\n").unwrap().replace(r"'\''", "'");
            assert_eq!(body, payload(name).line().unwrap());
            let body: serde_json::Value = serde_json::from_str(&body).unwrap();
            assert_eq!(body["name"], name);
            assert!(!command.contains("##"), "{command}");
        }
    }

    #[test]
    fn the_command_takes_the_admin_key_from_the_environment_and_quotes_the_name() {
        let command = payload("bob's key").curl().unwrap();
        assert!(command.contains("\"Authorization: Bearer $OPENAI_ADMIN_KEY\""), "{command}");
        assert!(command.contains(r#""name":"bob'\''s key""#), "{command}");
    }
}
