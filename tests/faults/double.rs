//! A double of the network: an HTTP server on a port of its own that passes calls on to the emulator, and answers some
//! of them otherwise.
//!
//! It says what no service would say; what services do say when they fail is `microburst`'s to say.

use std::fmt;
use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

/// What is answered to a call.
#[derive(Clone)]
pub(crate) enum Reply {
    /// What the emulator answers.
    Passed,
    /// The same, this much later.
    Late(Duration),
    /// The same with another body.
    Rewritten(Arc<dyn Fn(&str) -> String + Send + Sync>),
    /// This answer: the status, the type of the body, and the body.
    Instead(u16, &'static str, String),
    /// These bytes, whatever they are.
    Raw(Vec<u8>),
    /// An answer whose body goes on for as long as it is read.
    Endless,
    /// No answer, until the caller goes away.
    Never,
}

/// A call, as it arrives.
#[derive(Debug, Clone)]
pub(crate) struct Asked {
    /// `iam:GetRole` is `GetRole`; empty for what is no call of AWS.
    pub(crate) operation: String,
    /// How often this operation was asked before.
    pub(crate) before: usize,
    /// The request as it came, head and body.
    pub(crate) request: String,
}

/// The server. It ends with the test.
#[derive(Debug)]
pub(crate) struct Double {
    /// Where it listens.
    pub(crate) address: SocketAddr,
    asked: Arc<Mutex<Vec<String>>>,
}

type Replies = Arc<dyn Fn(&Asked) -> Reply + Send + Sync>;

impl Double {
    /// Starts a server in front of `upstream`, an `http://` address.
    pub(crate) fn in_front_of(
        upstream: &str,
        reply: impl Fn(&Asked) -> Reply + Send + Sync + 'static,
    ) -> Self {
        Self::start(Some(host_of(upstream)), Arc::new(reply))
    }

    /// Starts a server that gives one answer to everything.
    pub(crate) fn that_only_says(reply: Reply) -> Self {
        Self::that_says(move |_| reply.clone())
    }

    /// Starts a server with nothing behind it.
    pub(crate) fn that_says(reply: impl Fn(&Asked) -> Reply + Send + Sync + 'static) -> Self {
        Self::start(None, Arc::new(reply))
    }

    fn start(upstream: Option<String>, reply: Replies) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("has a free port");
        let address = listener.local_addr().expect("has an address");
        let asked = Arc::new(Mutex::new(Vec::new()));
        let log = asked.clone();
        thread::spawn(move || {
            for stream in listener.incoming() {
                let (Ok(stream), upstream, reply, log) =
                    (stream, upstream.clone(), reply.clone(), log.clone())
                else {
                    continue;
                };
                // A caller that goes away in the middle is none of the test's business.
                thread::spawn(move || serve(stream, upstream.as_deref(), &reply, &log));
            }
        });
        Self { address, asked }
    }

    /// For `AWS_ENDPOINT_URL`.
    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// How often an operation was asked.
    pub(crate) fn times(&self, operation: &str) -> usize {
        let asked = self.asked.lock().expect("no thread has failed");
        asked.iter().filter(|one| *one == operation).count()
    }
}

/// The host and port of an `http://` address.
pub(crate) fn host_of(url: &str) -> String {
    url.strip_prefix("http://").expect("the emulator speaks HTTP").to_owned()
}

impl fmt::Debug for Reply {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Passed => "Passed",
            Self::Late(_) => "Late",
            Self::Rewritten(_) => "Rewritten",
            Self::Instead(..) => "Instead",
            Self::Raw(_) => "Raw",
            Self::Endless => "Endless",
            Self::Never => "Never",
        })
    }
}

/// Answers one request, and closes.
fn serve(
    mut stream: TcpStream,
    upstream: Option<&str>,
    reply: &Replies,
    log: &Mutex<Vec<String>>,
) -> io::Result<()> {
    let Some(request) = read_request(&mut stream)? else {
        // A greeting of TLS, say: answered as web servers do.
        return stream.write_all(&answer(400, "text/html", "<html>400 Bad Request</html>"));
    };
    let operation = operation(&request);
    let before = {
        let mut asked = log.lock().expect("no thread has failed");
        let before = asked.iter().filter(|one| **one == operation).count();
        asked.push(operation.clone());
        before
    };
    let asked = Asked { operation, before, request };
    let reply = reply(&asked);
    let request = asked.request;
    match reply {
        Reply::Passed => stream.write_all(&pass_on(upstream, &request)?),
        Reply::Late(delay) => {
            thread::sleep(delay);
            stream.write_all(&pass_on(upstream, &request)?)
        }
        Reply::Rewritten(rewrite) => {
            let passed = String::from_utf8_lossy(&pass_on(upstream, &request)?).into_owned();
            let (head, body) = passed.split_once("\r\n\r\n").unwrap_or((&passed, ""));
            stream.write_all(&answer(200, header(head, "content-type").unwrap_or_default(), &rewrite(body)))
        }
        Reply::Instead(status, media, body) => stream.write_all(&answer(status, media, &body)),
        Reply::Raw(bytes) => stream.write_all(&bytes),
        Reply::Endless => {
            stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\nConnection: close\r\n\r\n<a>")?;
            loop {
                stream.write_all(&[b'a'; 65_536])?;
            }
        }
        Reply::Never => {
            while stream.read(&mut [0; 1_024])? > 0 {}
            Ok(())
        }
    }
}

/// The whole request; `None` for what is none.
fn read_request(stream: &mut TcpStream) -> io::Result<Option<String>> {
    let mut request = Vec::new();
    let mut chunk = [0; 8_192];
    loop {
        let read = stream.read(&mut chunk)?;
        request.extend_from_slice(&chunk[..read]);
        if read == 0 || !request.first().is_some_and(u8::is_ascii_uppercase) {
            return Ok(None);
        }
        let text = String::from_utf8_lossy(&request);
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let length = header(head, "content-length").and_then(|length| length.parse().ok());
            if body.len() >= length.unwrap_or(0) {
                return Ok(Some(text.into_owned()));
            }
        }
    }
}

/// The operation: of KMS and Organizations in a header, of IAM and STS in the body.
fn operation(request: &str) -> String {
    let (head, body) = request.split_once("\r\n\r\n").unwrap_or((request, ""));
    let target = header(head, "x-amz-target").and_then(|target| target.rsplit('.').next());
    let action = || body.split('&').find_map(|pair| pair.strip_prefix("Action="));
    target.or_else(action).unwrap_or_default().to_owned()
}

fn header<'a>(head: &'a str, name: &str) -> Option<&'a str> {
    let lines = head.lines().filter_map(|line| line.split_once(':'));
    lines.filter(|(field, _)| field.eq_ignore_ascii_case(name)).map(|(_, value)| value.trim()).next()
}

/// The emulator's answer, byte for byte. The signature is of the headers that were sent, so they stay as they are.
pub(crate) fn pass_on(upstream: Option<&str>, request: &str) -> io::Result<Vec<u8>> {
    let upstream = upstream.ok_or_else(|| io::Error::other("there is nothing behind this server"))?;
    let mut stream = TcpStream::connect(upstream)?;
    let (line, rest) = request.split_once("\r\n").unwrap_or((request, ""));
    write!(stream, "{line}\r\nConnection: close\r\n{rest}")?;
    let mut response = Vec::new();
    stream.read_to_end(&mut response)?;
    Ok(response)
}

fn answer(status: u16, media: &str, body: &str) -> Vec<u8> {
    let length = body.len();
    format!("HTTP/1.1 {status} -\r\nContent-Type: {media}\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{body}")
        .into_bytes()
}
