//! Azure as one run asks it: who asks, over which pipeline, until when.
//!
//! All services are asked over Azure's pipeline, which retries what may pass and adds the token. Key Vault too: its own
//! client asks each vault once without a token first, hides what the vault said to that, follows a list's next page to
//! any host with the token, and takes a list that is not there for an empty one. What it guards against, a challenge
//! that names another resource, does not arise here: tokens are for `https://vault.azure.net` and no other resource, and
//! go to a host of the public cloud's vaults and no other (Key Vault authentication-requests-and-responses).

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Duration;

use azure_core::http::policies::Policy;
use azure_core::http::policies::auth::BearerTokenAuthorizationPolicy;
use azure_core::http::{
    Body, ClientOptions, Context, ExponentialRetryOptions, Method, Pipeline, PipelineSendOptions,
    RawResponse, Request, RetryOptions, Transport, Url, UserAgentOptions,
};
use serde::de::DeserializeOwned;
use tokio::time::{Instant, timeout_at};

use super::answer::{Answer, Failure, innermost, read, unanswered};
use super::challenge;
use super::login::{Audience, Environment, Login, TokenFor};
use super::network::{Client, Hosts, Patience};
use crate::collect::shared::{Answered, Shared};
use crate::evidence::MissingReason;
use crate::evidence::azure::Call;
use crate::target::azure::TenantId;

/// How often a request is repeated that was throttled, failed on the service's side or met no connection.
const RETRIES: u32 = 3;
/// What services see of the program, with its version.
const PROGRAM: &str = env!("CARGO_PKG_NAME");
const VERSION: &str = env!("CARGO_PKG_VERSION");

/// The tenants that a run reads: connections, logins and what was answered, for all of its targets.
#[derive(Debug, Default)]
pub(super) struct Tenants {
    hosts: Arc<Hosts>,
    client: OnceLock<Result<Client, String>>,
    logins: Mutex<Logins>,
    answers: Shared<Question, Answer<RawResponse>>,
}

/// Logins by tenant, and by the services that are needed.
type Logins = BTreeMap<(TenantId, Vec<Audience>), Arc<Login>>;

/// What tells a request from others.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Question {
    tenant: TenantId,
    call: &'static str,
    audience: Option<Audience>,
    url: String,
    body: Vec<u8>,
}

impl Answered for Answer<RawResponse> {
    /// An error may be one for the moment, whatever is read from it.
    fn failure(&self) -> Option<MissingReason> {
        match self {
            Err(failure) => Some(failure.missing.reason),
            Ok(answered) if matches!(u16::from(answered.status()), 408 | 429 | 500..) => {
                Some(MissingReason::Throttled)
            }
            Ok(_) => None,
        }
    }
}

/// What one target is asked with.
#[derive(Debug)]
pub(super) struct Session<'a> {
    tenant: TenantId,
    deadline: Instant,
    tenants: &'a Tenants,
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

impl Tenants {
    fn client(&self) -> Result<Client, String> {
        let made = self.client.get_or_init(|| {
            Client::new(Arc::clone(&self.hosts), Patience::For(Duration::MAX))
                .map_err(|error| format!("no connection can be made: {}", innermost(&error)))
        });
        made.clone()
    }

    /// Who asks a tenant. Which way to log in works is found out with the services that are needed, so a login is for
    /// those who need the same.
    fn login(
        &self,
        tenant: TenantId,
        environment: Environment,
        options: ClientOptions,
        needed: Vec<Audience>,
    ) -> Arc<Login> {
        let mut logins = self.logins.lock().unwrap_or_else(PoisonError::into_inner);
        let login = logins.entry((tenant, needed.clone()));
        Arc::clone(login.or_insert_with(|| Arc::new(Login::new(tenant, environment, options, needed))))
    }
}

impl<'a> Session<'a> {
    /// A session of the tenant given. Nothing is asked yet.
    pub(super) fn new(
        tenants: &'a Tenants,
        tenant: TenantId,
        environment: Environment,
        time_limit: Duration,
        needed: Vec<Audience>,
    ) -> Self {
        let deadline = Instant::now() + time_limit;
        let pipelines = tenants.client().map(|client| {
            // A login outlives the target that began it.
            let of_login = options(client.with(Patience::For(time_limit)), time_limit);
            let login = tenants.login(tenant, environment, of_login, needed);
            Pipelines::new(login, &options(client.with(Patience::Until(deadline)), time_limit))
        });
        Self { tenant, deadline, tenants, pipelines }
    }

    /// Names of hosts, and who answered.
    pub(super) fn hosts(&self) -> &Hosts {
        &self.tenants.hosts
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

    /// Sends a request, with the service's token or with none, unless another target has.
    pub(super) async fn ask(
        &self,
        call: &Call,
        audience: Option<Audience>,
        request: Request,
    ) -> Answer<RawResponse> {
        let pipelines = self.pipelines(call)?;
        if let Some(audience) = audience {
            self.logged_in(call, audience).await?;
        }
        let body = match request.body() {
            Body::Bytes(bytes) => bytes.to_vec(),
            // None is sent.
            Body::SeekableStream(_) => Vec::new(),
        };
        let url = request.url().to_string();
        let question = Question { tenant: self.tenant, call: call.name, audience, url, body };
        let asked = Box::pin(self.sent(call, audience, request, pipelines));
        self.tenants.answers.get(question, self.deadline, asked).await
    }

    async fn sent(
        &self,
        call: &Call,
        audience: Option<Audience>,
        mut request: Request,
        pipelines: &Pipelines,
    ) -> Answer<RawResponse> {
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
    fn new(login: Arc<Login>, options: &ClientOptions) -> Self {
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
