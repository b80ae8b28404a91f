//! A server that answers as AWS documents, and keeps a record of what it was asked.

use std::sync::{Arc, Condvar, Mutex};

use crate::answers::{self, Request};
use crate::http::{self, Answer};

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
    instead: Option<fn(&Request) -> Option<Answer>>,
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
    pub(crate) fn but(instead: fn(&Request) -> Option<Answer>) -> Self {
        Self::serving(Record { instead: Some(instead), ..Record::default() })
    }

    fn serving(record: Record) -> Self {
        let record = Arc::new(record);
        let shared = Arc::clone(&record);
        let url = http::serve(move |request| {
            let request = Request::of(request);
            shared.note(&request.call());
            let instead = shared.instead.and_then(|instead| instead(&request));
            instead.unwrap_or_else(|| answers::to(&request))
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
