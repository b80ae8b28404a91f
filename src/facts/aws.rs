//! What the evidence of an AWS account means for OpenAI's calls.

use schemars::JsonSchema;
use serde::Serialize;

use super::change::ChangeFacts;
use super::{DecisionFacts, Fact, ValueForm};

mod calls;
pub(super) mod change;
mod decisions;
mod derive;
mod documents;
mod key;
mod later;
mod layers;
mod organization;
mod principals;
mod privilege;
mod steps;
mod trust;

pub use derive::derive;
pub(in crate::facts) use derive::path;
pub mod vocabulary;

/// Everything that checks of AWS may read, as `facts.…`.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct AwsFacts {
    /// Whether OpenAI's API would accept the values as they are written.
    pub form: Form,
    /// The role that OpenAI assumes.
    pub role: RoleFacts,
    /// The role's trust policy.
    pub trust: TrustFacts,
    /// The key.
    pub key: KeyFacts,
    /// What the role could do beyond OpenAI's calls.
    pub privilege: PrivilegeFacts,
    /// What the organizations of the role's and the key's account have to say.
    pub organization: OrganizationFacts,
    /// OpenAI's `sts:AssumeRole` on the role.
    pub assume_role: DecisionFacts,
    /// `kms:Encrypt` on the key, by the role's session.
    pub encrypt: DecisionFacts,
    /// `kms:Decrypt` on the key, by the role's session.
    pub decrypt: DecisionFacts,
    /// What a plan does to access that is there.
    pub change: ChangeFacts,
}

/// Whether OpenAI's API would accept the values as they are written.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Form {
    /// The role's ARN.
    pub role_arn: ValueForm,
    /// The key's ARN.
    pub key_arn: ValueForm,
    /// The ExternalId.
    pub external_id: ValueForm,
    /// The key's ARN is that of an alias.
    pub key_is_alias: bool,
}

/// The role that OpenAI assumes.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct RoleFacts {
    /// A role with exactly the ARN given exists.
    pub exists: Fact<bool>,
    /// The ARN of the role that the account has under the given name; null where it has none.
    pub real_arn: Fact<Option<String>>,
}

/// The role's trust policy. Unknown behind a role that could not be read.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct TrustFacts {
    /// Whether the policy is a document that AWS could apply.
    pub readable: Fact<bool>,
    /// A statement that allows `sts:AssumeRole` has a principal that covers OpenAI's role, conditions aside.
    pub admits_openai: Fact<bool>,
    /// The principals of the statements that allow `sts:AssumeRole`, as the policy writes them.
    pub principals: Fact<Vec<String>>,
    /// Principals that could assume the role and are neither OpenAI's role nor the customer's own: of the accounts of
    /// the role and the key, or of the organization of the role's account.
    pub strangers: Fact<Vec<String>>,
    /// Principals of the customer's own that could assume the role.
    pub own_principals: Fact<Vec<String>>,
    /// Unique ids (`AROA…`, `AIDA…`) that the policy shows in place of roles and users that are gone.
    pub deleted_principals: Fact<Vec<String>>,
    /// The conditions on `sts:ExternalId` hold for the registered id.
    pub accepts_external_id: Fact<bool>,
    /// OpenAI could assume the role without passing any ExternalId.
    pub allows_without_external_id: Fact<bool>,
    /// An ExternalId that no condition of the policy writes out in full, with which OpenAI could assume the role;
    /// null where there is none.
    pub unlisted_external_id: Fact<Option<String>>,
    /// ExternalIds other than the registered one that the policy writes out and with which OpenAI could assume the role.
    pub additional_external_ids: Fact<Vec<String>>,
    /// The values that conditions on `sts:ExternalId` name.
    pub external_ids: Fact<Vec<String>>,
}

/// The key.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct KeyFacts {
    /// The key, or the alias and the key behind it, exists.
    pub exists: Fact<bool>,
    /// The key's own ARN, also where an alias was given; null where there is no key.
    pub arn: Fact<Option<String>>,
    /// KMS's `KeyManager`: `CUSTOMER`, or `AWS` for a key that AWS made for one of its services.
    pub manager: Fact<String>,
    /// KMS's `KeySpec`: `SYMMETRIC_DEFAULT`, `RSA_2048`, …
    pub spec: Fact<String>,
    /// KMS's `KeyUsage`: `ENCRYPT_DECRYPT`, `SIGN_VERIFY`, …
    pub usage: Fact<String>,
    /// KMS's `KeyState`: `Enabled`, `Disabled`, `PendingDeletion`, …
    pub state: Fact<String>,
    /// When KMS will delete the key, in RFC 3339; null where no deletion is scheduled.
    pub deletion_date: Fact<Option<String>>,
    /// KMS's `Origin`: `AWS_KMS`, `EXTERNAL` for imported material, `AWS_CLOUDHSM`, `EXTERNAL_KEY_STORE`.
    pub origin: Fact<String>,
    /// The id of the custom key store that the key is in; null where it is in none.
    pub custom_key_store: Fact<Option<String>>,
    /// When imported material expires, in RFC 3339; null where it does not.
    pub material_expires: Fact<Option<String>>,
    /// Whether it is a multi-Region key.
    pub multi_region: Fact<bool>,
    /// Whether KMS can rotate keys of this kind by itself.
    pub rotation_supported: Fact<bool>,
    /// Whether KMS does.
    pub rotation_enabled: Fact<bool>,
    /// Principals other than the role that the key's policy names for cryptography, or that a grant allows it. What the
    /// policy leaves to the accounts of the role and the key is not among them.
    pub other_users: Fact<Vec<String>>,
    /// Principals of OpenAI's account that the key's policy or a grant lets use the key without the role.
    pub openai_directly: Fact<Vec<String>>,
    /// Unique ids (`AROA…`, `AIDA…`) that the key's policy shows in place of roles and users that are gone.
    pub deleted_principals: Fact<Vec<String>>,
}

/// What the role could do beyond OpenAI's calls, decided over all actions and resources that there are.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct PrivilegeFacts {
    /// Telling members of what it could do, each with the statements that allow it; empty where there is nothing.
    pub excess: Fact<Vec<String>>,
    /// Their actions.
    pub excess_actions: Fact<Vec<String>>,
}

/// What the organizations of the role's and the key's account have to say.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct OrganizationFacts {
    /// All service control policies and resource control policies that govern OpenAI's calls were read, or none apply.
    pub policies_read: Fact<bool>,
    /// Those that were read and refuse one of OpenAI's calls, each with the call and the reason.
    pub refusing: Fact<Vec<String>>,
}
