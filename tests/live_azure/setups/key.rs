//! Keys that can't do what OpenAI asks of them.

use crate::setup::Decision::{Allowed, Denied, Depends};
use crate::setup::Setup;
use crate::tenant::{Azure, DisabledKey, KeyMaterial, KeyVersion, RotationPolicy};

/// 2020-01-01 00:00:00 UTC.
const PAST: i64 = 1_577_836_800;
/// 2099-01-01 00:00:00 UTC.
const FUTURE: i64 = 4_070_908_800;

/// The key is shown, and refuses both uses.
const READABLE: [crate::setup::Decision; 4] = [Allowed, Allowed, Denied, Denied];
/// It refuses encrypting alone.
const DECRYPTS: [crate::setup::Decision; 4] = [Allowed, Allowed, Denied, Allowed];

/// Each is not ready.
pub(super) fn wrong() -> Vec<Setup> {
    [kinds(), operations(), states()].concat()
}

fn kinds() -> Vec<Setup> {
    let of = |name, source, material: KeyMaterial, operations: &[&str]| {
        let version = |version: KeyVersion| KeyVersion { material, ..version }.only_for(operations);
        Setup::of(name, source, |azure| *azure.version() = version(azure.version().clone()))
            .not_ready(READABLE, &["azure-decrypt-allowed", "azure-encrypt-allowed", "azure-key-rsa"])
    };
    vec![
        // Keys on curves sign and verify.
        of(
            "the key is on a curve",
            "Key Vault keys/about-keys-details",
            KeyMaterial::Ec("P-256"),
            &["sign", "verify"],
        ),
        of(
            "the key is on a curve, in hardware",
            "Key Vault keys/about-keys-details",
            KeyMaterial::EcHsm("P-521"),
            &["sign", "verify"],
        ),
        of(
            "the key is symmetric",
            "OpenAI, Azure integration",
            KeyMaterial::OctHsm(256),
            &["encrypt", "decrypt", "wrapKey", "unwrapKey"],
        ),
    ]
}

fn operations() -> Vec<Setup> {
    let only = |name, operations: &'static [&'static str]| {
        Setup::of(name, "Key Vault keys/about-keys-details, Key access control", |azure| {
            *azure.version() = azure.version().clone().only_for(operations);
        })
    };
    vec![
        only("the key wraps and unwraps only", &["wrapKey", "unwrapKey"])
            .not_ready(READABLE, &["azure-decrypt-allowed", "azure-encrypt-allowed", "azure-key-operations"]),
        only("the key does not decrypt", &["encrypt", "sign", "verify"]).not_ready(
            [Allowed, Allowed, Allowed, Denied],
            &["azure-decrypt-allowed", "azure-key-operations"],
        ),
        only("the key does nothing", &[])
            .not_ready(READABLE, &["azure-decrypt-allowed", "azure-encrypt-allowed", "azure-key-operations"]),
    ]
}

/// Key Vault keys/about-keys-details, "Date-time controlled operations": what a key has encrypted it decrypts outside of
/// its dates as well.
fn states() -> Vec<Setup> {
    const DATES: &str = "Key Vault keys/about-keys-details, Date-time controlled operations";
    let disabled = |name, answer| {
        Setup::of(name, "Key Vault keys/about-keys-details, Key attributes", move |azure| {
            azure.version().enabled = false;
            azure.behaviour.disabled_key = answer;
        })
        // Whether a disabled key can be read is documented nowhere.
        .not_ready(
            [Allowed, Depends, Denied, Denied],
            &["azure-decrypt-allowed", "azure-encrypt-allowed", "azure-key-enabled"],
        )
        .unknown(&["azure-read-allowed"])
    };
    vec![
        disabled("the key is disabled", DisabledKey::Shown),
        disabled("the key is disabled, and its vault does not show it", DisabledKey::Refused),
        Setup::of("the key has expired", DATES, expired)
            .not_ready(DECRYPTS, &["azure-encrypt-allowed", "azure-key-enabled"]),
        // What would have been made before is not there.
        Setup::of("the key has expired in spite of its rotation policy", DATES, |azure| {
            expired(azure);
            azure.key().rotation_policy = Some(RotationPolicy {
                lifetime_actions: vec![("Rotate", "timeBeforeExpiry", "P30D".into())],
                expiry_time: Some("P1Y".into()),
            });
        })
        .not_ready(DECRYPTS, &["azure-encrypt-allowed", "azure-key-enabled"]),
        Setup::of("the key may not be used yet", DATES, |azure| azure.version().not_before = Some(FUTURE))
            .not_ready(DECRYPTS, &["azure-encrypt-allowed", "azure-key-enabled"]),
    ]
}

/// A year after it was made, and two after the version before. It should have been rotated long before.
fn expired(azure: &mut Azure) {
    for (version, age) in azure.key().versions.iter_mut().rev().zip([1, 2]) {
        version.created = PAST - age * 365 * 86_400;
    }
    azure.version().expires = Some(PAST);
}
