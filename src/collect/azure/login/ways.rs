//! The ways to log in, in their order, as the environment has them.

use std::collections::BTreeMap;
use std::fmt;

use azure_core::credentials::Secret;

use crate::target::azure::TenantId;

/// The variables that say how to log in, by the names that Azure's other SDKs give them.
const VARIABLES: [&str; 8] = [
    "AZURE_CLIENT_CERTIFICATE_PATH",
    "AZURE_CLIENT_ID",
    "AZURE_CLIENT_SECRET",
    "AZURE_FEDERATED_TOKEN_FILE",
    "AZURE_TENANT_ID",
    "AZURE_TOKEN_CREDENTIALS",
    "IDENTITY_ENDPOINT",
    "MSI_ENDPOINT",
];

/// Those that are set.
#[derive(Clone)]
pub(in crate::collect::azure) struct Environment(BTreeMap<&'static str, String>);

/// A way to log in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Way {
    /// `AZURE_CLIENT_ID`, `AZURE_CLIENT_SECRET`.
    ClientSecret { client_id: String, secret: Secret },
    /// `AZURE_CLIENT_ID`, `AZURE_FEDERATED_TOKEN_FILE`.
    WorkloadIdentity { client_id: String, token_file: String },
    /// The identity of the machine, or of the service that runs the program.
    ManagedIdentity {
        /// `AZURE_CLIENT_ID`, where there are several.
        client_id: Option<String>,
        /// Whether the service has said where it is (`IDENTITY_ENDPOINT`, `MSI_ENDPOINT`); else a virtual machine's
        /// metadata service is looked for.
        endpoint_is_known: bool,
    },
    /// `az login`.
    AzureCli,
    /// `azd auth login`.
    AzureDeveloperCli,
}

impl Environment {
    /// Of what this looks up. Variables that are empty count as not set.
    pub(in crate::collect::azure) fn new(variable: impl Fn(&str) -> Option<String>) -> Self {
        let set = |name| Some((name, variable(name).filter(|value| !value.is_empty())?));
        Self(VARIABLES.into_iter().filter_map(set).collect())
    }

    fn variable(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }

    /// The tenant of `AZURE_TENANT_ID`, where it is another one than this.
    pub(super) fn tenant_other_than(&self, tenant: TenantId) -> Option<&str> {
        self.variable("AZURE_TENANT_ID").filter(|set| set.parse() != Ok(tenant))
    }

    /// The ways to try, in order. `AZURE_TOKEN_CREDENTIALS` leaves some of them out, as in Azure's other SDKs.
    ///
    /// # Errors
    /// What is set and can't be followed, in a sentence.
    pub(super) fn ways(&self) -> Result<Vec<Way>, String> {
        let wanted = self.wanted()?;
        let client_id = self.variable("AZURE_CLIENT_ID");
        let mut ways = Vec::new();
        if let (Some(client_id), Some(secret)) = (client_id, self.variable("AZURE_CLIENT_SECRET")) {
            let secret = Secret::new(secret.to_owned());
            ways.push(Way::ClientSecret { client_id: client_id.into(), secret });
        } else if self.variable("AZURE_CLIENT_CERTIFICATE_PATH").is_some()
            && wanted.contains(&"EnvironmentCredential")
        {
            return Err("AZURE_CLIENT_CERTIFICATE_PATH is set, but certificates are not supported: set \
                        AZURE_CLIENT_SECRET, or choose another way with AZURE_TOKEN_CREDENTIALS, \
                        `AzureCliCredential` for one"
                .into());
        }
        if let (Some(client_id), Some(file)) = (client_id, self.variable("AZURE_FEDERATED_TOKEN_FILE")) {
            ways.push(Way::WorkloadIdentity { client_id: client_id.into(), token_file: file.into() });
        }
        ways.push(Way::ManagedIdentity {
            client_id: client_id.map(str::to_owned),
            endpoint_is_known: ["IDENTITY_ENDPOINT", "MSI_ENDPOINT"]
                .iter()
                .any(|name| self.variable(name).is_some()),
        });
        ways.extend([Way::AzureCli, Way::AzureDeveloperCli]);
        ways.retain(|way| wanted.contains(&way.credential_name()));
        if ways.is_empty() {
            return Err("the way to log in that AZURE_TOKEN_CREDENTIALS names is not configured".into());
        }
        Ok(ways)
    }

    /// The ways that `AZURE_TOKEN_CREDENTIALS` leaves, by their credentials.
    fn wanted(&self) -> Result<Vec<&'static str>, String> {
        let all = || DEPLOYED.into_iter().chain(DEVELOPERS);
        let Some(named) = self.variable("AZURE_TOKEN_CREDENTIALS").map(str::trim) else {
            return Ok(all().collect());
        };
        match named.to_ascii_lowercase().as_str() {
            "prod" => Ok(DEPLOYED.into()),
            "dev" => Ok(DEVELOPERS.into()),
            _ => match all().find(|credential| credential.eq_ignore_ascii_case(named)) {
                Some(credential) => Ok(vec![credential]),
                None => Err(format!(
                    "AZURE_TOKEN_CREDENTIALS is `{named}`: expected `prod`, `dev`, {}",
                    all().map(|credential| format!("`{credential}`")).collect::<Vec<_>>().join(", ")
                )),
            },
        }
    }
}

const DEPLOYED: [&str; 3] =
    ["EnvironmentCredential", "WorkloadIdentityCredential", "ManagedIdentityCredential"];
const DEVELOPERS: [&str; 2] = ["AzureCliCredential", "AzureDeveloperCliCredential"];

impl Way {
    /// The name in Azure's other SDKs.
    fn credential_name(&self) -> &'static str {
        match self {
            Self::ClientSecret { .. } => "EnvironmentCredential",
            Self::WorkloadIdentity { .. } => "WorkloadIdentityCredential",
            Self::ManagedIdentity { .. } => "ManagedIdentityCredential",
            Self::AzureCli => "AzureCliCredential",
            Self::AzureDeveloperCli => "AzureDeveloperCliCredential",
        }
    }

    /// Whether somebody set it up for this program, so that no other is to be tried.
    pub(super) fn is_configured(&self) -> bool {
        matches!(self, Self::ClientSecret { .. } | Self::WorkloadIdentity { .. })
    }

    /// Whether it is a tool that developers log in with.
    pub(super) fn is_a_developers(&self) -> bool {
        matches!(self, Self::AzureCli | Self::AzureDeveloperCli)
    }

    /// Whether its tokens are asked of a tenant; the others are of the identity's own.
    pub(super) fn takes_a_tenant(&self) -> bool {
        !matches!(self, Self::ManagedIdentity { .. })
    }
}

impl fmt::Display for Way {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::ClientSecret { .. } => "client secret (AZURE_CLIENT_SECRET)",
            Self::WorkloadIdentity { .. } => "workload identity (AZURE_FEDERATED_TOKEN_FILE)",
            Self::ManagedIdentity { .. } => "managed identity",
            Self::AzureCli => "Azure CLI",
            Self::AzureDeveloperCli => "Azure Developer CLI",
        })
    }
}

impl fmt::Debug for Environment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Values can be secrets.
        f.debug_set().entries(self.0.keys()).finish()
    }
}

#[cfg(test)]
mod tests;
