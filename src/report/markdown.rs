//! The report as Markdown, for a comment on a pull request or the summary of a step.
//!
//! GitHub refuses a comment of more than 65,536 characters, so a longer report is told more briefly, and in the end for
//! fewer targets, which it says.

use std::fmt::Write;

use super::finding::{Standing, counted};
use super::{CheckReport, Report, TargetReport, Verdict};
use crate::check::Language;
use crate::text::inert;

mod inline;

use inline::{block, block_of_inert, cell, link, text};

/// The most characters of a report: GitHub's limit for a comment, less what a pipeline may put around it.
const MAX_CHARACTERS: usize = 65_000;

/// How much is told of a target.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Length {
    /// Everything.
    Whole,
    /// The verdict, what makes it without what to do about it, and every other check by its id.
    Brief,
}

/// The report, ending in a newline.
pub fn render(report: &Report) -> String {
    let head = format!("## {} {}: {}\n", sign(report.verdict), env!("CARGO_PKG_NAME"), report.verdict);
    let remarks = report.remarks().into_iter().map(|remark| format!("\n{}\n", text(&remark)));
    let head = remarks.fold(head, |head, remark| head + &remark);
    let whole = targets(report, Length::Whole);
    if let Some(page) = fitting(&head, &whole) {
        return page;
    }
    let head = format!(
        "{head}\n*Shortened to fit a comment on GitHub, which holds 65,536 characters: `--format json` has everything.*\n"
    );
    let brief = targets(report, Length::Brief);
    if let Some(page) = fitting(&head, &brief) {
        return page;
    }
    worst_first(report, &head, brief)
}

fn targets(report: &Report, length: Length) -> Vec<String> {
    report.targets.iter().map(|target| section(target, length)).collect()
}

fn fitting(head: &str, sections: &[String]) -> Option<String> {
    let page = format!("{head}{}", sections.concat());
    (page.chars().count() <= MAX_CHARACTERS).then_some(page)
}

/// The targets that fit, the worst before the others, and how many are left out.
fn worst_first(report: &Report, head: &str, sections: Vec<String>) -> String {
    let mut told: Vec<(&TargetReport, String)> = report.targets.iter().zip(sections).collect();
    told.sort_by_key(|(target, _)| std::cmp::Reverse(target.verdict));
    let mut page = head.to_owned();
    // What is said of the targets that are left out takes less than this.
    let mut room = MAX_CHARACTERS.saturating_sub(head.chars().count() + 300);
    let mut left_out = Vec::new();
    for (target, section) in told {
        match room.checked_sub(section.chars().count()) {
            Some(less) if left_out.is_empty() => {
                room = less;
                page.push_str(&section);
            }
            _ => left_out.push(target.verdict),
        }
    }
    let counts: Vec<String> = [Verdict::NotReady, Verdict::Undetermined, Verdict::Ready]
        .into_iter()
        .map(|verdict| (left_out.iter().filter(|left| **left == verdict).count(), verdict))
        .filter(|(count, _)| *count > 0)
        .map(|(count, verdict)| format!("{count} {verdict}"))
        .collect();
    let _ = writeln!(
        page,
        "\n**{} of {} targets are not shown here, for want of room: {}.**",
        left_out.len(),
        report.targets.len(),
        counts.join(", ")
    );
    page
}

fn sign(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Ready => "✅",
        Verdict::NotReady => "❌",
        Verdict::Undetermined => "❔",
    }
}

fn section(target: &TargetReport, length: Length) -> String {
    let mut page = String::new();
    let name = text(&format!("`{}`", target.name.as_str().replace('`', "'")));
    let _ = writeln!(page, "\n### {} {name} ({})\n", sign(target.verdict), target.provider.as_str());
    let _ = writeln!(page, "**Verdict:** {}\n", text(&target.headline()));
    let _ = writeln!(page, "**Calls:** {}\n", text(&target.calls()));
    let _ = writeln!(page, "**Judged** as of `{}`: {}.", target.collected_at, counted(target));
    for check in standing(target, &[Standing::Fails]) {
        finding(&mut page, "❌", check, length);
    }
    for check in standing(target, &[Standing::Open]) {
        finding(&mut page, "❔", check, length);
    }
    for check in standing(target, &[Standing::Advises]) {
        finding(&mut page, "⚠️", check, length);
    }
    for check in standing(target, &[Standing::Accepted]) {
        finding(&mut page, "🔕", check, length);
    }
    rest(&mut page, target, length);
    limits(&mut page, target);
    payload(&mut page, target);
    page
}

