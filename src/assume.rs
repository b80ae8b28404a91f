//! What the customer knows of OpenAI's calls and OpenAI does not publish: `--assume KEY=VALUE`.

use std::net::{IpAddr, Ipv4Addr};

use crate::contract::Provider;
use crate::facts::Limit;
use crate::iam::context::Key;
use crate::iam::{Context, ContextValue};
use crate::target::InvalidInput;
use crate::text;

/// The option, as messages name it.
const OPTION: &str = "--assume";

/// AWS context keys that are unknown, or taken to be absent, in OpenAI's calls: the only ones that can be assumed. All
/// others follow from the role, the key and who calls.
const ASSUMABLE: &[&str] = &[
    "aws:FederatedProvider",
    "aws:MultiFactorAuthAge",
    "aws:MultiFactorAuthPresent",
    "aws:Referer",
    "aws:RequestedRegion",
    "aws:SourceAccount",
    "aws:SourceArn",
    "aws:SourceIdentity",
    "aws:SourceIp",
    "aws:SourceOrgID",
    "aws:SourceVpc",
    "aws:SourceVpce",
    "aws:TokenIssueTime",
    "aws:UserAgent",
    "aws:VpcSourceIp",
    "sts:RoleSessionName",
    "sts:SourceIdentity",
];
/// Families of keys that can be assumed, by their start.
const ASSUMABLE_FAMILIES: &[&str] = &["kms:EncryptionContext:"];
/// Keys with several values, each given by an option of its own.
const ASSUMABLE_LISTS: &[&str] = &["kms:EncryptionContextKeys"];

/// The address that OpenAI calls Azure from.
const SOURCE_ADDRESS: &str = "source-address";

/// What is assumed of OpenAI's calls.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Assumptions {
    /// Of the context of calls to AWS.
    context: Vec<Assumption>,
    /// The address that vaults of Azure are called from. Their firewalls know addresses of IPv4 only (Key Vault
    /// general/network-security).
    source_address: Option<Ipv4Addr>,
}

/// One key and its value.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Assumption {
    key: Key,
    value: ContextValue,
}

impl Assumptions {
    /// Reads the options as given: `aws:SourceIp=203.0.113.7`.
    ///
    /// # Errors
    /// For what is no `KEY=VALUE`, for a key that follows from the account or that AWS does not have, for a value that
    /// the key can't have, and for a second value of a key that has one.
    pub fn parse(given: &[String]) -> Result<Self, InvalidInput> {
        let mut assumptions: Vec<Assumption> = Vec::new();
        let mut source_address = None;
        for text in given {
            let refused = |problem: String, expected: &str| InvalidInput {
                option: OPTION.into(),
                given: text.clone(),
                problem,
                expected: expected.into(),
            };
            let (name, value) = text.split_once('=').ok_or_else(|| {
                refused("no `=` in it".into(), "`KEY=VALUE`, such as `aws:SourceIp=203.0.113.7`")
            })?;
            if name.eq_ignore_ascii_case(SOURCE_ADDRESS) {
                let address: Ipv4Addr = value.parse().map_err(|_| {
                    refused(
                        "the value is no address of IPv4, which alone a vault's firewall knows".into(),
                        "`source-address=203.0.113.7`, without a range",
                    )
                })?;
                if address.is_private() || address.is_loopback() || address.is_link_local() {
                    return Err(refused(
                        "no call over the internet comes from this address".into(),
                        "a public address, `source-address=203.0.113.7`",
                    ));
                }
                if source_address.replace(address).is_some() {
                    return Err(refused("the address was given already".into(), "one value for each key"));
                }
                continue;
            }
            let key = known(name).ok_or_else(|| {
                refused(
                    format!("`{}` is no context key that can be assumed", text::inert(name)),
                    &format!("one of {}", assumable().join(", ")),
                )
            })?;
            if value.is_empty() || value.len() > 2048 || value.chars().any(text::acts) {
                return Err(refused(
                    "the value is empty, longer than 2048 bytes, or holds control characters".into(),
                    "`KEY=VALUE`",
                ));
            }
            if key == Key::new("aws:SourceIp") && value.parse::<IpAddr>().is_err() {
                return Err(refused(
                    "the value is no address".into(),
                    "`aws:SourceIp=203.0.113.7`, without a range",
                ));
            }
            let list = ASSUMABLE_LISTS.iter().any(|name| key == Key::new(name));
            match assumptions.iter_mut().find(|assumption| assumption.key == key) {
                Some(Assumption { value: ContextValue::Many(values), .. }) => values.push(value.to_owned()),
                Some(_) => {
                    return Err(refused(
                        "the key was given a value already".into(),
                        "one value for each key",
                    ));
                }
                None if list => {
                    assumptions.push(Assumption { key, value: ContextValue::Many(vec![value.to_owned()]) })
                }
                None => assumptions.push(Assumption { key, value: ContextValue::Single(value.to_owned()) }),
            }
        }
        assumptions.sort_by(|one, other| one.key.cmp(&other.key));
        Ok(Self { context: assumptions, source_address })
    }

