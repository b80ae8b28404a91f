//! Customers' accounts, and what AWS would decide in each: the documented one, others that are right as well,
//! and mistakes, one in each account.
//!
//! What is expected is written from AWS's documents and OpenAI's articles, never from what the program says.

use serde_json::{Value, json};

use crate::policy::{
    OPENAI_ROLE, ORGANIZATION, PROJECT, USE, allow, delegation_to_the_account, deny, documented_role_policy,
    documented_trust, policy, role_policy_by_tag, to, trust_also_of, trust_for, trust_of,
    trust_of_anybody_when, trust_statement_without_condition, trust_when, when,
};

/// What AWS would answer to a call of OpenAI's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Decision {
    /// It is done.
    Allowed,
    /// It is refused.
    Denied,
    /// That depends on what nobody outside of OpenAI knows.
    Depends,
}
use Decision::{Allowed, Denied, Depends};

impl Decision {
    /// The word in reports.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Allowed => "allowed",
            Denied => "denied",
            Depends => "depends",
        }
    }
}

/// What the program must conclude.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// OpenAI can use the key, and nobody else can through the role.
    Ready,
    /// Something is wrong.
    NotReady,
    /// Something is not known.
    Undetermined,
}

impl Verdict {
    /// The word in reports.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Ready => "ready",
            Self::NotReady => "not_ready",
            Self::Undetermined => "undetermined",
        }
    }

    /// The program's exit status.
    pub(crate) fn exit_status(self) -> i32 {
        match self {
            Self::Ready => 0,
            Self::NotReady => 1,
            Self::Undetermined => 3,
        }
    }
}

/// What the key was made as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum KeyKind {
    /// As documented.
    Symmetric,
    /// Symmetric, with an id that begins with `mrk-`.
    MultiRegion,
    /// RSA, to encrypt.
    Rsa,
    /// RSA, to sign.
    RsaForSigning,
    /// HMAC.
    Hmac,
}

/// The state that the key is in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum KeyState {
    /// Ready for use.
    Enabled,
    /// Switched off.
    Disabled,
    /// To be deleted in a week.
    PendingDeletion,
}

/// A customer's account, and what AWS would decide in it.
#[derive(Debug, Clone)]
pub(crate) struct Setup {
    pub(crate) name: &'static str,
    pub(crate) has_role: bool,
    pub(crate) role_path: &'static str,
    pub(crate) role_tags: &'static [(&'static str, &'static str)],
    pub(crate) trust: Value,
    pub(crate) inline_policies: Vec<Value>,
    pub(crate) attached_policies: Vec<Value>,
    pub(crate) policies_left_unattached: Vec<Value>,
    pub(crate) boundary: Option<Value>,
    pub(crate) key: KeyKind,
    pub(crate) key_state: KeyState,
    pub(crate) key_tags: &'static [(&'static str, &'static str)],
    pub(crate) key_policy: Value,
    pub(crate) has_grant: bool,
    pub(crate) registered_role: &'static str,
    pub(crate) registered_key: &'static str,
    pub(crate) registered_external_id: &'static str,
    /// AssumeRole, Encrypt and Decrypt.
    pub(crate) decisions: [Decision; 3],
    pub(crate) failing: &'static [&'static str],
    pub(crate) unknown: &'static [&'static str],
    pub(crate) verdict: Verdict,
    /// The codes of Encrypt and Decrypt where the key itself refuses what is allowed.
    pub(crate) key_refuses: Option<[&'static str; 2]>,
    /// Where the emulator is known to answer differently from AWS: how, and AWS's document.
    pub(crate) emulator_deviates: Option<&'static str>,
}

impl Setup {
    /// The article "AWS integration", followed to the letter: OpenAI can use the key.
    pub(crate) fn documented(name: &'static str) -> Self {
        Self {
            name,
            has_role: true,
            role_path: "/",
            role_tags: &[],
            trust: documented_trust(),
            inline_policies: vec![documented_role_policy()],
            attached_policies: vec![],
            policies_left_unattached: vec![],
            boundary: None,
            key: KeyKind::Symmetric,
            key_state: KeyState::Enabled,
            key_tags: &[],
            key_policy: policy([delegation_to_the_account()]),
            has_grant: false,
            registered_role: "$ROLE",
            registered_key: "$KEY",
            registered_external_id: ORGANIZATION,
            decisions: [Allowed; 3],
            failing: &[],
            unknown: &[],
            verdict: Verdict::Ready,
            key_refuses: None,
            emulator_deviates: None,
        }
    }

