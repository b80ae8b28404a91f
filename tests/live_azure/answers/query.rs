//! The little of the Kusto Query Language that asks Azure Resource Graph for a vault.

use serde_json::{Map, Value};

use super::errors;
use crate::http::Answer;

/// `Resources | where … | project …`.
pub(super) struct Query {
    conditions: Vec<Condition>,
    /// The columns that are asked for; all where `None`.
    columns: Option<Vec<String>>,
}

/// `column =~ 'text'`, or `==`.
struct Condition {
    /// Its path: `properties.vaultUri` is inside of another column.
    column: String,
    text: String,
    with_case: bool,
}

impl Query {
    /// Reads a query. Of the language's operators only `where`, `project`, `order by`, `take` and `limit` are known, and
    /// in a `where` comparisons that are joined by `and`.
    pub(super) fn read(text: &str) -> Result<Self, Answer> {
        // Lines end where their writer likes.
        let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
        let mut parts = text.split('|').map(str::trim);
        let mut query = Self { conditions: vec![], columns: None };
        if !parts.next().is_some_and(|table| table.eq_ignore_ascii_case("resources")) {
            return Err(invalid(&text));
        }
        for part in parts {
            let (operator, rest) = part.split_once(char::is_whitespace).ok_or_else(|| invalid(part))?;
            match operator {
                "where" => {
                    for condition in rest.split(" and ") {
                        query.conditions.push(Condition::read(condition).ok_or_else(|| invalid(condition))?);
                    }
                }
                "project" => {
                    query.columns = Some(rest.split(',').map(|column| column.trim().to_owned()).collect());
                }
                // Rows come in one order always, and in pages anyway.
                "order" | "sort" | "take" | "limit" => {}
                _ => return Err(invalid(part)),
            }
        }
        Ok(query)
    }

    /// Whether a row fulfils all conditions.
    pub(super) fn admits(&self, row: &Value) -> bool {
        self.conditions.iter().all(|condition| condition.admits(row))
    }

    /// The columns of a row that are asked for.
    pub(super) fn project(&self, row: &Value) -> Value {
        let Some(columns) = &self.columns else { return row.clone() };
        let columns = columns.iter().map(|column| {
            let (name, path) = column.split_once('=').unwrap_or((column, column));
            (name.trim().replace('.', "_"), at(row, path.trim()).clone())
        });
        columns.collect::<Map<_, _>>().into()
    }
}

impl Condition {
    fn read(text: &str) -> Option<Self> {
        let (column, rest, with_case) = match text.split_once("=~") {
            Some((column, rest)) => (column, rest, false),
            None => text.split_once("==").map(|(column, rest)| (column, rest, true))?,
        };
        let column = column.trim();
        let of_call = |name: &str| column.strip_prefix(name)?.strip_suffix(')');
        let (column, lowered) = match of_call("tolower(") {
            Some(column) => (column, true),
            None => (of_call("tostring(").unwrap_or(column), false),
        };
        let quoted = rest.trim();
        let text = quoted.strip_prefix(['\'', '"'])?.strip_suffix(['\'', '"'])?;
        Some(Self { column: column.into(), text: text.into(), with_case: with_case && !lowered })
    }

    fn admits(&self, row: &Value) -> bool {
        let found = at(row, &self.column).as_str();
        found.is_some_and(|found| match self.with_case {
            true => found == self.text,
            false => found.eq_ignore_ascii_case(&self.text),
        })
    }
}

/// What is in a row at a path.
fn at<'a>(row: &'a Value, path: &str) -> &'a Value {
    path.split('.').fold(row, |value, step| value.get(step).unwrap_or(&Value::Null))
}

fn invalid(what: &str) -> Answer {
    let message = format!("Please provide below info when asking for support: query is invalid: {what}");
    errors::resource_manager(400, "BadRequest", &message)
}
