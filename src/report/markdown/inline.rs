//! Text in Markdown ("GitHub Flavored Markdown Spec") that means nothing but itself.
//!
//! A backslash does not keep GitHub from taking `@name` for a mention, `#1` for an issue or a bare address for a link:
//! only code does. So words of letters stand as they are, and every other word stands in a code span.

use crate::text::inert;

/// Text in a paragraph or a list.
pub(super) fn text(text: &str) -> String {
    written(text, false)
}

/// Text in a table, where `|` ends a cell even in a code span: it is written out.
pub(super) fn cell(text: &str) -> String {
    written(text, true)
}

/// A link to a reference, or the reference as code where it is not plainly an address.
pub(super) fn link(address: &str) -> String {
    let plain = |character: char| character.is_ascii_alphanumeric() || "-._~/#%?=&:,+".contains(character);
    if address.starts_with("https://") && address.chars().all(plain) {
        format!("<{address}>")
    } else {
        text(address)
    }
}

/// A code block of these lines, which nothing in them ends.
pub(super) fn block(language: &str, lines: &str) -> String {
    let lines: Vec<String> = lines.lines().map(inert).collect();
    block_of_inert(language, &lines.join("\n"))
}

/// The same of lines that are inert already.
pub(super) fn block_of_inert(language: &str, lines: &str) -> String {
    let lines = lines.trim_end();
    let longest = lines.lines().map(longest_run).max().unwrap_or_default();
    let fence = "`".repeat(longest.max(2) + 1);
    format!("{fence}{language}\n{lines}\n{fence}\n")
}

fn longest_run(line: &str) -> usize {
    line.split(|character| character != '`').map(str::len).max().unwrap_or_default()
}

/// The program quotes names in backticks: what stands between two of them is one code span.
fn written(text: &str, cell: bool) -> String {
    let text = inert(text);
    let mut parts = text.split('`').peekable();
    let mut written = String::with_capacity(text.len());
    let mut quoted = false;
    while let Some(part) = parts.next() {
        if quoted && parts.peek().is_some() {
            code(&mut written, part, cell);
        } else {
            if quoted {
                // It quotes nothing. Left out, it would make one word of two.
                written.push_str("\\`");
            }
            words(&mut written, part, cell);
        }
        quoted = !quoted;
    }
    written
}

fn words(written: &mut String, part: &str, cell: bool) {
    for (index, word) in part.split(' ').enumerate() {
        if index > 0 {
            written.push(' ');
        }
        let inner = word.trim_start_matches('(');
        let (before, _) = word.split_at(word.len() - inner.len());
        let kept = inner.trim_end_matches([',', '.', ';', ':', ')', '?']);
        let (_, after) = inner.split_at(kept.len());
        if is_plain(kept) {
            written.push_str(word);
        } else {
            written.push_str(before);
            code(written, kept, cell);
            written.push_str(after);
        }
    }
}

/// Letters, with `'`, `-`, `/` and `.` between them; or a short number. No address, no reference, no hash of a commit.
fn is_plain(word: &str) -> bool {
    if word.chars().all(|character| character.is_ascii_digit()) {
        return word.len() <= 6;
    }
    let letters = |part: &str| !part.is_empty() && part.chars().all(char::is_alphabetic);
    let hash = word.len() >= 7 && word.chars().all(|character| character.is_ascii_hexdigit());
    let address = word.to_ascii_lowercase().contains("www.");
    !hash && !address && word.split(['\'', '-', '/', '.', '’']).all(letters)
}

/// A code span: it holds no backtick, for the text was split at them.
fn code(written: &mut String, text: &str, cell: bool) {
    if text.is_empty() {
        written.push_str("\\`\\`");
        return;
    }
    // Two code spans side by side would be one, with other ends.
    if written.ends_with('`') {
        written.push(' ');
    }
    written.push('`');
    if cell {
        written.push_str(&text.replace('|', "\\u{7c}"));
    } else {
        written.push_str(text);
    }
    written.push('`');
}
