use super::*;

fn rules(default_action: Option<&str>, ip_rules: &[&str]) -> NetworkRules {
    NetworkRules {
        default_action: default_action.map(str::to_owned),
        bypass: Some("AzureServices".into()),
        ip_rules: ip_rules.iter().map(|rule| (*rule).to_owned()).collect(),
        virtual_network_rules: Vec::new(),
    }
}

fn ranges(written: &[&str]) -> Vec<Ipv4Net> {
    written.iter().map(|rule| range(rule).unwrap()).collect()
}

/// In a word: `yes`, `no`, `depends` or `undocumented`.
fn decided_in_a_word(rules: &NetworkRules, assumed: Option<&str>) -> &'static str {
    match decided(rules, assumed.map(|address| address.parse().unwrap())) {
        Reached::Yes(_) => "yes",
        Reached::No(_) => "no",
        Reached::Depends(_) => "depends",
        Reached::Undocumented(_) => "undocumented",
    }
}

/// Key Vault general/network-security: addresses and ranges of IPv4; the service shows `1.2.3.4` as `1.2.3.4/32`.
#[test]
fn rules_are_addresses_and_ranges_of_ipv4() {
    for (written, read) in [
        ("203.0.113.7", Some("203.0.113.7/32")),
        ("203.0.113.7/32", Some("203.0.113.7/32")),
        ("203.0.113.0/24", Some("203.0.113.0/24")),
        ("203.0.113.9/24", Some("203.0.113.0/24")),
        ("0.0.0.0/0", Some("0.0.0.0/0")),
        ("203.0.113.0/33", None),
        ("203.0.113.0/-1", None),
        ("203.0.113.0/255.255.255.0", None),
        ("203.0.113.0-203.0.113.255", None),
        ("203.0.113", None),
        ("203.0.113.256", None),
        ("203.000.113.007", None),
        (" 203.0.113.7", None),
        ("'10.91.4.0/24'", None),
        ("2001:db8::/32", None),
        ("::/0", None),
        ("", None),
    ] {
        let seen = range(written).map(|range| range.trunc().to_string());
        assert_eq!(seen.as_deref(), read, "`{written}`");
    }
}

#[test]
fn the_internet_is_covered_by_all_of_it_and_nothing_less() {
    for whole in [
        &["0.0.0.0/0"][..],
        &["0.0.0.0/1", "128.0.0.0/1"],
        &["128.0.0.0/2", "64.0.0.0/2", "192.0.0.0/3", "0.0.0.0/2"],
        // Written by other addresses than the first, in any order, and overlapping.
        &["200.1.2.3/1", "9.9.9.9/1"],
        &["0.0.0.0/1", "64.0.0.0/2", "128.0.0.0/1"],
        // What is left out calls nobody over the internet: RFC 1918, RFC 6598, multicast and what is reserved.
        &[
            "1.0.0.0/8",
            "2.0.0.0/7",
            "4.0.0.0/6",
            "8.0.0.0/7",
            "11.0.0.0/8",
            "12.0.0.0/6",
            "16.0.0.0/4",
            "32.0.0.0/3",
            "64.0.0.0/2",
            "128.0.0.0/2",
            "192.0.0.0/3",
        ],
    ] {
        assert!(cover_the_internet(&ranges(whole)), "{whole:?}");
    }
    for part in [
        &[][..],
        &["0.0.0.0/1"],
        &["0.0.0.0/1", "128.0.0.0/2"],
        &["0.0.0.0/1", "128.0.0.0/2", "192.0.0.0/4", "10.0.0.0/8"],
    ] {
        assert!(!cover_the_internet(&ranges(part)), "{part:?}");
    }
}