fn standing<'a>(target: &'a TargetReport, wanted: &'a [Standing]) -> impl Iterator<Item = &'a CheckReport> {
    target.checks.iter().filter(|check| wanted.contains(&check.standing()))
}

fn finding(page: &mut String, sign: &str, check: &CheckReport, length: Length) {
    let waived = if check.waiver.is_some() { ", waived" } else { "" };
    let head = format!("`{}` {} ({}{waived})", check.id, check.verb(), check.severity.as_str());
    let _ = writeln!(page, "\n#### {sign} {}\n", text(&head));
    let _ = writeln!(page, "- {}", text(check.sentence()));
    for detail in check.details() {
        if length == Length::Whole || detail.name.starts_with("accepted") {
            let _ = writeln!(page, "- **{}:** {}", detail.name, text(&detail.text));
        }
    }
    if length == Length::Brief {
        return;
    }
    let _ = writeln!(page, "- **see:** {}", link(&check.help));
    if let Some(snippet) = check.snippet() {
        let language = match snippet.language {
            Language::Shell => "sh",
            Language::Json => "json",
        };
        let _ = write!(page, "\n{}", block(language, &snippet.text));
    }
}

/// The checks that nobody has to look at.
fn rest(page: &mut String, target: &TargetReport, length: Length) {
    let quiet: Vec<&CheckReport> = standing(target, &[Standing::Passes, Standing::Aside]).collect();
    if quiet.is_empty() {
        return;
    }
    let checks = if quiet.len() == 1 { "1 check".to_owned() } else { format!("{} checks", quiet.len()) };
    let _ = writeln!(page, "\n<details><summary>{} with nothing to do</summary>\n", checks);
    if length == Length::Brief {
        let ids: Vec<String> =
            quiet.iter().map(|check| text(&format!("`{}` {}", check.id, check.verb()))).collect();
        let _ = writeln!(page, "{}", ids.join("; "));
    } else {
        page.push_str("| outcome | check | |\n| --- | --- | --- |\n");
        for check in quiet {
            let outcome = check.word().replace('_', " ");
            let id = cell(&format!("`{}`", check.id));
            let _ = writeln!(page, "| {outcome} | {id} | {} |", cell(check.sentence()));
        }
    }
    page.push_str("\n</details>\n");
}

fn limits(page: &mut String, target: &TargetReport) {
    let limits = target.limit_sentences().map(|limit| ("limit", limit));
    let unread = target.unread.iter().map(|unread| ("not read", unread.sentence()));
    for (index, (what, said)) in limits.chain(unread).enumerate() {
        if index == 0 {
            page.push_str("\n**Limits**\n\n");
        }
        let _ = writeln!(page, "- {what}: {}", text(&said));
    }
}

fn payload(page: &mut String, target: &TargetReport) {
    let payload = match &target.payload {
        Ok(payload) => payload,
        Err(reason) => {
            let _ = writeln!(page, "\nNo registration payload: {}.", text(reason));
            return;
        }
    };
    page.push_str("\n<details><summary>Register it</summary>\n\n");
    page.push_str(&block_of_inert("sh", &payload.curl().unwrap_or_default()));
    page.push_str("\nOr send these values to your OpenAI contact (ChatGPT Enterprise):\n\n");
    let values = payload.enterprise_values();
    let values: Vec<String> =
        values.iter().map(|(name, value)| format!("{name}: {}", inert(value))).collect();
    page.push_str(&block("", &values.join("\n")));
    page.push_str("\n</details>\n");
}

#[cfg(test)]
mod tests;
