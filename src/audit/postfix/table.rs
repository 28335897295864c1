//! Lookup tables (`type:name`) as far as their source text lies beside them: the keys are what matters here.
//!
//! Never opens a database: `hash:/etc/postfix/virtual` is read from `/etc/postfix/virtual`, which `postmap` compiled.

use super::lines::{Files, Place, logical, read};
use super::list::split;

/// What a table holds.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Table {
    /// These keys, exact, lower case.
    Keys(Vec<Key>),
    /// These networks, as `cidr_table(5)` writes them; with `!`: everything else.
    Networks(Vec<Key>),
    /// Every key there can be.
    Everything,
    /// Only running Postfix knows; the sentence says why.
    Unreadable(String),
}

/// A key and where it stands.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Key {
    pub(super) text: String,
    /// What the table says about it.
    pub(super) value: String,
    pub(super) place: Place,
}

/// Whether a list entry names a table: it has a colon and is no bracketed address.
pub(super) fn is_table(entry: &str) -> bool {
    !entry.starts_with('[') && entry.contains(':')
}

/// Reads table `entry`, which is named at `place`.
pub(super) fn table(entry: &str, place: &Place, files: &Files) -> Table {
    let Some((kind, name)) = entry.split_once(':') else {
        return Table::Unreadable("it is no table".to_owned());
    };
    match kind {
        "proxy" => table(name, place, files),
        "hash" | "btree" | "lmdb" | "cdb" | "dbm" | "sdbm" | "texthash" => match keys(name, files) {
            Ok(keys) => Table::Keys(keys),
            Err(why) => Table::Unreadable(why),
        },
        "cidr" => match keys(name, files) {
            Ok(keys) if keys.iter().any(|key| matches!(key.text.as_str(), "if" | "endif")) => {
                Table::Unreadable("its `if` blocks are not followed here".to_owned())
            }
            Ok(keys) => Table::Networks(keys),
            Err(why) => Table::Unreadable(why),
        },
        "inline" => Table::Keys(inline_keys(name, place)),
        "static" => Table::Everything,
        "fail" => Table::Keys(Vec::new()),
        "pcre" | "regexp" => Table::Unreadable("it holds regular expressions, not names".to_owned()),
        _ => Table::Unreadable("only the running server can ask it".to_owned()),
    }
}

/// The first word of every logical line of a table's source.
fn keys(name: &str, files: &Files) -> Result<Vec<Key>, String> {
    let path = files.resolve(name);
    let text = read(&path).map_err(|why| format!("its source {} cannot be read: {why}", path.display()))?;
    let key = |line: super::lines::Logical| {
        let (key, value) = key_and_value(&line.text);
        let place = Place { file: path.clone(), line: line.line };
        Key { text: key.to_lowercase(), value: value.trim().to_owned(), place }
    };
    Ok(logical(&text).into_iter().map(key).collect())
}

/// The two parts of a table line; a quoted key may hold spaces.
fn key_and_value(line: &str) -> (&str, &str) {
    match line.strip_prefix('"') {
        Some(quoted) => quoted.split_once('"').unwrap_or((quoted, "")),
        None => line.split_once(char::is_whitespace).unwrap_or((line, "")),
    }
}

/// The keys of `{key = value, {key = value}}`.
fn inline_keys(name: &str, place: &Place) -> Vec<Key> {
    let name = name.trim();
    let inside = name.strip_prefix('{').and_then(|name| name.strip_suffix('}')).unwrap_or(name);
    split(inside)
        .into_iter()
        .filter_map(|entry| entry.trim_matches(['{', '}', ' ']).split_once('='))
        .map(|(key, value)| Key {
            text: key.trim().to_lowercase(),
            value: value.trim().to_owned(),
            place: place.clone(),
        })
        .collect()
}
