//! What is in an account of ministack.

use aws_sdk_iam::Client;
use serde_json::json;

use crate::moto::{Emulators, Keys, configuration, root_of};

/// Makes the role, with a trust policy that names OpenAI's role and these accounts.
pub(crate) async fn role(emulators: &Emulators, account: &str, trusted: &[&str]) {
    let trusted = trusted.iter().map(|account| format!("arn:aws:iam::{account}:root"));
    let openai = "arn:aws:iam::790389265272:role/EnterpriseKeyManagement".to_owned();
    let principals: Vec<String> = [openai].into_iter().chain(trusted).collect();
    let trust = json!({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Principal": {"AWS": principals}, "Action": "sts:AssumeRole"}
    ]});
    let create = iam(emulators, account).create_role().role_name("openai-ekm");
    create.assume_role_policy_document(trust.to_string()).send().await.expect("makes the role");
}

/// Makes a user who may call these, and nothing else.
pub(crate) async fn user(emulators: &Emulators, account: &str, rights: &[&str]) -> Keys {
    let iam = iam(emulators, account);
    iam.create_user().user_name("auditor").send().await.expect("makes the user");
    let policy = json!({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Action": rights, "Resource": "*"}
    ]});
    let put = iam.put_user_policy().user_name("auditor").policy_name("read");
    put.policy_document(policy.to_string()).send().await.expect("lets the user read");
    let key = iam.create_access_key().user_name("auditor").send().await.expect("makes an access key");
    let key = key.access_key.expect("has an access key");
    Keys { id: key.access_key_id, secret: key.secret_access_key, token: None }
}

fn iam(emulators: &Emulators, account: &str) -> Client {
    Client::new(&configuration(&emulators.ministack, &root_of(account)))
}
