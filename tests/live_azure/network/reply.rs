//! What is answered to a request: what Azure answers, or a fault.

use std::fmt;
use std::io::{self, BufReader, Read, Write};
use std::net::TcpStream;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use serde_json::Value;
use socket2::SockRef;

use super::until_it_goes_away;
use crate::http::Answer;

/// What is answered to a request.
#[derive(Clone)]
pub(crate) enum Reply {
    /// What Azure answers.
    Passed,
    /// The same, this much later.
    Late(Duration),
    /// The same, rewritten.
    Rewritten(Arc<dyn Fn(Answer) -> Answer + Send + Sync>),
    /// This answer.
    Instead(Answer),
    /// The first half of Azure's answer, which says that it is longer; then the end of the connection.
    CutOff,
    /// An answer whose body goes on for as long as it is read.
    Endless,
    /// The end of the connection, in order.
    Closed,
    /// The end of the connection by a reset.
    Reset,
    /// No answer, until the client goes away.
    Never,
}

impl Reply {
    /// Azure's answer with a change to its JSON.
    pub(crate) fn changed(change: impl Fn(&mut Value) + Send + Sync + 'static) -> Self {
        Self::Rewritten(Arc::new(move |answer| {
            let mut body = serde_json::from_str(&answer.body).expect("Azure answers in JSON");
            change(&mut body);
            Answer { body: body.to_string(), ..answer }
        }))
    }

    /// A status, and a body in JSON.
    pub(crate) fn json(status: u16, body: &Value) -> Self {
        Self::Instead(Answer::json(status, body))
    }

    /// Too many requests, and when to come back.
    pub(crate) fn throttled(retry_after_seconds: u32) -> Self {
        let body = serde_json::json!({"error": {"code": "TooManyRequests", "message": "Too many requests."}});
        Self::Instead(Answer::json(429, &body).header("Retry-After", retry_after_seconds.to_string()))
    }

    /// Answers on a connection, whose socket is below; an error ends it.
    pub(super) fn write<S: Read + Write>(
        &self,
        stream: &mut BufReader<S>,
        socket: &TcpStream,
        azure: impl Fn() -> Answer,
    ) -> io::Result<()> {
        let closed = || Err(io::ErrorKind::ConnectionAborted.into());
        match self {
            Self::Passed => azure().write(stream.get_mut()),
            Self::Late(delay) => {
                thread::sleep(*delay);
                azure().write(stream.get_mut())
            }
            Self::Rewritten(rewrite) => rewrite(azure()).write(stream.get_mut()),
            Self::Instead(answer) => answer.write(stream.get_mut()),
            Self::CutOff => {
                let answer = azure();
                let half = &answer.body.as_bytes()[..answer.body.len() / 2];
                stream.get_mut().write_all(answer.head().as_bytes())?;
                stream.get_mut().write_all(half)?;
                stream.get_mut().flush()?;
                closed()
            }
            Self::Endless => {
                let head = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\n\r\n[";
                stream.get_mut().write_all(head)?;
                loop {
                    stream.get_mut().write_all(&[b' '; 65_536])?;
                }
            }
            Self::Closed => closed(),
            Self::Reset => {
                // What lingers for no time at all is reset when it is closed.
                SockRef::from(socket).set_linger(Some(Duration::ZERO))?;
                closed()
            }
            Self::Never => until_it_goes_away(stream),
        }
    }
}

impl fmt::Debug for Reply {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Passed => "Passed",
            Self::Late(_) => "Late",
            Self::Rewritten(_) => "Rewritten",
            Self::Instead(_) => "Instead",
            Self::CutOff => "CutOff",
            Self::Endless => "Endless",
            Self::Closed => "Closed",
            Self::Reset => "Reset",
            Self::Never => "Never",
        })
    }
}
