//! The URLs of requests, and of the pages that a list goes on with.

use azure_core::http::Url;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use super::answer::{Answer, Failure};
use crate::evidence::azure::Call;

/// Azure Resource Manager's host.
pub(super) const RESOURCE_MANAGER: &str = "management.azure.com";
/// Microsoft Graph's host.
pub(super) const GRAPH: &str = "graph.microsoft.com";

/// Everything but what RFC 3986 never escapes. A space is `%20`, not the `+` of forms.
const ESCAPED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// A URL of a service, with a query's parameters in their order.
///
/// # Errors
/// For a path that stands for another one: `..` in an id that a service has given.
pub(super) fn address(call: &Call, host: &str, path: &str, query: &[(&str, &str)]) -> Answer<Url> {
    let odd = || Failure::unreadable(call, "the id can't be a part of a URL");
    if path.split('/').any(|segment| matches!(segment, "." | "..") || segment.contains('%')) {
        return Err(odd());
    }
    let mut url = Url::parse(&format!("https://{host}/")).map_err(|_| odd())?;
    url.set_path(path);
    let escaped = |(name, value): &(&str, &str)| format!("{name}={}", utf8_percent_encode(value, ESCAPED));
    let query: Vec<String> = query.iter().map(escaped).collect();
    url.set_query(Some(&query.join("&")));
    Ok(url)
}

/// The page behind a page: none where its link is null, empty or not there.
///
/// # Errors
/// For a link to another host, which is not to see the token, and for one that is no link.
pub(super) fn next(call: &Call, page: &Url, link: Option<&str>) -> Answer<Option<Url>> {
    let Some(link) = link.filter(|link| !link.is_empty()) else { return Ok(None) };
    let next = page
        .join(link)
        .map_err(|_| Failure::unreadable(call, "the list goes on at something that is no URL"))?;
    if next.origin() != page.origin() || !next.username().is_empty() || next.password().is_some() {
        return Err(Failure::unreadable(call, "the list goes on at another host"));
    }
    Ok(Some(next))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_filter_is_escaped_and_its_name_is_not() {
        let url = address(
            &Call::LIST_ROLE_ASSIGNMENTS,
            RESOURCE_MANAGER,
            "/subscriptions/s/resourceGroups/a b (c)/x",
            &[("api-version", "2022-04-01"), ("$filter", "atScope() and assignedTo('6e7f-a')")],
        );
        assert_eq!(
            url.unwrap().as_str(),
            "https://management.azure.com/subscriptions/s/resourceGroups/a%20b%20(c)/x\
             ?api-version=2022-04-01&$filter=atScope%28%29%20and%20assignedTo%28%276e7f-a%27%29"
        );
    }

    #[test]
    fn an_id_stays_the_path_that_it_is() {
        let call = &Call::GET_ROLE_DEFINITION;
        for path in ["/subscriptions/../x", "/a/./b", "/a/%2e%2e/b", "/a/.."] {
            assert!(address(call, RESOURCE_MANAGER, path, &[]).is_err(), "{path}");
        }
        let odd = address(call, RESOURCE_MANAGER, "/a?b#c\\d", &[("v", "1")]).unwrap();
        assert_eq!(
            (odd.host_str(), odd.query(), odd.fragment()),
            (Some(RESOURCE_MANAGER), Some("v=1"), None)
        );
    }

    /// Key Vault's links have the port in them (GetKeyVersions example of the REST API).
    #[test]
    fn a_list_goes_on_at_the_same_host_only() {
        let page: Url =
            "https://myvault.vault.azure.net/keys/k/versions?api-version=2025-07-01".parse().unwrap();
        let next = |link| next(&Call::LIST_KEY_VERSIONS, &page, link);
        for end in [None, Some("")] {
            assert_eq!(next(end), Ok(None));
        }
        for (link, whole) in [
            (
                "https://myvault.vault.azure.net:443/keys/k/versions?$skiptoken=a&maxresults=1",
                "https://myvault.vault.azure.net/keys/k/versions?$skiptoken=a&maxresults=1",
            ),
            ("/keys/k/versions?$skiptoken=b", "https://myvault.vault.azure.net/keys/k/versions?$skiptoken=b"),
        ] {
            assert_eq!(next(Some(link)).unwrap().unwrap().as_str(), whole);
        }
        for link in [
            "https://myvault.vault.azure.net.example.com/keys",
            "http://myvault.vault.azure.net/keys",
            "https://other.vault.azure.net/keys",
            "https://myvault.vault.azure.net:8443/keys",
            "https://a@myvault.vault.azure.net/keys",
            "//example.com/keys",
            "https://",
        ] {
            assert!(next(Some(link)).is_err(), "{link}");
        }
    }
}
