//! What was typed -> what is read: files, directories, globs, `-`. Opens nothing, reads no content.

use std::collections::HashSet;
use std::fs::{self, Metadata};
use std::io;
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

use walkdir::WalkDir;

use super::{Input, Problem, Source};
use crate::model::EventTime;

/// The inputs that `arguments` name, in the order they were named, each file once; and what could not be found.
///
/// An argument is `-` (standard input), a file, a directory (every file below it, hidden ones left out, links
/// followed), or else a glob pattern. What exists under its literal name is never taken for a pattern.
pub fn find(arguments: &[String]) -> (Vec<Input>, Vec<Problem>) {
    let mut found = Found::default();
    for argument in arguments {
        found.argument(argument);
    }
    (found.inputs, found.problems)
}

#[derive(Default)]
struct Found {
    inputs: Vec<Input>,
    problems: Vec<Problem>,
    seen: HashSet<Identity, ahash::RandomState>,
}

impl Found {
    fn argument(&mut self, argument: &str) {
        if argument == "-" {
            if self.seen.insert(Identity::Stdin) {
                let name = argument.to_owned();
                self.inputs.push(Input { name, source: Source::Stdin, size: None, modified: None });
            }
            return;
        }
        match fs::metadata(argument) {
            Ok(metadata) => self.existing(Path::new(argument), &metadata),
            Err(error) if is_pattern(argument, &error) => self.pattern(argument),
            Err(error) => self.problem(argument, cannot("find", &error)),
        }
    }

    fn pattern(&mut self, pattern: &str) {
        let paths = match glob::glob(pattern) {
            Ok(paths) => paths,
            Err(error) => {
                let message = format!(
                    "no file has this name, and as a pattern it is wrong at character {}: {}",
                    error.pos + 1,
                    error.msg
                );
                return self.problem(pattern, message);
            }
        };
        let mut matched = false;
        for path in paths {
            matched = true;
            match path {
                Ok(path) => match fs::metadata(&path) {
                    Ok(metadata) => self.existing(&path, &metadata),
                    Err(error) => self.problem(&path.to_string_lossy(), cannot("find", &error)),
                },
                Err(error) => self.problem(&error.path().to_string_lossy(), cannot("list", error.error())),
            }
        }
        if !matched {
            self.problem(
                pattern,
                "no file has this name or matches it as a pattern: check the path".to_owned(),
            );
        }
    }

    fn existing(&mut self, path: &Path, metadata: &Metadata) {
        if metadata.is_dir() { self.directory(path) } else { self.file(path.to_owned(), metadata) }
    }

    fn directory(&mut self, directory: &Path) {
        let visible = |name: &std::ffi::OsStr| !name.as_encoded_bytes().starts_with(b".");
        let walk = WalkDir::new(directory).follow_links(true).sort_by_file_name();
        let mut files = false;
        for entry in walk.into_iter().filter_entry(|entry| entry.depth() == 0 || visible(entry.file_name())) {
            let (path, metadata) = match entry.and_then(|entry| Ok((entry.metadata()?, entry))) {
                // Sockets and pipes below a directory are never logs, and opening one may wait for ever.
                Ok((metadata, entry)) if metadata.is_file() => (entry.into_path(), metadata),
                Ok(_) => continue,
                // A link that leads back up: everything it shows is read already.
                Err(error) if error.loop_ancestor().is_some() => continue,
                Err(error) => {
                    let path = error.path().unwrap_or(directory).to_string_lossy().into_owned();
                    let message = match error.io_error() {
                        Some(error) => cannot("list", error),
                        None => format!("cannot list it: {error}"),
                    };
                    self.problem(&path, message);
                    continue;
                }
            };
            files = true;
            self.file(path, &metadata);
        }
        if !files {
            let message = "there is no file in this directory (hidden files are left out)".to_owned();
            let name = directory.to_string_lossy().into_owned();
            self.problems.push(Problem { name, message, unreadable: false });
        }
    }

    fn file(&mut self, path: PathBuf, metadata: &Metadata) {
        // Two names of one pipe are still one pipe, but /dev/fd/63 and /dev/fd/62 share no inode.
        if !self.seen.insert(Identity::of(&path, metadata)) {
            return;
        }
        let size = metadata.is_file().then_some(metadata.len());
        let modified = size.and_then(|_| metadata.modified().ok()).map(|time| {
            let micros = match time.duration_since(UNIX_EPOCH) {
                Ok(since) => i64::try_from(since.as_micros()).unwrap_or(i64::MAX),
                Err(before) => -i64::try_from(before.duration().as_micros()).unwrap_or(i64::MAX),
            };
            EventTime::from_micros(micros)
        });
        let name = path.to_string_lossy().into_owned();
        self.inputs.push(Input { name, source: Source::Path(path), size, modified });
    }

    fn problem(&mut self, name: &str, message: String) {
        self.problems.push(Problem { name: name.to_owned(), message, unreadable: true });
    }
}

