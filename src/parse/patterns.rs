//! All patterns: the ones built in, and a site's own before or instead of them.

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::model::{Constants, Mta};

use super::classes::{ClassRule, Classes};
use super::dispatch::Dispatch;
use super::error::{Error, Source};
use super::load::{Loaded, load};
use super::pattern::Pattern;
use super::postfix;

/// The files under `patterns/`, as `build.rs` lists them: name and text.
const BUILT_IN: &[(&str, &str)] = include!(concat!(env!("OUT_DIR"), "/pattern_files.rs"));

/// Pattern numbers are 16 bits wide, and the last is [`NO_PATTERN`].
const MAX_PATTERNS: usize = 65_000;

/// The pattern number of a record that no pattern made.
pub const NO_PATTERN: u16 = u16::MAX;

/// Patterns and classes, ready to match. Built once; never changes.
#[derive(Debug)]
pub struct PatternSet {
    patterns: Vec<Pattern>,
    classes: HashMap<Mta, Classes>,
    daemons: HashMap<(Mta, String), usize>,
    general: HashMap<Mta, usize>,
    lists: Vec<Dispatch>,
    constants: Arc<Constants>,
}

impl PatternSet {
    /// The patterns relaywatch comes with.
    pub fn builtin() -> Result<Self, Error> {
        Self::from_sources(&[], BUILT_IN)
    }

    /// The built-in patterns, and those of `dir` (`*.toml` and `*/*.toml`): one with the same full name replaces the
    /// built-in pattern, others are tried before the built-in ones of their daemon. Class rules come first, too.
    pub fn with_overrides(dir: &Path) -> Result<Self, Error> {
        let mut files = Vec::new();
        for path in toml_files(dir)? {
            let text =
                fs::read_to_string(&path).map_err(|source| Error::Read { path: path.clone(), source })?;
            files.push((path.display().to_string(), text));
        }
        let own: Vec<(&str, &str)> =
            files.iter().map(|(file, text)| (file.as_str(), text.as_str())).collect();
        Self::from_sources(&own, BUILT_IN)
    }

    /// From texts: `own` before or instead of `built_in`.
    pub fn from_sources(own: &[(&str, &str)], built_in: &[(&str, &str)]) -> Result<Self, Error> {
        let Loaded { patterns: own_patterns, mut classes } = load_all(own)?;
        let Loaded { mut patterns, classes: built_in_classes } = load_all(built_in)?;
        classes.extend(built_in_classes);
        let mut added = Vec::new();
        for pattern in own_patterns {
            match patterns.iter_mut().find(|known| known.name == pattern.name) {
                Some(known) => *known = pattern,
                None => added.push(pattern),
            }
        }
        added.append(&mut patterns);
        Self::new(added, classes)
    }

    fn new(patterns: Vec<Pattern>, classes: Vec<(Mta, ClassRule)>) -> Result<Self, Error> {
        if let Some(pattern) = patterns.get(MAX_PATTERNS) {
            return Err(whole_file(
                &pattern.source,
                format!("more than {MAX_PATTERNS} patterns; remove some"),
            ));
        }
        let mut by_mta: HashMap<Mta, Vec<ClassRule>> = HashMap::new();
        for (mta, rule) in classes {
            by_mta.entry(mta).or_default().push(rule);
        }
        let mut classes = HashMap::new();
        for (mta, rules) in by_mta {
            let origin = rules.first().map_or_else(String::new, |rule| rule.origin.clone());
            let compiled = Classes::new(rules)
                .map_err(|error| whole_file(&origin, format!("too many texts in class rules: {error}")))?;
            classes.insert(mta, compiled);
        }
        let constants = patterns.iter().map(|pattern| pattern.constants.clone()).collect();
        let mut set = Self {
            patterns,
            classes,
            daemons: HashMap::new(),
            general: HashMap::new(),
            lists: Vec::new(),
            constants: Arc::new(Constants(constants)),
        };
        set.build_lists();
        Ok(set)
    }

