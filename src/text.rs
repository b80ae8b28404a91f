//! Text that is safe to print. Names from a cloud and files from customers are hostile: no terminal escape, no
//! control character and nothing that reorders or hides text may reach a reader as it is.

use std::fmt::Write;

/// How many characters of one value are shown.
pub const MAX_CHARACTERS: usize = 2_000;

/// The text on one line, with every character that could act on a terminal, reorder a line or hide in it written out
/// as `\u{…}`, and with an ellipsis after [`MAX_CHARACTERS`]. The marks by which a pipeline's log takes a word for a
/// command are broken the same way: `::error::`, for a renderer may fold a line in front of it, and `##[error]` and
/// `##vso[…]`, which GitHub's runner and Azure's agent look for anywhere in a line.
pub fn inert(text: &str) -> String {
    let mut shown = String::with_capacity(text.len().min(MAX_CHARACTERS));
    let mut characters = 0;
    let mut before = ' ';
    let mut rest = text.chars();
    while let Some(character) = rest.next() {
        let start = shown.len();
        let behind = rest.as_str();
        // An ARN has colons side by side as well, but in the middle of a word.
        let command = (character == ':' && behind.starts_with(':') && !before.is_alphanumeric())
            || (character == '#' && is_command_mark(behind));
        if character != ':' || command {
            before = character;
        }
        let width = if acts(character) || command {
            // Writing into a string can't fail.
            let _ = write!(shown, "\\u{{{:x}}}", u32::from(character));
            shown.len() - start
        } else {
            shown.push(character);
            1
        };
        characters += width;
        if characters > MAX_CHARACTERS {
            shown.truncate(start);
            shown.push('…');
            break;
        }
    }
    shown
}

/// Whether what stands behind a `#` makes it the beginning of a command of GitHub's runner or of Azure's agent.
fn is_command_mark(behind: &str) -> bool {
    let Some(word) = behind.strip_prefix('#') else { return false };
    word.starts_with('[') || word.get(..3).is_some_and(|word| word.eq_ignore_ascii_case("vso"))
}

/// A JSON document that means the same, in which no character acts, and no command of a pipeline stands. JSON leaves what
/// is above U+007E as it is, and some of that acts on a terminal (U+009B starts an escape sequence). It only ever stands
/// in strings, where `\u` means the same.
pub fn inert_json(json: &str) -> String {
    let mut inert = String::with_capacity(json.len());
    let mut rest = json.chars();
    while let Some(character) = rest.next() {
        let command = character == '#' && is_command_mark(rest.as_str());
        if command || character != '\n' && acts(character) {
            for unit in character.encode_utf16(&mut [0; 2]) {
                // Writing into a string can't fail.
                let _ = write!(inert, "\\u{unit:04x}");
            }
        } else {
            inert.push(character);
        }
    }
    inert
}

/// Whether a character does more than stand for itself: controls (C0, C1, DEL), line and paragraph separators, marks
/// of writing direction, zero-width characters, fillers, variation selectors and tags, and private or unassigned uses
/// of them.
pub fn acts(character: char) -> bool {
    character.is_control()
        || matches!(character,
            '\u{ad}' | '\u{34f}' | '\u{61c}'
            | '\u{115f}'..='\u{1160}' | '\u{17b4}'..='\u{17b5}' | '\u{180b}'..='\u{180f}'
            | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
            | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}'
            | '\u{e0000}'..='\u{e0fff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ordinary_text_stays() {
        let text = "role `openai-ekm` – schlüssel „ключ“ 鍵 🔑";
        assert_eq!(inert(text), text);
    }

    #[test]
    fn commands_to_a_pipeline_are_broken() {
        assert_eq!(inert("a ::error::x"), "a \\u{3a}:error::x");
        assert_eq!(inert("::set-output name=x::y"), "\\u{3a}:set-output name=x::y");
        assert_eq!(inert("##[error]x"), "\\u{23}#[error]x");
        assert_eq!(inert("a##VSO[task.complete]x"), "a\\u{23}#VSO[task.complete]x");
        assert_eq!(inert("### a ##vs"), "### a ##vs");
        let arn = "arn:aws:iam::111122223333:role/x";
        assert_eq!(inert(arn), arn);
    }

    #[test]
    fn characters_that_act_are_written_out() {
        for (hostile, shown) in [
            ("\u{1b}[31mred", "\\u{1b}[31mred"),
            ("a\nb\r\tc\u{7f}", "a\\u{a}b\\u{d}\\u{9}c\\u{7f}"),
            ("\u{9b}2J", "\\u{9b}2J"),
            ("\u{202e}nimda", "\\u{202e}nimda"),
            ("a\u{2066}b\u{2069}", "a\\u{2066}b\\u{2069}"),
            ("a\u{200b}b\u{feff}", "a\\u{200b}b\\u{feff}"),
            ("a\u{2028}b\u{2029}c\u{85}", "a\\u{2028}b\\u{2029}c\\u{85}"),
            ("a\u{200e}\u{200f}\u{61c}", "a\\u{200e}\\u{200f}\\u{61c}"),
            ("\u{e0041}", "\\u{e0041}"),
        ] {
            assert_eq!(inert(hostile), shown);
        }
    }

    #[test]
    fn json_without_what_acts_means_the_same() {
        let hostile = serde_json::to_string("a\u{9b}31m\u{202e}b\u{1b}\u{e0001}").unwrap();
        let inert = inert_json(&hostile);
        assert_eq!(inert, r#""a\u009b31m\u202eb\u001b\udb40\udc01""#);
        let back: String = serde_json::from_str(&inert).unwrap();
        assert_eq!(back, "a\u{9b}31m\u{202e}b\u{1b}\u{e0001}");
    }

    #[test]
    fn json_holds_no_command_of_a_pipeline() {
        let commands = r###"["a##[error]b", "##vso[x]"]"###;
        assert_eq!(inert_json(commands), r##"["a\u0023#[error]b", "\u0023#vso[x]"]"##);
        let plain = r##"{"a#": "#1 ## b"}"##;
        assert_eq!(inert_json(plain), plain);
    }

    #[test]
    fn long_text_is_cut_with_an_ellipsis() {
        assert_eq!(inert(&"a".repeat(2_000)), "a".repeat(2_000));
        assert_eq!(inert(&"a".repeat(2_001)), format!("{}…", "a".repeat(2_000)));
    }

    #[test]
    fn an_escape_is_never_cut_in_the_middle() {
        let shown = inert(&format!("{}\u{1b}", "a".repeat(1_998)));
        assert_eq!(shown, format!("{}…", "a".repeat(1_998)));
    }
}