    /// Whether any of its policies has this word.
    pub(crate) fn mentions(&self, word: &str) -> bool {
        let policies = [&self.inline_policies, &self.attached_policies, &self.policies_left_unattached];
        policies.into_iter().flatten().any(|policy| policy.to_string().contains(word))
    }

    /// AWS's answer to one of OpenAI's calls.
    pub(crate) fn decision(&self, step: &str) -> Decision {
        let [identity, encrypt, decrypt] = self.decisions;
        match step {
            "identity" => identity,
            "encrypt" => encrypt,
            _ => decrypt,
        }
    }

    /// The code with which the key itself refuses what is allowed.
    pub(crate) fn refusal(&self, step: &str) -> Option<&'static str> {
        let [encrypt, decrypt] = self.key_refuses?;
        match step {
            "identity" => None,
            "encrypt" => Some(encrypt),
            _ => Some(decrypt),
        }
    }

    fn trust(self, trust: Value) -> Self {
        Self { trust, ..self }
    }

    pub(crate) fn without_role(self) -> Self {
        Self { has_role: false, ..self }
    }

    fn role_path(self, role_path: &'static str) -> Self {
        Self { role_path, ..self }
    }

    fn role_tags(self, role_tags: &'static [(&'static str, &'static str)]) -> Self {
        Self { role_tags, ..self }
    }

    /// The role has this inline policy instead of the documented one.
    fn inline(self, policy: Value) -> Self {
        Self { inline_policies: vec![policy], ..self }
    }

    /// The role has this inline policy beside the documented one.
    fn another_inline(mut self, policy: Value) -> Self {
        self.inline_policies.push(policy);
        self
    }

    /// The role has this managed policy and no inline policy.
    pub(crate) fn attached(self, policy: Value) -> Self {
        Self { inline_policies: vec![], attached_policies: vec![policy], ..self }
    }

    /// The role has no policy; this one was made for it.
    fn unattached(self, policy: Value) -> Self {
        Self { inline_policies: vec![], policies_left_unattached: vec![policy], ..self }
    }

    /// The role has no policy.
    pub(crate) fn without_role_policy(self) -> Self {
        Self { inline_policies: vec![], ..self }
    }

    pub(crate) fn boundary(self, boundary: Value) -> Self {
        Self { boundary: Some(boundary), ..self }
    }

    fn key(self, key: KeyKind) -> Self {
        Self { key, ..self }
    }

    fn key_state(self, key_state: KeyState) -> Self {
        Self { key_state, ..self }
    }

    /// The key has a tag, and the role's policy holds for keys with that tag.
    pub(crate) fn allowed_by_the_keys_tag(self) -> Self {
        Self { key_tags: &[("purpose", "openai")], ..self }.inline(role_policy_by_tag())
    }

    fn key_policy<const N: usize>(self, statements: [Value; N]) -> Self {
        Self { key_policy: policy(statements), ..self }
    }

    /// The role has a grant for Encrypt and Decrypt.
    fn grant(self) -> Self {
        Self { has_grant: true, ..self }
    }

    fn registers_role(self, registered_role: &'static str) -> Self {
        Self { registered_role, ..self }
    }

    fn registers_key(self, registered_key: &'static str) -> Self {
        Self { registered_key, ..self }
    }

    fn registers_external_id(self, registered_external_id: &'static str) -> Self {
        Self { registered_external_id, ..self }
    }

    /// Something is wrong: AWS's answers to AssumeRole, Encrypt and Decrypt, and the checks that fail.
    fn not_ready(self, decisions: [Decision; 3], failing: &'static [&'static str]) -> Self {
        Self { decisions, failing, verdict: Verdict::NotReady, ..self }
    }

    /// Something is open: AWS's answers to AssumeRole, Encrypt and Decrypt, and the checks that are unknown.
    fn undetermined(self, decisions: [Decision; 3], unknown: &'static [&'static str]) -> Self {
        Self { decisions, unknown, verdict: Verdict::Undetermined, ..self }
    }

    fn key_refuses(self, encrypt: &'static str, decrypt: &'static str) -> Self {
        Self { key_refuses: Some([encrypt, decrypt]), ..self }
    }

    fn emulator_deviates(self, how: &'static str) -> Self {
        Self { emulator_deviates: Some(how), ..self }
    }
}

