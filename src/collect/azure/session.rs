//! Azure as one run asks it: who asks, over which pipeline, until when.
//!
//! All services are asked over Azure's pipeline, which retries what may pass and adds the token. Key Vault too: its own
//! client asks each vault once without a token first, hides what the vault said to that, follows a list's next page to
//! any host with the token, and takes a list that is not there for an empty one. What it guards against, a challenge
//! that names another resource, does not arise here: tokens are for `https://vault.azure.net` and no other resource, and
//! go to a host of the public cloud's vaults and no other (Key Vault authentication-requests-and-responses).

use std::sync::Arc;
use std::time::Duration;

use azure_core::http::policies::Policy;
use azure_core::http::policies::auth::BearerTokenAuthorizationPolicy;
use azure_core::http::{
    ClientOptions, Context, ExponentialRetryOptions, Method, Pipeline, PipelineSendOptions, RawResponse,
    Request, RetryOptions, Transport, Url, UserAgentOptions,
};
use serde::de::DeserializeOwned;
use tokio::time::{Instant, timeout_at};

use super::answer::{Answer, Failure, innermost, read, unanswered};
use super::challenge;
use super::login::{Audience, Environment, Login, TokenFor};
use super::network::{Client, Hosts};
use crate::evidence::MissingReason;
use crate::evidence::azure::Call;
use crate::target::azure::TenantId;

/// How often a request is repeated that was throttled, failed on the service's side or met no connection.
const RETRIES: u32 = 3;
/// What services see of the program, with its version.
const PROGRAM: &str = env!("CARGO_PKG_NAME");
const VERSION: &str = env!("CARGO_PKG_VERSION");

/// What a run asks with.
#[derive(Debug)]
pub(super) struct Session {
    tenant: TenantId,
    deadline: Instant,
    hosts: Arc<Hosts>,
    pipelines: Result<Pipelines, String>,
}

/// The ways to the services, each with its own token, and one without.
#[derive(Debug)]
struct Pipelines {
    login: Arc<Login>,
    anonymous: Pipeline,
    resource_manager: Pipeline,
    graph: Pipeline,
    vault: Pipeline,
}

impl Session {
    /// A session of the tenant given. Nothing is asked yet.
    pub(super) fn new(
        tenant: TenantId,
        environment: Environment,
        time_limit: Duration,
        needed: Vec<Audience>,
    ) -> Self {
        let deadline = Instant::now() + time_limit;
        let hosts = Arc::new(Hosts::default());
        let client = Client::new(Arc::clone(&hosts), deadline);
        let pipelines = client
            .map(|client| Pipelines::new(tenant, environment, options(client, time_limit), needed))
            .map_err(|error| format!("no connection can be made: {}", innermost(&error)));
        Self { tenant, deadline, hosts, pipelines }
    }

    /// Names of hosts, and who answered.
    pub(super) fn hosts(&self) -> &Hosts {
        &self.hosts
    }

    /// Asks a service and reads its answer.
    pub(super) async fn get<T: DeserializeOwned>(
        &self,
        call: &Call,
        audience: Audience,
        url: Url,
    ) -> Answer<T> {
        read(call, &self.ask(call, Some(audience), Request::new(url, Method::Get)).await?)
    }

    /// Sends a request: with the service's token, or with none.
    pub(super) async fn ask(
        &self,
        call: &Call,
        audience: Option<Audience>,
        mut request: Request,
    ) -> Answer<RawResponse> {
        let pipelines = self.pipelines(call)?;
        if let Some(audience) = audience {
            self.logged_in(call, audience).await?;
        }
        request.insert_header("accept", "application/json");
        let context = Context::new();
        // An error's status, headers and body are read here.
        let whole = PipelineSendOptions { skip_checks: true, ..PipelineSendOptions::default() };
        let sent = Box::pin(pipelines.to(audience).send(&context, &mut request, Some(whole)));
        match timeout_at(self.deadline, sent).await {
            Ok(Ok(answered)) => match challenge::of_another_tenant(&answered, self.tenant) {
                Some(detail) if audience == Some(Audience::Vault) => {
                    Err(Failure::new(call, MissingReason::WrongAccount, detail))
                }
                _ => Ok(answered),
            },
            Ok(Err(error)) => Err(unanswered(call, &error)),
            Err(_) => Err(Failure::new(
                call,
                MissingReason::TimedOut,
                "no answer within the time limit; raise it with --timeout",
            )),
        }
    }

    /// Waits for what there is another way to, and not for longer than half of the time that is left.
    pub(super) async fn first_way<T>(
        &self,
        call: &Call,
        audience: Audience,
        asked: impl Future<Output = Answer<T>>,
    ) -> Answer<T> {
        self.logged_in(call, audience).await?;
        let now = Instant::now();
        let half = now + self.deadline.saturating_duration_since(now) / 2;
        timeout_at(half, asked).await.unwrap_or_else(|_| {
            Err(Failure::new(call, MissingReason::TimedOut, "no answer in half of the time limit"))
        })
    }

    fn pipelines(&self, call: &Call) -> Answer<&Pipelines> {
        self.pipelines.as_ref().map_err(|problem| Failure::new(call, MissingReason::Unreachable, problem))
    }

    /// Waits for the token: its lack is one clear reason, whatever is asked.
    async fn logged_in(&self, call: &Call, audience: Audience) -> Answer<()> {
        match timeout_at(self.deadline, self.pipelines(call)?.login.token(audience)).await {
            Ok(Ok(_)) => Ok(()),
            Ok(Err(none)) => Err(Failure::new(call, none.reason, none.detail)),
            Err(_) => Err(Failure::new(
                call,
                MissingReason::Credentials,
                "looking for credentials took longer than the time limit",
            )),
        }
    }
}

impl Pipelines {
    fn new(
        tenant: TenantId,
        environment: Environment,
        options: ClientOptions,
        needed: Vec<Audience>,
    ) -> Self {
        let login = Arc::new(Login::new(tenant, environment, options.clone(), needed));
        let pipeline = |token: Vec<Arc<dyn Policy>>| {
            Pipeline::new(Some(PROGRAM), Some(VERSION), options.clone(), Vec::new(), token, None)
        };
        let with_token = |audience: Audience| {
            let credential = Arc::new(TokenFor { login: Arc::clone(&login), audience });
            pipeline(vec![Arc::new(BearerTokenAuthorizationPolicy::new(credential, [audience.scope()]))])
        };
        Self {
            anonymous: pipeline(Vec::new()),
            resource_manager: with_token(Audience::ResourceManager),
            graph: with_token(Audience::Graph),
            vault: with_token(Audience::Vault),
            login,
        }
    }

    fn to(&self, audience: Option<Audience>) -> &Pipeline {
        match audience {
            None => &self.anonymous,
            Some(Audience::ResourceManager) => &self.resource_manager,
            Some(Audience::Graph) => &self.graph,
            Some(Audience::Vault) => &self.vault,
        }
    }
}

/// What all pipelines share, those of the login too.
fn options(client: Client, time_limit: Duration) -> ClientOptions {
    ClientOptions {
        transport: Some(Transport::new(Arc::new(client))),
        retry: RetryOptions::exponential(ExponentialRetryOptions {
            initial_delay: azure_core::time::Duration::milliseconds(200),
            max_retries: RETRIES,
            max_total_elapsed: time_limit.try_into().unwrap_or(azure_core::time::Duration::MAX),
            max_delay: azure_core::time::Duration::seconds(5),
        }),
        user_agent: UserAgentOptions { application_id: Some(PROGRAM.into()) },
        ..ClientOptions::default()
    }
}
