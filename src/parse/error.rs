//! What can be wrong with pattern files, told so that the person who wrote them can mend them.

use std::io;
use std::ops::Range;
use std::path::PathBuf;

/// Why patterns could not be loaded.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Something in a pattern file; line and column count from 1, columns in characters.
    #[error("{file}:{line}:{column}: {problem}")]
    Pattern {
        /// The file as it was given.
        file: String,
        /// Line, from 1.
        line: usize,
        /// Column, from 1.
        column: usize,
        /// What is wrong, and what to write instead.
        problem: String,
    },
    /// A file or folder could not be read.
    #[error("cannot read patterns from {}: {source}; give a folder that holds *.toml files", path.display())]
    Read {
        /// The file or folder.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
}

/// The text of a file, to turn byte positions into lines and columns.
#[derive(Clone, Copy)]
pub(super) struct Source<'s> {
    pub(super) file: &'s str,
    pub(super) text: &'s str,
}

impl Source<'_> {
    /// An error at byte `at` of the file.
    pub(super) fn error(&self, at: usize, problem: impl Into<String>) -> Error {
        let before = self.text.get(..at).unwrap_or(self.text);
        let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
        Error::Pattern {
            file: self.file.to_owned(),
            line: before.matches('\n').count() + 1,
            column: before[line_start..].chars().count() + 1,
            problem: problem.into(),
        }
    }

    /// An error `inner` bytes into the string whose value (with its quotes) stands at `span`. Escapes before it shift
    /// the place by as many bytes as they are longer than what they stand for.
    pub(super) fn error_in_string(&self, span: &Range<usize>, inner: usize, problem: String) -> Error {
        let quotes = match self.text.get(span.clone()) {
            Some(text) if text.starts_with("'''") || text.starts_with("\"\"\"") => 3,
            _ => 1,
        };
        let escapes = self.text.get(span.clone()).map_or(0, |text| {
            let limit = (inner + quotes).min(text.len());
            memchr::memchr_iter(b'\\', &text.as_bytes()[..limit]).count()
        });
        let escapes = if self.text[span.start..].starts_with('"') { escapes } else { 0 };
        self.error(span.start + quotes + inner + escapes, problem)
    }
}
