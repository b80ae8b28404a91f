//! Lists, all pages of them: a list that was cut off is no shorter list.

use std::collections::BTreeSet;

use azure_core::http::headers::HeaderName;
use azure_core::http::{Method, Request, Url};
use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::address::next;
use super::answer::{Answer, Failure, read};
use super::login::Audience;
use super::session::Session;
use crate::evidence::azure::Call;

/// More pages than any list has that is of use.
pub(super) const MOST_PAGES: usize = 200;

/// A page, by the names of Resource Manager and Key Vault, or by that of OData.
#[derive(Debug, Deserialize)]
struct Page<T> {
    value: Vec<T>,
    #[serde(rename = "nextLink")]
    next_link: Option<String>,
    #[serde(rename = "@odata.nextLink")]
    odata_next_link: Option<String>,
}

/// What Graph wants to hear before it counts (Microsoft Graph aad-advanced-queries). It then answers from an index that
/// lags behind, so that nothing else says it.
const CONSISTENCY_LEVEL: HeaderName = HeaderName::from_static("consistencylevel");

/// Asks for a list's pages, one after the other.
pub(super) async fn every<T: DeserializeOwned>(
    session: &Session<'_>,
    call: &Call,
    audience: Audience,
    first: Url,
) -> Answer<Vec<T>> {
    let mut found = Vec::new();
    let mut asked = BTreeSet::new();
    let counts = first.query().is_some_and(|query| query.contains("$count="));
    let mut url = first;
    loop {
        if !asked.insert(url.clone()) {
            return Err(Failure::unreadable(call, "the list goes on where it has been before"));
        }
        if asked.len() > MOST_PAGES {
            return Err(Failure::unreadable(call, format!("the list has more than {MOST_PAGES} pages")));
        }
        let mut request = Request::new(url.clone(), Method::Get);
        if counts {
            request.insert_header(CONSISTENCY_LEVEL, "eventual");
        }
        let page: Page<T> = read(call, &session.ask(call, Some(audience), request).await?)?;
        found.extend(page.value);
        match next(call, &url, page.next_link.or(page.odata_next_link).as_deref())? {
            Some(behind) => url = behind,
            None => return Ok(found),
        }
    }
}
