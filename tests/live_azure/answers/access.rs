//! Who asks, whether the service takes the token, and whether they may.

use super::{Answered, errors};
use crate::callers::{Audience, Caller, Right, Token, issuer};
use crate::http::{Answer, Request};
use crate::tenant::{Azure, Scope, Subscription, Tenant};

/// Somebody with a token that the service takes.
pub(super) struct Asker<'a> {
    pub(super) azure: &'a Azure,
    pub(super) token: Token,
    pub(super) caller: &'a Caller,
    /// The tenant of the token.
    pub(super) tenant: &'a Tenant,
}

impl<'a> Asker<'a> {
    /// Who asks Azure Resource Manager.
    pub(super) fn of_resource_manager(azure: &'a Azure, request: &Request) -> Result<Self, Answer> {
        let Some(token) = request.bearer() else {
            let message = "Authentication failed. The 'Authorization' header is missing.";
            let challenge = "Bearer authorization_uri=\"https://login.windows.net/\", error=\"invalid_token\", \
                             error_description=\"The authentication failed because of missing 'Authorization' header.\"";
            return Err(errors::resource_manager(401, "AuthenticationFailed", message)
                .header("WWW-Authenticate", challenge));
        };
        let invalid =
            || errors::resource_manager(401, "InvalidAuthenticationToken", "The access token is invalid.");
        let asker = Self::with(azure, token).ok_or_else(invalid)?;
        if asker.token.is_for(Audience::ResourceManager) {
            return Ok(asker);
        }
        let message = format!(
            "The access token has been obtained for wrong audience or resource '{}'. It should exactly match with one \
             of the allowed audiences 'https://management.core.windows.net/','https://management.core.windows.net',\
             'https://management.azure.com/','https://management.azure.com'.",
            asker.token.resource
        );
        Err(errors::resource_manager(401, "InvalidAuthenticationTokenAudience", &message))
    }

    /// Who asks Microsoft Graph.
    pub(super) fn of_graph(azure: &'a Azure, request: &Request) -> Result<Self, Answer> {
        let refused = |message: &str| Err(errors::graph(401, "InvalidAuthenticationToken", message));
        let Some(token) = request.bearer() else { return refused("Access token is empty.") };
        match Self::with(azure, token) {
            Some(asker) if asker.token.is_for(Audience::Graph) => Ok(asker),
            Some(_) => refused("Access token validation failure. Invalid audience."),
            None => refused("Access token validation failure."),
        }
    }

    /// Whose token this is; `None` where it is nobody's.
    pub(super) fn with(azure: &'a Azure, token: &str) -> Option<Self> {
        let token = Token::read(token)?;
        let (caller, tenant) = (token.caller(azure)?, azure.tenant_with(&token.tenant)?);
        Some(Self { azure, token, caller, tenant })
    }

    /// Whether they have a right at a scope.
    pub(super) fn may(&self, right: Right, scope: &Scope) -> bool {
        let of_subscription = scope.subscription_id().and_then(|id| self.azure.subscription_with(id));
        let tenant = of_subscription.map_or(self.tenant, |(tenant, _)| tenant);
        let mut rights = self.caller.rights.iter();
        rights.any(|(of_caller, at)| *of_caller == right && tenant.reaches(at, scope))
    }

    /// An error of Azure Resource Manager unless they have the right.
    pub(super) fn must(&self, right: Right, scope: &Scope) -> Result<(), Answer> {
        if self.may(right, scope) {
            return Ok(());
        }
        let Token { application_id, object_id, .. } = &self.token;
        let message = format!(
            "The client '{application_id}' with object id '{object_id}' does not have authorization to perform action \
             '{}' over scope '{}' or the scope is invalid. If access was recently granted, please refresh your \
             credentials.",
            right.name(),
            scope.as_str()
        );
        Err(errors::resource_manager(403, "AuthorizationFailed", &message))
    }

    /// An error of Microsoft Graph unless they have the right.
    pub(super) fn must_in_directory(&self, right: Right) -> Result<(), Answer> {
        let message = "Insufficient privileges to complete the operation.";
        let refused = || errors::graph(403, "Authorization_RequestDenied", message);
        self.caller.has(right).then_some(()).ok_or_else(refused)
    }

    /// The subscription that a scope is in, which must trust the token's tenant. `None` for a scope above subscriptions.
    pub(super) fn subscription_of(&self, scope: &Scope) -> Result<Option<&'a Subscription>, Answer> {
        let Some(id) = scope.subscription_id() else { return Ok(None) };
        let (tenant, subscription) =
            self.azure.subscription_with(id).ok_or_else(|| errors::subscription_not_found(id))?;
        if tenant.id.eq_ignore_ascii_case(&self.token.tenant) {
            return Ok(Some(subscription));
        }
        let message = format!(
            "The access token is from the wrong issuer '{}'. It must match the tenant '{}' associated with this \
             subscription. Please use the authority (URL) 'https://login.windows.net/{}' to get the token. Note, if the \
             subscription is transferred to another tenant there is no impact to the services, but information about new \
             tenant could take time to propagate (up to an hour). If you just transferred your subscription and see this \
             error message, please try back later.",
            self.token.issuer(),
            issuer(&tenant.id),
            tenant.id
        );
        Err(errors::resource_manager(401, "InvalidAuthenticationTokenTenant", &message))
    }

    /// Whether they see a subscription in a list: those do who have a right in it or above it.
    pub(super) fn sees(&self, subscription: &Subscription) -> bool {
        let scope = Scope::subscription(&subscription.id);
        self.caller.rights.iter().any(|(right, at)| {
            let within = at.subscription_id().is_some_and(|id| id.eq_ignore_ascii_case(&subscription.id));
            right.audience() == Audience::ResourceManager && (within || self.tenant.reaches(at, &scope))
        })
    }
}

/// Requires one of these versions of Azure Resource Manager's interface.
pub(super) fn require_version(request: &Request, versions: &[&str]) -> Result<(), Answer> {
    let Some(version) = request.parameter("api-version") else {
        let message = "The api-version query parameter (?api-version=) is required for all requests.";
        return Err(errors::resource_manager(400, "MissingApiVersionParameter", message));
    };
    if versions.contains(&version.as_str()) {
        return Ok(());
    }
    let message = format!(
        "The api-version '{version}' is invalid. The supported versions are '{}'.",
        versions.join(",")
    );
    Err(errors::resource_manager(400, "InvalidApiVersionParameter", &message))
}

/// Who asks Azure Resource Manager, in one of these versions.
pub(super) fn asked<'a>(azure: &'a Azure, request: &Request, versions: &[&str]) -> Result<Asker<'a>, Answer> {
    let asker = Asker::of_resource_manager(azure, request)?;
    require_version(request, versions)?;
    Ok(asker)
}

/// An answer that is no error.
pub(super) fn ok(body: &serde_json::Value) -> Answered {
    Ok(Answer::json(200, body))
}