/// The checks that fail, or are unknown, where both uses of the key do.
const NO_USE: &[&str] = &["aws-decrypt-allowed", "aws-encrypt-allowed"];

/// Every setup.
pub(crate) fn all() -> Vec<Setup> {
    [
        right(),
        wrong_trust(),
        wrong_role_policy(),
        wrong_key_policy(),
        wrong_key(),
        wrong_registration(),
        open(),
    ]
    .concat()
}

/// Setups that work, and grant nothing more.
fn right() -> Vec<Setup> {
    vec![
        Setup::documented("as documented"),
        Setup::documented("an alias is registered")
            .registers_key("$ALIAS")
            // KMS-DG alias-access: policies see the key's ARN, whatever the request named.
            .emulator_deviates("it matches Resource against the alias's ARN; KMS-DG alias-access"),
        Setup::documented("the role's policy is managed, not inline").attached(documented_role_policy()),
        Setup::documented("a project's id is the ExternalId")
            .trust(trust_when(json!({ "StringEquals": { "sts:ExternalId": PROJECT } })))
            .registers_external_id(PROJECT),
        Setup::documented("organization and project are both listed")
            .trust(trust_when(json!({ "StringEquals": { "sts:ExternalId": [ORGANIZATION, PROJECT] } }))),
        // IAM-UG reference_policies_elements_condition_operators: StringNotEquals holds without the key, too.
        Setup::documented("a Deny asks for the ExternalId").trust(policy([
            trust_statement_without_condition(),
            json!({
                "Effect": "Deny",
                "Principal": "*",
                "Action": "sts:AssumeRole",
                "Condition": { "StringNotEquals": { "sts:ExternalId": ORGANIZATION } },
            }),
        ])),
        Setup::documented("the customer's own account may assume the role as well")
            .trust(trust_also_of(json!({ "AWS": "arn:aws:iam::$ACCOUNT:root" }))),
        Setup::documented("the role has a path").role_path("/security/openai/"),
        Setup::documented("the key is a multi-Region key").key(KeyKind::MultiRegion),
        // KMS-DG policy-evaluation: in one account the key's policy is enough where it names the role.
        Setup::documented("the key's policy names the role, which has none itself")
            .without_role_policy()
            .key_policy([delegation_to_the_account(), to("$ROLE", allow(USE, "*"))]),
        Setup::documented("a wildcard stands for exactly the two actions")
            .inline(policy([allow(&["kms:*crypt"], "$KEY")])),
        // IAM-UG reference_policies_elements_action: not case-sensitive.
        Setup::documented("the actions are in another case")
            .inline(policy([allow(&["KMS:encrypt", "kms:DECRYPT"], "$KEY")])),
        Setup::documented("a statement for each action")
            .inline(policy([allow(&["kms:Encrypt"], "$KEY"), allow(&["kms:Decrypt"], "$KEY")])),
        Setup::documented("the boundary leaves room for the key")
            .boundary(policy([allow(&["kms:Encrypt", "kms:Decrypt", "s3:*"], "*")])),
        Setup::documented("the key is allowed by its tag").allowed_by_the_keys_tag(),
        Setup::documented("the role is admitted by its tag").role_tags(&[("team", "ekm")]).key_policy([
            delegation_to_the_account(),
            when(json!({ "StringNotEquals": { "aws:PrincipalTag/team": "ekm" } }), to("*", deny(USE, "*"))),
        ]),
        // IAM-UG reference_policies_condition-keys: for a session, aws:PrincipalArn is the role's ARN.
        Setup::documented("anybody is the principal, OpenAI's role a condition")
            .trust(trust_of_anybody_when(json!({
                "StringEquals": { "sts:ExternalId": ORGANIZATION },
                "ArnEquals": { "aws:PrincipalArn": OPENAI_ROLE },
            })))
            .emulator_deviates(
                "its aws:PrincipalArn is the session's ARN; IAM-UG reference_policies_condition-keys",
            ),
        // KMS-DG grants: a grant allows without any policy.
        Setup::documented("a grant in place of the role's policy")
            .without_role_policy()
            .grant()
            .emulator_deviates("grants allow nothing in it; KMS-DG grants"),
    ]
}