    /// Whether what is assumed is of the calls to this cloud.
    ///
    /// # Errors
    /// For an assumption that says nothing of them.
    pub fn hold_for(&self, provider: Provider) -> Result<(), InvalidInput> {
        let foreign = match provider {
            Provider::Aws => self.source_address.map(|address| {
                let expected = format!("`aws:SourceIp={address}` of calls to AWS");
                (format!("{SOURCE_ADDRESS}={address}"), expected)
            }),
            Provider::Azure | Provider::Gcp => self.context.first().map(|assumption| {
                let expected = format!("`{SOURCE_ADDRESS}=ADDRESS` of calls to Azure");
                (assumption.key.written().to_owned(), expected)
            }),
        };
        match foreign {
            None => Ok(()),
            Some((given, expected)) => Err(InvalidInput {
                option: OPTION.into(),
                given,
                problem: format!("this says nothing of OpenAI's calls to `{}`", provider.as_str()),
                expected,
            }),
        }
    }

    /// What of it is about the calls to this cloud.
    pub fn of_cloud(&self, provider: Provider) -> Self {
        match provider {
            Provider::Aws => Self { source_address: None, ..self.clone() },
            Provider::Azure | Provider::Gcp => Self { context: Vec::new(), ..self.clone() },
        }
    }

    /// The address that OpenAI is assumed to call Azure from.
    pub(crate) fn source_address(&self) -> Option<Ipv4Addr> {
        self.source_address
    }

    /// The context of one of OpenAI's calls with what is assumed of it. What follows from the account stays as it is.
    pub(crate) fn applied(&self, mut context: Context) -> Context {
        for Assumption { key, value } in &self.context {
            if matches!(context.get(key), ContextValue::Open(_) | ContextValue::Absent) {
                context = context.with(key.written(), value.clone());
            }
        }
        // A call through a VPC endpoint has no aws:SourceIp (IAM-UG reference_policies_condition-keys).
        let through_the_internet =
            self.context.iter().any(|assumption| assumption.key == Key::new("aws:SourceIp"));
        let of_endpoints = ["aws:SourceVpc", "aws:SourceVpce", "aws:VpcSourceIp"];
        let named = |name: &&str| self.context.iter().any(|assumption| assumption.key == Key::new(name));
        let others: Vec<&str> = of_endpoints.into_iter().filter(|name| !named(name)).collect();
        if through_the_internet { context.absent(&others) } else { context }
    }

    /// Whether something is assumed of one of these keys.
    pub(crate) fn speak_of(&self, keys: &[&str]) -> bool {
        self.context.iter().any(|assumption| keys.iter().any(|key| assumption.key == Key::new(key)))
    }

    /// What the verdict rests on and nobody has read.
    pub(crate) fn limits(&self) -> impl Iterator<Item = Limit> {
        let address = self.source_address.map(|address| Limit {
            what: format!("OpenAI was assumed to call from {address}"),
            lift: format!("leave {OPTION} {SOURCE_ADDRESS}=… out"),
        });
        let of_context = self.context.iter().map(|Assumption { key, value }| {
            let values = match value {
                ContextValue::Single(value) => value.clone(),
                ContextValue::Many(values) => values.join(", "),
                ContextValue::Absent | ContextValue::Open(_) => String::new(),
            };
            Limit {
                what: format!("{} of OpenAI's calls was assumed to be {values}", key.written()),
                lift: format!("leave {OPTION} {}=… out", key.written()),
            }
        });
        of_context.chain(address)
    }
}

/// The key of this name as AWS writes it, where it can be assumed.
fn known(name: &str) -> Option<Key> {
    let same = |known: &&&str| known.eq_ignore_ascii_case(name);
    let family = |start: &&str| {
        name.get(..start.len()).is_some_and(|given| given.eq_ignore_ascii_case(start))
            && name.len() > start.len()
    };
    let exact = ASSUMABLE.iter().chain(ASSUMABLE_LISTS).find(same).map(|known| Key::new(known));
    exact.or_else(|| ASSUMABLE_FAMILIES.iter().any(family).then(|| Key::new(name)))
}

