//! Texts as Markdown.

/// Plain text: what would be markup stands for itself, but for code between backticks.
pub(crate) fn text(plain: &str) -> String {
    let parts = plain.split('`').enumerate().map(|(index, part)| {
        if index % 2 == 1 {
            return part.to_owned();
        }
        part.replace('*', "\\*").replace('_', "\\_").replace('<', "&lt;")
    });
    parts.collect::<Vec<_>>().join("`")
}

/// Plain text in a cell of a table.
pub(crate) fn cell(plain: &str) -> String {
    let one_line = plain.split_whitespace().collect::<Vec<_>>().join(" ");
    text(&one_line).replace('|', "\\|")
}

/// Code in a cell of a table.
pub(crate) fn code_cell(code: &str) -> String {
    format!("`{}`", code.replace('|', "\\|"))
}

/// A block of code, indented.
pub(crate) fn fence(language: &str, code: &str, indent: &str) -> String {
    let lines: Vec<String> =
        code.lines().map(|line| format!("{indent}{line}").trim_end().to_owned()).collect();
    format!("\n{indent}```{language}\n{}\n{indent}```\n", lines.join("\n"))
}
