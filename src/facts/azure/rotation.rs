//! Whether Key Vault makes a new version of a key by itself, and in time (Key Vault keys/how-to-configure-key-rotation).

use jiff::tz::TimeZone;
use jiff::{Span, Timestamp};

use super::principal::because;
use crate::evidence::azure::{Key, LifetimeAction, RotationPolicy};
use crate::facts::Fact;

const POLICY: &str = "azure.key_rotation_policy";
const VERSIONS: &str = "azure.key_versions";

/// Whether the policy makes a new version before the current one expires, or at all where it never does.
pub(super) fn rotates(policy: &RotationPolicy, key: &Key, created: Option<Timestamp>) -> Fact<bool> {
    let mut open = Vec::new();
    for action in policy.actions.iter().filter(|action| action.action.eq_ignore_ascii_case("rotate")) {
        match acts(action, key, created) {
            Fact::Known(true) => return Fact::Known(true),
            Fact::Known(false) => {}
            Fact::Unknown(because) => open.extend(because),
        }
    }
    if open.is_empty() { Fact::Known(false) } else { Fact::Unknown(open) }
}

/// Whether an action comes in time. One that is to come before the version expires never comes where no date is set.
fn acts(action: &LifetimeAction, key: &Key, created: Option<Timestamp>) -> Fact<bool> {
    let (after_create, Some(expires)) = (action.time_after_create.as_deref(), key.expires) else {
        return Fact::Known(action.time_after_create.is_some());
    };
    if action.time_before_expiry.is_some() {
        return Fact::Known(true);
    }
    let Some(after_create) = after_create else { return Fact::Known(false) };
    let Some(created) = created else {
        return Fact::Unknown(vec![because(VERSIONS, "when the current version was made is not known")]);
    };
    let comes = after_create
        .parse::<Span>()
        .and_then(|span| created.to_zoned(TimeZone::UTC).checked_add(span))
        .map(|zoned| zoned.timestamp());
    match comes {
        Ok(comes) => Fact::Known(comes < expires),
        Err(_) => Fact::Unknown(vec![because(POLICY, &format!("`{after_create}` is no duration"))]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rotating(after: Option<&str>, before: Option<&str>, expires: Option<&str>) -> Fact<bool> {
        let action = LifetimeAction {
            action: "Rotate".into(),
            time_after_create: after.map(str::to_owned),
            time_before_expiry: before.map(str::to_owned),
        };
        let key = Key {
            version: "v".into(),
            kind: "RSA".into(),
            operations: Vec::new(),
            bits: None,
            enabled: true,
            not_before: None,
            expires: expires.map(|date| date.parse().unwrap()),
            recovery_level: None,
        };
        let policy = RotationPolicy { actions: vec![action], expiry_time: None };
        rotates(&policy, &key, Some("2026-01-31T00:00:00Z".parse().unwrap()))
    }

    #[test]
    fn a_trigger_after_the_making_must_come_before_the_end() {
        assert_eq!(rotating(Some("P18M"), None, None), Fact::Known(true));
        assert_eq!(rotating(Some("P90D"), None, Some("2026-12-31T00:00:00Z")), Fact::Known(true));
        assert_eq!(rotating(Some("P18M"), None, Some("2026-12-31T00:00:00Z")), Fact::Known(false));
    }

    #[test]
    fn a_trigger_before_the_end_needs_an_end() {
        assert_eq!(rotating(None, Some("P30D"), Some("2026-12-31T00:00:00Z")), Fact::Known(true));
        assert_eq!(rotating(None, Some("P30D"), None), Fact::Known(false));
    }

    #[test]
    fn without_a_trigger_nothing_happens() {
        assert_eq!(rotating(None, None, None), Fact::Known(false));
        assert_eq!(rotating(None, None, Some("2026-12-31T00:00:00Z")), Fact::Known(false));
    }

    #[test]
    fn what_is_no_duration_leaves_it_open() {
        let open = rotating(Some("soon"), None, Some("2026-12-31T00:00:00Z"));
        assert!(matches!(open, Fact::Unknown(_)), "{open:?}");
    }
}
