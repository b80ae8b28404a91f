//! A token from each way to log in, by Azure's own credentials.

use std::sync::Arc;
use std::time::Duration;

use azure_core::credentials::{AccessToken, TokenCredential};
use azure_core::error::{Error, ErrorKind};
use azure_core::http::{ClientOptions, Context, Method, Request, StatusCode, Url};
use azure_identity::{
    AzureCliCredential, AzureCliCredentialOptions, AzureDeveloperCliCredential,
    AzureDeveloperCliCredentialOptions, ClientAssertionCredentialOptions, ClientSecretCredential,
    ClientSecretCredentialOptions, ManagedIdentityCredential, ManagedIdentityCredentialOptions,
    UserAssignedId, WorkloadIdentityCredential, WorkloadIdentityCredentialOptions,
};
use tokio::time::timeout;

use super::NoToken;
use super::token::tenant_of;
use super::ways::Way;
use crate::collect::azure::answer::{innermost, of_connection};
use crate::evidence::MissingReason;
use crate::target::azure::TenantId;

/// How long a virtual machine's metadata service may take to say that it is there: what Azure's other SDKs give it.
const PROBE: Duration = Duration::from_secs(1);
/// Where a virtual machine has its tokens (Entra managed-identities how-to-use-vm-token).
const METADATA_SERVICE: &str = "http://169.254.169.254/metadata/identity/oauth2/token?api-version=2018-02-01&resource=https://management.azure.com";

impl Way {
    /// Whether it is worth asking: a virtual machine's metadata service, without which an identity is looked for in vain
    /// for a minute, answers at once where it is.
    pub(super) async fn is_there(&self, options: &ClientOptions) -> Result<(), NoToken> {
        let Self::ManagedIdentity { endpoint_is_known: false, .. } = self else { return Ok(()) };
        let absent = || NoToken::unavailable("none on this machine");
        let transport = options.transport.as_ref().ok_or_else(absent)?;
        // Without the header that it wants it refuses, and nothing else refuses the same way.
        let mut request = Request::new(Url::parse(METADATA_SERVICE).map_err(|_| absent())?, Method::Get);
        match timeout(PROBE, transport.send(&Context::new(), &mut request)).await {
            Ok(Ok(answered)) if answered.status() == StatusCode::BadRequest => Ok(()),
            _ => Err(absent()),
        }
    }

    /// A token from it, for the tenant given.
    pub(super) async fn token(
        &self,
        tenant: TenantId,
        scope: &str,
        options: ClientOptions,
    ) -> Result<AccessToken, NoToken> {
        let credential = self.credential(tenant, options).map_err(|error| self.no_token(&error))?;
        match credential.get_token(&[scope], None).await {
            Ok(token) => of_the_tenant(token, tenant, self.takes_a_tenant()),
            // Logged in with a managed identity, or in the Cloud Shell, `az` refuses to be told the tenant.
            Err(error)
                if *self == Self::AzureCli && error.to_string().contains("Tenant shouldn't be specified") =>
            {
                let credential = AzureCliCredential::new(None).map_err(|error| self.no_token(&error))?;
                let token = credential.get_token(&[scope], None).await;
                of_the_tenant(token.map_err(|error| self.no_token(&error))?, tenant, false)
            }
            Err(error) => Err(self.no_token(&error)),
        }
    }

    fn credential(
        &self,
        tenant: TenantId,
        client_options: ClientOptions,
    ) -> azure_core::Result<Arc<dyn TokenCredential>> {
        let tenant_id = tenant.to_string();
        Ok(match self {
            Self::ClientSecret { client_id, secret } => ClientSecretCredential::new(
                &tenant_id,
                client_id.clone(),
                secret.clone(),
                Some(ClientSecretCredentialOptions { client_options }),
            )?,
            Self::WorkloadIdentity { client_id, token_file } => {
                WorkloadIdentityCredential::new(Some(WorkloadIdentityCredentialOptions {
                    credential_options: ClientAssertionCredentialOptions { client_options },
                    client_id: Some(client_id.clone()),
                    tenant_id: Some(tenant_id),
                    token_file_path: Some(token_file.into()),
                }))?
            }
            Self::ManagedIdentity { client_id, .. } => {
                ManagedIdentityCredential::new(Some(ManagedIdentityCredentialOptions {
                    user_assigned_id: client_id.clone().map(UserAssignedId::ClientId),
                    client_options,
                }))?
            }
            Self::AzureCli => AzureCliCredential::new(Some(AzureCliCredentialOptions {
                tenant_id: Some(tenant_id),
                ..AzureCliCredentialOptions::default()
            }))?,
            Self::AzureDeveloperCli => {
                AzureDeveloperCliCredential::new(Some(AzureDeveloperCliCredentialOptions {
                    tenant_id: Some(tenant_id),
                    ..AzureDeveloperCliCredentialOptions::default()
                }))?
            }
        })
    }

    /// What somebody else says, who should not repeat the secret.
    fn without_secret(&self, text: &str) -> String {
        match self {
            // What is shorter is none of Entra's, and may stand in any text.
            Self::ClientSecret { secret, .. } if secret.secret().len() >= 8 => {
                text.replace(secret.secret(), "…")
            }
            _ => text.to_owned(),
        }
    }