/// What makes two names the same file.
#[derive(PartialEq, Eq, Hash)]
enum Identity {
    Stdin,
    #[cfg(unix)]
    Inode(u64, u64),
    #[cfg(not(unix))]
    Canonical(PathBuf),
}

impl Identity {
    #[cfg(unix)]
    fn of(_path: &Path, metadata: &Metadata) -> Self {
        use std::os::unix::fs::MetadataExt;
        Self::Inode(metadata.dev(), metadata.ino())
    }

    #[cfg(not(unix))]
    fn of(path: &Path, _metadata: &Metadata) -> Self {
        Self::Canonical(fs::canonicalize(path).unwrap_or_else(|_| path.to_owned()))
    }
}

/// What makes a name a pattern.
pub(super) const WILDCARDS: [char; 3] = ['*', '?', '['];

/// Whether `argument`, under which nothing was found because of `error`, is a pattern. Where systems forbid names with
/// wildcards, that is what they say.
pub(super) fn is_pattern(argument: &str, error: &io::Error) -> bool {
    let is_nobodys = matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::InvalidFilename);
    is_nobodys && argument.contains(WILDCARDS)
}

/// `cannot open it: Permission denied ...`, with what to do about it.
pub(super) fn cannot(verb: &str, error: &io::Error) -> String {
    let advice = match error.kind() {
        io::ErrorKind::NotFound => ": check the path",
        io::ErrorKind::PermissionDenied => {
            ": run as root, or as a member of the group that may read it (often `adm`)"
        }
        _ => "",
    };
    let error = error.to_string();
    // The number says nothing to a person.
    let why = error.split(" (os error ").next().unwrap_or_default();
    format!("cannot {verb} it: {why}{advice}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(arguments: &[&str]) -> (Vec<String>, Vec<Problem>) {
        let arguments: Vec<String> = arguments.iter().map(|&argument| argument.to_owned()).collect();
        let (inputs, problems) = find(&arguments);
        (inputs.into_iter().map(|input| input.name).collect(), problems)
    }

    fn folder(files: &[&str]) -> (tempfile::TempDir, impl Fn(&str) -> String) {
        let folder = tempfile::tempdir().unwrap();
        for file in files {
            let path = folder.path().join(file);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, "x\n").unwrap();
        }
        let root = folder.path().to_owned();
        (folder, move |name: &str| root.join(name).to_string_lossy().into_owned())
    }

    #[test]
    fn directories_are_walked_and_hidden_files_left_out() {
        let (_folder, at) = folder(&["b/mail.log", "a.log", ".hidden", ".git/x"]);
        let (found, problems) = names(&[&at("")]);
        assert_eq!(found, [at("a.log"), at("b/mail.log")]);
        assert_eq!(problems, []);
    }

    #[cfg(unix)]
    #[test]
    fn a_directory_loop_ends_and_links_are_followed() {
        let (folder, at) = folder(&["logs/mail.log"]);
        std::os::unix::fs::symlink(folder.path(), at("logs/up")).unwrap();
        std::os::unix::fs::symlink("nowhere", at("logs/dangling")).unwrap();
        let (found, problems) = names(&[&at("")]);
        assert_eq!(found, [at("logs/mail.log")]);
        assert_eq!(problems.len(), 1);
        assert_eq!(problems[0].name, at("logs/dangling"));
    }

    #[test]
    fn a_file_named_twice_is_read_once() {
        let (_folder, at) = folder(&["mail.log", "mail.log.1"]);
        let (found, problems) = names(&[&at("mail.log"), &at("mail.log*"), &at(""), "-", "-"]);
        assert_eq!(found, [at("mail.log"), at("mail.log.1"), "-".to_owned()]);
        assert_eq!(problems, []);
    }

    #[test]
    fn a_literal_name_is_no_pattern() {
        let (_folder, at) = folder(&["mail[1].log", "mail1.log"]);
        assert_eq!(names(&[&at("mail[1].log")]).0, [at("mail[1].log")]);
        assert_eq!(names(&[&at("mail[12].log")]).0, [at("mail1.log")]);
    }

    #[test]
    fn what_is_missing_is_told_and_the_rest_goes_on() {
        let (_folder, at) = folder(&["mail.log"]);
        fs::create_dir(at("empty")).unwrap();
        let (found, problems) =
            names(&[&at("none.log"), &at("none*.log"), &at("a[.log"), &at("empty"), &at("mail.log")]);
        assert_eq!(found, [at("mail.log")]);
        assert_eq!(problems.len(), 4);
        assert!(problems[0].unreadable && problems[0].message.contains("check the path"), "{problems:?}");
        assert!(problems[1].message.contains("matches it as a pattern"), "{problems:?}");
        assert!(problems[2].message.contains("as a pattern it is wrong"), "{problems:?}");
        assert!(!problems[3].unreadable && problems[3].message.contains("no file in this directory"));
    }
}
