//! A server that says who asks, lends roles, denies all else, and keeps a record of who asked what.

use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

/// The account that asked, and the call.
type Asked = (String, String);

/// The server; it ends with the test.
pub(crate) struct Server {
    url: String,
    asked: Arc<Mutex<Vec<Asked>>>,
}

impl Server {
    pub(crate) fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let url = format!("http://{}", listener.local_addr().expect("its address"));
        let asked = Arc::new(Mutex::new(Vec::new()));
        let shared = Arc::clone(&asked);
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let asked = Arc::clone(&shared);
                std::thread::spawn(move || serve(&stream.expect("a connection"), &asked));
            }
        });
        Self { url, asked }
    }

    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    pub(crate) fn asked(&self) -> Vec<Asked> {
        self.asked.lock().expect("the record").clone()
    }
}

/// Answers the requests of one connection.
fn serve(stream: &TcpStream, record: &Mutex<Vec<Asked>>) {
    let mut reader = BufReader::new(stream);
    while let Some((account, call)) = next_request(&mut reader) {
        let (status, answer) = answer(&account, &call);
        record.lock().expect("the record").push((account, call));
        let head = format!("HTTP/1.1 {status}\r\ncontent-length: {}\r\n\r\n", answer.len());
        let mut stream = stream;
        if stream.write_all(format!("{head}{answer}").as_bytes()).is_err() {
            return;
        }
    }
}

fn answer(account: &str, call: &str) -> (&'static str, String) {
    let result = match call {
        "GetCallerIdentity" => format!(
            "<Arn>arn:aws:iam::{account}:user/auditor</Arn><UserId>AIDAEXAMPLE</UserId><Account>{account}</Account>"
        ),
        // The only role that a profile takes is of this account.
        "AssumeRole" => "<Credentials><AccessKeyId>ASIA444455556666</AccessKeyId><SecretAccessKey>example</SecretAccessKey>\
                         <SessionToken>example</SessionToken><Expiration>2099-01-01T00:00:00Z</Expiration></Credentials>"
            .into(),
        "GetRole" | "ListRolePolicies" | "ListAttachedRolePolicies" => {
            return (
                "403 Forbidden",
                "<ErrorResponse><Error><Code>AccessDenied</Code><Message>no</Message></Error></ErrorResponse>".into(),
            );
        }
        _ => return ("400 Bad Request", r#"{"__type":"AccessDeniedException","Message":"no"}"#.into()),
    };
    ("200 OK", format!("<{call}Response><{call}Result>{result}</{call}Result></{call}Response>"))
}

/// Who asks what: the account is the end of the access key's id, in the signature.
fn next_request(reader: &mut impl BufRead) -> Option<Asked> {
    let (mut account, mut call, mut length) = (String::new(), None, 0);
    let mut line = String::new();
    loop {
        line.clear();
        if reader.read_line(&mut line).ok()? == 0 {
            return None;
        }
        let line = line.trim_end();
        if line.is_empty() {
            break;
        }
        // The request line is no header.
        let Some((name, value)) = line.split_once(": ") else { continue };
        match name.to_ascii_lowercase().as_str() {
            "authorization" => {
                let (_, credential) = value.split_once("Credential=").expect("a signature");
                account = credential.get(4..16).expect("an access key's id").to_owned();
            }
            "x-amz-target" => call = value.split_once('.').map(|(_, action)| action.to_owned()),
            "content-length" => length = value.parse().expect("a length"),
            _ => {}
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    let body = String::from_utf8(body).expect("text");
    let form = || body.split('&').find_map(|pair| pair.strip_prefix("Action=")).map(str::to_owned);
    Some((account, call.or_else(form).expect("an action")))
}
