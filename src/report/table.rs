//! The report for people: the path, the checks, what to do, and the verdict.

use anstyle::Style;
use comfy_table::{Attribute, Cell, CellAlignment, ContentArrangement, Table, presets};

use super::finding::{because, counted};
use super::page::{Mark, Page, folding};
use super::{CheckReport, Report, TargetReport, Verdict};
use crate::check::{Failure, Outcome};
use crate::facts::UnknownBecause;
use crate::facts::path::{Answer, Step, StepKind};
use crate::simulate::Simulated;
use crate::text::inert;
use crate::waiver::Unused;

pub use super::page::Look;

/// Draws a report.
pub fn render(report: &Report, look: Look) -> String {
    let mut page = Page::new(look);
    for (index, target) in report.targets.iter().enumerate() {
        if index > 0 {
            page.line("");
        }
        page.target(target);
    }
    if report.targets.is_empty() {
        // The waivers that did nothing come next.
        report.remarks().iter().take(1).for_each(|remark| page.field("", remark));
    }
    page.unused_waivers(&report.unused_waivers);
    page.overview(report);
    page.into_text()
}

/// Draws decisions by themselves.
pub fn decisions(simulated: &[Simulated], look: Look) -> String {
    let mut page = Page::new(look);
    for (index, one) in simulated.iter().enumerate() {
        if index > 0 {
            page.line("");
        }
        page.decision(one);
    }
    page.into_text()
}

impl Page {
    fn target(&mut self, target: &TargetReport) {
        let dot = if self.look.unicode { "·" } else { "-" };
        let head = format!(
            "{} {} {dot} {} {dot} {} {dot} {}",
            env!("CARGO_PKG_NAME"),
            env!("CARGO_PKG_VERSION"),
            target.provider.as_str(),
            inert(target.name.as_str()),
            target.collected_at
        );
        let head = self.paint(Style::new().bold(), &head);
        self.line(&head);
        self.path(target);
        self.checks(target);
        for check in &target.checks {
            match &check.outcome {
                Outcome::Fail(failure) => self.failure(check, failure),
                Outcome::Error { message } => self.broken(check, message),
                Outcome::Unknown { message, .. } if check.waiver.is_some() => self.broken(check, message),
                Outcome::Unknown { .. } | Outcome::Pass | Outcome::NotApplicable { .. } => {}
            }
        }
        self.undecided(target);
        self.unread(target);
        self.verdict(target);
        self.payload(target);
    }

    /// The targets once more, where there are several.
    fn overview(&mut self, report: &Report) {
        if report.targets.len() < 2 {
            return;
        }
        self.heading("Targets");
        for target in &report.targets {
            let said = format!("{}: {}", inert(target.name.as_str()), target.verdict);
            let marked = self.marked(Mark::verdict(target.verdict), &said);
            self.line(&format!("  {marked}"));
        }
        let counts: Vec<String> = [Verdict::Ready, Verdict::Undetermined, Verdict::NotReady]
            .into_iter()
            .map(|verdict| {
                (report.targets.iter().filter(|target| target.verdict == verdict).count(), verdict)
            })
            .filter(|(count, _)| *count > 0)
            .map(|(count, verdict)| format!("{count} {verdict}"))
            .collect();
        self.line("");
        self.line(&format!("{} targets: {}", report.targets.len(), counts.join(", ")));
        self.line("");
        let mark = Mark::verdict(report.verdict);
        let style = Style::new().bold().fg_color(Some(mark.colour().into()));
        let said = format!("{} {}", mark.sign(self.look.unicode), report.verdict.to_string().to_uppercase());
        let painted = self.paint(style, &said);
        self.line(&painted);
    }

    fn unused_waivers(&mut self, unused: &[Unused]) {
        if unused.is_empty() {
            return;
        }
        self.heading("Waivers");
        for unused in unused {
            self.paragraph("  - ", "    ", &inert(&unused.to_string()));
        }
    }

    fn unread(&mut self, target: &TargetReport) {
        if target.unread.is_empty() {
            return;
        }
        self.heading("Not read");
        for unread in &target.unread {
            self.paragraph("  - ", "    ", &inert(&unread.sentence()));
        }
    }

