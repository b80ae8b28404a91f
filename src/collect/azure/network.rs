//! The HTTP client under every request to Azure: what it waits for, how much it reads, and what it learns of names.
//!
//! It is `reqwest`, as Azure's own client is, with rustls and the environment's `HTTPS_PROXY` and `SSL_CERT_FILE`. It is
//! made here because Azure's constructor panics where the machine has no certificates, and because a vault that does not
//! exist shows in nothing but its name (Key Vault soft-delete-overview): which name was looked up, and what the resolver
//! said, is not to be read off an error's text.

use std::collections::BTreeSet;
use std::fmt;
use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use azure_core::error::{Error, ErrorKind};
use azure_core::http::headers::{Headers, RETRY_AFTER, RETRY_AFTER_MS, X_MS_RETRY_AFTER_MS};
use azure_core::http::policies::get_retry_after;
use azure_core::http::{AsyncRawResponse, AsyncResponseBody, HttpClient, RawResponse, Request, StatusCode};
use azure_core::time::OffsetDateTime;
use futures_util::StreamExt;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use thiserror::Error;
use tokio::time::{Instant, timeout};

/// The largest answer that is read, in bytes: far above any page of a list.
const LARGEST: usize = 4 * 1024 * 1024;
/// For a connection.
const CONNECT: Duration = Duration::from_secs(5);
/// For one attempt at an answer, connection and all.
const ATTEMPT: Duration = Duration::from_secs(10);

/// No answer in time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("no answer in time")]
pub(super) struct NoAnswerInTime;

/// An answer without an end in sight.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("the answer is longer than {} MiB", LARGEST / 1024 / 1024)]
pub(super) struct TooLong;

/// A name that does not exist, as the resolver of this machine says.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("there is no host `{0}`")]
pub(super) struct NoSuchHost(pub(super) String);

/// What a run has learned of the hosts that it asked.
#[derive(Debug, Default)]
pub(super) struct Hosts {
    /// Names that this machine's resolver knows.
    resolved: Mutex<BTreeSet<String>>,
    /// Hosts that answered a request.
    answered: Mutex<BTreeSet<String>>,
}

impl Hosts {
    /// Whether the resolver has shown with another host that it works: it found the name, and the host answered. Behind
    /// a proxy it never does, for there the proxy's name is the only one that is looked up.
    pub(super) fn found_another_than(&self, host: &str) -> bool {
        let resolved = self.resolved.lock().unwrap_or_else(PoisonError::into_inner);
        let answered = self.answered.lock().unwrap_or_else(PoisonError::into_inner);
        answered.intersection(&resolved).any(|other| other != host)
    }

    fn note(names: &Mutex<BTreeSet<String>>, name: &str) {
        names.lock().unwrap_or_else(PoisonError::into_inner).insert(name.to_ascii_lowercase());
    }
}

/// The client.
#[derive(Debug, Clone)]
pub(super) struct Client {
    client: reqwest::Client,
    hosts: Arc<Hosts>,
    patience: Patience,
}

/// How long an answer may take, retries and all.
#[derive(Debug, Clone, Copy)]
pub(super) enum Patience {
    /// Until then.
    Until(Instant),
    /// For so long from each attempt on: whoever waits has a limit of its own.
    For(Duration),
}

impl Patience {
    fn left(self) -> Duration {
        match self {
            Self::Until(deadline) => deadline.saturating_duration_since(Instant::now()),
            Self::For(time) => time,
        }
    }
}

impl Client {
    /// Makes the client.
    ///
    /// # Errors
    /// Where the machine has no certificates, for one.
    pub(super) fn new(hosts: Arc<Hosts>, patience: Patience) -> reqwest::Result<Self> {
        let client = reqwest::Client::builder()
            .connect_timeout(CONNECT)
            // A token is for the host that was asked and no other.
            .redirect(reqwest::redirect::Policy::none())
            .dns_resolver(Arc::new(Resolver(Arc::clone(&hosts))))
            .build()?;
        Ok(Self { client, hosts, patience })
    }

    /// The same connections, with another patience.
    pub(super) fn with(&self, patience: Patience) -> Self {
        Self { patience, ..self.clone() }
    }

    async fn attempt(&self, request: &Request) -> azure_core::Result<AsyncRawResponse> {
        let response = self.client.execute_request(request).await.map_err(final_if_no_such_host)?;
        if let Some(host) = request.url().host_str() {
            Hosts::note(&self.hosts.answered, host);
        }
        let (status, headers, body) = response.deconstruct();
        let body = limited(body).await?;
        if later_than(self.patience.left(), status, &headers) {
            // Waiting is the retry policy's, which would wait for longer than anybody does.
            let kind = ErrorKind::HttpResponse {
                status,
                error_code: None,
                raw_response: Some(Box::new(RawResponse::from_bytes(status, headers, body))),
            };
            return Err(Error::with_message(kind, "asked to wait for longer than the time limit"));
        }
        Ok(AsyncRawResponse::from_bytes(status, headers, body))
    }
}

#[async_trait]
impl HttpClient for Client {
    async fn execute_request(&self, request: &Request) -> azure_core::Result<AsyncRawResponse> {
        let time = self.patience.left().min(ATTEMPT);
        match timeout(time, self.attempt(request)).await {
            Ok(answered) => answered,
            Err(_) => Err(Error::new(ErrorKind::Io, NoAnswerInTime)),
        }
    }
}

