//! Keys, their versions and their rotation.

/// A key, with all its versions.
#[derive(Debug, Clone)]
pub(crate) struct Key {
    pub(crate) name: String,
    /// The oldest first; the last is the one that is used when none is named.
    pub(crate) versions: Vec<KeyVersion>,
    pub(crate) rotation_policy: Option<RotationPolicy>,
}

/// A version of a key.
#[derive(Debug, Clone)]
pub(crate) struct KeyVersion {
    /// 32 hexadecimal digits.
    pub(crate) id: String,
    pub(crate) material: KeyMaterial,
    /// `encrypt`, `decrypt`, `sign`, `verify`, `wrapKey`, `unwrapKey`, `import`.
    pub(crate) operations: Vec<String>,
    pub(crate) enabled: bool,
    /// Seconds since 1970 before which it is not to be used.
    pub(crate) not_before: Option<i64>,
    /// Seconds since 1970 from which on it is not to be used.
    pub(crate) expires: Option<i64>,
    /// Seconds since 1970.
    pub(crate) created: i64,
    /// `CustomizedRecoverable`, say; where `None`, what follows from the vault's purge protection.
    pub(crate) recovery_level: Option<String>,
    pub(crate) tags: Vec<(String, String)>,
    /// Whether it backs a certificate: Key Vault manages its lifetime then.
    pub(crate) managed: bool,
}

/// What a key consists of, with its length in bits or its curve.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum KeyMaterial {
    Rsa(usize),
    /// RSA, protected by a hardware security module.
    RsaHsm(usize),
    /// On a curve: `P-256`, `P-384`, `P-521` or `P-256K`.
    Ec(&'static str),
    EcHsm(&'static str),
    /// Symmetric, protected by a hardware security module.
    OctHsm(usize),
}

/// How a key is rotated.
#[derive(Debug, Clone)]
pub(crate) struct RotationPolicy {
    /// What is done and when: `Rotate` or `Notify`; `timeAfterCreate` or `timeBeforeExpiry`; an ISO 8601 duration.
    pub(crate) lifetime_actions: Vec<(&'static str, &'static str, String)>,
    /// How long new versions last, an ISO 8601 duration.
    pub(crate) expiry_time: Option<String>,
}

/// What portal and command line allow for a new RSA key.
const OPERATIONS: [&str; 6] = ["encrypt", "decrypt", "sign", "verify", "wrapKey", "unwrapKey"];

impl Key {
    /// A key with these versions, never rotated by itself.
    pub(crate) fn new(name: &str, versions: Vec<KeyVersion>) -> Self {
        Self { name: name.into(), versions, rotation_policy: None }
    }

    pub(crate) fn rotated(self, rotation_policy: RotationPolicy) -> Self {
        Self { rotation_policy: Some(rotation_policy), ..self }
    }
}

impl KeyVersion {
    /// A version as the portal makes it: RSA of this length, enabled, for all that RSA keys are for.
    pub(crate) fn rsa(id: &str, bits: usize, created: i64) -> Self {
        Self {
            id: id.into(),
            material: KeyMaterial::Rsa(bits),
            operations: OPERATIONS.map(String::from).into(),
            enabled: true,
            not_before: None,
            expires: None,
            created,
            recovery_level: None,
            tags: vec![],
            managed: false,
        }
    }

    /// For these operations only.
    pub(crate) fn only_for(self, operations: &[&str]) -> Self {
        Self { operations: operations.iter().map(ToString::to_string).collect(), ..self }
    }
}

impl KeyMaterial {
    /// The key's type as Key Vault writes it.
    pub(crate) fn key_type(&self) -> &'static str {
        match self {
            Self::Rsa(_) => "RSA",
            Self::RsaHsm(_) => "RSA-HSM",
            Self::Ec(_) => "EC",
            Self::EcHsm(_) => "EC-HSM",
            Self::OctHsm(_) => "oct-HSM",
        }
    }

    /// Where it is processed: `0` is software, `2` are the hardware security modules of today (Key Vault
    /// `keys/about-keys`).
    pub(crate) fn hsm_platform(&self) -> &'static str {
        if matches!(self, Self::Rsa(_) | Self::Ec(_)) { "0" } else { "2" }
    }

    /// The public modulus of an RSA key: a number of exactly the key's length in bits, most significant byte first.
    pub(crate) fn modulus(&self) -> Option<Vec<u8>> {
        let (Self::Rsa(bits) | Self::RsaHsm(bits)) = self else { return None };
        let mut modulus: Vec<u8> = (1..=bits.div_ceil(8)).map(|byte| byte.to_le_bytes()[0]).collect();
        // The first byte has the bits that are left over, of which the highest is set; the last is odd, as moduli are.
        let highest = (bits + 7) % 8;
        *modulus.first_mut()? = 1 << highest;
        *modulus.last_mut()? |= 1;
        Some(modulus)
    }
}

impl RotationPolicy {
    /// A new version this long after the last.
    pub(crate) fn rotates_after(duration: &str) -> Self {
        Self { lifetime_actions: vec![("Rotate", "timeAfterCreate", duration.into())], expiry_time: None }
    }
}
