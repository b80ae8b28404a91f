//! What is wrong with a check's file, gathered while it is read.

use std::fmt;

use serde_saphyr::Spanned;
use thiserror::Error;

use crate::text;

/// How many problems of one file are told.
const MAX_ERRORS: usize = 20;

/// Line and column, where they are known.
pub(super) type Place = Option<(u64, u64)>;

/// What is wrong with a check's file, and where.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub struct LoadError {
    /// The file's name.
    pub file: String,
    /// Line and column, counted from 1, where the place is known.
    pub place: Option<(u64, u64)>,
    /// What is wrong, and what was expected.
    pub problem: String,
}

impl fmt::Display for LoadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.file)?;
        if let Some((line, column)) = self.place {
            write!(f, ":{line}:{column}")?;
        }
        write!(f, ": {}", self.problem)
    }
}

/// The problems of one file, gathered.
#[derive(Debug)]
pub(super) struct Problems {
    file: String,
    found: Vec<LoadError>,
}

impl Problems {
    /// None yet.
    pub(super) fn new(file: &str) -> Self {
        Self { file: file.to_owned(), found: Vec::new() }
    }

    /// The file's name.
    pub(super) fn file(&self) -> &str {
        &self.file
    }

    /// Adds a problem at a place.
    pub(super) fn add(&mut self, place: Place, problem: impl AsRef<str>) {
        if self.found.len() < MAX_ERRORS {
            self.found.push(LoadError {
                file: self.file.clone(),
                place,
                problem: text::inert(problem.as_ref()),
            });
        }
    }

    /// Adds a problem where a value stands.
    pub(super) fn at<T>(&mut self, value: &Spanned<T>, problem: impl AsRef<str>) {
        let (line, column) = (value.referenced.line(), value.referenced.column());
        self.add((line > 0).then_some((line, column)), problem);
    }

    /// Everything that was added.
    pub(super) fn into_found(self) -> Vec<LoadError> {
        self.found
    }

    /// This problem behind all others.
    pub(super) fn only(&mut self, place: Place, problem: String) -> Vec<LoadError> {
        self.add(place, problem);
        std::mem::take(&mut self.found)
    }

    /// The value where there was no problem.
    ///
    /// # Errors
    /// Everything that was added.
    pub(super) fn or<T>(self, value: Option<T>) -> Result<T, Vec<LoadError>> {
        match value {
            Some(value) if self.found.is_empty() => Ok(value),
            _ => Err(self.found),
        }
    }
}
