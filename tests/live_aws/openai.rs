//! OpenAI, played in its own account of the emulator: the calls of the article "AWS integration".

use aws_sdk_iam::error::ProvideErrorMetadata;
use aws_sdk_kms::primitives::Blob;

use crate::account::Account;
use crate::emulator::{Clients, Emulator, Keys, REGION};
use crate::policy;
use crate::setup::Decision;

const ACCOUNT: &str = "790389265272";
const ROLE: &str = "EnterpriseKeyManagement";
/// The name that OpenAI's error messages show (the article "Onboarding troubleshooting").
const SESSION: &str = "OpenAI-EKM-Service";

/// OpenAI's own session, which calls on customers' roles.
#[derive(Debug, Clone)]
pub(crate) struct OpenAi {
    clients: Clients,
}

/// What came of one of OpenAI's calls.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Answer {
    /// It was done.
    Done,
    /// Nobody let OpenAI do it.
    Denied,
    /// OpenAI may, but there is no such key.
    NoSuchKey,
    /// OpenAI may, but the key can't: the error's code.
    KeyUnfit(String),
}

impl Answer {
    /// Whether the call came out as decided; `refusal` is the code of a key that can't do what is allowed.
    pub(crate) fn agrees_with(&self, decision: Decision, refusal: Option<&str>) -> bool {
        match (decision, self, refusal) {
            // What depends on OpenAI's side, the emulator settles in its own way.
            (Decision::Depends, _, _)
            | (Decision::Allowed, Self::Done, None)
            | (Decision::Denied, Self::Denied | Self::NoSuchKey, _) => true,
            (Decision::Allowed, Self::KeyUnfit(code), Some(refusal)) => code == refusal,
            _ => false,
        }
    }
}

/// What came of OpenAI's calls; `None` for a call that nobody can make.
#[derive(Debug, Clone)]
pub(crate) struct Tried {
    /// Its `sts:AssumeRole`.
    pub(crate) identity: Option<Answer>,
    /// Its `kms:Encrypt`.
    pub(crate) encrypt: Option<Answer>,
    /// Its `kms:Decrypt`.
    pub(crate) decrypt: Option<Answer>,
}

impl OpenAi {
    /// OpenAI's session. Its account is made so far as it is not there yet.
    pub(crate) async fn session(emulator: &Emulator) -> Self {
        Self { clients: emulator.with(&new_session(emulator).await, REGION) }
    }

    /// Makes each of OpenAI's calls on what the account registered.
    pub(crate) async fn try_everything(&self, emulator: &Emulator, account: &Account) -> Tried {
        let (identity, session) = match self.assume(account).await {
            Ok(session) => (Answer::Done, Some(session)),
            // What the role's session could do is still worth knowing: it is a decision of its own.
            Err(denied) => {
                let lent = account.with_documented_trust(self.assume(account)).await;
                (denied, lent.map(|session| session.expect("the article's trust policy lets OpenAI in")))
            }
        };
        let Some(session) = session else {
            return Tried { identity: Some(identity), encrypt: None, decrypt: None };
        };
        let key = &account.registration.kms_arn;
        let region = key.split(':').nth(3).expect("is an ARN");
        let kms = emulator.with(&session, region).kms;
        let encrypt = kms.encrypt().key_id(key).plaintext(Blob::new("data key")).send().await;
        let decrypt = kms.decrypt().key_id(key).ciphertext_blob(account.ciphertext.clone()).send().await;
        Tried {
            identity: Some(identity),
            encrypt: Some(answer(encrypt.err().as_ref())),
            decrypt: Some(answer(decrypt.err().as_ref())),
        }
    }

    async fn assume(&self, account: &Account) -> Result<Keys, Answer> {
        let registration = &account.registration;
        let call = self
            .clients
            .sts
            .assume_role()
            .role_arn(&registration.role_arn)
            .role_session_name(SESSION)
            .external_id(&registration.external_id);
        match call.send().await {
            Ok(assumed) => Ok(keys(assumed.credentials)),
            Err(error) => match answer(Some(&error)) {
                Answer::Denied => Err(Answer::Denied),
                other => panic!("sts:AssumeRole is done or denied, but was {other:?}"),
            },
        }
    }
}

/// The documented codes: KMS API reference, Encrypt and CommonErrors.
fn answer(error: Option<&impl ProvideErrorMetadata>) -> Answer {
    let Some(error) = error else { return Answer::Done };
    match error.code() {
        Some("AccessDenied" | "AccessDeniedException") => Answer::Denied,
        Some("NotFoundException") => Answer::NoSuchKey,
        Some(code) => Answer::KeyUnfit(code.into()),
        None => panic!("an error without a code: {:?}", error.message()),
    }
}

fn keys(credentials: Option<aws_sdk_sts::types::Credentials>) -> Keys {
    let credentials = credentials.expect("has credentials");
    Keys {
        id: credentials.access_key_id,
        secret: credentials.secret_access_key,
        token: Some(credentials.session_token),
    }
}

/// Makes OpenAI's account and a session of its role. A run before, on the same emulator, may have made the
/// account.
async fn new_session(emulator: &Emulator) -> Keys {
    let root = emulator.root_of(ACCOUNT);
    let trust = policy::policy([policy::to(
        &format!("arn:aws:iam::{ACCOUNT}:root"),
        serde_json::json!({ "Effect": "Allow", "Action": "sts:AssumeRole" }),
    )]);
    let may_assume = policy::policy([policy::allow(&["sts:AssumeRole"], "*")]).to_string();

    let create = root.iam.create_role().role_name(ROLE).assume_role_policy_document(trust.to_string());
    unless_there(create.send().await.err());
    let put = root.iam.put_role_policy().role_name(ROLE).policy_name("assume-customers-roles");
    put.policy_document(&may_assume).send().await.expect("lets the role assume customers' roles");

    unless_there(root.iam.create_user().user_name("ekm-service").send().await.err());
    let put = root.iam.put_user_policy().user_name("ekm-service").policy_name("assume-the-role");
    put.policy_document(&may_assume).send().await.expect("lets the user assume the role");
    let key =
        root.iam.create_access_key().user_name("ekm-service").send().await.expect("makes an access key");
    let key = key.access_key.expect("has an access key");

    let user = Keys { id: key.access_key_id, secret: key.secret_access_key, token: None };
    let user = emulator.with(&user, REGION);
    let assume = user.sts.assume_role().role_arn(policy::OPENAI_ROLE).role_session_name(SESSION);
    keys(assume.send().await.expect("OpenAI assumes its own role").credentials)
}

/// Accepts that it is there already.
fn unless_there(error: Option<impl ProvideErrorMetadata + std::fmt::Debug>) {
    if let Some(error) = error {
        assert_eq!(error.code(), Some("EntityAlreadyExists"), "{error:?}");
    }
}
