//! `sendmail.mc`, the source that m4(1) makes `sendmail.cf` of: macro calls with their lines. It is not expanded:
//! `include` and macros of the site's own are not followed.

use std::path::Path;

use super::super::files::Place;
use super::cf::access_map;
use super::classes::{Class, Entry};
use super::{HOME, Stated};

pub(super) fn parse(path: &Path, text: &str) -> Stated {
    let mut stated = Stated::default();
    let mut relay_file = (format!("-o {HOME}/relay-domains"), Place { file: path.to_owned(), line: 1 });
    let mut local_file = format!("{HOME}/local-host-names");
    for (index, line) in text.lines().enumerate() {
        let place = Place { file: path.to_owned(), line: index + 1 };
        for (name, arguments) in calls(line) {
            let first = arguments.first().cloned().unwrap_or_default();
            let names = || Entry::Names(first.split_whitespace().map(str::to_owned).collect(), place.clone());
            match name {
                "FEATURE" => {
                    if first == "access_db" {
                        let map = arguments.get(1).filter(|map| !map.is_empty()).cloned();
                        let map = map.unwrap_or_else(|| format!("hash {HOME}/access"));
                        stated.access = access_map(&map, place.clone());
                    }
                    stated.features.push((first, place.clone()));
                }
                "LOCAL_DOMAIN" => stated.classes.push((Class::Local, names())),
                "RELAY_DOMAIN" => stated.classes.push((Class::Relay, names())),
                "VIRTUSER_DOMAIN" => stated.classes.push((Class::Virtual, names())),
                "RELAY_DOMAIN_FILE" => {
                    stated.classes.push((Class::Relay, Entry::file(&first, place.clone())));
                }
                "VIRTUSER_DOMAIN_FILE" => {
                    stated.classes.push((Class::Virtual, Entry::file(&first, place.clone())));
                }
                "define" => {
                    let value = arguments.get(1).cloned().unwrap_or_default();
                    match first.as_str() {
                        "confCR_FILE" => relay_file = (value, place.clone()),
                        "confCW_FILE" => local_file = value,
                        "confDOMAIN_NAME" if !value.contains('$') => {
                            stated.own_domain =
                                value.split_once('.').map(|(_, domain)| domain.to_lowercase());
                            stated.own_name = Some(value.to_lowercase());
                        }
                        _ => {}
                    }
                }
                _ => {}
            }
        }
    }
    stated.classes.push((Class::Relay, Entry::file(&relay_file.0, relay_file.1)));
    if let Some(place) = stated.feature("use_cw_file").cloned() {
        stated.classes.push((Class::Local, Entry::file(&local_file, place)));
    }
    stated
}

/// The macro calls of a line, with their arguments; what stands behind `dnl` is a comment.
fn calls(line: &str) -> Vec<(&str, Vec<String>)> {
    let mut all = Vec::new();
    let mut rest = line;
    while let Some(start) = rest.find(|c: char| c.is_ascii_alphabetic() || c == '_' || c == '#') {
        rest = &rest[start..];
        let len = rest.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).unwrap_or(rest.len());
        let name = &rest[..len];
        if name.is_empty() || name == "dnl" {
            break;
        }
        rest = &rest[len..];
        if rest.starts_with('(') {
            let (arguments, end) = arguments(&rest[1..]);
            all.push((name, arguments));
            rest = &rest[1 + end..];
        }
    }
    all
}

/// Arguments up to the closing parenthesis, without their quotes, and where that stands.
fn arguments(text: &str) -> (Vec<String>, usize) {
    let (mut all, mut quotes, mut depth) = (vec![String::new()], 0_usize, 0_usize);
    for (at, c) in text.char_indices() {
        match c {
            '`' => quotes += 1,
            '\'' if quotes > 0 => quotes -= 1,
            ')' if quotes == 0 && depth == 0 => return (trimmed(all), at + 1),
            ',' if quotes == 0 && depth == 0 => all.push(String::new()),
            _ => {
                depth = match c {
                    '(' if quotes == 0 => depth + 1,
                    ')' if quotes == 0 => depth - 1,
                    _ => depth,
                };
                if let Some(last) = all.last_mut() {
                    last.push(c);
                }
            }
        }
    }
    (trimmed(all), text.len())
}

fn trimmed(all: Vec<String>) -> Vec<String> {
    all.into_iter().map(|argument| argument.trim().to_owned()).collect()
}

#[cfg(test)]
mod tests {
    use super::calls;

    #[test]
    fn calls_are_read_and_comments_are_not() {
        assert_eq!(
            calls("FEATURE(`access_db', `hash -T<TMPF> /etc/mail/access')dnl FEATURE(`promiscuous_relay')"),
            [("FEATURE", vec!["access_db".to_owned(), "hash -T<TMPF> /etc/mail/access".to_owned()])]
        );
        assert_eq!(calls("dnl FEATURE(`promiscuous_relay')"), []);
        assert_eq!(calls("# FEATURE(`promiscuous_relay')"), []);
        assert_eq!(
            calls("FEATURE(relay_entire_domain)"),
            [("FEATURE", vec!["relay_entire_domain".to_owned()])]
        );
        assert_eq!(calls("FEATURE(`open"), [("FEATURE", vec!["open".to_owned()])]);
    }
}