/// Mistakes in the trust policy.
fn wrong_trust() -> Vec<Setup> {
    vec![
        Setup::documented("the principal is the customer's own account")
            .trust(trust_of(json!({ "AWS": "arn:aws:iam::$ACCOUNT:root" })))
            .not_ready([Denied, Allowed, Allowed], &["aws-assume-role-allowed", "aws-trust-principal"]),
        Setup::documented("the principal is OpenAI's role for customer storage")
            .trust(trust_of(json!({ "AWS": "arn:aws:iam::790389265272:role/CustomerStorage" })))
            .not_ready(
                [Denied, Allowed, Allowed],
                &["aws-assume-role-allowed", "aws-trust-exclusive", "aws-trust-principal"],
            ),
        Setup::documented("OpenAI's role for customer storage is trusted as well")
            .trust(trust_also_of(json!({ "AWS": "arn:aws:iam::790389265272:role/CustomerStorage" })))
            .not_ready([Allowed; 3], &["aws-trust-exclusive"]),
        // IAM-UG reference_policies_elements_principal: the account's ARN stands for everybody in it.
        Setup::documented("the principal is all of OpenAI's account")
            .trust(trust_of(json!({ "AWS": "arn:aws:iam::790389265272:root" })))
            .not_ready([Allowed; 3], &["aws-trust-exclusive"]),
        Setup::documented("the principal is anybody")
            .trust(trust_of(json!("*")))
            .not_ready([Allowed; 3], &["aws-trust-exclusive"]),
        Setup::documented("the ExternalId is another organization's")
            .trust(trust_when(json!({ "StringEquals": { "sts:ExternalId": "org-Some0therOrganization" } })))
            .not_ready([Denied, Allowed, Allowed], &["aws-assume-role-allowed", "aws-trust-external-id"]),
        Setup::documented("the ExternalId differs in case")
            .trust(trust_when(json!({ "StringEquals": { "sts:ExternalId": "ORG-4Qd8XyTz71LmWc05RkVb" } })))
            .not_ready([Denied, Allowed, Allowed], &["aws-assume-role-allowed", "aws-trust-external-id"]),
        Setup::documented("no ExternalId is asked for")
            .trust(policy([trust_statement_without_condition()]))
            .not_ready([Allowed; 3], &["aws-trust-external-id"]),
        Setup::documented("any organization's id will do")
            .trust(trust_when(json!({ "StringLike": { "sts:ExternalId": "org-*" } })))
            .not_ready([Allowed; 3], &["aws-trust-external-id"]),
        // IAM-UG reference_policies_elements_condition_operators: IfExists holds without the key.
        Setup::documented("the ExternalId is compared only if there is one")
            .trust(trust_when(json!({ "StringEqualsIfExists": { "sts:ExternalId": ORGANIZATION } })))
            .not_ready([Allowed; 3], &["aws-trust-external-id"]),
        Setup::documented("the action is that of web identities")
            .trust(trust_for("sts:AssumeRoleWithWebIdentity"))
            .not_ready([Denied, Allowed, Allowed], &["aws-assume-role-allowed", "aws-trust-principal"]),
        Setup::documented("a second factor is asked for")
            .trust(trust_when(json!({
                "StringEquals": { "sts:ExternalId": ORGANIZATION },
                "Bool": { "aws:MultiFactorAuthPresent": "true" },
            })))
            .not_ready([Denied, Allowed, Allowed], &["aws-assume-role-allowed"]),
    ]
}

