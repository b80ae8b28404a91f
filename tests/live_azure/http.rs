//! Requests and answers of HTTP/1.1, as much of it as clients of Azure speak.

use std::io::{self, BufRead, Write};

use percent_encoding::percent_decode_str;
use serde_json::Value;

/// A request.
#[derive(Debug, Clone, Default)]
pub(crate) struct Request {
    pub(crate) method: String,
    /// The host that the connection is to.
    pub(crate) host: String,
    /// Path and query, as they were sent.
    pub(crate) target: String,
    /// The names in lower case.
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: String,
}

/// An answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: String,
}

impl Request {
    /// Reads a request, of a client that keeps its connection for several; `None` where there are no more.
    pub(crate) fn read(stream: &mut impl BufRead, host: &str) -> io::Result<Option<Self>> {
        let mut line = String::new();
        if stream.read_line(&mut line)? == 0 {
            return Ok(None);
        }
        let mut words = line.split_whitespace().map(str::to_owned);
        let (method, target) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
        let mut request = Self { method, target, host: host.into(), ..Self::default() };
        loop {
            line.clear();
            stream.read_line(&mut line)?;
            let Some((name, value)) = line.trim_end().split_once(':') else { break };
            request.headers.push((name.to_ascii_lowercase(), value.trim().to_owned()));
        }
        let length = request.header("content-length").map_or(0, |length| length.parse().unwrap_or(0));
        let mut body = vec![0; length];
        stream.read_exact(&mut body)?;
        request.body = String::from_utf8(body).map_err(io::Error::other)?;
        Ok(Some(request))
    }

    /// A request that was sent in clear text, to a proxy (`GET http://host/path`) or to the host itself.
    pub(crate) fn without_tls(mut self) -> Self {
        let absolute = self.target.strip_prefix("http://").map(str::to_owned);
        if let Some((host, path)) = absolute.as_deref().and_then(|target| target.split_once('/')) {
            (self.host, self.target) = (host.to_owned(), format!("/{path}"));
        } else {
            self.host = self.header("host").unwrap_or_default().to_owned();
        }
        self
    }

    /// A header, by its name in lower case.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let mut headers = self.headers.iter();
        headers.find(|(of_request, _)| of_request == name).map(|(_, value)| value.as_str())
    }

    /// The path, as it was sent.
    pub(crate) fn path(&self) -> &str {
        self.target.split('?').next().unwrap_or_default()
    }

    /// The parts of the path, without their encoding. An empty part is left out.
    pub(crate) fn segments(&self) -> Vec<String> {
        let segments = self.path().split('/').filter(|segment| !segment.is_empty());
        segments.map(decoded).collect()
    }

    /// A parameter of the query, without its encoding.
    pub(crate) fn parameter(&self, name: &str) -> Option<String> {
        let query = self.target.split_once('?').map(|(_, query)| query)?;
        pair(query, name)
    }

    /// A field of the form in its body, without its encoding.
    pub(crate) fn field(&self, name: &str) -> Option<String> {
        pair(&self.body, name)
    }

    /// The token that it was sent with.
    pub(crate) fn bearer(&self) -> Option<&str> {
        let (scheme, token) = self.header("authorization")?.split_once(' ')?;
        scheme.eq_ignore_ascii_case("bearer").then_some(token)
    }
}

impl Answer {
    /// In JSON.
    pub(crate) fn json(status: u16, body: &Value) -> Self {
        Self {
            status,
            headers: vec![("Content-Type".into(), "application/json; charset=utf-8".into())],
            body: body.to_string(),
        }
    }

    pub(crate) fn header(mut self, name: &str, value: impl Into<String>) -> Self {
        self.headers.push((name.into(), value.into()));
        self
    }

    /// The status line and the headers, with the length of the body.
    pub(crate) fn head(&self) -> String {
        let headers = self.headers.iter().map(|(name, value)| format!("{name}: {value}\r\n"));
        let (status, headers, length) = (self.status, headers.collect::<String>(), self.body.len());
        format!("HTTP/1.1 {status} {}\r\n{headers}Content-Length: {length}\r\n\r\n", reason(status))
    }

    pub(crate) fn write(&self, stream: &mut impl Write) -> io::Result<()> {
        stream.write_all(format!("{}{}", self.head(), self.body).as_bytes())?;
        stream.flush()
    }
}

fn reason(status: u16) -> &'static str {
    match status {
        200 => "OK",
        400 => "Bad Request",
        401 => "Unauthorized",
        403 => "Forbidden",
        404 => "Not Found",
        429 => "Too Many Requests",
        500 => "Internal Server Error",
        502 => "Bad Gateway",
        503 => "Service Unavailable",
        _ => "Other",
    }
}

/// A value among `name=value&…`, without its encoding.
fn pair(pairs: &str, name: &str) -> Option<String> {
    let mut pairs = pairs.split('&').map(|pair| pair.split_once('=').unwrap_or((pair, "")));
    // In queries and forms a space may be a plus sign.
    pairs
        .find(|(of_pair, _)| decoded(of_pair).eq_ignore_ascii_case(name))
        .map(|(_, value)| decoded(&value.replace('+', " ")))
}

fn decoded(text: &str) -> String {
    percent_decode_str(text).decode_utf8_lossy().into_owned()
}