    /// Why it gives no token.
    fn no_token(&self, error: &Error) -> NoToken {
        // Around what happened stand the credential's name and where to read more.
        let happened = error.downcast_ref::<Error>().unwrap_or(error);
        if let Some((reason, detail)) = of_connection(happened) {
            return NoToken { reason, unavailable: !self.is_configured(), ..NoToken::failed(&detail) };
        }
        let text = innermost(happened);
        // Behind it stand ids that Microsoft's support asks for.
        let text = text.split(" Trace ID:").next().unwrap_or_default();
        let none = NoToken::failed(&self.without_secret(text));
        match happened.kind() {
            ErrorKind::HttpResponse { status: StatusCode::TooManyRequests, .. } => {
                NoToken { reason: MissingReason::Throttled, ..none }
            }
            // No identity is assigned (Entra managed-identities how-to-use-vm-token, "Error handling"), or it is of a
            // kind that Azure's SDK for Rust does not know.
            ErrorKind::HttpResponse { status: StatusCode::BadRequest, .. } | ErrorKind::Credential
                if matches!(self, Self::ManagedIdentity { .. }) =>
            {
                NoToken { unavailable: true, ..none }
            }
            _ => none,
        }
    }
}

/// Refuses a token of another tenant, and one whose tenant can't be told where none was asked for.
fn of_the_tenant(token: AccessToken, tenant: TenantId, asked_for: bool) -> Result<AccessToken, NoToken> {
    match tenant_of(token.token.secret()) {
        Some(of_token) if of_token == tenant => Ok(token),
        Some(of_token) => {
            Err(NoToken::unavailable(&format!("the identity is of tenant {of_token}, not of {tenant}")))
        }
        None if asked_for => Ok(token),
        None => Err(NoToken::unavailable("it can't be told which tenant the token is of")),
    }
}

#[cfg(test)]
mod tests {
    use azure_core::time::OffsetDateTime;

    use super::*;

    const TENANT: &str = "72f988bf-86f1-41af-91ab-2d7cd011db47";

    /// {"alg":"none"} . {"aud":"https://vault.azure.net","tid":"72f988bf-86f1-41af-91ab-2d7cd011db47"} . nothing
    const TOKEN: &str = "eyJhbGciOiJub25lIn0.eyJhdWQiOiJodHRwczovL3ZhdWx0LmF6dXJlLm5ldCIsInRpZCI6IjcyZjk4OGJmLTg2ZjEtNDFhZi05MWFiLTJkN2NkMDExZGI0NyJ9.";

    #[test]
    fn a_token_is_of_the_tenant_that_was_asked_about() {
        let other = "0483643a-cb2f-462a-bc27-1a270e5bdc0a";
        for (text, tenant, asked_for, taken) in [
            (TOKEN, TENANT, true, true),
            (TOKEN, TENANT, false, true),
            (TOKEN, other, true, false),
            (TOKEN, other, false, false),
            ("opaque", TENANT, true, true),
            ("opaque", TENANT, false, false),
        ] {
            let token = AccessToken::new(text, OffsetDateTime::UNIX_EPOCH);
            let result = of_the_tenant(token, tenant.parse().unwrap(), asked_for);
            assert_eq!(result.is_ok(), taken, "{text} {tenant} {asked_for}");
        }
    }

    #[test]
    fn a_failure_is_told_without_what_stands_around_it() {
        let way = Way::ClientSecret { client_id: "id".into(), secret: "s".into() };
        let inner = Error::with_message(
            ErrorKind::HttpResponse {
                status: StatusCode::Unauthorized,
                error_code: None,
                raw_response: None,
            },
            "AADSTS7000215: Invalid client secret provided. Trace ID: 81beda46 Timestamp: 2026-05-04",
        );
        let outer = Error::with_error(
            ErrorKind::Credential,
            inner,
            "ClientSecretCredential authentication failed. AADSTS7000215\nTo troubleshoot, visit https://aka.ms/",
        );
        let none = way.no_token(&outer);
        assert_eq!(none.detail, "AADSTS7000215: Invalid client secret provided");
        assert_eq!(none.reason, MissingReason::Credentials);
        assert!(!none.unavailable);
    }

    #[test]
    fn a_secret_is_not_repeated() {
        let way = Way::ClientSecret { client_id: "id".into(), secret: "correct-horse".into() };
        let error =
            Error::with_message(ErrorKind::Credential, "you sent client_secret=correct-horse&scope=x");
        assert_eq!(way.no_token(&error).detail, "you sent client_secret=…&scope=x");
    }

    #[test]
    fn a_machine_without_an_identity_is_no_failure() {
        let way = Way::ManagedIdentity { client_id: None, endpoint_is_known: true };
        for (status, unavailable) in
            [(StatusCode::BadRequest, true), (StatusCode::InternalServerError, false)]
        {
            let kind = ErrorKind::HttpResponse { status, error_code: None, raw_response: None };
            let error = Error::with_error(
                ErrorKind::Credential,
                Error::with_message(kind, "The requested identity has not been assigned to this resource"),
                "ManagedIdentityCredential authentication failed.",
            );
            assert_eq!(way.no_token(&error).unavailable, unavailable, "{status}");
        }
    }
}
