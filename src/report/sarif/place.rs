//! Where a finding stands: GitHub shows no result without a file, and matches alerts by its name.

use std::path::{Component, Path};

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_sarif::sarif::ArtifactLocation;

use crate::report::{Report, TargetReport};

/// What is not written out in a segment of a path: RFC 3986's unreserved characters.
const SEGMENT: AsciiSet = NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// Where the findings of a target stand.
#[derive(Debug)]
pub(super) struct Located {
    /// The file, as a URI reference; where there is none, a name in its place that is the target's own.
    uri: String,
    /// What the findings are about that name no place of their own: the key.
    pub(super) subject: String,
}

impl Located {
    /// The file.
    pub(super) fn artifact(&self) -> ArtifactLocation {
        ArtifactLocation::builder().uri(&self.uri).build()
    }
}

/// Where the findings of a target stand that was judged from this file.
pub(super) fn of(target: &TargetReport, input: Option<&Path>) -> Located {
    let uri = match input {
        Some(file) if !is_stdin(file) => uri(file),
        _ => format!("{}/{}", env!("CARGO_PKG_NAME"), slug(target)),
    };
    Located { uri, subject: target.way.key.1.clone() }
}

/// The category of an analysis: GitHub replaces the results of the same category, and closes the alerts that are gone.
/// It must not depend on where a repository was checked out.
pub(super) fn category(report: &Report, input: Option<&Path>) -> String {
    let tool = env!("CARGO_PKG_NAME");
    match input {
        Some(file) if file.is_absolute() => {
            let name = file.file_name().map(|name| segment(&name.to_string_lossy())).unwrap_or_default();
            format!("{tool}/{name}/")
        }
        Some(file) if !is_stdin(file) => format!("{tool}/{}/", uri(file)),
        _ => {
            let first = report.targets.first().map(slug).unwrap_or_default();
            format!("{tool}/{first}/")
        }
    }
}

fn is_stdin(file: &Path) -> bool {
    file == Path::new("-")
}

fn slug(target: &TargetReport) -> String {
    format!("{}/{}", target.provider.as_str(), segment(target.name.as_str()))
}

fn segment(text: &str) -> String {
    utf8_percent_encode(text, &SEGMENT).to_string()
}

/// A file as a URI reference (RFC 3986): relative where it was given so, and with nothing that was not given.
fn uri(file: &Path) -> String {
    let mut uri = String::from(if file.is_absolute() { "file://" } else { "" });
    for component in file.components() {
        match component {
            Component::CurDir | Component::RootDir => continue,
            Component::Prefix(prefix) => {
                // A drive keeps its colon: `file:///C:/plan.json`.
                uri.push('/');
                uri.push_str(&segment(&prefix.as_os_str().to_string_lossy()).replace("%3A", ":"));
                continue;
            }
            Component::ParentDir | Component::Normal(_) => {}
        }
        if !uri.is_empty() {
            uri.push('/');
        }
        uri.push_str(&segment(&component.as_os_str().to_string_lossy()));
    }
    uri
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_a_reference_to_what_was_given() {
        for (file, expected) in [
            ("plan.json", "plan.json"),
            ("./infra//plan.json", "infra/plan.json"),
            ("../up/plan.json", "../up/plan.json"),
            ("a b#c?d:e%.json", "a%20b%23c%3Fd%3Ae%25.json"),
            ("::error::x", "%3A%3Aerror%3A%3Ax"),
            ("schlüssel.json", "schl%C3%BCssel.json"),
        ] {
            assert_eq!(uri(Path::new(file)), expected);
        }
    }

    #[cfg(unix)]
    #[test]
    fn an_absolute_file_is_a_file_uri() {
        assert_eq!(uri(Path::new("/srv/ci/plan.json")), "file:///srv/ci/plan.json");
    }
}
