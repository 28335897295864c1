//! Why a client was refused, by the text of the reply. A rule looks only behind the last `>: `: what stands before it
//! echoes what the client sent.

use aho_corasick::{AhoCorasick, AhoCorasickKind};
use regex::bytes::Regex;

use crate::model::Class;

/// One rule of a `classes.toml`.
#[derive(Debug, Clone)]
pub(super) struct ClassRule {
    pub(super) class: Class,
    /// Where it was defined.
    pub(super) origin: String,
    pub(super) contains: Vec<String>,
    pub(super) starts: Vec<String>,
    pub(super) regex: Option<Regex>,
    pub(super) samples: Vec<String>,
}

/// All rules of a mail server: the first that matches decides.
#[derive(Debug, Default)]
pub(super) struct Classes {
    rules: Vec<ClassRule>,
    search: Option<AhoCorasick>,
    /// For each needle of `search`: its rule, and whether it must stand at the beginning.
    needles: Vec<(usize, bool)>,
    with_regex: Vec<usize>,
}

impl Classes {
    /// Compiles `rules`; the error is that of the search automaton (too many needles).
    pub(super) fn new(rules: Vec<ClassRule>) -> Result<Self, aho_corasick::BuildError> {
        let (mut texts, mut needles) = (Vec::new(), Vec::new());
        for (index, rule) in rules.iter().enumerate() {
            for (list, at_start) in [(&rule.contains, false), (&rule.starts, true)] {
                for text in list {
                    texts.push(text.as_str());
                    needles.push((index, at_start));
                }
            }
        }
        let search = if texts.is_empty() {
            None
        } else {
            let mut builder = AhoCorasick::builder();
            Some(builder.ascii_case_insensitive(true).kind(Some(AhoCorasickKind::DFA)).build(&texts)?)
        };
        let with_regex = (0..rules.len()).filter(|&index| rules[index].regex.is_some()).collect();
        Ok(Self { rules, search, needles, with_regex })
    }

    pub(super) fn rules(&self) -> &[ClassRule] {
        &self.rules
    }

    /// The class of the reply `text`: `other` where no rule matches.
    pub(super) fn class(&self, text: &[u8]) -> Class {
        self.rule(text).map_or(Class::Other, |index| self.rules[index].class)
    }

    /// The first rule that matches.
    pub(super) fn rule(&self, text: &[u8]) -> Option<usize> {
        let text = behind_echo(text);
        let mut best = self.rules.len();
        if let Some(search) = &self.search {
            for hit in search.find_overlapping_iter(text) {
                let (rule, at_start) = self.needles[hit.pattern().as_usize()];
                if rule < best && (!at_start || hit.start() == 0) {
                    best = rule;
                    if best == 0 {
                        break;
                    }
                }
            }
        }
        for &index in self.with_regex.iter().take_while(|&&index| index < best) {
            if self.rules[index].regex.as_ref().is_some_and(|regex| regex.is_match(text)) {
                best = index;
                break;
            }
        }
        (best < self.rules.len()).then_some(best)
    }
}

/// What stands behind the last `>: ` of a reply that begins with what it quotes.
pub(super) fn behind_echo(text: &[u8]) -> &[u8] {
    if text.first() != Some(&b'<') {
        return text;
    }
    memchr::memrchr_iter(b'>', text)
        .find(|&at| text[at..].starts_with(b">: "))
        .map_or(text, |at| &text[at + 3..])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rule(class: Class, contains: &[&str], starts: &[&str], regex: Option<&str>) -> ClassRule {
        ClassRule {
            class,
            origin: String::new(),
            contains: contains.iter().map(|&text| text.to_owned()).collect(),
            starts: starts.iter().map(|&text| text.to_owned()).collect(),
            regex: regex.map(|text| Regex::new(text).unwrap()),
            samples: Vec::new(),
        }
    }

    #[test]
    fn the_first_rule_wins_and_the_echo_of_the_client_counts_for_nothing() {
        let classes = Classes::new(vec![
            rule(Class::RelayDenied, &["relay access denied"], &[], None),
            rule(Class::Protocol, &[], &["Command rejected"], None),
            rule(Class::Size, &[], &[], Some("too (big|large)$")),
            rule(Class::Content, &["denied", "rejected"], &[], None),
        ])
        .unwrap();
        for (text, want) in [
            ("<a@b.example>: Relay access denied", Class::RelayDenied),
            ("Access denied", Class::Content),
            ("<x>: Command rejected", Class::Protocol),
            ("a Command rejected", Class::Content),
            ("message too large", Class::Size),
            (r#"<"relay access denied"@x.example>: no"#, Class::Other),
            ("<\"a>: Relay access denied\"@x.example>: Access denied", Class::Content),
            ("", Class::Other),
        ] {
            assert_eq!(classes.class(text.as_bytes()), want, "{text}");
        }
    }
}
