//! A client for the double's own tests, as small as they need one.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::sync::Arc;

use rustls::crypto::aws_lc_rs;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};
use serde_json::Value;

use crate::callers::{Audience, Token};
use crate::http::Answer;
use crate::network::Network;

/// A client behind the proxy, which trusts the authority of the test.
pub(crate) struct Client<'a> {
    network: &'a Network,
    tls: Arc<ClientConfig>,
    /// Sent with each request.
    token: Option<String>,
}

/// A connection to one host, for any number of requests.
pub(crate) struct Connection {
    host: String,
    stream: BufReader<StreamOwned<ClientConnection, TcpStream>>,
}

impl<'a> Client<'a> {
    /// Somebody without a token.
    pub(crate) fn of(network: &'a Network) -> Self {
        let mut roots = RootCertStore::empty();
        let authority = CertificateDer::from_pem_file(network.authority()).expect("is a certificate");
        roots.add(authority).expect("is an authority's");
        let tls = ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
            .with_safe_default_protocol_versions()
            .expect("knows the protocol")
            .with_root_certificates(roots)
            .with_no_client_auth();
        Self { network, tls: Arc::new(tls), token: None }
    }

    /// The auditor, with a token of the tenant for a service.
    pub(crate) fn auditor(network: &'a Network, tenant: &str, audience: Audience) -> Self {
        let auditor = network.azure().callers.first().expect("somebody runs the program");
        Self { token: Some(Token::of(auditor, tenant, audience).text()), ..Self::of(network) }
    }

    pub(crate) fn get(&self, url: &str) -> Answer {
        self.ask("GET", url, &[], "")
    }

    pub(crate) fn post(&self, url: &str, body: &str) -> Answer {
        self.ask("POST", url, &[], body)
    }

    /// Makes a request on a connection of its own.
    pub(crate) fn ask(&self, method: &str, url: &str, headers: &[(&str, &str)], body: &str) -> Answer {
        let (host, path) = parts(url);
        let mut connection = self.connect(host).unwrap_or_else(|status| panic!("{host}: {status}"));
        connection.send(method, path, self.token.as_deref(), headers, body);
        connection.answer().unwrap_or_else(|| panic!("{method} {url} is not answered"))
    }

    /// Makes a request to the proxy itself, without TLS.
    pub(crate) fn in_clear_text(&self, target: &str, headers: &[(&str, &str)]) -> Answer {
        let proxy = self.network.proxy();
        let stream = TcpStream::connect(proxy.strip_prefix("http://").expect("is HTTP"));
        let mut stream = BufReader::new(stream.expect("the proxy listens"));
        let headers = headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect::<String>();
        write!(stream.get_mut(), "GET {target} HTTP/1.1\r\nHost: 127.0.0.1\r\n{headers}\r\n")
            .expect("takes the request");
        read_answer(&mut stream).expect("answers")
    }

    /// The JSON of a page, which must be no error.
    pub(crate) fn json(&self, url: &str) -> Value {
        json(&self.get(url), url)
    }

    /// All entries of a list, page by page, and the number of pages.
    pub(crate) fn list(&self, url: &str) -> (Vec<Value>, usize) {
        let (mut entries, mut pages, mut next) = (vec![], 0, Some(url.to_owned()));
        while let Some(url) = next {
            let page = json(&self.ask("GET", &url, &[("ConsistencyLevel", "eventual")], ""), &url);
            entries.extend(page["value"].as_array().expect("is a list").clone());
            let link = ["nextLink", "@odata.nextLink"].iter().find_map(|name| page[name].as_str());
            next = link.map(str::to_owned);
            pages += 1;
        }
        (entries, pages)
    }

    /// Connects to a host, or gives the status with which the proxy refuses.
    pub(crate) fn connect(&self, host: &str) -> Result<Connection, u16> {
        let proxy = self.network.proxy();
        let stream = TcpStream::connect(proxy.strip_prefix("http://").expect("is HTTP"));
        let mut plain = BufReader::with_capacity(1, stream.expect("the proxy listens"));
        write!(plain.get_mut(), "CONNECT {host} HTTP/1.1\r\nHost: {host}\r\n\r\n")
            .expect("takes the request");
        let (status, _) = head(&mut plain).expect("the proxy answers");
        if status != 200 {
            return Err(status);
        }
        let host = host.split(':').next().unwrap_or_default().to_owned();
        let name = ServerName::try_from(host.clone()).expect("is a name");
        let tls = ClientConnection::new(Arc::clone(&self.tls), name).expect("begins TLS");
        Ok(Connection { host, stream: BufReader::new(StreamOwned::new(tls, plain.into_inner())) })
    }
}

impl Connection {
    pub(crate) fn send(
        &mut self,
        method: &str,
        path: &str,
        token: Option<&str>,
        headers: &[(&str, &str)],
        body: &str,
    ) {
        let mut lines =
            headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect::<String>();
        if let Some(token) = token {
            lines.push_str(&format!("Authorization: Bearer {token}\r\n"));
        }
        let (host, length) = (&self.host, body.len());
        write!(
            self.stream.get_mut(),
            "{method} {path} HTTP/1.1\r\nHost: {host}\r\nContent-Length: {length}\r\n{lines}\r\n{body}"
        )
        .expect("takes the request");
    }

    /// The whole answer; `None` where it does not come to its end.
    pub(crate) fn answer(&mut self) -> Option<Answer> {
        read_answer(&mut self.stream)
    }

    /// Reads this much of whatever comes; whether there was as much.
    pub(crate) fn reads(&mut self, length: usize) -> bool {
        self.stream.read_exact(&mut vec![0; length]).is_ok()
    }
}

/// The JSON of an answer that must be no error.
fn json(answer: &Answer, url: &str) -> Value {
    assert_eq!(answer.status, 200, "{url}: {}", answer.body);
    serde_json::from_str(&answer.body).expect("is JSON")
}

fn read_answer(stream: &mut impl BufRead) -> Option<Answer> {
    let (status, headers) = head(stream)?;
    let length = headers.iter().find(|(name, _)| name.eq_ignore_ascii_case("content-length"))?;
    let mut body = vec![0; length.1.parse().expect("is a length")];
    stream.read_exact(&mut body).ok()?;
    Some(Answer { status, headers, body: String::from_utf8(body).expect("is text") })
}

/// Status and headers.
fn head(stream: &mut impl BufRead) -> Option<(u16, Vec<(String, String)>)> {
    let mut line = String::new();
    stream.read_line(&mut line).ok()?;
    let status = line.split(' ').nth(1)?.parse().ok()?;
    let mut headers = vec![];
    loop {
        line.clear();
        stream.read_line(&mut line).ok()?;
        let Some((name, value)) = line.trim_end().split_once(':') else { break };
        headers.push((name.to_owned(), value.trim().to_owned()));
    }
    Some((status, headers))
}

/// The host of a URL, and all that comes behind.
fn parts(url: &str) -> (&str, &str) {
    let rest = url.strip_prefix("https://").expect("is https");
    rest.split_at(rest.find('/').expect("has a path"))
}
