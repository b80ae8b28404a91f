//! The values that a condition names, read as its operator reads them.

use std::fmt;
use std::net::IpAddr;

use jiff::Timestamp;

use crate::iam::pattern::{ArnPattern, Pattern, Template};

/// One value of a condition.
#[derive(Debug, Clone, PartialEq)]
pub enum Operand {
    /// Of the string operators.
    Text(Template<Pattern>),
    /// Of the ARN operators.
    Arn(Template<ArnPattern>),
    /// Of all others, which have neither wildcards nor variables.
    Typed {
        /// As the policy has it.
        written: String,
        /// What it means.
        value: Typed,
    },
}

/// A value that is neither text nor ARN.
#[derive(Debug, Clone, PartialEq)]
pub enum Typed {
    /// Of the numeric operators.
    Number(Number),
    /// Of the date operators.
    Date(Timestamp),
    /// Of `Bool` and `Null`.
    Boolean(bool),
    /// Of the address operators.
    Network(Network),
    /// Of `BinaryEquals`, in Base64.
    Binary(String),
    /// A value that its operator does not take, as far as AWS documents.
    Unreadable,
}

impl Operand {
    /// As the policy has it.
    pub fn written(&self) -> &str {
        match self {
            Self::Text(template) => template.written(),
            Self::Arn(template) => template.written(),
            Self::Typed { written, .. } => written,
        }
    }
}

/// A decimal number, exact to sixteen places.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Number(i128);

impl Number {
    /// Places behind the point.
    const PLACES: usize = 16;
    const ONE: i128 = 10_i128.pow(16);

    /// `3600`, `-1.5`; `None` for anything else, and for more digits than are kept.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let (sign, digits) = match text.strip_prefix(['-', '+']) {
            Some(digits) if text.starts_with('-') => (-1, digits),
            Some(digits) => (1, digits),
            None => (1, text),
        };
        let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
        let plain = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
        let kept = !whole.is_empty() && whole.len() <= 18 && fraction.len() <= Self::PLACES;
        if !kept || digits.ends_with('.') || !plain(whole) || !plain(fraction) {
            return None;
        }
        let scaled: i128 = format!("{whole}{fraction:0<width$}", width = Self::PLACES).parse().ok()?;
        Some(Self(sign * scaled))
    }

    /// One less, and one more.
    pub(in crate::iam) fn neighbours(self) -> [Self; 2] {
        [Self(self.0 - Self::ONE), Self(self.0 + Self::ONE)]
    }

    /// A number between two; `None` where none is kept.
    pub(in crate::iam) fn between(self, other: Self) -> Option<Self> {
        let middle = Self(self.0.midpoint(other.0));
        (middle != self && middle != other).then_some(middle)
    }
}

impl fmt::Display for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.0 < 0 { "-" } else { "" };
        let (whole, fraction) = (self.0.abs() / Self::ONE, self.0.abs() % Self::ONE);
        let fraction = format!("{fraction:0width$}", width = Self::PLACES);
        let fraction = fraction.trim_end_matches('0');
        let point = if fraction.is_empty() { "" } else { "." };
        write!(f, "{sign}{whole}{point}{fraction}")
    }
}

pub(super) fn boolean(text: &str) -> Option<bool> {
    if text.eq_ignore_ascii_case("true") {
        Some(true)
    } else if text.eq_ignore_ascii_case("false") {
        Some(false)
    } else {
        None
    }
}

/// ISO 8601 as W3C profiles it, with or without a time or a day, or seconds since 1970 (IAM-UG
/// reference_policies_elements_condition_operators, date operators).
pub(super) fn date(text: &str) -> Option<Timestamp> {
    // `2027` and `20270101` are dates of ISO 8601 as well: which of the two AWS takes them for is not documented.
    if matches!(text.len(), 4 | 6 | 8) && text.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    if let Ok(seconds) = text.parse::<i64>() {
        return Timestamp::from_second(seconds).ok();
    }
    let civil = |text: &str| {
        let civil = text.parse::<jiff::civil::DateTime>().ok()?;
        civil.to_zoned(jiff::tz::TimeZone::UTC).ok().map(|zoned| zoned.timestamp())
    };
    let month = || (text.len() == 7).then(|| civil(&format!("{text}-01"))).flatten();
    text.parse::<Timestamp>().ok().or_else(|| civil(text)).or_else(month)
}

