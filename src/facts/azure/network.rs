//! Whether OpenAI could reach the vault: it calls from the public internet, as no trusted service of Microsoft's and
//! from no network of the customer's, and publishes no addresses.

use std::net::Ipv4Addr;

use ipnet::Ipv4Net;

use super::NetworkFacts;
use super::layer::{Layer, Said};
use super::principal::because;
use super::vault::{SeenVault, fact};
use crate::evidence::azure::{NetworkRules, Vault};
use crate::facts::path::Answer;
use crate::facts::{Fact, Limit};

const ENDPOINT: &str = "azure.vault_endpoint";
/// What `--assume` calls the address.
const ADDRESS: &str = "source-address";

/// Ranges of which no address calls over the internet (IANA special-purpose address registry). Those for documentation are
/// not among them: in examples they stand for real ones.
const NOT_PUBLIC: [[u8; 5]; 12] = [
    [0, 0, 0, 0, 8],
    [10, 0, 0, 0, 8],
    [100, 64, 0, 0, 10],
    [127, 0, 0, 0, 8],
    [169, 254, 0, 0, 16],
    [172, 16, 0, 0, 12],
    [192, 0, 0, 0, 24],
    [192, 88, 99, 0, 24],
    [192, 168, 0, 0, 16],
    [198, 18, 0, 0, 15],
    [224, 0, 0, 0, 4],
    [240, 0, 0, 0, 4],
];

/// Who is let through by `publicNetworkAccess` (Key Vault REST API, VaultProperties; general/network-security).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum PublicAccess {
    /// Whoever the firewall lets through. The default.
    Enabled,
    /// Nobody from the internet, whatever the firewall says.
    Disabled,
    /// Whoever a network security perimeter lets through.
    SecuredByPerimeter,
    /// A state that is not documented.
    Other,
}

impl PublicAccess {
    fn of(vault: &Vault) -> Self {
        match vault.public_network_access.as_deref().map(str::to_ascii_lowercase).as_deref() {
            None | Some("enabled") => Self::Enabled,
            Some("disabled") => Self::Disabled,
            Some("securedbyperimeter") => Self::SecuredByPerimeter,
            Some(_) => Self::Other,
        }
    }
}

/// Whether OpenAI's calls reach the vault.
pub(super) fn said(vault: &SeenVault<'_>, assumed: Option<Ipv4Addr>) -> Said {
    let shown = match vault.known() {
        Ok(shown) => shown,
        Err(because) => return Said::unread(Layer::Network, because),
    };
    let said = by_settings(shown, assumed);
    match vault.refusal() {
        Some(code) if said.answer() == Answer::Allowed && !is_accounted_for(shown, code) => Said::depends(
            Layer::Network,
            format!("by the vault's settings everybody passes, and its host refused the caller: `{code}`"),
            Layer::Network.word(),
            vec![because(
                ENDPOINT,
                "the host refused the caller, for which the vault's settings are no reason",
            )],
        ),
        _ => said,
    }
}

/// Whether a vault that lets OpenAI in would have refused the one who looked: by a firewall that lets in some and not
/// others (Key Vault general/private-link-diagnostics, "403 Forbidden").
fn is_accounted_for(vault: &Vault, code: &str) -> bool {
    let some = |rules: &NetworkRules| !matches!(decided(rules, None), Reached::Yes(_));
    code.eq_ignore_ascii_case("ForbiddenByFirewall") && vault.network_rules.as_ref().is_some_and(some)
}

