//! Places in a text.

use std::ops::Range;

/// A place in a file, counted from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// The line.
    pub line: usize,
    /// The character in it.
    pub column: usize,
}

impl Place {
    /// The place of a byte of a text.
    pub(super) fn of(text: &str, byte: usize) -> Self {
        // An offset may lie in a character, or behind the end.
        let end =
            (0..=byte.min(text.len())).rev().find(|&end| text.is_char_boundary(end)).unwrap_or_default();
        let before = text.get(..end).unwrap_or_default();
        let line = before.matches('\n').count() + 1;
        let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
        Self { line, column }
    }
}

/// The places of a text's bytes, each found without reading the text from its beginning.
#[derive(Debug)]
pub(super) struct Places<'a> {
    text: &'a str,
    /// Where lines begin.
    lines: Vec<usize>,
}

impl<'a> Places<'a> {
    pub(super) fn of(text: &'a str) -> Self {
        let behind_ends = text.match_indices('\n').map(|(end, _)| end + 1);
        Self { text, lines: [0].into_iter().chain(behind_ends).collect() }
    }

    /// Where a value begins.
    pub(super) fn at(&self, span: &Range<usize>) -> Place {
        let line = self.lines.partition_point(|&begin| begin <= span.start);
        let begin = line.checked_sub(1).and_then(|index| self.lines.get(index)).copied().unwrap_or_default();
        let before = self.text.get(begin..span.start).unwrap_or_default();
        Place { line: line.max(1), column: before.chars().count() + 1 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_and_columns_are_counted_from_one_and_in_characters() {
        let text = "a = 1\n# ünïcode\nb = [\n  2]\n";
        for (part, line, column) in [("a", 1, 1), ("1", 1, 5), ("b", 3, 1), ("2", 4, 3), ("code", 2, 6)] {
            let byte = text.find(part).unwrap();
            let expected = Place { line, column };
            assert_eq!(Place::of(text, byte), expected, "{part}");
            assert_eq!(Places::of(text).at(&(byte..byte + 1)), expected, "{part}");
        }
        assert_eq!(Place::of(text, 1000), Place { line: 5, column: 1 });
        assert_eq!(Place::of("", 0), Place { line: 1, column: 1 });
    }
}
