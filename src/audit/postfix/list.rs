//! Lists of domains or networks: entries between commas or white space, `!entry`, and `/file/name` for more of them.

use std::path::PathBuf;

use super::Gaps;
use super::lines::{Files, Place, read};

/// A file that names a file that names a file: nobody goes deeper.
const MAX_DEPTH: usize = 10;

/// An entry of a list.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Item {
    /// The entry, without its `!`.
    pub(super) text: String,
    /// Listed with `!`.
    pub(super) excluded: bool,
    /// Where it stands, for people.
    pub(super) stated: String,
    /// Where it stands.
    pub(super) place: Place,
}

/// The entries of `value`, which parameter `name` has at `place`.
pub(super) fn items(
    name: &str,
    stated: &str,
    place: &Place,
    value: &str,
    files: &Files,
    gaps: &mut Gaps,
) -> Vec<Item> {
    let mut list = List { name, files, gaps, open: Vec::new(), all: Vec::new() };
    list.add(value, false, stated, place);
    list.all
}

struct List<'a> {
    name: &'a str,
    files: &'a Files,
    gaps: &'a mut Gaps,
    /// The files that are being read, each named by the one before.
    open: Vec<PathBuf>,
    all: Vec<Item>,
}

impl List<'_> {
    fn add(&mut self, value: &str, inverted: bool, stated: &str, place: &Place) {
        for entry in split(value) {
            let text = entry.trim_start_matches('!');
            let excluded = inverted ^ ((entry.len() - text.len()) % 2 == 1);
            if text.starts_with('/') {
                self.add_file(text, excluded, place);
            } else if !text.is_empty() {
                let (text, stated) = (text.to_owned(), stated.to_owned());
                self.all.push(Item { text, excluded, stated, place: place.clone() });
            }
        }
    }

    fn add_file(&mut self, file: &str, inverted: bool, place: &Place) {
        let path = self.files.resolve(file);
        if self.open.len() == MAX_DEPTH || self.open.contains(&path) {
            self.gaps.unread(format!("{place}: {} names files in a circle, at {file}", self.name));
            return;
        }
        match read(&path) {
            Ok(text) => {
                self.open.push(path.clone());
                for (index, line) in text.lines().enumerate().filter(|(_, line)| !line.starts_with('#')) {
                    let place = Place { file: path.clone(), line: index + 1 };
                    self.add(line, inverted, &format!("{} in {place}", self.name), &place);
                }
                self.open.pop();
            }
            Err(problem) => self.gaps.unread(format!(
                "{place}: {} names the file {}, which cannot be read: {problem}",
                self.name,
                path.display()
            )),
        }
    }
}

/// The entries between commas and white space; what stands in braces stays together.
pub(super) fn split(value: &str) -> Vec<&str> {
    parts(value, |byte| byte == b',' || byte.is_ascii_whitespace())
}

/// The words between white space, as `master.cf` has them: a comma belongs to its word.
pub(super) fn words(line: &str) -> Vec<&str> {
    parts(line, |byte| byte.is_ascii_whitespace())
}

fn parts(value: &str, parts: impl Fn(u8) -> bool) -> Vec<&str> {
    let (mut all, mut level, mut start) = (Vec::new(), 0_usize, 0);
    for (at, byte) in value.bytes().enumerate() {
        match byte {
            b'{' => level += 1,
            b'}' => level = level.saturating_sub(1),
            byte if level == 0 && parts(byte) => {
                all.push(&value[start..at]);
                start = at + 1;
            }
            _ => {}
        }
    }
    all.push(&value[start..]);
    all.retain(|entry| !entry.is_empty());
    all
}