    fn path(&mut self, target: &TargetReport) {
        self.heading("The path of OpenAI's calls");
        let (bar, arrow) = if self.look.unicode { ("│", "▼") } else { ("|", "v") };
        let way = &target.way;
        self.hop(way.caller.0, &way.caller.1);
        for step in target.path.iter().filter(|step| step.kind == StepKind::Identity) {
            self.step(step, bar);
        }
        self.line(&format!("  {arrow}"));
        self.hop(way.identity.0, &way.identity.1);
        for step in target.path.iter().filter(|step| step.kind != StepKind::Identity) {
            self.step(step, bar);
        }
        self.line(&format!("  {arrow}"));
        self.hop(way.key.0, &way.key.1);
    }

    fn hop(&mut self, what: &str, name: &str) {
        self.line(&format!("  {what:<8}{}", inert(name)));
    }

    fn step(&mut self, step: &Step, bar: &str) {
        let said = format!("{} {}", step.action, step.answer.word());
        let marked = self.marked(Mark::answer(step.answer), &said);
        self.depends(&format!("  {bar} {marked}"), &step.depends_on, &format!("  {bar}   "));
        let indent = format!("  {bar}     ");
        for reason in &step.because {
            let text = inert(&reason.sentence(step.answer));
            self.paragraph(&format!("  {bar}   "), &indent, &text);
        }
    }

    /// An answer, and what it depends on: behind it if that fits, else below it.
    fn depends(&mut self, answer: &str, depends_on: &[String], indent: &str) {
        if depends_on.is_empty() {
            return self.line(answer);
        }
        let on = inert(&format!("on {}", depends_on.join(", ")));
        let whole = format!("{answer} {on}");
        if anstream::adapter::strip_str(&whole).to_string().chars().count() <= self.look.width {
            self.line(&whole);
        } else {
            self.line(answer);
            self.paragraph(indent, indent, &on);
        }
    }

    fn decision(&mut self, simulated: &Simulated) {
        let Simulated { principal, action, resource, .. } = simulated;
        let said = format!("{}: {}", inert(action), simulated.decision().replace('_', " "));
        let marked = self.marked(Mark::answer(simulated.answer()), &said);
        self.depends(&marked, &simulated.depends_on, "  ");
        self.hop("by", principal);
        self.hop("on", resource);
        for reason in &simulated.because {
            self.paragraph("  - ", "    ", &inert(&reason.sentence(simulated.answer())));
        }
    }

    fn checks(&mut self, target: &TargetReport) {
        self.heading("Checks");
        let mut table = Table::new();
        table.load_style(presets::NOTHING);
        table.set_content_arrangement(ContentArrangement::Dynamic);
        table.set_width(u16::try_from(self.look.width).unwrap_or(u16::MAX));
        if self.look.colour {
            table.enforce_styling();
        } else {
            table.force_no_tty();
        }
        for check in &target.checks {
            let mark = Mark::of(check);
            let word = match check.word() {
                "not_applicable" => "n/a",
                name => name,
            };
            let sign = format!("{} {word}", mark.sign(self.look.unicode));
            let mut sign = Cell::new(sign).set_alignment(CellAlignment::Left);
            let mut id = Cell::new(&check.id);
            if self.look.colour {
                sign = sign.fg(mark.cell_colour());
                if matches!(mark, Mark::Bad) {
                    id = id.add_attribute(Attribute::Bold);
                }
            }
            let said = match &check.outcome {
                Outcome::NotApplicable { message } => inert(message),
                _ => inert(&check.title),
            };
            table.add_row(vec![sign, id, Cell::new(said)]);
        }
        let drawn = table.to_string();
        for line in drawn.lines() {
            self.line(&format!(" {line}"));
        }
    }

    fn failure(&mut self, check: &CheckReport, failure: &Failure) {
        self.check_heading(check);
        self.field("", &failure.message);
        if let Some(seen) = &failure.seen {
            self.field("seen", seen);
        }
        if let Some(place) = &check.place {
            self.field("where", place);
        }
        if let Some(symptom) = &failure.symptom {
            self.field("OpenAI", symptom);
        }
        self.field("fix", &failure.fix.text);
        if let Some(snippet) = &failure.fix.snippet {
            self.block(&snippet.text);
        }
        self.field("see", &check.help);
    }

