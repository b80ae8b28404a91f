//! A customer's account, and what AWS would decide in it.

use aws_sdk_kms::types::GrantOperation;
use serde_json::Value;

use crate::policy::{
    ORGANIZATION, delegation_to_the_account, documented_role_policy, documented_trust, policy,
    role_policy_by_tag,
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

/// Where the account is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Place {
    /// It manages an organization of its own, as every account of ministack's does; service control policies that are
    /// attached to the root.
    Management(Vec<Value>),
    /// A member, in a unit of an organization that is read as its management account.
    Member(Attached),
    /// A member, in a unit with resource control policies. These are in moto: ministack has none.
    MemberUnderResourceControl(Vec<Value>),
    /// In no organization. This is in moto: in ministack each account has one.
    Nowhere,
}

/// The service control policies above a member.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Attached {
    /// Beside `FullAWSAccess`, at the unit.
    pub(crate) to_unit: Vec<Value>,
    /// In the place of `FullAWSAccess`, at the account.
    pub(crate) to_account_instead: Option<Value>,
}

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
    /// The replica of a multi-Region key, in another region.
    Replica,
    /// Symmetric, of material that the customer imported.
    Imported,
    /// The same, of material that expires.
    ImportedUntil2100,
    /// Symmetric, and the material is yet to be imported.
    WithoutMaterial,
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
    pub(crate) place: Place,
    /// The key is in another account than the role.
    pub(crate) key_in_another_account: bool,
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
    pub(crate) key_rotates: bool,
    /// The grants on the key: to whom, and for what.
    pub(crate) grants: Vec<(&'static str, GrantOperation)>,
    pub(crate) registered_role: &'static str,
    pub(crate) registered_key: &'static str,
    pub(crate) registered_external_id: &'static str,
    /// What the customer knows of OpenAI's calls.
    pub(crate) assumes: &'static [&'static str],
    /// AssumeRole, Encrypt and Decrypt.
    pub(crate) decisions: [Decision; 3],
    /// The checks of severity error that fail.
    pub(crate) failing: &'static [&'static str],
    /// The checks of severity error that are unknown.
    pub(crate) unknown: &'static [&'static str],
    /// The warnings and notes that fail.
    pub(crate) warnings: &'static [&'static str],
    /// How each limit of the verdict begins.
    pub(crate) limits: &'static [&'static str],
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
            place: Place::Management(vec![]),
            key_in_another_account: false,
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
            key_rotates: true,
            grants: vec![],
            registered_role: "$ROLE",
            registered_key: "$KEY",
            registered_external_id: ORGANIZATION,
            assumes: &[],
            decisions: [Allowed; 3],
            failing: &[],
            unknown: &[],
            warnings: &[],
            limits: &[],
            verdict: Verdict::Ready,
            key_refuses: None,
            emulator_deviates: None,
        }
    }

    /// Whether any of its policies has this word.
    pub(crate) fn mentions(&self, word: &str) -> bool {
        let policies = [&self.inline_policies, &self.attached_policies, &self.policies_left_unattached];
        let policies = policies.into_iter().flatten().chain(&self.boundary);
        policies.chain([&self.trust, &self.key_policy]).any(|policy| policy.to_string().contains(word))
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

    pub(crate) fn trust(self, trust: Value) -> Self {
        Self { trust, ..self }
    }

    pub(crate) fn without_role(self) -> Self {
        Self { has_role: false, ..self }
    }

    pub(crate) fn role_path(self, role_path: &'static str) -> Self {
        Self { role_path, ..self }
    }

    pub(crate) fn role_tags(self, role_tags: &'static [(&'static str, &'static str)]) -> Self {
        Self { role_tags, ..self }
    }

    /// The role has this inline policy instead of the documented one.
    pub(crate) fn inline(self, policy: Value) -> Self {
        Self { inline_policies: vec![policy], ..self }
    }

    /// The role has this inline policy beside the documented one.
    pub(crate) fn another_inline(mut self, policy: Value) -> Self {
        self.inline_policies.push(policy);
        self
    }

    /// The role has this managed policy and no inline policy.
    pub(crate) fn attached(self, policy: Value) -> Self {
        Self { inline_policies: vec![], attached_policies: vec![policy], ..self }
    }

    /// The role has both of these policies, and no other.
    pub(crate) fn in_parts(self, inline: Value, attached: Value) -> Self {
        Self { inline_policies: vec![inline], attached_policies: vec![attached], ..self }
    }

    /// The role has no policy; this one was made for it.
    pub(crate) fn unattached(self, policy: Value) -> Self {
        Self { inline_policies: vec![], policies_left_unattached: vec![policy], ..self }
    }

    /// The role has no policy.
    pub(crate) fn without_role_policy(self) -> Self {
        Self { inline_policies: vec![], ..self }
    }

    pub(crate) fn boundary(self, boundary: Value) -> Self {
        Self { boundary: Some(boundary), ..self }
    }

    pub(crate) fn key(self, key: KeyKind) -> Self {
        Self { key, ..self }
    }

    pub(crate) fn key_state(self, key_state: KeyState) -> Self {
        Self { key_state, ..self }
    }

    pub(crate) fn key_tags(self, key_tags: &'static [(&'static str, &'static str)]) -> Self {
        Self { key_tags, ..self }
    }

    /// The key has a tag, and the role's policy holds for keys with that tag.
    pub(crate) fn allowed_by_the_keys_tag(self) -> Self {
        Self { key_tags: &[("purpose", "openai")], ..self }.inline(role_policy_by_tag())
    }

    pub(crate) fn key_policy<const N: usize>(self, statements: [Value; N]) -> Self {
        Self { key_policy: policy(statements), ..self }
    }

    /// The key is in an account of its own, with this policy.
    pub(crate) fn key_elsewhere<const N: usize>(self, statements: [Value; N]) -> Self {
        Self { key_in_another_account: true, ..self }.key_policy(statements)
    }

    pub(crate) fn key_without_rotation(self) -> Self {
        Self { key_rotates: false, ..self }
    }

    /// There are grants on the key for this principal.
    pub(crate) fn grants<const N: usize>(
        mut self,
        grantee: &'static str,
        operations: [GrantOperation; N],
    ) -> Self {
        self.grants.extend(operations.map(|operation| (grantee, operation)));
        self
    }

    pub(crate) fn place(self, place: Place) -> Self {
        Self { place, ..self }
    }

    pub(crate) fn assumes(self, assumes: &'static [&'static str]) -> Self {
        Self { assumes, ..self }
    }

    /// These warnings and notes fail.
    pub(crate) fn warnings(self, warnings: &'static [&'static str]) -> Self {
        Self { warnings, ..self }
    }

    /// The verdict leaves this out of account.
    pub(crate) fn limits(self, limits: &'static [&'static str]) -> Self {
        Self { limits, ..self }
    }

    pub(crate) fn registers_role(self, registered_role: &'static str) -> Self {
        Self { registered_role, ..self }
    }

    pub(crate) fn registers_key(self, registered_key: &'static str) -> Self {
        Self { registered_key, ..self }
    }

    pub(crate) fn registers_external_id(self, registered_external_id: &'static str) -> Self {
        Self { registered_external_id, ..self }
    }

    /// Something is wrong: AWS's answers to AssumeRole, Encrypt and Decrypt, and the checks that fail.
    pub(crate) fn not_ready(self, decisions: [Decision; 3], failing: &'static [&'static str]) -> Self {
        Self { decisions, failing, verdict: Verdict::NotReady, ..self }
    }

    /// Something is open: AWS's answers to AssumeRole, Encrypt and Decrypt, and the checks that are unknown.
    pub(crate) fn undetermined(self, decisions: [Decision; 3], unknown: &'static [&'static str]) -> Self {
        Self { decisions, unknown, verdict: Verdict::Undetermined, ..self }
    }

    pub(crate) fn key_refuses(self, encrypt: &'static str, decrypt: &'static str) -> Self {
        Self { key_refuses: Some([encrypt, decrypt]), ..self }
    }

    pub(crate) fn emulator_deviates(self, how: &'static str) -> Self {
        Self { emulator_deviates: Some(how), ..self }
    }
}
