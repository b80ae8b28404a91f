//! Texts with `{{path}}` placeholders, whose values are made safe for the place where they stand.

use super::Language;
use super::expression::{Budget, Expression, Kind, Names, Scope, Value};
use crate::text;

/// A text with placeholders.
#[derive(Debug, Clone)]
pub(super) struct Template {
    parts: Vec<Part>,
}

#[derive(Debug, Clone)]
enum Part {
    Written(String),
    Value { path: Vec<String>, expression: Expression },
}

impl Template {
    /// Reads a text.
    ///
    /// # Errors
    /// For a placeholder that is not closed, or is no dotted path.
    pub(super) fn parse(source: &str) -> Result<Self, String> {
        let mut parts = Vec::new();
        let mut rest = source;
        while let Some((before, after)) = rest.split_once("{{") {
            let (inside, after) = after
                .split_once("}}")
                .ok_or("a placeholder is not closed: expected `{{target.role_name}}`")?;
            let path: Vec<String> = inside.trim().split('.').map(str::to_owned).collect();
            let is_name = |name: &String| {
                name.starts_with(|first: char| first.is_ascii_lowercase())
                    && name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
            };
            if path.len() < 2 || !path.iter().all(is_name) {
                return Err(format!("the placeholder `{inside}` is no path: expected `target.role_name`"));
            }
            let expression = Expression::path(&path).ok_or("a placeholder is empty")?;
            parts.push(Part::Written(before.to_owned()));
            parts.push(Part::Value { path, expression });
            rest = after;
        }
        parts.push(Part::Written(rest.to_owned()));
        Ok(Self { parts })
    }

    /// The text as the file has it.
    pub(super) fn written(&self) -> String {
        let parts = self.parts.iter().map(|part| match part {
            Part::Written(text) => text.clone(),
            Part::Value { path, .. } => format!("{{{{{}}}}}", path.join(".")),
        });
        parts.collect()
    }

    /// Whether every placeholder leads to something that can be shown.
    ///
    /// # Errors
    /// The placeholder that does not.
    pub(super) fn lint(&self, names: &mut Names<'_>) -> Result<(), String> {
        for part in &self.parts {
            let Part::Value { path, expression } = part else { continue };
            let path = path.join(".");
            match expression.kind(names)? {
                Kind::Bool | Kind::Int | Kind::Text => {}
                Kind::Optional(inner) if matches!(*inner, Kind::Bool | Kind::Int | Kind::Text) => {}
                other => return Err(format!("the placeholder `{path}` is {other}: expected a single value")),
            }
        }
        Ok(())
    }

    /// Whether values can be put into a snippet so that they stay values.
    ///
    /// # Errors
    /// The placeholder that stands where quoting would not hold, or what is no JSON.
    pub(super) fn lint_snippet(&self, language: Language) -> Result<(), String> {
        match language {
            Language::Shell => self.lint_shell(),
            Language::Json => {
                let filled: String = self
                    .parts
                    .iter()
                    .map(|part| match part {
                        Part::Written(text) => text,
                        // Only inside of a string is this JSON.
                        Part::Value { .. } => "value",
                    })
                    .collect();
                serde_json::from_str::<serde_json::Value>(&filled).map(|_| ()).map_err(|_| {
                    "the snippet is no JSON: expected a document with placeholders inside of its strings"
                        .to_owned()
                })
            }
        }
    }

    /// Values are quoted as words of the shell. That holds only outside of quotes, comments, here-documents and
    /// backticks.
    fn lint_shell(&self) -> Result<(), String> {
        let mut quote: Option<char> = None;
        for part in &self.parts {
            match part {
                Part::Written(text) => {
                    if text.contains("<<") || text.contains('`') || text.contains("$'") {
                        return Err("a command has no here-documents, backticks or `$'…'`".into());
                    }
                    let mut characters = text.chars();
                    while let Some(character) = characters.next() {
                        match (quote, character) {
                            (None | Some('"'), '\\') => {
                                let escaped = characters.next();
                                if escaped.is_none() {
                                    return Err("a backslash stands before a placeholder".into());
                                }
                            }
                            (None, '\'' | '"') => quote = Some(character),
                            (Some(open), _) if open == character => quote = None,
                            _ => {}
                        }
                    }
                    if quote.is_none() && text.ends_with('$') {
                        return Err("a `$` stands before a placeholder".into());
                    }
                }
                Part::Value { path, .. } if quote.is_some() => {
                    return Err(format!(
                        "the placeholder `{}` stands inside of quotes: it is quoted by itself; end the quotes before it",
                        path.join(".")
                    ));
                }
                Part::Value { .. } => {}
            }
        }
        Ok(())
    }