/// All of the internet but 203.0.113.255.
const BUT_ONE: [&str; 31] = [
    "0.0.0.0/1",
    "128.0.0.0/2",
    "192.0.0.0/5",
    "200.0.0.0/7",
    "202.0.0.0/8",
    "203.0.0.0/18",
    "203.0.64.0/19",
    "203.0.96.0/20",
    "203.0.112.0/24",
    "203.0.113.0/25",
    "203.0.113.128/26",
    "203.0.113.192/27",
    "203.0.113.224/28",
    "203.0.113.240/29",
    "203.0.113.248/30",
    "203.0.113.252/31",
    "203.0.113.254/32",
    "203.0.114.0/23",
    "203.0.116.0/22",
    "203.0.120.0/21",
    "203.0.128.0/17",
    "203.1.0.0/16",
    "203.2.0.0/15",
    "203.4.0.0/14",
    "203.8.0.0/13",
    "203.16.0.0/12",
    "203.32.0.0/11",
    "203.64.0.0/10",
    "203.128.0.0/9",
    "204.0.0.0/6",
    "208.0.0.0/4",
];

#[test]
fn one_address_that_is_left_out_may_be_the_one() {
    assert!(!cover_the_internet(&ranges(&BUT_ONE)));
    let whole = [BUT_ONE.as_slice(), &["203.0.113.255"]].concat();
    assert!(cover_the_internet(&ranges(&whole)));
}

/// IANA special-purpose address registry. The ranges for documentation count as public: in examples they stand for
/// addresses that are.
#[test]
fn rules_for_addresses_that_nobody_calls_from_let_nobody_in() {
    for (rule, answer) in [
        ("10.0.0.0/8", "no"),
        ("10.91.4.0/24", "no"),
        ("100.64.0.0/10", "no"),
        ("127.0.0.1", "no"),
        ("169.254.169.254", "no"),
        ("172.31.255.0/24", "no"),
        ("192.168.0.0/16", "no"),
        ("198.18.0.0/15", "no"),
        ("239.0.0.0/8", "no"),
        ("255.255.255.255", "no"),
        // A part of each is public.
        ("10.0.0.0/7", "depends"),
        ("100.0.0.0/8", "depends"),
        ("172.0.0.0/8", "depends"),
        ("192.0.0.0/8", "depends"),
        ("172.32.0.0/16", "depends"),
        ("203.0.113.0/24", "depends"),
        ("8.8.8.8", "depends"),
    ] {
        assert_eq!(decided_in_a_word(&rules(Some("Deny"), &[rule]), None), answer, "{rule}");
    }
}

#[test]
fn an_assumed_address_is_let_in_by_a_rule_for_it_alone() {
    let some = ["20.40.0.0/16", "203.0.113.7"];
    for (assumed, answer) in [
        ("20.40.0.0", "yes"),
        ("20.40.255.255", "yes"),
        ("203.0.113.7", "yes"),
        ("20.39.255.255", "no"),
        ("20.41.0.0", "no"),
        ("203.0.113.8", "no"),
    ] {
        assert_eq!(decided_in_a_word(&rules(Some("Deny"), &some), Some(assumed)), answer, "{assumed}");
    }
    // What can't be read could be a rule for it, and one that can is enough.
    let puzzling = ["20.40.0.0/16", "x"];
    assert_eq!(decided_in_a_word(&rules(Some("Deny"), &puzzling), Some("20.40.1.2")), "yes");
    assert_eq!(decided_in_a_word(&rules(Some("Deny"), &puzzling), Some("20.41.1.2")), "undocumented");
}

/// Key Vault REST API, NetworkRuleSet: rules first, then the default action, of which no case is documented.
#[test]
fn the_default_action_is_for_whom_no_rule_lets_in() {
    for (default, ip_rules, answer) in [
        (Some("Allow"), &[][..], "yes"),
        (Some("ALLOW"), &["10.0.0.0/8"], "yes"),
        (Some("Deny"), &[], "no"),
        (Some("deny"), &["0.0.0.0/0"], "yes"),
        (None, &["0.0.0.0/0"], "yes"),
        (None, &[], "undocumented"),
        (Some(""), &[], "undocumented"),
        (Some("Audit"), &["20.40.0.0/16"], "undocumented"),
    ] {
        assert_eq!(decided_in_a_word(&rules(default, ip_rules), None), answer, "{default:?} {ip_rules:?}");
    }
}