/// What the vault's settings say.
fn by_settings(vault: &Vault, assumed: Option<Ipv4Addr>) -> Said {
    let open = |detail: String, on: &str| {
        let reason = because(on, "not known of OpenAI's calls");
        Said::depends(Layer::Network, detail, on, vec![reason])
    };
    match PublicAccess::of(vault) {
        PublicAccess::Disabled => Said::denies(
            Layer::Network,
            "public network access is disabled: only private endpoints and Microsoft's trusted services pass",
        ),
        PublicAccess::SecuredByPerimeter => Said::depends(
            Layer::Network,
            "only what a rule of the network security perimeter admits passes",
            "network_security_perimeter",
            vec![because("azure.vault", "network security perimeters are not read")],
        ),
        PublicAccess::Other => Said::depends(
            Layer::Network,
            format!(
                "`publicNetworkAccess` is `{}`, which is not documented",
                vault.public_network_access.as_deref().unwrap_or_default()
            ),
            Layer::Network.word(),
            vec![because("azure.vault", "its kind of public network access is not documented")],
        ),
        PublicAccess::Enabled => match &vault.network_rules {
            None => Said::allows(Layer::Network, "the vault has no firewall"),
            Some(rules) => match decided(rules, assumed) {
                Reached::Yes(detail) => Said::allows(Layer::Network, detail),
                Reached::No(detail) => Said::denies(Layer::Network, detail),
                Reached::Depends(detail) => open(detail, ADDRESS),
                Reached::Undocumented(detail) => Said::depends(
                    Layer::Network,
                    detail,
                    Layer::Network.word(),
                    vec![because("azure.vault", "a rule of the firewall can't be understood")],
                ),
            },
        },
    }
}

enum Reached {
    Yes(String),
    No(String),
    /// On the address.
    Depends(String),
    Undocumented(String),
}

/// What the firewall does: rules first, then the default. Trusted services and virtual networks let nobody else in (Key
/// Vault general/overview-vnet-service-endpoints).
fn decided(rules: &NetworkRules, assumed: Option<Ipv4Addr>) -> Reached {
    let default = rules.default_action.as_deref().map(str::to_ascii_lowercase);
    if default.as_deref() == Some("allow") {
        return Reached::Yes("the vault's firewall lets everybody in".into());
    }
    let ranges: Vec<Option<Ipv4Net>> = rules.ip_rules.iter().map(|rule| range(rule)).collect();
    let known: Vec<Ipv4Net> = ranges.iter().copied().flatten().collect();
    let puzzling = ranges.len() > known.len();
    if let Some(range) = assumed.and_then(|address| known.iter().find(|range| range.contains(&address))) {
        return Reached::Yes(format!("the vault's firewall lets in {range}"));
    }
    if cover_the_internet(&known) {
        return Reached::Yes("the vault's firewall lets in every public address".into());
    }
    if default.as_deref() != Some("deny") {
        return Reached::Undocumented("the firewall's default action is not shown".into());
    }
    if puzzling {
        return Reached::Undocumented("a rule of the firewall is no address or range of IPv4".into());
    }
    if let Some(address) = assumed {
        return Reached::No(format!("the vault's firewall does not let in {address}"));
    }
    if known.iter().all(|range| not_public().any(|special| special.contains(range))) {
        let only = if rules.virtual_network_rules.is_empty() { "nobody" } else { "only virtual networks" };
        return Reached::No(format!("the vault's firewall lets in {only} from the internet"));
    }
    let count = known.len();
    let ranges = if count == 1 { "one range".into() } else { format!("{count} ranges") };
    Reached::Depends(format!(
        "the vault's firewall lets in {ranges} of addresses, and OpenAI publishes none of its own"
    ))
}

/// An address or a range, as Azure shows it.
fn range(rule: &str) -> Option<Ipv4Net> {
    rule.parse::<Ipv4Net>().ok().or_else(|| rule.parse::<Ipv4Addr>().ok().map(Ipv4Net::from))
}

fn not_public() -> impl Iterator<Item = Ipv4Net> {
    NOT_PUBLIC.into_iter().filter_map(|[a, b, c, d, bits]| Ipv4Net::new(Ipv4Addr::new(a, b, c, d), bits).ok())
}

