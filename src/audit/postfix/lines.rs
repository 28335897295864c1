//! Postfix's logical lines, and where a file that the configuration names really lies.
//!
//! A line that starts with white space continues the one before; empty lines and lines whose first visible character
//! is `#` are skipped without ending a logical line (postconf(5), `main.cf` format).

use std::path::{Path, PathBuf};

pub(super) use crate::audit::files::{Place, read};

/// A logical line: its pieces joined as they stand, and the number of its first line.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Logical {
    pub(super) line: usize,
    pub(super) text: String,
}

/// The logical lines of `text`.
pub(super) fn logical(text: &str) -> Vec<Logical> {
    let mut all: Vec<Logical> = Vec::new();
    for (index, line) in text.lines().enumerate() {
        let visible = line.trim_start();
        if visible.is_empty() || visible.starts_with('#') {
            continue;
        }
        match all.last_mut() {
            Some(last) if line.len() != visible.len() => {
                last.text.push(' ');
                last.text.push_str(visible.trim_end());
            }
            _ => all.push(Logical { line: index + 1, text: visible.trim_end().to_owned() }),
        }
    }
    all
}

/// Where the files named in a configuration lie.
///
/// A copy of `/etc/postfix` under another name still says `hash:/etc/postfix/virtual`: that means the file in the
/// copy, never the one of the machine this happens to run on.
#[derive(Debug)]
pub(super) struct Files {
    folder: PathBuf,
    homes: Vec<PathBuf>,
}

impl Files {
    /// For a configuration read from `folder` that believes to live in `stated` (`config_directory`).
    pub(super) fn new(folder: &Path, stated: &str) -> Self {
        let homes =
            ["/etc/postfix", stated].into_iter().filter(|home| home.starts_with('/')).map(PathBuf::from);
        Self { folder: folder.to_owned(), homes: homes.collect() }
    }

    /// The real place of `name`.
    pub(super) fn resolve(&self, name: &str) -> PathBuf {
        let path = Path::new(name);
        let inside = self.homes.iter().find_map(|home| path.strip_prefix(home).ok());
        self.folder.join(inside.unwrap_or(path))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_and_blank_lines_do_not_end_a_logical_line() {
        let lines = logical("# top\na = 1,\n\n  # between\n# and flush left\n\t2\nb = 3  \n");
        assert_eq!(
            lines,
            [Logical { line: 2, text: "a = 1, 2".to_owned() }, Logical { line: 7, text: "b = 3".to_owned() }]
        );
    }

    #[test]
    fn a_copied_configuration_reads_its_own_tables() {
        let files = Files::new(Path::new("/backup/mx1"), "");
        assert_eq!(files.resolve("/etc/postfix/virtual"), Path::new("/backup/mx1/virtual"));
        assert_eq!(files.resolve("/etc/mail/domains"), Path::new("/etc/mail/domains"));
        assert_eq!(files.resolve("virtual"), Path::new("/backup/mx1/virtual"));
    }
}
