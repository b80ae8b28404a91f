//! A server that answers as AWS documents, and keeps a record of what it was asked.

use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Condvar, Mutex};

use crate::answers::{self, Request};

/// The server; it ends with the test.
pub(crate) struct Server {
    url: String,
    record: Arc<Record>,
}

/// What was asked so far.
#[derive(Default)]
struct Record {
    calls: Mutex<Vec<String>>,
    /// Wakes those who wait for the rest of their wave.
    arrived: Condvar,
    /// Calls that are answered together.
    waves: Vec<Vec<String>>,
    /// What is answered to some calls, or to all, instead.
    instead: Option<fn(&Request) -> Option<answers::Answer>>,
}

impl Server {
    pub(crate) fn start() -> Self {
        Self::serving(Record::default())
    }

    /// A server that answers a call of a wave once all the others of that wave have arrived.
    pub(crate) fn holding(waves: &[&[&str]]) -> Self {
        let waves = waves.iter().map(|wave| wave.iter().map(ToString::to_string).collect()).collect();
        Self::serving(Record { waves, ..Record::default() })
    }

    /// A server that answers some calls differently.
    pub(crate) fn but(instead: fn(&Request) -> Option<answers::Answer>) -> Self {
        Self::serving(Record { instead: Some(instead), ..Record::default() })
    }

    fn serving(record: Record) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let url = format!("http://{}", listener.local_addr().expect("its address"));
        let record = Arc::new(record);
        let shared = Arc::clone(&record);
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let record = Arc::clone(&shared);
                std::thread::spawn(move || serve(&stream.expect("a connection"), &record));
            }
        });
        Self { url, record }
    }

    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    /// All calls so far, in the order in which they arrived.
    pub(crate) fn calls(&self) -> Vec<String> {
        self.record.calls.lock().expect("the record").clone()
    }
}

impl Record {
    /// Notes a call, and returns once it may be answered.
    fn note(&self, call: &str) {
        let mut calls = self.calls.lock().expect("the record");
        calls.push(call.to_owned());
        self.arrived.notify_all();
        let Some(wave) = self.waves.iter().find(|wave| wave.iter().any(|of_wave| of_wave == call)) else {
            return;
        };
        let incomplete = |calls: &mut Vec<String>| !wave.iter().all(|of_wave| calls.contains(of_wave));
        drop(self.arrived.wait_while(calls, incomplete).expect("the record"));
    }
}

/// Answers the requests of one connection.
fn serve(stream: &TcpStream, record: &Record) {
    let mut reader = BufReader::new(stream);
    while let Some(request) = next_request(&mut reader) {
        record.note(&request.call());
        let instead = record.instead.and_then(|instead| instead(&request));
        let (status, answer) = instead.unwrap_or_else(|| answers::to(&request));
        let head = format!("HTTP/1.1 {status}\r\ncontent-length: {}\r\n\r\n", answer.len());
        let mut stream = stream;
        if stream.write_all(format!("{head}{answer}").as_bytes()).is_err() {
            return;
        }
    }
}

fn next_request(reader: &mut impl BufRead) -> Option<Request> {
    let (mut target, mut length) = (None, 0);
    let mut line = String::new();
    loop {
        line.clear();
        if reader.read_line(&mut line).ok()? == 0 {
            return None;
        }
        let Some((name, value)) = line.trim_end().split_once(": ") else {
            // The request line has no name and value, nor has the line after the last header.
            if line.trim_end().is_empty() {
                break;
            }
            continue;
        };
        match name.to_ascii_lowercase().as_str() {
            "x-amz-target" => target = Some(value.to_owned()),
            "content-length" => length = value.parse().expect("a length"),
            _ => {}
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    Some(Request::of(target.as_deref(), &String::from_utf8(body).expect("text")))
}
