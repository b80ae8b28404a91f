//! What is drawn for people: lines, paragraphs and marks, in the look of the terminal.

use anstyle::{AnsiColor, Style};
use comfy_table::Color;

use crate::text::inert;

/// How a report is drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Look {
    /// Columns.
    pub width: usize,
    /// Whether to go beyond ASCII.
    pub unicode: bool,
    /// Whether to use colour.
    pub colour: bool,
}

/// The kinds of marks.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Mark {
    Good,
    Bad,
    Open,
    Aside,
}

impl Mark {
    pub(crate) fn sign(self, unicode: bool) -> &'static str {
        match (self, unicode) {
            (Self::Good, true) => "✓",
            (Self::Bad, true) => "✗",
            (Self::Aside, true) => "–",
            (Self::Good, false) => "+",
            (Self::Bad, false) => "x",
            (Self::Open, _) => "?",
            (Self::Aside, false) => "-",
        }
    }

    pub(crate) fn colour(self) -> AnsiColor {
        match self {
            Self::Good => AnsiColor::Green,
            Self::Bad => AnsiColor::Red,
            Self::Open => AnsiColor::Yellow,
            Self::Aside => AnsiColor::BrightBlack,
        }
    }

    pub(crate) fn cell_colour(self) -> Color {
        match self {
            Self::Good => Color::DarkGreen,
            Self::Bad => Color::DarkRed,
            Self::Open => Color::DarkYellow,
            Self::Aside => Color::DarkGrey,
        }
    }
}

/// A text that grows line by line.
#[derive(Debug)]
pub(crate) struct Page {
    pub(crate) look: Look,
    text: String,
}

impl Page {
    /// An empty one.
    pub(crate) fn new(look: Look) -> Self {
        Self { look, text: String::new() }
    }

    /// Everything that was drawn.
    pub(crate) fn into_text(self) -> String {
        self.text
    }

    pub(crate) fn line(&mut self, text: &str) {
        if self.look.unicode {
            self.text.push_str(text.trim_end());
        } else {
            // The program's own texts; what comes from a cloud stays as it is.
            self.text.push_str(&text.trim_end().replace('…', "...").replace('–', "-"));
        }
        self.text.push('\n');
    }

    /// A line that is copied: it stays as it is, whatever the terminal shows of it.
    pub(crate) fn verbatim(&mut self, text: &str) {
        self.text.push_str(text);
        self.text.push('\n');
    }

    pub(crate) fn paint(&self, style: Style, text: &str) -> String {
        if self.look.colour { format!("{style}{text}{style:#}") } else { text.to_owned() }
    }

    pub(crate) fn marked(&self, mark: Mark, text: &str) -> String {
        let style = Style::new().fg_color(Some(mark.colour().into()));
        self.paint(style, &format!("{} {text}", mark.sign(self.look.unicode)))
    }

    pub(crate) fn heading(&mut self, text: &str) {
        let styled = self.paint(Style::new().bold(), text);
        self.line("");
        self.line(&styled);
    }

    /// A paragraph folded to the width, with this in front of its first line and of the others.
    pub(crate) fn paragraph(&mut self, first: &str, rest: &str, text: &str) {
        let options = folding(self.look.width).initial_indent(first).subsequent_indent(rest);
        for line in textwrap::wrap(text, options) {
            self.line(&line);
        }
    }

    /// A named paragraph, or one without a name.
    pub(crate) fn field(&mut self, name: &str, text: &str) {
        let (first, rest) = if name.is_empty() {
            ("  ".to_owned(), "  ".to_owned())
        } else {
            (format!("  {name:<10}"), " ".repeat(12))
        };
        self.paragraph(&first, &rest, &inert(text));
    }

    /// One of several paragraphs of one name; only the first has it.
    pub(crate) fn item(&mut self, name: &str, text: &str) {
        self.paragraph(&format!("  {name:<10}"), &" ".repeat(14), &inert(text));
    }

    /// A command or a document: its lines as they are.
    pub(crate) fn block(&mut self, text: &str) {
        for line in text.lines() {
            self.line(&format!("            {}", inert(line)));
        }
    }
}

/// Words that are longer than a line stand on their own, whole, so that they can be copied.
pub(crate) fn folding(width: usize) -> textwrap::Options<'static> {
    textwrap::Options::new(width).break_words(false).word_splitter(textwrap::WordSplitter::NoHyphenation)
}