/// Base64 in its one canonical form, so that equal bytes are equal texts.
pub(super) fn binary(text: &str) -> Option<&str> {
    let value = |byte: u8| match byte {
        b'A'..=b'Z' => Some(byte - b'A'),
        b'a'..=b'z' => Some(byte - b'a' + 26),
        b'0'..=b'9' => Some(byte - b'0' + 52),
        b'+' => Some(62),
        b'/' => Some(63),
        _ => None,
    };
    let body = text.trim_end_matches('=');
    let padding = text.len() - body.len();
    let last = body.bytes().last().and_then(value).unwrap_or_default();
    let unused_bits = match padding {
        0 => 0,
        1 => last & 0b11,
        2 => last & 0b1111,
        _ => return None,
    };
    (text.len().is_multiple_of(4) && body.bytes().all(|byte| value(byte).is_some()) && unused_bits == 0)
        .then_some(text)
}

/// A range of addresses; a bare address is a range of one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Network {
    first: Address,
    last: Address,
}

/// An address as a number, IPv4 apart from IPv6.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Address {
    Four(u32),
    Six(u128),
}

impl From<IpAddr> for Address {
    fn from(address: IpAddr) -> Self {
        match address {
            IpAddr::V4(four) => Self::Four(four.into()),
            IpAddr::V6(six) => Self::Six(six.into()),
        }
    }
}

impl Network {
    /// `203.0.113.0/24`, `2001:db8::/32`, or an address; a bare address is `/32` or `/128` (IAM-UG
    /// reference_policies_elements_condition_operators, address operators).
    pub(super) fn parse(text: &str) -> Option<Self> {
        let (address, length) = match text.split_once('/') {
            Some((address, length)) => (address, Some(length.parse::<u32>().ok()?)),
            None => (text, None),
        };
        let (first, last) = match Address::from(address.parse::<IpAddr>().ok()?) {
            Address::Four(bits) => {
                let host = u32::MAX.checked_shr(length.unwrap_or(32)).unwrap_or(0);
                (length.unwrap_or(32) <= 32)
                    .then_some((Address::Four(bits & !host), Address::Four(bits | host)))
            }
            Address::Six(bits) => {
                let host = u128::MAX.checked_shr(length.unwrap_or(128)).unwrap_or(0);
                (length.unwrap_or(128) <= 128)
                    .then_some((Address::Six(bits & !host), Address::Six(bits | host)))
            }
        }?;
        Some(Self { first, last })
    }

    pub(super) fn contains(&self, address: IpAddr) -> bool {
        (self.first..=self.last).contains(&address.into())
    }

    /// Its first address, and the one behind its last.
    pub(in crate::iam) fn edges(&self) -> [Option<IpAddr>; 2] {
        let (first, behind) = match (self.first, self.last) {
            (Address::Four(first), Address::Four(last)) => {
                (IpAddr::V4(first.into()), last.checked_add(1).map(|behind| IpAddr::V4(behind.into())))
            }
            (Address::Six(first), Address::Six(last)) => {
                (IpAddr::V6(first.into()), last.checked_add(1).map(|behind| IpAddr::V6(behind.into())))
            }
            _ => return [None, None],
        };
        [Some(first), behind]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64_counts_in_its_canonical_form_alone() {
        assert_eq!(binary("QmluYXJ5"), Some("QmluYXJ5"));
        assert_eq!(binary("QQ=="), Some("QQ=="));
        for other in ["QR==", "QQ=", "QQ", "Q", "Q===", "Qm*u"] {
            assert_eq!(binary(other), None, "{other}");
        }
    }

    #[test]
    fn numbers_are_exact_decimals() {
        let parsed = |text: &str| Number::parse(text).unwrap();
        assert_eq!(parsed("3600.0"), parsed("3600"));
        assert!(parsed("-5") < parsed("-4.9") && parsed("9007199254740993") > parsed("9007199254740992"));
        assert_eq!(parsed("0.1").between(parsed("0.2")).unwrap().to_string(), "0.15");
        assert_eq!(parsed("1").neighbours().map(|number| number.to_string()), ["0", "2"]);
        assert_eq!(parsed("-0.50").to_string(), "-0.5");
        assert_eq!(parsed("0.0000000000000001").between(parsed("0")), None);
        for unclear in ["1e5", "inf", "NaN", "", "-", "1.", ".5", "0x10", " 1", "1234567890123456789"] {
            assert_eq!(Number::parse(unclear), None, "{unclear}");
        }
    }
}
