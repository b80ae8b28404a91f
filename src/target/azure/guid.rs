//! Ids of tenants, subscriptions and principals: GUIDs, each kind a type of its own.

use std::fmt;
use std::str::FromStr;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use thiserror::Error;
use uuid::Uuid;

/// Text that is no id in Azure's form.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("not an id: expected 32 hexadecimal digits in five groups, `xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx`")]
pub struct NotAGuid;

/// Reads the form that Azure writes. Azure compares ids without case, and the value has none.
fn hyphenated(text: &str) -> Result<Uuid, NotAGuid> {
    // `Uuid` reads forms with braces and without hyphens as well, which no option or body of Azure's takes.
    if text.len() != uuid::fmt::Hyphenated::LENGTH {
        return Err(NotAGuid);
    }
    Uuid::try_parse(text).map_err(|_| NotAGuid)
}

/// A kind of id.
macro_rules! guid {
    ($(#[$meta:meta])* $name:ident) => {
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
        #[serde(try_from = "String", into = "String")]
        #[schemars(with = "String", extend("format" = "uuid"))]
        pub struct $name(Uuid);

        impl FromStr for $name {
            type Err = NotAGuid;
            fn from_str(text: &str) -> Result<Self, NotAGuid> {
                hyphenated(text).map(Self)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        serialized_as_text!($name, NotAGuid);
    };
}

guid! {
    /// The id of a Microsoft Entra tenant.
    TenantId
}
guid! {
    /// The id of an Azure subscription.
    SubscriptionId
}
guid! {
    /// The object id of a principal: a service principal, a user or a group.
    ObjectId
}

impl ObjectId {
    /// What deny assignments write for every principal, with the type `SystemDefined` (RBAC deny-assignments).
    pub const EVERYONE: Self = Self(Uuid::nil());
}