    /// The checks that can't be decided, those for the same reasons together.
    fn undecided(&mut self, target: &TargetReport) {
        let mut groups: Vec<(&[UnknownBecause], Vec<&str>)> = Vec::new();
        for check in target.checks.iter().filter(|check| check.waiver.is_none()) {
            let Outcome::Unknown { because, .. } = &check.outcome else { continue };
            match groups.iter_mut().find(|(reasons, _)| reasons == because) {
                Some((_, checks)) => checks.push(&check.id),
                None => groups.push((because, vec![&check.id])),
            }
        }
        if groups.is_empty() {
            return;
        }
        self.heading("Not decided");
        for (reasons, checks) in groups {
            let sign = Mark::Open.sign(self.look.unicode);
            self.paragraph(&format!("  {sign} "), "    ", &checks.join(", "));
            for reason in reasons {
                self.paragraph("      because ", "        ", &inert(&because(reason)));
            }
        }
    }

    fn broken(&mut self, check: &CheckReport, message: &str) {
        self.check_heading(check);
        self.field("", message);
    }

    fn check_heading(&mut self, check: &CheckReport) {
        self.line("");
        let found = match (&check.waiver, &check.outcome) {
            (Some(_), _) => "is waived",
            (None, Outcome::Fail(_)) => "fails",
            (None, _) => "could not be evaluated",
        };
        let said = format!("{} {found} ({})", check.id, check.severity.as_str());
        let marked = self.marked(Mark::of(check), &said);
        self.line(&marked);
        if let Some(waiver) = &check.waiver {
            self.field("by", &format!("{}, until {}", waiver.owner, waiver.expires));
            self.field("because", &waiver.reason);
        }
    }

    fn verdict(&mut self, target: &TargetReport) {
        self.line("");
        self.line(&counted(target));
        if !target.limits.is_empty() {
            self.heading("Limits");
            for limit in &target.limits {
                self.paragraph("  - ", "    ", &inert(&format!("{}: {}", limit.what, limit.lift)));
            }
        }
        let said = inert(&target.headline());
        let mark = Mark::verdict(target.verdict);
        self.line("");
        let folded = textwrap::wrap(&said, folding(self.look.width.saturating_sub(2)));
        let style = Style::new().bold().fg_color(Some(mark.colour().into()));
        for (index, line) in folded.iter().enumerate() {
            let sign = if index == 0 { mark.sign(self.look.unicode) } else { " " };
            let painted = self.paint(style, &format!("{sign} {line}"));
            self.line(&painted);
        }
    }

    fn payload(&mut self, target: &TargetReport) {
        let payload = match &target.payload {
            Ok(payload) => payload,
            Err(reason) => {
                self.line("");
                self.paragraph("", "", &format!("No registration payload: {}.", inert(reason)));
                return;
            }
        };
        self.heading("Register it through the API");
        for line in payload.curl().unwrap_or_default().lines() {
            self.verbatim(&format!("  {line}"));
        }
        self.heading("Or send these values to your OpenAI contact (ChatGPT Enterprise)");
        for (name, value) in payload.enterprise_values() {
            self.verbatim(&format!("  {name:<10}{}", inert(value)));
        }
    }
}

impl Mark {
    fn of(check: &CheckReport) -> Self {
        match check.outcome {
            _ if check.waiver.is_some() => Self::Aside,
            Outcome::Pass => Self::Good,
            Outcome::Fail(_) | Outcome::Error { .. } => Self::Bad,
            Outcome::Unknown { .. } => Self::Open,
            Outcome::NotApplicable { .. } => Self::Aside,
        }
    }

    fn answer(answer: Answer) -> Self {
        match answer {
            Answer::Allowed => Self::Good,
            Answer::Denied => Self::Bad,
            Answer::Depends => Self::Open,
        }
    }

    fn verdict(verdict: Verdict) -> Self {
        match verdict {
            Verdict::Ready => Self::Good,
            Verdict::NotReady => Self::Bad,
            Verdict::Undetermined => Self::Open,
        }
    }
}
