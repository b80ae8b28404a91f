//! Where things stand in a document.

use std::fmt;

/// A line and a column, in bytes, both from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// The line.
    pub line: usize,
    /// The column.
    pub column: usize,
}

impl Place {
    /// Where a document starts.
    pub const START: Self = Self { line: 1, column: 1 };

    /// The place behind a text that stands here.
    #[must_use]
    pub fn behind(self, text: &str) -> Self {
        let lines = text.bytes().filter(|byte| *byte == b'\n').count();
        match text.rsplit_once('\n') {
            Some((_, last)) => Self { line: self.line + lines, column: last.len() + 1 },
            None => Self { line: self.line, column: self.column + text.len() },
        }
    }

    /// An error of a document that starts here, with its place in the outer document.
    pub fn of_error(self, error: &serde_json::Error) -> String {
        let own = Self { line: error.line(), column: error.column() };
        let said = error.to_string();
        let Some(message) = said.strip_suffix(&format!(" at {own}")) else { return said };
        let column = if own.line == 1 { self.column + own.column - 1 } else { own.column };
        format!("{message} at {}", Self { line: self.line + own.line - 1, column })
    }
}

/// The lines of a document, for the places of its parts.
#[derive(Debug)]
pub struct Lines<'a> {
    text: &'a str,
    /// Where each line starts, in bytes.
    starts: Vec<usize>,
}

impl<'a> Lines<'a> {
    /// The lines of a document.
    pub fn of(text: &'a str) -> Self {
        let behind = text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n').map(|(at, _)| at + 1);
        Self { text, starts: std::iter::once(0).chain(behind).collect() }
    }

    /// Where a part of the document stands that was borrowed from it; its start for any other text.
    pub fn place(&self, part: &str) -> Place {
        let from = (self.text.as_ptr() as usize, part.as_ptr() as usize);
        let at = from.1.checked_sub(from.0).filter(|at| *at <= self.text.len()).unwrap_or(0);
        let line = self.starts.partition_point(|start| *start <= at);
        let start = line.checked_sub(1).and_then(|index| self.starts.get(index)).copied().unwrap_or(0);
        Place { line, column: at - start + 1 }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {} column {}", self.line, self.column)
    }
}

/// Where the statements of a policy stand, in order. The text is known to be a policy, so its strings and brackets can
/// be followed without looking at anything else.
pub(super) fn places(text: &str, start: Place) -> Vec<Place> {
    let mut places = Vec::new();
    let mut place = start;
    let mut walk = Walk::default();
    for byte in text.bytes() {
        if walk.takes_statement(byte) {
            places.push(place);
        }
        place = if byte == b'\n' {
            Place { line: place.line + 1, column: 1 }
        } else {
            Place { line: place.line, column: place.column + 1 }
        };
    }
    places
}

/// Follows a document byte by byte.
#[derive(Default)]
struct Walk {
    depth: usize,
    in_string: bool,
    escaped: bool,
    /// The string that was read last, or is being read, between its quotes; of the outermost object alone.
    string: Vec<u8>,
    /// Whether the value that is to come, or that is being read, is the `Statement`'s.
    of_statement: bool,
    /// Whether that value is a list.
    in_list: bool,
}

impl Walk {
    /// Goes on by a byte; whether a statement starts with it.
    fn takes_statement(&mut self, byte: u8) -> bool {
        if self.in_string {
            match byte {
                _ if self.escaped => self.escaped = false,
                b'\\' => self.escaped = true,
                b'"' => self.in_string = false,
                _ => {}
            }
            if self.in_string && self.depth == 1 {
                self.string.push(byte);
            }
            return false;
        }
        match byte {
            b'"' => {
                self.in_string = true;
                self.string.clear();
            }
            b':' if self.depth == 1 => self.of_statement = self.string == b"Statement",
            b',' if self.depth == 1 => self.of_statement = false,
            b'[' if self.depth == 1 => {
                self.in_list = true;
                self.depth += 1;
            }
            b'{' | b'[' => {
                let starts = self.of_statement && byte == b'{' && self.depth == 1 + usize::from(self.in_list);
                self.depth += 1;
                return starts;
            }
            b'}' | b']' => {
                self.depth = self.depth.saturating_sub(1);
                if self.depth == 1 {
                    self.in_list = false;
                }
            }
            _ => {}
        }
        false
    }
}