/// Mistakes in the role's own policies.
fn wrong_role_policy() -> Vec<Setup> {
    vec![
        Setup::documented("Encrypt is missing")
            .inline(policy([allow(&["kms:Decrypt"], "$KEY")]))
            .not_ready([Allowed, Denied, Allowed], &["aws-encrypt-allowed"]),
        Setup::documented("Decrypt is missing")
            .inline(policy([allow(&["kms:Encrypt"], "$KEY")]))
            .not_ready([Allowed, Allowed, Denied], &["aws-decrypt-allowed"]),
        Setup::documented("the policy is on another key")
            .inline(policy([allow(USE, "$OTHER_KEY")]))
            .not_ready([Allowed, Denied, Denied], NO_USE),
        // KMS-DG alias-access: an alias as Resource gives nothing for the key's use.
        Setup::documented("the policy is on the alias")
            .inline(policy([allow(USE, "$ALIAS")]))
            .not_ready([Allowed, Denied, Denied], NO_USE),
        Setup::documented("the policy is on the alias, which is registered")
            .inline(policy([allow(USE, "$ALIAS")]))
            .registers_key("$ALIAS")
            .not_ready([Allowed, Denied, Denied], NO_USE)
            .emulator_deviates("it matches Resource against the alias's ARN; KMS-DG alias-access"),
        Setup::documented("the policy was made but not attached")
            .unattached(documented_role_policy())
            .not_ready([Allowed, Denied, Denied], NO_USE),
        Setup::documented("the boundary has no room for KMS")
            .boundary(policy([allow(&["s3:*", "logs:*"], "*")]))
            .not_ready([Allowed, Denied, Denied], NO_USE),
        // IAM-UG access_policies_boundaries: it limits what a resource's policy gives to the role's ARN.
        Setup::documented("the boundary has no room for KMS, and the key's policy names the role")
            .boundary(policy([allow(&["s3:*", "logs:*"], "*")]))
            .key_policy([delegation_to_the_account(), to("$ROLE", allow(USE, "*"))])
            .not_ready([Allowed, Denied, Denied], NO_USE),
        Setup::documented("another policy denies Decrypt")
            .another_inline(policy([deny(&["kms:Decrypt"], "*")]))
            .not_ready([Allowed, Allowed, Denied], &["aws-decrypt-allowed"]),
        // KMS-DG conditions-kms: the key is there only when an AWS service calls for the principal.
        Setup::documented("only through S3")
            .inline(policy([when(
                json!({ "StringEquals": { "kms:ViaService": "s3.eu-central-1.amazonaws.com" } }),
                allow(USE, "$KEY"),
            )]))
            .not_ready([Allowed, Denied, Denied], NO_USE),
        Setup::documented("the key lacks the tag that allows it")
            .inline(role_policy_by_tag())
            .not_ready([Allowed, Denied, Denied], NO_USE),
    ]
}

/// Mistakes in the key's policy.
fn wrong_key_policy() -> Vec<Setup> {
    // Without delegation to the account, the auditor reads only what the key's policy lets it read.
    let auditor_reads = || {
        let rights: Vec<&str> =
            crate::auditor::READ_RIGHTS.into_iter().filter(|right| right.starts_with("kms:")).collect();
        to("$AUDITOR", allow(&rights, "*"))
    };
    vec![
        // KMS-DG key-policies: no IAM policy counts unless the key's policy says so.
        Setup::documented("the key's policy knows neither the role nor the account")
            .key_policy([auditor_reads()])
            .not_ready([Allowed, Denied, Denied], NO_USE),
        // KMS-DG key-policy-default: the account gets the actions that the statement lists.
        Setup::documented("the key's policy leaves only reading to the account")
            .key_policy([to(
                "arn:aws:iam::$ACCOUNT:root",
                allow(&["kms:Describe*", "kms:Get*", "kms:List*"], "*"),
            )])
            .not_ready([Allowed, Denied, Denied], NO_USE),
        Setup::documented("the key's policy names another role")
            .key_policy([auditor_reads(), to("arn:aws:iam::$ACCOUNT:role/another-role", allow(USE, "*"))])
            .not_ready([Allowed, Denied, Denied], NO_USE),
        Setup::documented("the key's policy denies the role")
            .key_policy([delegation_to_the_account(), to("$ROLE", deny(USE, "*"))])
            .not_ready([Allowed, Denied, Denied], NO_USE),
        // IAM-UG reference_policies_elements_principal: the account's ARN stands for everybody in it.
        Setup::documented("the key's policy denies Encrypt to the account")
            .key_policy([
                delegation_to_the_account(),
                to("arn:aws:iam::$ACCOUNT:root", deny(&["kms:Encrypt"], "*")),
            ])
            .not_ready([Allowed, Denied, Allowed], &["aws-encrypt-allowed"]),
        // KMS-DG key-policy-overview: PutKeyPolicy accepts it, but it has no effect.
        Setup::documented("the statement for the role has no Resource")
            .without_role_policy()
            .key_policy([
                delegation_to_the_account(),
                json!({ "Effect": "Allow", "Principal": { "AWS": "$ROLE" }, "Action": USE }),
            ])
            .not_ready([Allowed, Denied, Denied], NO_USE)
            .emulator_deviates("a statement without Resource counts in it; KMS-DG key-policy-overview"),
    ]
}

