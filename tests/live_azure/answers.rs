//! Azure's answers, in Microsoft's shapes.

use serde_json::json;

use crate::http::{Answer, Request};
use crate::tenant::Azure;

/// Whether there is such a host.
pub(crate) fn is_served(azure: &Azure, host: &str) -> bool {
    let _ = (azure, host);
    true
}

/// Azure's answer to a request.
pub(crate) fn to(azure: &Azure, request: &Request) -> Answer {
    let _ = (azure, request);
    Answer::json(404, &json!({}))
}