/// The whole body, decompressed, unless it is too long. Of a body that ends before its end comes the client's error.
async fn limited(mut body: AsyncResponseBody) -> azure_core::Result<Vec<u8>> {
    let mut whole = Vec::new();
    while let Some(chunk) = body.next().await {
        let chunk = chunk?;
        if whole.len() + chunk.len() > LARGEST {
            // Of another kind than `Io`, which is retried.
            return Err(Error::new(ErrorKind::Other, TooLong));
        }
        whole.extend_from_slice(&chunk);
    }
    Ok(whole)
}

/// Whether an answer asks to come back after more time than is left.
fn later_than(left: Duration, status: StatusCode, headers: &Headers) -> bool {
    let retried = matches!(status, StatusCode::TooManyRequests | StatusCode::ServiceUnavailable);
    let wait = get_retry_after(
        headers,
        OffsetDateTime::now_utc,
        &[X_MS_RETRY_AFTER_MS, RETRY_AFTER_MS, RETRY_AFTER],
    );
    retried && wait.is_some_and(|wait| wait > left)
}

/// A name that does not exist will not exist a moment later: connections that failed for it are not tried again.
fn final_if_no_such_host(error: Error) -> Error {
    match cause::<NoSuchHost>(&error) {
        Some(no_such_host) => Error::new(ErrorKind::Other, no_such_host.clone()),
        None => error,
    }
}

/// The cause of this type among an error's causes.
pub(super) fn cause<'a, E: std::error::Error + 'static>(
    error: &'a (dyn std::error::Error + 'static),
) -> Option<&'a E> {
    let mut cause = Some(error);
    while let Some(error) = cause {
        if let Some(found) = error.downcast_ref() {
            return Some(found);
        }
        cause = error.source();
    }
    None
}

/// The resolver of this machine, which says which name it does not know.
struct Resolver(Arc<Hosts>);

impl Resolve for Resolver {
    fn resolve(&self, name: Name) -> Resolving {
        let hosts = Arc::clone(&self.0);
        Box::pin(async move {
            let name = name.as_str();
            match tokio::net::lookup_host((name, 0)).await {
                Ok(addresses) => {
                    Hosts::note(&hosts.resolved, name);
                    let addresses: Vec<SocketAddr> = addresses.collect();
                    Ok(Box::new(addresses.into_iter()) as Addrs)
                }
                Err(error) if says_no_such_host(&error) => Err(NoSuchHost(name.to_ascii_lowercase()).into()),
                Err(error) => Err(error.into()),
            }
        })
    }
}

impl fmt::Debug for Resolver {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Resolver")
    }
}

/// Whether the resolver says that there is no such name, and not that it could not find out. The standard library has no
/// kind for either, but the text of the system's `EAI_NONAME`, in the C locale: of glibc, of musl, of macOS and of other
/// BSDs; on Windows its number, `WSAHOST_NOT_FOUND`. A name without an address (`EAI_NODATA`) exists.
fn says_no_such_host(error: &io::Error) -> bool {
    const NO_NAME: [&str; 4] = [
        "Name or service not known",
        "Name does not resolve",
        "nodename nor servname provided, or not known",
        "hostname nor servname provided, or not known",
    ];
    const HOST_NOT_FOUND: i32 = 11_001;
    if cfg!(windows) {
        return error.raw_os_error() == Some(HOST_NOT_FOUND);
    }
    let text = error.to_string();
    error.raw_os_error().is_none() && NO_NAME.iter().any(|no_name| text.ends_with(no_name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_name_that_does_not_exist_is_proof() {
        for (text, proof) in [
            ("failed to lookup address information: Name or service not known", true),
            ("failed to lookup address information: Name does not resolve", true),
            ("failed to lookup address information: nodename nor servname provided, or not known", true),
            ("failed to lookup address information: Temporary failure in name resolution", false),
            ("failed to lookup address information: No address associated with hostname", false),
            ("failed to lookup address information: Try again", false),
            ("failed to lookup address information: Non-recoverable failure in name resolution", false),
        ] {
            if cfg!(unix) {
                assert_eq!(says_no_such_host(&io::Error::other(text)), proof, "{text}");
            }
        }
    }

    #[test]
    fn another_host_shows_that_the_resolver_works() {
        let hosts = Hosts::default();
        let vault = "contoso-ekm.vault.azure.net";
        Hosts::note(&hosts.resolved, vault);
        Hosts::note(&hosts.answered, vault);
        assert!(!hosts.found_another_than(vault));
        // A proxy: its name is the one that is resolved, and the hosts behind it answer.
        Hosts::note(&hosts.resolved, "proxy.contoso.com");
        Hosts::note(&hosts.answered, "management.azure.com");
        assert!(!hosts.found_another_than(vault));
        Hosts::note(&hosts.resolved, "Management.Azure.com");
        assert!(hosts.found_another_than(vault));
    }

    #[test]
    fn a_wait_is_too_long_where_less_time_is_left() {
        let left = Duration::from_secs(5);
        for (status, header, too_long) in [
            (StatusCode::TooManyRequests, Some("4"), false),
            (StatusCode::TooManyRequests, Some("6"), true),
            (StatusCode::ServiceUnavailable, Some("6"), true),
            (StatusCode::ServiceUnavailable, None, false),
            (StatusCode::TooManyRequests, Some("soon"), false),
            (StatusCode::Ok, Some("6"), false),
        ] {
            let mut headers = Headers::new();
            if let Some(header) = header {
                headers.insert(RETRY_AFTER, header);
            }
            assert_eq!(later_than(left, status, &headers), too_long, "{status} {header:?}");
        }
    }
}
