//! Whether an answer is all that the service had to say.
//!
//! The SDK takes what it finds in an answer: from XML that ends in the middle it makes a list with the entries up to
//! there, and from a list that is not there an empty one. A policy that is overlooked may be the one that denies, so such
//! answers are refused. Answers have an end, too: what goes on for ever would be held in memory for as long as it comes.

use aws_sdk_sts::config::interceptors::{
    AfterDeserializationInterceptorContextRef, BeforeDeserializationInterceptorContextMut,
};
use aws_sdk_sts::config::{ConfigBag, Intercept, RuntimeComponents};
use aws_sdk_sts::error::BoxError;
use aws_smithy_types::body::SdkBody;
use http_body_util::Limited;
use thiserror::Error;

/// The largest answer that is read, in bytes. A page of a list has at most 1,000 entries, and a policy at most 32 KiB
/// (IAM API, ListRolePolicies; KMS API, PutKeyPolicy).
const LARGEST: usize = 4 * 1024 * 1024;

/// Refuses answers that are not whole, and stops reading those that have no end. For every client.
#[derive(Debug, Clone, Copy)]
pub(super) struct WholeAnswers;

impl Intercept for WholeAnswers {
    fn name(&self) -> &'static str {
        "whole answers"
    }

    fn modify_before_deserialization(
        &self,
        context: &mut BeforeDeserializationInterceptorContextMut<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let body = context.response_mut().body_mut();
        let answered = std::mem::replace(body, SdkBody::taken());
        *body = SdkBody::from_body_1_x(Limited::new(answered, LARGEST));
        Ok(())
    }

    fn read_after_deserialization(
        &self,
        context: &AfterDeserializationInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let response = context.response();
        match response.body().bytes() {
            // Errors prove nothing but what their code says.
            Some(answer) if response.status().is_success() => Ok(whole(answer)?),
            _ => Ok(()),
        }
    }
}

/// Why an answer is not whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
enum NotWhole {
    #[error("the answer is not UTF-8")]
    NotText,
    #[error("the answer ends in the middle")]
    CutOff,
    #[error("the answer is a list that does not say whether it goes on")]
    Open,
}

/// The SDK reads JSON, the answers of KMS and Organizations, to its end.
fn whole(answer: &[u8]) -> Result<(), NotWhole> {
    let answer = std::str::from_utf8(answer).map_err(|_| NotWhole::NotText)?;
    if answer.trim_start().starts_with('<') { whole_xml(answer) } else { Ok(()) }
}

/// The answers of IAM and STS. Text that was cut off does not end with the end of its first element. IAM's lists always
/// say whether they go on (IAM API, ListRolePolicies); that they say where is seen to page by page.
fn whole_xml(answer: &str) -> Result<(), NotWhole> {
    let root = root(answer).ok_or(NotWhole::CutOff)?;
    let end = answer.trim_end().strip_suffix('>').map(str::trim_end);
    if !end.and_then(|end| end.strip_suffix(root)).is_some_and(|end| end.ends_with("</")) {
        return Err(NotWhole::CutOff);
    }
    if !root.starts_with("List") {
        return Ok(());
    }
    match element(answer, "IsTruncated") {
        Some("false" | "true") => Ok(()),
        _ => Err(NotWhole::Open),
    }
}

/// The name of the first element, behind the declaration.
fn root(xml: &str) -> Option<&str> {
    let xml = xml.trim_start();
    let xml = match xml.strip_prefix("<?") {
        Some(declared) => declared.split_once("?>")?.1.trim_start(),
        None => xml,
    };
    let name = xml.strip_prefix('<')?;
    name.split(|character: char| character.is_whitespace() || character == '>').next()
}

/// What stands in an element that has no attributes. Names and documents are escaped, so they can't pretend to be one.
fn element<'a>(xml: &'a str, name: &str) -> Option<&'a str> {
    let (_, behind) = xml.split_once(&format!("<{name}>"))?;
    behind.split_once(&format!("</{name}>")).map(|(value, _)| value.trim())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The examples of the IAM API reference, ListRolePolicies and GetRole, shortened.
    const LIST: &str = "<ListRolePoliciesResponse xmlns=\"https://iam.amazonaws.com/doc/2010-05-08/\">\
        <ListRolePoliciesResult><PolicyNames><member>CloudwatchPutMetricPolicy</member></PolicyNames>\
        <IsTruncated>false</IsTruncated></ListRolePoliciesResult></ListRolePoliciesResponse>\n";
    const ROLE: &str = "<?xml version=\"1.0\"?>\n<GetRoleResponse xmlns=\"https://iam.amazonaws.com/doc/2010-05-08/\">\
        <GetRoleResult><Role><RoleName>S3Access</RoleName></Role></GetRoleResult></GetRoleResponse >";

    #[test]
    fn answers_as_the_services_give_them_are_whole() {
        for answer in [LIST, ROLE, "{}", "", r#"{"Policy": "{}"}"#] {
            assert_eq!(whole(answer.as_bytes()), Ok(()), "{answer}");
        }
    }

    #[test]
    fn xml_that_is_cut_off_anywhere_is_not_whole() {
        for answer in [LIST.trim_end(), ROLE] {
            for end in 1..answer.len() {
                assert_eq!(whole(&answer.as_bytes()[..end]), Err(NotWhole::CutOff), "{}", &answer[..end]);
            }
        }
    }

    #[test]
    fn a_list_says_whether_it_goes_on() {
        for (said, expected) in [
            ("", Err(NotWhole::Open)),
            ("<IsTruncated/>", Err(NotWhole::Open)),
            ("<IsTruncated>maybe</IsTruncated>", Err(NotWhole::Open)),
            ("<IsTruncated>true</IsTruncated><Marker>x</Marker>", Ok(())),
        ] {
            let answer = LIST.replace("<IsTruncated>false</IsTruncated>", said);
            assert_eq!(whole(answer.as_bytes()), expected, "{answer}");
        }
    }

    #[test]
    fn what_is_no_text_is_not_whole() {
        assert_eq!(whole(b"<a>\xff</a>"), Err(NotWhole::NotText));
    }
}
