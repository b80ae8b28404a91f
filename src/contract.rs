//! What OpenAI publishes about Enterprise Key Management: principals, identifiers, patterns, and the help article
//! that each comes from. Nothing else in the project states what OpenAI asks for.

use serde::{Deserialize, Serialize};

/// The clouds whose keys OpenAI can use.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Provider {
    /// Amazon Web Services.
    Aws,
    /// Microsoft Azure.
    Azure,
    /// Google Cloud.
    Gcp,
}

impl Provider {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Aws, Self::Azure, Self::Gcp];

    /// The name in ids, reports and on the command line.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Aws => "aws",
            Self::Azure => "azure",
            Self::Gcp => "gcp",
        }
    }
}

/// The help articles that are the authority for what OpenAI asks of a customer's cloud.
pub mod article {
    /// External key management, technical questions and answers.
    pub const FAQ: &str = "https://help.openai.com/en/articles/20000945";
    /// Setting up the integration with AWS.
    pub const AWS_GUIDE: &str = "https://help.openai.com/en/articles/20000947";
    /// Setting up the integration with Azure.
    pub const AZURE_GUIDE: &str = "https://help.openai.com/en/articles/20000951";
    /// Registering external keys through the Management API.
    pub const API: &str = "https://help.openai.com/en/articles/20000953";
    /// Onboarding troubleshooting: the errors that OpenAI shows.
    pub const TROUBLESHOOTING: &str = "https://help.openai.com/en/articles/20000955";
}

/// OpenAI's side of the integration with AWS ([`article::AWS_GUIDE`]).
pub mod aws {
    /// The account that OpenAI's calls come from.
    pub const ACCOUNT: &str = "790389265272";
    /// The role that assumes the customer's role.
    pub const ROLE_ARN: &str = "arn:aws:iam::790389265272:role/EnterpriseKeyManagement";
    /// The session that OpenAI's error messages show ([`super::article::TROUBLESHOOTING`]). Shown, not promised:
    /// decisions treat the session's name as unknown.
    pub const SESSION_ARN: &str =
        "arn:aws:sts::790389265272:assumed-role/EnterpriseKeyManagement/OpenAI-EKM-Service";
    /// The first part of [`SESSION_ARN`], which every session of [`ROLE_ARN`] shares.
    pub const SESSION_ARN_STEM: &str = "arn:aws:sts::790389265272:assumed-role/EnterpriseKeyManagement/";
    /// A role of the same account that belongs to another product; trusting it instead is a known mix-up.
    pub const CUSTOMER_STORAGE_ROLE_ARN: &str = "arn:aws:iam::790389265272:role/CustomerStorage";
    /// The only partition that OpenAI's API accepts: the published pattern is `^arn:aws:iam::\d{12}:role/.+$`.
    pub const PARTITION: &str = "aws";
    /// The only key spec that works.
    pub const KEY_SPEC: &str = "SYMMETRIC_DEFAULT";
    /// The only key usage that works.
    pub const KEY_USAGE: &str = "ENCRYPT_DECRYPT";
}

/// OpenAI's side of the integration with Azure ([`article::AZURE_GUIDE`]).
pub mod azure {
    /// The application (client) id of the service principal that the customer creates in its tenant.
    pub const APPLICATION_ID: &str = "20a14814-5ab7-4612-a671-1382b412bf93";
    /// The name that the service principal is shown by.
    pub const DISPLAY_NAME: &str = "EKM - OpenAI Azure";
    /// The data action behind OpenAI's reading of the key.
    pub const READ: &str = "Microsoft.KeyVault/vaults/keys/read";
    /// The data action behind OpenAI's encrypting.
    pub const ENCRYPT: &str = "Microsoft.KeyVault/vaults/keys/encrypt/action";
    /// The data action behind OpenAI's decrypting.
    pub const DECRYPT: &str = "Microsoft.KeyVault/vaults/keys/decrypt/action";
    /// All data actions of the custom role, and nothing else is to be in it.
    pub const DATA_ACTIONS: [&str; 3] = [READ, ENCRYPT, DECRYPT];
    /// The types of RSA keys, in software and in hardware (Key Vault about-keys).
    pub const KEY_TYPES: [&str; 2] = ["RSA", "RSA-HSM"];
    /// What the API holds a key's name against ([`super::article::API`]).
    pub const KEY_NAME_PATTERN: &str = "^org-[0-9a-zA-Z-]*--[0-9a-zA-Z-]*$";
    /// The hosts of vaults in the public cloud, the only one in which OpenAI's application can have a service principal.
    pub const VAULT_SUFFIX: &str = ".vault.azure.net";
}

/// The endpoint that a key is registered at ([`article::API`]).
pub const EXTERNAL_KEYS_URL: &str = "https://api.openai.com/v1/organization/external_keys";
/// The environment variable that holds the admin key in the printed `curl` command ([`article::API`]).
pub const ADMIN_KEY_VARIABLE: &str = "OPENAI_ADMIN_KEY";
