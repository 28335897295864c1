//! Sources that hold the same lines, as Debian's `mail.log` and `mail.info` do. Both are read, since nobody knows how they
//! will go on; but every line counts twice, so somebody should know.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::fs;
use std::path::{Path, PathBuf};

use super::super::find::find;
use super::super::open::peek;
use super::super::{Input, Problem, Source};
use super::names::{self, Age};
use super::position::HEAD;
use crate::model::shown_text;

/// What sources begin with.
#[derive(Debug, Default)]
pub(super) struct Beginnings {
    known: HashSet<String, ahash::RandomState>,
    /// By their first line that is no comment: sources, and their files.
    by_line: HashMap<Vec<u8>, Vec<(String, PathBuf)>, ahash::RandomState>,
}

impl Beginnings {
    /// Takes in the source `name`, whose newest file is `path`, as soon as that has a line; and says, once, that another one
    /// begins alike.
    pub(super) fn add(&mut self, name: &str, path: &Path) -> Option<String> {
        if self.known.contains(name) {
            return None;
        }
        let beginning = beginning(path);
        let line = first_line(&beginning)?.to_vec();
        self.known.insert(name.to_owned());
        let others = self.by_line.entry(line).or_default();
        let twin = others.iter().find(|(_, other)| is_alike(&beginning, &self::beginning(other)));
        let message = twin.map(|(other, _)| {
            format!(
                "it begins with the same lines as {}: if both are one log, each line counts twice; follow only one of them",
                shown_text(other)
            )
        });
        others.push((name.to_owned(), path.to_owned()));
        message
    }
}

/// Which of the sources that `inputs` name begin like another one.
pub fn alike(inputs: &[String]) -> Vec<Problem> {
    let mut newest = BTreeMap::<String, (Age, PathBuf)>::new();
    for input in find(inputs).0 {
        let Source::Path(path) = input.source else { continue };
        let (base, age) = names::split(&path.file_name().unwrap_or_default().to_string_lossy());
        let name = path.with_file_name(base).to_string_lossy().into_owned();
        if newest.get(&name).is_none_or(|(known, _)| *known < age) {
            newest.insert(name, (age, path));
        }
    }
    let mut beginnings = Beginnings::default();
    let sources = newest.into_iter();
    let alike = sources.filter_map(|(name, (_, path))| {
        let message = beginnings.add(&name, &path)?;
        Some(Problem { name, message, unreadable: false })
    });
    alike.collect()
}

/// The first bytes of the file at `path`; none, where it is no regular one.
fn beginning(path: &Path) -> Vec<u8> {
    let Some(about) = fs::metadata(path).ok().filter(fs::Metadata::is_file) else { return Vec::new() };
    let (name, source) = (String::new(), Source::Path(path.to_owned()));
    peek(&Input { name, source, size: Some(about.len()), modified: None })
}

/// The first whole line that is no comment: those of a header are alike in all logs of one server.
fn first_line(bytes: &[u8]) -> Option<&[u8]> {
    let mut lines = bytes.split_inclusive(|&byte| byte == b'\n').filter(|line| line.ends_with(b"\n"));
    let line = lines.find(|line| !line.starts_with(b"#") && !line.trim_ascii().is_empty())?;
    Some(&line[..line.len().min(HEAD)])
}

fn is_alike(first: &[u8], second: &[u8]) -> bool {
    let both = first.len().min(second.len());
    first[..both] == second[..both] && first_line(&first[..both]).is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sources_are_alike_if_what_both_have_is_the_same() {
        let header = format!("#Fields: {}\n", "column,".repeat(300));
        for (first, second, want) in [
            ("one\n", "one\ntwo\n", 1),
            ("one\ntwo\n", "one\ntwo\n", 1),
            ("one\ntwo\n", "one\nother\n", 0),
            ("one", "one\n", 0),
            ("", "one\n", 0),
            (&header, &header, 0),
            (&(header.clone() + "one\n"), &(header.clone() + "one\n"), 1),
            (&(header.clone() + "one\n"), &(header.clone() + "two\n"), 0),
        ] {
            let folder = tempfile::tempdir().unwrap();
            fs::write(folder.path().join("mail.log"), first).unwrap();
            fs::write(folder.path().join("mail.info"), second).unwrap();
            // One log, rotated, is none of its own twins.
            fs::write(folder.path().join("mail.log.1"), first).unwrap();
            let found = alike(&[folder.path().to_string_lossy().into_owned()]);
            assert_eq!(found.len(), want, "{first} {second}");
            if let Some(problem) = found.first() {
                assert!(problem.name.ends_with("mail.log"), "{problem:?}");
                assert!(problem.message.contains("mail.info: if both"), "{problem:?}");
            }
        }
    }
}
