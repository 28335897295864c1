//! Classes: names in the main file (`Cw`), or in a file that it names (`Fw`).

use std::path::Path;

use super::super::files::{Gaps, Place, read};
use super::resolve;

/// A class that decides about relaying.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Class {
    /// `w`: names of this host, delivered here.
    Local,
    /// `{VirtHost}`: domains of the virtual user table.
    Virtual,
    /// `R`: domains, hosts and networks that are relayed for.
    Relay,
}

impl Class {
    /// By the name behind `C` or `F`, and what stands behind it.
    pub(super) fn split(text: &str) -> Option<(Self, &str)> {
        const CLASSES: [(&str, Class); 6] = [
            ("{VirtHost}", Class::Virtual),
            ("{w}", Class::Local),
            ("{R}", Class::Relay),
            ("w", Class::Local),
            ("R", Class::Relay),
            ("{LocalHost}", Class::Local),
        ];
        CLASSES.iter().find_map(|&(name, class)| Some((class, text.strip_prefix(name)?)))
    }
}

/// Where names of a class come from.
#[derive(Debug)]
pub(super) enum Entry {
    Names(Vec<String>, Place),
    /// A file; `optional`: it may be missing.
    File {
        spec: String,
        optional: bool,
        place: Place,
    },
}

/// A name of a class, lower case, and where it stands.
#[derive(Debug)]
pub(super) struct Name {
    pub(super) text: String,
    pub(super) place: Place,
}

impl Entry {
    /// What `F` names: `-o /file %scanf`, `|program`, `key@map`.
    pub(super) fn file(text: &str, place: Place) -> Self {
        let text = text.trim();
        let optional = text.starts_with("-o");
        let spec = text.strip_prefix("-o").unwrap_or(text).trim_start();
        // What is scanned for in each line is its first word, whatever the format says.
        let program = spec.starts_with('|');
        let spec = if program { spec } else { spec.split_whitespace().next().unwrap_or_default() };
        Self::File { spec: spec.to_owned(), optional, place }
    }

    /// The names, as far as they can be read.
    pub(super) fn names(&self, folder: &Path, gaps: &mut Gaps) -> Vec<Name> {
        match self {
            Self::Names(names, place) => names
                .iter()
                .map(|name| Name { text: name.to_ascii_lowercase(), place: place.clone() })
                .collect(),
            Self::File { spec, optional, place } => from_file(spec, *optional, place, folder, gaps),
        }
    }
}

fn from_file(spec: &str, optional: bool, place: &Place, folder: &Path, gaps: &mut Gaps) -> Vec<Name> {
    if let Some(program) = spec.strip_prefix('|') {
        gaps.unread(format!("{place}: names come from the program {program}, which is not run"));
        return Vec::new();
    }
    if spec.contains('@') {
        gaps.unread(format!(
            "{place}: names come from the map {spec}, which only the running server can ask"
        ));
        return Vec::new();
    }
    let path = resolve(folder, spec);
    match read(&path) {
        Ok(text) => {
            let named = text.lines().enumerate().filter_map(|(index, line)| {
                let name = line.split('#').next()?.split_whitespace().next()?;
                let place = Place { file: path.clone(), line: index + 1 };
                Some(Name { text: name.to_ascii_lowercase(), place })
            });
            named.collect()
        }
        Err(why) if optional && why.kind() == std::io::ErrorKind::NotFound => Vec::new(),
        Err(why) => {
            gaps.unread(format!("{place}: the file {} cannot be read: {why}", path.display()));
            Vec::new()
        }
    }
}
