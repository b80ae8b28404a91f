//! No text of a check's file may act on a terminal, neither as written nor after YAML's escapes.

use serde_json::Value;

use crate::text;

/// The first character of a source that acts, with its line and column. Line ends are what they are for.
pub(super) fn first_acting(source: &str) -> Option<(u64, u64, char)> {
    let mut line = 1;
    let mut column = 0;
    let mut rest = source.chars().peekable();
    while let Some(character) = rest.next() {
        column += 1;
        match character {
            '\n' => {
                line += 1;
                column = 0;
            }
            '\r' if rest.peek() == Some(&'\n') => {}
            _ if text::acts(character) => return Some((line, column, character)),
            _ => {}
        }
    }
    None
}

/// The path of the first text that holds a character that acts once YAML is read, with that character.
pub(super) fn first_acting_value(value: &Value, path: &str) -> Option<(String, char)> {
    let in_text = |text: &str, path: &str| {
        text.chars()
            .find(|&character| character != '\n' && text::acts(character))
            .map(|character| (path.to_owned(), character))
    };
    match value {
        Value::String(text) => in_text(text, path),
        Value::Array(elements) => elements
            .iter()
            .enumerate()
            .find_map(|(index, element)| first_acting_value(element, &format!("{path}[{index}]"))),
        Value::Object(fields) => fields.iter().find_map(|(name, field)| {
            let inside =
                if path.is_empty() { text::inert(name) } else { format!("{path}.{}", text::inert(name)) };
            in_text(name, &inside).or_else(|| first_acting_value(field, &inside))
        }),
        Value::Null | Value::Bool(_) | Value::Number(_) => None,
    }
}