/// Keys that can't do what OpenAI asks of them: the calls are allowed, and fail.
fn wrong_key() -> Vec<Setup> {
    vec![
        // KMS-DG key-state.
        Setup::documented("the key is disabled")
            .key_state(KeyState::Disabled)
            .not_ready([Allowed; 3], &["aws-key-enabled"])
            .key_refuses("DisabledException", "DisabledException"),
        Setup::documented("the key is going to be deleted")
            .key_state(KeyState::PendingDeletion)
            .not_ready([Allowed; 3], &["aws-key-enabled"])
            .key_refuses("KMSInvalidStateException", "KMSInvalidStateException"),
        Setup::documented("the key is an RSA key")
            .key(KeyKind::Rsa)
            .not_ready([Allowed; 3], &["aws-key-symmetric"])
            .key_refuses("InvalidKeyUsageException", "InvalidCiphertextException"),
        Setup::documented("the key is an RSA key to sign with")
            .key(KeyKind::RsaForSigning)
            .not_ready([Allowed; 3], &["aws-key-symmetric", "aws-key-usage"])
            // Its own codes: AWS's is InvalidKeyUsageException for both (KMS API Encrypt, Decrypt).
            .key_refuses("UnsupportedOperationException", "InvalidCiphertextException"),
        Setup::documented("the key is an HMAC key")
            .key(KeyKind::Hmac)
            .not_ready([Allowed; 3], &["aws-key-symmetric", "aws-key-usage"])
            .key_refuses("InvalidKeyUsageException", "InvalidKeyUsageException"),
    ]
}

/// Mistakes in what is registered.
fn wrong_registration() -> Vec<Setup> {
    const NOTHING: &[&str] =
        &["aws-assume-role-allowed", "aws-decrypt-allowed", "aws-encrypt-allowed", "aws-role-exists"];
    const NO_SUCH_KEY: &str = "arn:aws:kms:eu-central-1:$ACCOUNT:key/11111111-2222-4333-8444-555555555555";
    vec![
        Setup::documented("there is no such role").without_role().not_ready([Denied; 3], NOTHING),
        // IAM-UG reference_identifiers: the path is part of the ARN.
        Setup::documented("the role's path is left out")
            .role_path("/security/openai/")
            .registers_role("arn:aws:iam::$ACCOUNT:role/openai-ekm")
            .not_ready([Denied; 3], NOTHING)
            .emulator_deviates(
                "it looks at the last part of a role's ARN only; IAM-UG reference_identifiers",
            ),
        Setup::documented("there is no such key")
            .inline(policy([allow(USE, NO_SUCH_KEY)]))
            .registers_key(NO_SUCH_KEY)
            .not_ready(
                [Allowed, Denied, Denied],
                &["aws-decrypt-allowed", "aws-encrypt-allowed", "aws-key-exists"],
            )
            .emulator_deviates("its Decrypt falls back to the key that made the ciphertext; KMS API Decrypt"),
        Setup::documented("there is no such alias")
            .registers_key("arn:aws:kms:eu-central-1:$ACCOUNT:alias/not-made-yet")
            .not_ready(
                [Allowed, Denied, Denied],
                &["aws-decrypt-allowed", "aws-encrypt-allowed", "aws-key-exists"],
            ),
        Setup::documented("the ExternalId registered is the project's, the one trusted the organization's")
            .registers_external_id(PROJECT)
            .not_ready([Denied, Allowed, Allowed], &["aws-assume-role-allowed", "aws-trust-external-id"]),
    ]
}

/// What nobody can tell who reads this account alone.
fn open() -> Vec<Setup> {
    vec![
        // It is harmless if the account is of the customer's own organization, which the auditor can't read.
        Setup::documented("a third account may assume the role as well")
            .trust(trust_also_of(json!({ "AWS": "arn:aws:iam::210987654321:root" })))
            .undetermined([Allowed; 3], &["aws-trust-exclusive"]),
        // No article lists the addresses that OpenAI's calls come from.
        Setup::documented("the trust policy admits some addresses")
            .trust(trust_when(json!({
                "StringEquals": { "sts:ExternalId": ORGANIZATION },
                "IpAddress": { "aws:SourceIp": "203.0.113.0/24" },
            })))
            .undetermined([Depends, Allowed, Allowed], &["aws-assume-role-allowed"]),
        Setup::documented("the key's policy denies some addresses")
            .key_policy([
                delegation_to_the_account(),
                when(
                    json!({ "NotIpAddress": { "aws:SourceIp": "203.0.113.0/24" } }),
                    to("*", deny(USE, "*")),
                ),
            ])
            .undetermined([Allowed, Depends, Depends], NO_USE),
    ]
}