    /// The text for people. A value that is not known is shown as its name.
    pub(super) fn sentence(&self, scope: &Scope<'_>, budget: &mut Budget) -> String {
        self.parts
            .iter()
            .map(|part| match part {
                Part::Written(text) => text.clone(),
                Part::Value { path, expression } => {
                    value(expression, scope, budget).unwrap_or_else(|| format!("<{}>", path.join(".")))
                }
            })
            .collect()
    }

    /// The snippet, with every value quoted; none where a value is not known.
    pub(super) fn snippet(
        &self,
        language: Language,
        scope: &Scope<'_>,
        budget: &mut Budget,
    ) -> Option<String> {
        self.parts
            .iter()
            .map(|part| match part {
                Part::Written(text) => Some(text.clone()),
                Part::Value { expression, .. } => {
                    value(expression, scope, budget).map(|value| match language {
                        Language::Shell => shell_word(&value),
                        Language::Json => json_string_content(&value),
                    })
                }
            })
            .collect()
    }
}

fn value(expression: &Expression, scope: &Scope<'_>, budget: &mut Budget) -> Option<String> {
    match expression.evaluate(scope, budget).ok()? {
        Value::Text(text) => Some(text::inert(&text)),
        Value::Int(value) => Some(value.to_string()),
        Value::Bool(value) => Some(value.to_string()),
        Value::Null | Value::List(_) | Value::Record(_) => None,
    }
}

/// The text as one word of a POSIX shell.
fn shell_word(text: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "_./:@+,-".contains(c);
    if !text.is_empty() && text.chars().all(plain) {
        text.to_owned()
    } else {
        format!("'{}'", text.replace('\'', r"'\''"))
    }
}

/// The text as it stands between the quotes of a JSON string.
fn json_string_content(text: &str) -> String {
    let quoted = serde_json::Value::from(text).to_string();
    quoted.strip_prefix('"').and_then(|quoted| quoted.strip_suffix('"')).unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn filled(source: &str, language: Language, name: &str) -> String {
        let target = json!({ "role_name": name });
        let empty = json!({});
        let scope = Scope { facts: &empty, target: &target, contract: &empty, variables: Vec::new() };
        Template::parse(source).unwrap().snippet(language, &scope, &mut Budget::new()).unwrap()
    }

    #[test]
    fn a_value_is_one_word_of_the_shell() {
        let source = "aws iam get-role --role-name {{target.role_name}}";
        for (name, expected) in [
            ("openai-ekm", "aws iam get-role --role-name openai-ekm"),
            ("a b", "aws iam get-role --role-name 'a b'"),
            ("$(reboot)", "aws iam get-role --role-name '$(reboot)'"),
            ("'; reboot #", r"aws iam get-role --role-name ''\''; reboot #'"),
            ("", "aws iam get-role --role-name ''"),
            ("a\nb", r"aws iam get-role --role-name 'a\u{a}b'"),
        ] {
            assert_eq!(filled(source, Language::Shell, name), expected);
        }
    }

    #[test]
    fn a_value_stays_inside_of_a_json_string() {
        let source = r#"{"role": "{{target.role_name}}"}"#;
        assert_eq!(filled(source, Language::Json, r#"a", "b": "\"#), r#"{"role": "a\", \"b\": \"\\"}"#);
    }

    #[test]
    fn placeholders_stand_only_where_quoting_holds() {
        let lint = |source: &str, language| Template::parse(source).unwrap().lint_snippet(language);
        assert_eq!(lint("run --tag 'a b' {{target.role_name}} \"c\"", Language::Shell), Ok(()));
        assert_eq!(
            lint("run '{\"a\": \"{{target.role_name}}\"}'", Language::Shell),
            Err("the placeholder `target.role_name` stands inside of quotes: it is quoted by itself; end the quotes \
                 before it"
                .into())
        );
        for hostile in [
            "\\{{target.role_name}}",
            "${{target.role_name}}",
            "`x` {{target.role_name}}",
            "cat <<E {{target.role_name}}",
        ] {
            assert!(lint(hostile, Language::Shell).is_err(), "{hostile}");
        }
        assert_eq!(lint(r#"{"a": "{{target.role_name}}"}"#, Language::Json), Ok(()));
        assert!(lint(r#"{"a": {{target.role_name}}}"#, Language::Json).is_err());
    }

    #[test]
    fn what_is_no_path_is_refused() {
        for source in ["{{target.role_name", "{{}}", "{{role}}", "{{target['a']}}", "{{1 + 1}}"] {
            assert!(Template::parse(source).is_err(), "{source}");
        }
    }

    #[test]
    fn an_unknown_value_is_named_in_a_sentence() {
        let empty = json!({});
        let scope = Scope { facts: &empty, target: &empty, contract: &empty, variables: Vec::new() };
        let template = Template::parse("on resource: {{target.role_arn}}").unwrap();
        assert_eq!(template.sentence(&scope, &mut Budget::new()), "on resource: <target.role_arn>");
        assert_eq!(template.snippet(Language::Shell, &scope, &mut Budget::new()), None);
    }
}
