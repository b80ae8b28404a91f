//! The report as commands of GitHub's runner ("Workflow commands for GitHub Actions"): annotations for what somebody has
//! to look at, and plain lines, in groups, for the rest.
//!
//! GitHub shows ten annotations of each level for a step and drops the others: the verdict comes first, then what makes
//! it. In the log all of them stand.

use super::finding::{Standing, counted};
use super::{CheckReport, Report, TargetReport, Verdict};
use crate::check::{Outcome, Severity};
use crate::text::inert;

/// The levels of annotations, in the order in which they are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Level {
    Error,
    Warning,
    Notice,
}

impl Level {
    fn word(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warning => "warning",
            Self::Notice => "notice",
        }
    }
}

/// The report, ending in a newline; the last line is the verdict.
pub fn render(report: &Report) -> String {
    let mut lines = Vec::new();
    for target in &report.targets {
        annotations(&mut lines, target);
    }
    for target in &report.targets {
        plain(&mut lines, target);
    }
    for remark in report.remarks() {
        lines.push(annotation(Level::Warning, env!("CARGO_PKG_NAME"), &[remark]));
    }
    lines.push(format!("{}: {}", env!("CARGO_PKG_NAME"), report.verdict));
    lines.push(String::new());
    lines.join("\n")
}

fn annotations(lines: &mut Vec<String>, target: &TargetReport) {
    let name = target.name.as_str();
    let level = if target.verdict == Verdict::Ready { Level::Notice } else { Level::Error };
    lines.push(annotation(level, &format!("{}: {name}", env!("CARGO_PKG_NAME")), &[target.headline()]));
    let mut found: Vec<(Level, &CheckReport)> =
        target.checks.iter().filter_map(|check| level_of(check).map(|level| (level, check))).collect();
    found.sort_by_key(|(level, _)| *level);
    for (level, check) in found {
        let title = format!("{name}: {} {} ({})", check.id, word(check), check.severity.as_str());
        let mut text = vec![check.sentence().to_owned()];
        text.extend(check.details().into_iter().map(|detail| format!("{}: {}", detail.name, detail.text)));
        text.extend(
            check
                .snippet()
                .into_iter()
                .flat_map(|snippet| snippet.text.lines().map(|line| format!("  {line}"))),
        );
        text.push(format!("see: {}", check.help));
        lines.push(annotation(level, &title, &text));
    }
    for limit in target.limit_sentences() {
        lines.push(annotation(Level::Notice, &format!("{name}: limit"), &[limit]));
    }
}

fn word(check: &CheckReport) -> &'static str {
    if check.waiver.is_some() { "is waived" } else { check.verb() }
}

/// What does not need anybody's look has no annotation.
fn level_of(check: &CheckReport) -> Option<Level> {
    match check.standing() {
        Standing::Fails | Standing::Open => Some(Level::Error),
        Standing::Advises
            if matches!(check.outcome, Outcome::Fail(_)) && check.severity != Severity::Note =>
        {
            Some(Level::Warning)
        }
        Standing::Advises | Standing::Accepted => Some(Level::Notice),
        Standing::Passes | Standing::Aside => None,
    }
}

/// The checks that need no look, what was not read, and the payload.
fn plain(lines: &mut Vec<String>, target: &TargetReport) {
    let name = target.name.as_str();
    lines.push(group(&format!("{name}: {}", counted(target))));
    for check in &target.checks {
        let said = match check.standing() {
            Standing::Passes => &check.title,
            _ => check.sentence(),
        };
        lines.push(line(&format!("{} {}: {said}", check.word(), check.id)));
    }
    lines.push("::endgroup::".into());
    lines.push(line(&format!("{name}: {}", target.calls())));
    for unread in &target.unread {
        lines.push(line(&format!("{name}: not read: {}", unread.sentence())));
    }
    lines.push(match target.payload_line() {
        Ok(payload) => format!("{}: payload: {payload}", line(name)),
        Err(reason) => line(&format!("{name}: no registration payload: {reason}")),
    });
}

/// A line that is no command, whatever stands in it: the program's own words, or a name behind a mark, come first.
fn line(text: &str) -> String {
    format!("- {}", inert(text))
}

fn group(title: &str) -> String {
    format!("::group::{}", data(&[title.to_owned()]))
}

fn annotation(level: Level, title: &str, text: &[String]) -> String {
    format!("::{} title={}::{}", level.word(), property(title), data(text))
}

/// Lines of a message. The runner takes `%25`, `%0D` and `%0A` back.
fn data(lines: &[String]) -> String {
    let escaped: Vec<String> = lines.iter().map(|line| inert(line).replace('%', "%25")).collect();
    escaped.join("%0A")
}

/// A property. The runner takes `%3A` and `%2C` back as well.
fn property(text: &str) -> String {
    inert(text).replace('%', "%25").replace(':', "%3A").replace(',', "%2C")
}
