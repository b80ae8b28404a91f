//! The network between the program and a double of Azure: a proxy on loopback that ends TLS itself.
//!
//! The program keeps Azure's real URLs. It is told of the proxy (`HTTPS_PROXY`) and of the authority that vouches for
//! Azure's hosts here (`SSL_CERT_FILE`), and of nothing else.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use rustls::{ServerConfig, ServerConnection, StreamOwned};

use crate::answers;
use crate::callers::Audience;
use crate::calls::{Call, IDENTITY_ENDPOINT};
use crate::http::{Answer, Request};
use crate::tenant::Azure;

#[path = "network/certificates.rs"]
mod certificates;
#[path = "network/reply.rs"]
mod reply;

pub(crate) use reply::Reply;

/// The network, with Azure behind it. It listens until the tests end.
#[derive(Debug)]
pub(crate) struct Network {
    address: SocketAddr,
    /// Where the authority's certificate is.
    directory: tempfile::TempDir,
    azure: Arc<Azure>,
    asked: Arc<Mutex<Vec<Asked>>>,
    refused: Arc<Mutex<Vec<String>>>,
}

/// A request, as it arrived.
#[derive(Debug, Clone)]
pub(crate) struct Asked {
    pub(crate) call: Call,
    /// How often this call was made before.
    pub(crate) before: usize,
    pub(crate) method: String,
    pub(crate) host: String,
    /// Path and query.
    pub(crate) target: String,
    /// Whether it came with a token.
    pub(crate) authorized: bool,
    /// The service that a token is asked for, of those requests that ask for one.
    pub(crate) token_for: Option<Audience>,
}

type Replies = Arc<dyn Fn(&Asked) -> Reply + Send + Sync>;

/// What each connection needs.
#[derive(Clone)]
struct Shared {
    azure: Arc<Azure>,
    tls: Arc<ServerConfig>,
    replies: Replies,
    asked: Arc<Mutex<Vec<Asked>>>,
    refused: Arc<Mutex<Vec<String>>>,
}

impl Network {
    /// Azure as it is.
    pub(crate) fn of(azure: Azure) -> Self {
        Self::but(azure, |_| Reply::Passed)
    }

    /// Azure where each answer takes this long.
    pub(crate) fn slow(azure: Azure, delay: Duration) -> Self {
        Self::but(azure, move |_| Reply::Late(delay))
    }

    /// Azure where some calls are answered otherwise.
    pub(crate) fn but(azure: Azure, reply: impl Fn(&Asked) -> Reply + Send + Sync + 'static) -> Self {
        let directory = tempfile::tempdir().expect("makes a directory");
        let (tls, authority) = certificates::of_azure();
        std::fs::write(directory.path().join("ca.pem"), authority).expect("writes the certificate");
        let listener = TcpListener::bind("127.0.0.1:0").expect("has a free port");
        let address = listener.local_addr().expect("has an address");
        let (azure, asked, refused) = (Arc::new(azure), Arc::default(), Arc::default());
        let shared = Shared {
            azure: Arc::clone(&azure),
            tls: Arc::new(tls),
            replies: Arc::new(reply),
            asked: Arc::clone(&asked),
            refused: Arc::clone(&refused),
        };
        thread::spawn(move || {
            for stream in listener.incoming() {
                let (Ok(stream), shared) = (stream, shared.clone()) else { continue };
                // A client that goes away in the middle is none of the test's business.
                thread::spawn(move || shared.serve(stream));
            }
        });
        Self { address, directory, azure, asked, refused }
    }

    /// For `HTTPS_PROXY`.
    pub(crate) fn proxy(&self) -> String {
        format!("http://{}", self.address)
    }

    /// For `SSL_CERT_FILE`.
    pub(crate) fn authority(&self) -> PathBuf {
        self.directory.path().join("ca.pem")
    }

    /// For `IDENTITY_ENDPOINT`.
    pub(crate) fn identity_endpoint(&self) -> String {
        format!("{}{IDENTITY_ENDPOINT}", self.proxy())
    }

    /// What is behind it.
    pub(crate) fn azure(&self) -> &Azure {
        &self.azure
    }

    /// All that was asked so far, in the order in which it arrived.
    pub(crate) fn asked(&self) -> Vec<Asked> {
        self.asked.lock().expect("no thread has failed").clone()
    }

    /// Hosts that somebody wanted a connection to and got none, in the order in which they were asked for.
    pub(crate) fn refused(&self) -> Vec<String> {
        self.refused.lock().expect("no thread has failed").clone()
    }

    /// How often a call was made.
    pub(crate) fn times(&self, call: Call) -> usize {
        self.asked().iter().filter(|asked| asked.call == call).count()
    }
}

impl Shared {
    /// Serves a connection: in clear text, or through TLS to one host from a `CONNECT` on.
    fn serve(&self, stream: TcpStream) -> io::Result<()> {
        stream.set_nodelay(true)?;
        let socket = stream.try_clone()?;
        // Not a byte more is read than the request itself: what follows is TLS.
        let mut plain = BufReader::with_capacity(1, stream);
        let request = loop {
            let Some(request) = Request::read(&mut plain, "")? else { return Ok(()) };
            if request.method == "CONNECT" {
                break request;
            }
            self.answer(&request.without_tls(), &mut plain, &socket)?;
        };
        let host = request.target.trim_end_matches(":443").to_ascii_lowercase();
        if !answers::is_served(&self.azure, &host) {
            self.refused.lock().expect("no thread has failed").push(host);
            let page =
                Answer { status: self.azure.behaviour.unresolved, headers: vec![], body: String::new() };
            return page.write(plain.get_mut());
        }
        plain.get_mut().write_all(b"HTTP/1.1 200 Connection established\r\n\r\n")?;
        let connection = ServerConnection::new(Arc::clone(&self.tls)).map_err(io::Error::other)?;
        let mut stream = BufReader::new(StreamOwned::new(connection, plain.into_inner()));
        while let Some(request) = Request::read(&mut stream, &host)? {
            self.answer(&request, &mut stream, &socket)?;
        }
        Ok(())
    }

    /// Answers a request; an error ends the connection.
    fn answer<S: Read + Write>(
        &self,
        request: &Request,
        stream: &mut BufReader<S>,
        socket: &TcpStream,
    ) -> io::Result<()> {
        let reply = (self.replies)(&self.note(request));
        reply.write(stream, socket, || answers::to(&self.azure, request))
    }

    fn note(&self, request: &Request) -> Asked {
        let mut asked = self.asked.lock().expect("no thread has failed");
        let call = Call::of(request);
        let one = Asked {
            call,
            before: asked.iter().filter(|before| before.call == call).count(),
            method: request.method.clone(),
            host: request.host.clone(),
            target: request.target.clone(),
            authorized: request.bearer().is_some(),
            token_for: (call == Call::Token).then(|| asked_for(request)).flatten(),
        };
        asked.push(one.clone());
        one
    }
}

/// The service that a request of a token names: by a scope, or to an endpoint of a managed identity by a resource.
fn asked_for(request: &Request) -> Option<Audience> {
    Audience::of(&request.field("scope").or_else(|| request.parameter("resource"))?)
}

/// Reads on for as long as the client sends, and ends the connection.
fn until_it_goes_away(stream: &mut impl BufRead) -> io::Result<()> {
    loop {
        let read = stream.fill_buf()?.len();
        if read == 0 {
            return Err(io::ErrorKind::ConnectionAborted.into());
        }
        stream.consume(read);
    }
}