/// The keys that can be assumed, for messages.
fn assumable() -> Vec<String> {
    let families = ASSUMABLE_FAMILIES.iter().map(|start| format!("{start}NAME"));
    let mut names: Vec<String> =
        ASSUMABLE.iter().chain(ASSUMABLE_LISTS).map(|name| (*name).to_owned()).chain(families).collect();
    names.push(SOURCE_ADDRESS.into());
    names.sort();
    names
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::iam::Dependency;

    fn parsed(given: &[&str]) -> Result<Assumptions, InvalidInput> {
        Assumptions::parse(&given.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>())
    }

    #[test]
    fn what_is_no_assumption_is_refused_with_what_was_expected() {
        for (given, part) in [
            (&["aws:SourceIp"][..], "no `=` in it"),
            (&["aws:PrincipalArn=arn:aws:iam::111122223333:role/x"], "no context key that can be assumed"),
            (&["aws:SorceIp=203.0.113.7"], "one of aws:FederatedProvider"),
            (&["aws:SourceIp=203.0.113.0/24"], "without a range"),
            (&["aws:SourceVpce="], "empty"),
            (&["aws:UserAgent=\u{1b}[2J"], "control characters"),
            (&["aws:SourceVpce=vpce-1", "AWS:sourcevpce=vpce-2"], "a value already"),
            (&["kms:EncryptionContext:=x"], "no context key"),
            (&["source-address=203.0.113.0/24"], "no address of IPv4"),
            (&["source-address=2001:db8::1"], "no address of IPv4"),
            (&["source-address=10.0.0.1"], "no call over the internet"),
            (&["source-address=127.0.0.1"], "no call over the internet"),
            (&["source-address=203.0.113.7", "source-address=203.0.113.8"], "given already"),
        ] {
            let error = parsed(given).unwrap_err().to_string();
            assert!(error.contains(part), "{given:?}: {error}");
            assert!(!error.contains('\u{1b}'), "{error:?}");
        }
    }

    #[test]
    fn what_is_open_or_absent_is_assumed_and_what_is_known_stays() {
        let open = ContextValue::unknown(Dependency::new("aws:SourceIp", "not published"));
        let context = || {
            Context::unknown("not published")
                .with("aws:SourceIp", open.clone())
                .single("aws:RequestedRegion", "eu-central-1")
                .absent(&["aws:SourceArn"])
        };
        let assumed = parsed(&[
            "AWS:SourceIp=203.0.113.7",
            "aws:RequestedRegion=us-east-1",
            "aws:SourceArn=arn:aws:sns:us-east-1:790389265272:t",
            "kms:EncryptionContextKeys=a",
            "kms:EncryptionContextKeys=b",
        ])
        .unwrap();
        let context = assumed.applied(context());
        let value = |name: &str| context.get(&Key::new(name)).clone();
        assert_eq!(value("aws:SourceIp"), ContextValue::Single("203.0.113.7".into()));
        assert_eq!(value("aws:RequestedRegion"), ContextValue::Single("eu-central-1".into()));
        assert_eq!(
            value("aws:SourceArn"),
            ContextValue::Single("arn:aws:sns:us-east-1:790389265272:t".into())
        );
        assert_eq!(value("kms:EncryptionContextKeys"), ContextValue::Many(vec!["a".into(), "b".into()]));
        // IAM-UG reference_policies_condition-keys: no request has both aws:SourceIp and a VPC endpoint.
        assert_eq!(value("aws:SourceVpce"), ContextValue::Absent);
    }

    #[test]
    fn every_assumption_is_a_limit() {
        let limits: Vec<Limit> = parsed(&["aws:SourceIp=203.0.113.7"]).unwrap().limits().collect();
        assert_eq!(limits.len(), 1);
        assert_eq!(limits[0].what, "aws:SourceIp of OpenAI's calls was assumed to be 203.0.113.7");
        let limits: Vec<Limit> = parsed(&["source-address=203.0.113.7"]).unwrap().limits().collect();
        assert_eq!(limits.len(), 1);
        assert_eq!(limits[0].what, "OpenAI was assumed to call from 203.0.113.7");
    }

    #[test]
    fn what_is_assumed_of_another_cloud_is_refused() {
        let of_azure = parsed(&["source-address=203.0.113.7"]).unwrap();
        assert!(of_azure.hold_for(Provider::Azure).is_ok());
        let error = of_azure.hold_for(Provider::Aws).unwrap_err().to_string();
        assert!(error.contains("expected `aws:SourceIp=203.0.113.7`"), "{error}");
        let of_aws = parsed(&["aws:SourceVpce=vpce-1"]).unwrap();
        assert!(of_aws.hold_for(Provider::Aws).is_ok());
        let error = of_aws.hold_for(Provider::Azure).unwrap_err().to_string();
        assert!(error.contains("expected `source-address=ADDRESS`"), "{error}");
    }
}
