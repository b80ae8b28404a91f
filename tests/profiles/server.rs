//! A server that says who asks, lends roles, denies all else, and keeps a record of who asked what.

use std::sync::{Arc, Mutex};

use crate::http::{self, Answer, Http};

/// A call.
#[derive(Debug, Clone)]
pub(crate) struct Asked {
    /// The account that asked.
    pub(crate) account: String,
    /// The region that the request is signed for.
    pub(crate) region: String,
    /// What was asked.
    pub(crate) call: String,
}

/// The server; it ends with the test.
pub(crate) struct Server {
    url: String,
    asked: Arc<Mutex<Vec<Asked>>>,
}

impl Server {
    pub(crate) fn start() -> Self {
        let asked = Arc::new(Mutex::new(Vec::new()));
        let shared = Arc::clone(&asked);
        let url = http::serve(move |request| {
            let asked = Asked::of(request);
            let answer = answer(&asked);
            shared.lock().expect("the record").push(asked);
            answer
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

impl Asked {
    /// The account is the end of the access key's id, in the signature: `Credential=AKIA111122223333/20261121/us-east-1/…`.
    fn of(request: &Http) -> Self {
        let (_, credential) =
            request.headers["authorization"].split_once("Credential=").expect("a signature");
        let scope: Vec<&str> = credential.split('/').collect();
        let named = request.headers.get("x-amz-target").and_then(|target| target.split_once('.'));
        let in_form = || request.body.split('&').find_map(|pair| pair.strip_prefix("Action="));
        let call = named.map(|(_, action)| action).or_else(in_form).expect("an action");
        Self { account: scope[0][4..].to_owned(), region: scope[2].to_owned(), call: call.to_owned() }
    }
}

fn answer(Asked { account, call, .. }: &Asked) -> Answer {
    let result = match call.as_str() {
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
