//! The proxy `microburst`, which fails in AWS's own words.

use std::io::{Read, Write};
use std::net::TcpStream;

use serde_json::Value;

/// Where `tests/run` has it listen.
const ADDRESS: &str = "EKM_PREFLIGHT_MICROBURST";

/// The proxy, in front of the emulator.
#[derive(Debug, Clone)]
pub(crate) struct Microburst {
    /// Where it listens.
    pub(crate) url: String,
}

impl Microburst {
    /// The proxy that `tests/run` started; without one, says so.
    pub(crate) fn from_environment() -> Option<Self> {
        let url = std::env::var(ADDRESS).ok();
        if url.is_none() {
            println!("skipped: start tests/run, which runs a proxy that fails");
        }
        url.map(|url| Self { url })
    }

    /// Follows these rules from now on.
    pub(crate) fn follow(&self, rules: &[Value]) {
        let said = self.ask("POST", &Value::from(rules).to_string());
        assert_eq!(said.as_array().map(Vec::len), Some(rules.len()), "{said}");
    }

    /// How often each of the rules was applied, in their order.
    pub(crate) fn applied(&self) -> Vec<u64> {
        let rules = self.ask("GET", "");
        let rules = rules.as_array().expect("lists its rules");
        rules.iter().map(|rule| rule["fired_count"].as_u64().expect("counts")).collect()
    }

    fn ask(&self, method: &str, body: &str) -> Value {
        let host = self.url.strip_prefix("http://").expect("speaks HTTP");
        let mut stream = TcpStream::connect(host).expect("answers");
        let length = body.len();
        write!(
            stream,
            "{method} /_microburst/rules HTTP/1.0\r\nHost: {host}\r\nContent-Length: {length}\r\n\r\n{body}"
        )
        .expect("takes the request");
        let mut response = String::new();
        stream.read_to_string(&mut response).expect("answers in UTF-8");
        let (_, body) = response.split_once("\r\n\r\n").expect("answers in HTTP");
        serde_json::from_str(body).unwrap_or_else(|error| panic!("{error}: {response}"))
    }
}
