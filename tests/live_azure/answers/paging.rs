//! Lists that come in pages.

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use serde_json::Value;

use super::errors;
use crate::http::{Answer, Request};
use crate::tenant::Azure;

/// A part of a list.
pub(super) struct Page {
    pub(super) entries: Vec<Value>,
    /// What the next page is asked for with.
    pub(super) next: Option<String>,
    /// Whether it is the first.
    pub(super) is_first: bool,
}

/// The page of a list that a request asks for with this token.
pub(super) fn page(azure: &Azure, all: Vec<Value>, token: Option<&str>) -> Result<Page, Answer> {
    let start = token.map_or(Ok(0), |token| read(token).ok_or_else(errors::bad_page))?;
    let end = start + azure.behaviour.page_size.max(1);
    // Where lists end with an empty page, that is one more page of every list that is not empty itself.
    let more = end < all.len() || (azure.behaviour.empty_last_page && end == all.len());
    let entries = all.into_iter().skip(start).take(end - start).collect();
    Ok(Page { entries, next: more.then(|| write(end)), is_first: token.is_none() })
}

/// The same, of a request whose query has the token in this parameter.
pub(super) fn page_of(
    azure: &Azure,
    all: Vec<Value>,
    request: &Request,
    parameter: &str,
) -> Result<Page, Answer> {
    page(azure, all, request.parameter(parameter).as_deref())
}

/// Where the next page of the list is.
pub(super) fn link(request: &Request, authority: &str, parameter: &str, token: &str) -> String {
    let query = request.target.split_once('?').map_or("", |(_, query)| query);
    let names = |pair: &&str| !pair.to_lowercase().contains("skiptoken=");
    let mut pairs: Vec<String> = query.split('&').filter(names).map(str::to_owned).collect();
    pairs.push(format!("{parameter}={token}"));
    format!("https://{authority}{}?{}", request.path(), pairs.join("&"))
}

/// A token that says nothing to whoever gets it.
fn write(start: usize) -> String {
    BASE64_URL_SAFE_NO_PAD.encode(format!("next:{start}"))
}

fn read(token: &str) -> Option<usize> {
    let text = String::from_utf8(BASE64_URL_SAFE_NO_PAD.decode(token).ok()?).ok()?;
    text.strip_prefix("next:")?.parse().ok()
}
