//! A server of HTTP, as small as tests need one.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;

/// A request: its headers, by names in lower case, and its body.
pub(crate) struct Http {
    pub(crate) headers: BTreeMap<String, String>,
    pub(crate) body: String,
}

/// An answer's status and body.
pub(crate) type Answer = (&'static str, String);

/// Answers requests until the test ends; gives the server's address.
pub(crate) fn serve(answer: impl Fn(&Http) -> Answer + Send + Sync + 'static) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let url = format!("http://{}", listener.local_addr().expect("its address"));
    let answer = Arc::new(answer);
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let answer = Arc::clone(&answer);
            std::thread::spawn(move || connection(&stream.expect("a connection"), answer.as_ref()));
        }
    });
    url
}

/// Answers the requests of one connection.
fn connection(stream: &TcpStream, answer: &impl Fn(&Http) -> Answer) {
    let mut reader = BufReader::new(stream);
    while let Some(request) = next_request(&mut reader) {
        let (status, body) = answer(&request);
        let head = format!("HTTP/1.1 {status}\r\ncontent-length: {}\r\n\r\n", body.len());
        let mut stream = stream;
        if stream.write_all(format!("{head}{body}").as_bytes()).is_err() {
            return;
        }
    }
}

fn next_request(reader: &mut impl BufRead) -> Option<Http> {
    let mut headers = BTreeMap::new();
    let mut line = String::new();
    loop {
        line.clear();
        if reader.read_line(&mut line).ok()? == 0 {
            return None;
        }
        match line.trim_end().split_once(": ") {
            Some((name, value)) => {
                headers.insert(name.to_ascii_lowercase(), value.to_owned());
            }
            None if line.trim_end().is_empty() => break,
            // The request line is no header.
            None => {}
        }
    }
    let length = headers.get("content-length").map_or(0, |length| length.parse().expect("a length"));
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    Some(Http { headers, body: String::from_utf8(body).expect("text") })
}