    /// One list for each daemon (its own patterns, then the general ones), and one for daemons nobody knows. A server of
    /// many daemons has one more, under its own name: where a writer named the server alone, all patterns are tried.
    fn build_lists(&mut self) {
        for &mta in Mta::ALL {
            let numbers = |wanted: &dyn Fn(&Pattern) -> bool| -> Vec<u16> {
                let of_mta = self.patterns.iter().enumerate().filter(|(_, pattern)| pattern.mta == mta);
                of_mta.filter(|(_, pattern)| wanted(pattern)).map(|(number, _)| number as u16).collect()
            };
            let general = numbers(&Pattern::is_general);
            let mut daemons: Vec<&String> = self
                .patterns
                .iter()
                .filter(|p| p.mta == mta)
                .flat_map(|p| &p.daemons)
                .filter(|d| *d != "*")
                .collect();
            daemons.sort();
            daemons.dedup();
            for daemon in daemons {
                let mut order = numbers(&|pattern| !pattern.is_general() && pattern.daemons.contains(daemon));
                if daemon == mta.name() {
                    let mut others =
                        numbers(&|pattern| !pattern.is_general() && !pattern.daemons.contains(daemon));
                    others.sort_by_key(|&number| postfix::turn(&self.patterns[usize::from(number)].daemons));
                    order.append(&mut others);
                }
                order.extend_from_slice(&general);
                self.daemons.insert((mta, daemon.clone()), self.lists.len());
                self.lists.push(Dispatch::new(mta, order, &self.patterns));
            }
            self.general.insert(mta, self.lists.len());
            self.lists.push(Dispatch::new(mta, general, &self.patterns));
        }
    }

    /// All patterns, by number.
    pub fn patterns(&self) -> &[Pattern] {
        &self.patterns
    }

    /// The full name of pattern `number`; empty for a record that no pattern made.
    pub fn name(&self, number: u16) -> &str {
        self.patterns.get(usize::from(number)).map_or("", Pattern::name)
    }

    /// Where the list of `daemon` stands; that of the general patterns for a daemon without its own.
    pub(super) fn list_of(&self, mta: Mta, daemon: &str) -> usize {
        let own = self.daemons.get(&(mta, daemon.to_owned()));
        own.or_else(|| self.general.get(&mta)).copied().unwrap_or(0)
    }

    pub(super) fn has_daemon(&self, mta: Mta, daemon: &str) -> bool {
        self.daemons.contains_key(&(mta, daemon.to_owned()))
    }

    #[inline]
    pub(super) fn list(&self, index: usize) -> &Dispatch {
        &self.lists[index]
    }

    pub(super) fn classes(&self, mta: Mta) -> Option<&Classes> {
        self.classes.get(&mta)
    }

    pub(super) fn constants(&self) -> &Arc<Constants> {
        &self.constants
    }
}

/// An error about a file as a whole.
fn whole_file(file: &str, problem: String) -> Error {
    Error::Pattern { file: file.to_owned(), line: 1, column: 1, problem }
}

fn load_all(files: &[(&str, &str)]) -> Result<Loaded, Error> {
    let mut all = Loaded::default();
    for &(file, text) in files {
        let loaded = load(Source { file, text })?;
        for pattern in loaded.patterns {
            if let Some(other) = all.patterns.iter().find(|other| other.name == pattern.name) {
                let problem =
                    format!("pattern `{}` is defined already, in {}; rename one", pattern.name, other.source);
                let at = text.find(&format!("name = \"{}\"", pattern.short_name())).unwrap_or(0);
                let again = text[at..].rfind(&format!("name = \"{}\"", pattern.short_name())).unwrap_or(0);
                return Err(Source { file, text }.error(at + again, problem));
            }
            all.patterns.push(pattern);
        }
        all.classes.extend(loaded.classes);
    }
    Ok(all)
}

/// `*.toml` and `*/*.toml` under `dir`, sorted.
fn toml_files(dir: &Path) -> Result<Vec<PathBuf>, Error> {
    let mut files = Vec::new();
    for path in entries(dir)? {
        if path.is_dir() {
            files.extend(entries(&path)?);
        } else {
            files.push(path);
        }
    }
    files.retain(|path| path.extension().is_some_and(|extension| extension == "toml") && path.is_file());
    files.sort();
    Ok(files)
}

fn entries(dir: &Path) -> Result<Vec<PathBuf>, Error> {
    let read =
        || fs::read_dir(dir)?.map(|entry| Ok(entry?.path())).collect::<Result<Vec<_>, std::io::Error>>();
    read().map_err(|source| Error::Read { path: dir.to_owned(), source })
}
