//! `sendmail.cf`, as far as it says who may relay: classes, the access map, and in comments the features it was built
//! with (every feature leaves its `$Id: name.m4` there).

use std::path::Path;

use super::super::files::Place;
use super::Stated;
use super::classes::{Class, Entry};

/// Rulesets that cf/README leaves to the site, and that decide about relaying.
const OWN_RULESETS: [&str; 2] = ["Local_check_rcpt", "Local_check_relay"];

pub(super) fn parse(path: &Path, text: &str) -> Stated {
    let mut stated = Stated::default();
    let mut ruleset = None;
    for (index, line) in text.lines().enumerate() {
        let place = Place { file: path.to_owned(), line: index + 1 };
        let (Some(first), rest) = (line.chars().next(), line.get(1..).unwrap_or_default()) else { continue };
        match first {
            '#' => {
                if let Some(name) = built_with(line) {
                    stated.features.push((name.to_owned(), place));
                }
            }
            'C' => {
                if let Some((class, names)) = Class::split(rest) {
                    let names = names.split_whitespace().map(str::to_owned).collect();
                    stated.classes.push((class, Entry::Names(names, place)));
                }
            }
            'F' => {
                if let Some((class, file)) = Class::split(rest) {
                    stated.classes.push((class, Entry::file(file, place)));
                }
            }
            'D' => {
                if let Some(name) = rest.strip_prefix('j').and_then(literal) {
                    let domain = name.split_once('.').map(|(_, domain)| domain.to_owned());
                    stated.own_domain = stated.own_domain.or(domain);
                    stated.own_name = Some(name);
                } else if let Some(domain) = rest.strip_prefix('m').and_then(literal) {
                    stated.own_domain = Some(domain);
                }
            }
            'K' => {
                if let Some(map) = rest.strip_prefix("access ") {
                    stated.access = access_map(map, place);
                }
            }
            'S' => ruleset = Some(rest.split(['=', ' ', '\t']).next().unwrap_or_default()),
            'R' if ruleset.is_some_and(|name| OWN_RULESETS.contains(&name)) => {
                let name = ruleset.take().unwrap_or_default();
                stated.own_rules.push(format!("{place}: rules of its own in {name} are not followed here"));
            }
            _ => {}
        }
    }
    stated
}

/// `name` of `#####  $Id: name.m4,v 8.1 ... $  #####`.
fn built_with(line: &str) -> Option<&str> {
    let (_, id) = line.split_once("$Id: ")?;
    let (name, _) = id.split_once(".m4")?;
    name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_').then_some(name)
}

/// A macro's value, if it is made of no other macros.
fn literal(value: &str) -> Option<String> {
    let value = value.trim();
    (!value.is_empty() && !value.contains('$')).then(|| value.to_ascii_lowercase())
}

/// `hash -T<TMPF> /etc/mail/access`: type, options, file.
pub(super) fn access_map(text: &str, place: Place) -> Option<(String, String, Place)> {
    let mut words = text.split_whitespace();
    let kind = words.next()?.to_owned();
    let file = words.find(|word| !word.starts_with('-')).unwrap_or_default().to_owned();
    Some((kind, file, place))
}
