//! What is wrong with a configuration, with the place and what was probably meant.

use std::fmt;
use std::ops::Range;
use std::path::{Path, PathBuf};

/// A configuration that cannot be used. Exit code 2.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The file cannot be read.
    #[error("cannot read the configuration {}: {source}; correct --config or the file's permissions", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// Something in the file is wrong.
    #[error("{0}")]
    Wrong(Box<Fault>),
}

/// A fault in a file, at its place.
#[derive(Debug, PartialEq, Eq)]
pub struct Fault {
    path: PathBuf,
    /// From 1.
    line: usize,
    /// From 1, in characters.
    column: usize,
    source: String,
    width: usize,
    message: String,
    hint: Option<String>,
}

impl Fault {
    /// The fault `message` at `span` (bytes) of `text`, the contents of `path`.
    pub(super) fn new(
        path: &Path,
        text: &str,
        span: Range<usize>,
        message: String,
        hint: Option<String>,
    ) -> Self {
        let start = boundary(text, span.start);
        let before = &text[..start];
        let line_start = before.rfind('\n').map_or(0, |at| at + 1);
        let source = without_keys(text[line_start..].lines().next().unwrap_or_default());
        let column = text[line_start..start].chars().count() + 1;
        let room = source.chars().count().saturating_sub(column - 1).max(1);
        let end = boundary(text, span.end).max(start);
        let width = text[start..end].chars().take_while(|&c| c != '\n').count().clamp(1, room);
        Self {
            path: path.to_owned(),
            line: before.matches('\n').count() + 1,
            column,
            source,
            width,
            message,
            hint,
        }
    }
}

impl Fault {
    /// The same, without showing what stands at its place.
    pub(super) fn masked(mut self) -> Self {
        let shown = |(at, letter): (usize, char)| {
            let is_within = (self.column - 1..self.column - 1 + self.width).contains(&at);
            if is_within { '*' } else { letter }
        };
        self.source = self.source.chars().enumerate().map(shown).collect();
        self
    }
}

/// A line in which of every address scheme and host are left: the rest may be the key to a chat room, a name and a password.
/// Each of its characters is a `*`, so that places stay.
fn without_keys(line: &str) -> String {
    let mut shown = String::with_capacity(line.len());
    let mut rest = line;
    while let Some(at) = rest.find("://") {
        let (front, behind) = rest.split_at(at + 3);
        let len = behind.find(|c: char| c.is_whitespace() || matches!(c, '"' | '\'')).unwrap_or(behind.len());
        let (address, next) = behind.split_at(len);
        let user = address.find('@').map_or(0, |at| at + 1);
        let (user, place) = address.split_at(user);
        let (host, path) = place.split_at(place.find('/').map_or(place.len(), |at| at + 1));
        shown += front;
        for (part, is_hidden) in [(user, true), (host, false), (path, true)] {
            shown.extend(part.chars().map(|c| if is_hidden { '*' } else { c }));
        }
        rest = next;
    }
    shown + rest
}

/// The last place at or before `at` where a character begins.
fn boundary(text: &str, at: usize) -> usize {
    (0..=at.min(text.len())).rev().find(|&at| text.is_char_boundary(at)).unwrap_or(0)
}

/// Message, place, the line with carets under the place, and the hint.
impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let number = self.line.to_string();
        let (margin, indent) = (" ".repeat(number.len()), " ".repeat(self.column - 1));
        writeln!(f, "{}, line {}, column {}: {}", self.path.display(), self.line, self.column, self.message)?;
        writeln!(f, "{margin} |")?;
        // A tab would put the carets under the wrong place.
        writeln!(f, "{number} | {}", self.source.replace('\t', " "))?;
        write!(f, "{margin} | {indent}{}", "^".repeat(self.width))?;
        match &self.hint {
            Some(hint) => write!(f, "\n{margin} = {hint}"),
            None => Ok(()),
        }
    }
}

/// What the TOML reader or serde says, in our words: the message, and a hint.
pub(super) fn in_our_words(message: &str) -> (String, Option<String>) {
    let mut quoted = message.split('`').skip(1).step_by(2);
    if message.starts_with("unknown field") {
        let unknown = quoted.next().unwrap_or_default();
        let known: Vec<&str> = quoted.collect();
        return (format!("unknown key `{unknown}`"), Some(choices(unknown, &known)));
    }
    if message.starts_with("unknown variant") {
        let unknown = quoted.next().unwrap_or_default();
        let known: Vec<&str> = quoted.collect();
        return (format!("`{unknown}` is no possible value"), Some(choices(unknown, &known)));
    }
    if let Some((found, expected)) =
        message.strip_prefix("invalid type: ").and_then(|rest| rest.split_once(", expected "))
    {
        let words = |text: &str| match text {
            "a sequence" => "a list, like [\"a\", \"b\"]".to_owned(),
            "a map" => "a table".to_owned(),
            // Rust's names of types are nobody's business.
            other if other.starts_with("struct ") => "a table".to_owned(),
            "i64" => "a whole number".to_owned(),
            other => other.to_owned(),
        };
        let found = found.replace("sequence", "a list").replace("map", "a table");
        return (format!("expected {}, found {found}", words(expected)), None);
    }
    (message.lines().collect::<Vec<_>>().join("; "), None)
}

/// "did you mean `a`?", or what there is.
pub(super) fn choices(typed: &str, known: &[&str]) -> String {
    // Another spelling of the same words is nearer than any other word.
    let near = known.iter().map(|word| (distance(typed, word), word)).min();
    if let Some((distance, word)) = near
        && distance <= 1 + word.len() / 4
    {
        return format!("did you mean `{word}`?");
    }
    match known {
        [] => "nothing can stand here".to_owned(),
        _ => format!(
            "possible: {}",
            known.iter().map(|word| format!("`{word}`")).collect::<Vec<_>>().join(", ")
        ),
    }
}

/// Edits (insert, delete, replace, Levenshtein) from one word to another; `-`, `_` and case do not count.
fn distance(from: &str, to: &str) -> usize {
    let plain = |text: &str| -> Vec<char> {
        text.to_lowercase().chars().filter(|c| !matches!(c, '-' | '_')).collect()
    };
    let (from, to) = (plain(from), plain(to));
    let mut row: Vec<usize> = (0..=to.len()).collect();
    for (i, a) in from.iter().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, b) in to.iter().enumerate() {
            let replaced = diagonal + usize::from(a != b);
            diagonal = row[j + 1];
            row[j + 1] = replaced.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row[to.len()]
}