/// Whether every address from which somebody could call over the internet is in one of the ranges.
fn cover_the_internet(ranges: &[Ipv4Net]) -> bool {
    let all: Vec<Ipv4Net> = ranges.iter().map(Ipv4Net::trunc).chain(not_public()).collect();
    Ipv4Net::aggregate(&all).iter().any(|range| range.prefix_len() == 0)
}

/// Whether a firewall that lets in some lets in afterwards whomever it let in before.
pub(super) fn lets_in_no_fewer(before: &Vault, after: &Vault) -> bool {
    if [before, after].into_iter().any(|vault| PublicAccess::of(vault) != PublicAccess::Enabled) {
        return false;
    }
    // One that is decided hides nothing.
    let undecided = |rules: &&NetworkRules| matches!(decided(rules, None), Reached::Depends(_));
    let Some(before) = before.network_rules.as_ref().filter(undecided) else { return false };
    let lets_all_in = |rules: &NetworkRules| {
        rules.default_action.as_deref().is_some_and(|action| action.eq_ignore_ascii_case("allow"))
    };
    let Some(after) = after.network_rules.as_ref().filter(|rules| !lets_all_in(rules)) else { return true };
    let ranges: Vec<Ipv4Net> =
        after.ip_rules.iter().filter_map(|rule| range(rule)).map(|one| one.trunc()).collect();
    let ranges = Ipv4Net::aggregate(&ranges);
    let is_let_in = |rule: &String| {
        let range = range(rule).map(|one| one.trunc());
        let within = range.is_some_and(|range| ranges.iter().any(|other| other.contains(&range)));
        within || after.ip_rules.iter().any(|other| other.eq_ignore_ascii_case(rule))
    };
    before.ip_rules.iter().all(is_let_in)
}

impl NetworkFacts {
    pub(super) fn of(vault: &SeenVault<'_>, assumed: Option<Ipv4Addr>) -> Self {
        let known = |of: &dyn Fn(&Vault) -> bool| fact(vault.known().map(of));
        let refuses = |vault: &Vault| {
            let rules =
                vault.network_rules.as_ref().filter(|_| PublicAccess::of(vault) == PublicAccess::Enabled);
            rules.is_some_and(|rules| {
                rules.default_action.as_deref().is_some_and(|action| action.eq_ignore_ascii_case("deny"))
            })
        };
        let said = said(vault, assumed);
        let allowed = |vault: &Vault| {
            let rules = vault.network_rules.as_ref().filter(|_| refuses(vault));
            rules.map(|rules| rules.ip_rules.clone()).unwrap_or_default()
        };
        Self {
            reachable: match said.answer() {
                Answer::Allowed => Fact::Known(true),
                Answer::Denied => Fact::Known(false),
                Answer::Depends => Fact::Unknown(said.unknown_because()),
            },
            public_access_disabled: known(&|vault| PublicAccess::of(vault) == PublicAccess::Disabled),
            secured_by_perimeter: known(&|vault| PublicAccess::of(vault) == PublicAccess::SecuredByPerimeter),
            allowed_addresses: fact(vault.known().map(allowed)),
            default_deny: known(&refuses),
            trusted_services: known(&|vault| {
                let bypass = vault.network_rules.as_ref().and_then(|rules| rules.bypass.as_deref());
                bypass.is_some_and(|bypass| bypass.eq_ignore_ascii_case("AzureServices"))
            }),
            private_endpoints: known(&|vault| vault.private_endpoints > 0),
        }
    }
}

/// That a perimeter around the vault would decide alone, in enforced mode, and that nobody looked for one (Private Link
/// network-security-perimeter-transition).
pub(super) fn limit(vault: &SeenVault<'_>) -> Option<Limit> {
    let open = vault.known().is_ok_and(|vault| PublicAccess::of(vault) == PublicAccess::Enabled);
    open.then(|| Limit {
        what: "whether a network security perimeter encloses the vault was not read".into(),
        lift: "see in the portal, under the vault's networking, that it is in none whose access mode is enforced".into(),
    })
}

#[cfg(test)]
mod tests;
