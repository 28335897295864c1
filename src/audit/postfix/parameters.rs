//! The parameters of `main.cf`: as set, else their default as far as it bears on relaying.

use std::collections::HashMap;
use std::path::Path;

use super::lines::{Place, logical};
use super::{Gaps, expand};

/// Defaults of postconf(5), Postfix 3.x, for the parameters that decide who may relay what.
const DEFAULTS: &[(&str, &str)] = &[
    ("compatibility_level", "0"),
    ("mydestination", "$myhostname, localhost.$mydomain, localhost"),
    ("myorigin", "$myhostname"),
    ("mynetworks_style", "${{$compatibility_level} <level {2} ? {subnet} : {host}}"),
    ("inet_interfaces", "all"),
    ("relay_domains", "${{$compatibility_level} <level {2} ? {$mydestination} :}"),
    ("virtual_alias_maps", "$virtual_maps"),
    ("virtual_alias_domains", "$virtual_alias_maps"),
    ("virtual_mailbox_domains", "$virtual_mailbox_maps"),
    ("parent_domain_matches_subdomains", "relay_domains"),
    ("default_database_type", "hash"),
    ("config_directory", "/etc/postfix"),
    ("smtpd_relay_restrictions", "permit_mynetworks, permit_sasl_authenticated, defer_unauth_destination"),
];

/// What `main.cf` sets. The last definition of a name wins.
#[derive(Clone, Debug)]
pub(super) struct Parameters {
    set: HashMap<String, (String, Place)>,
    main: Place,
}

impl Parameters {
    /// Reads `name = value` lines.
    pub(super) fn parse(path: &Path, text: &str, gaps: &mut Gaps) -> Self {
        let mut set = HashMap::new();
        for logical in logical(text) {
            let place = Place { file: path.to_owned(), line: logical.line };
            match logical.text.split_once('=') {
                Some((name, value)) if is_name(name.trim()) => {
                    set.insert(name.trim().to_owned(), (value.trim().to_owned(), place));
                }
                _ => gaps.unread(format!(
                    "{place}: not of the form `name = value`, so Postfix does not start with it"
                )),
            }
        }
        let main = Place { file: path.to_owned(), line: 1 };
        let mut parameters = Self { set, main };
        parameters.derive_names(gaps);
        parameters
    }

    /// `mydomain` follows from `myhostname` (postconf(5)): what stands behind its first dot, or `localdomain`.
    fn derive_names(&mut self, gaps: &mut Gaps) {
        let host = self.value("myhostname", gaps);
        if host.is_empty() {
            if self.value("mydestination", gaps) != self.without_host_name(gaps) {
                gaps.unread(format!(
                    "{}: myhostname is not set and the system's own name is not known here, \
                     so names made from it are left out of the local domains",
                    self.main.file.display()
                ));
            }
            return;
        }
        if !self.set.contains_key("mydomain") {
            let domain = host.split_once('.').map_or("localdomain", |(_, domain)| domain).to_owned();
            let place = self.place("myhostname");
            self.set.insert("mydomain".to_owned(), (domain, place));
        }
    }

    /// `mydestination` as it reads without the host's name: a difference says that the name matters.
    fn without_host_name(&self, gaps: &mut Gaps) -> String {
        let mut marked = self.clone();
        let mark = |set: &mut HashMap<_, _>, name: &str, place: &Place| {
            set.entry(name.to_owned()).or_insert_with(|| ("unknown.invalid".to_owned(), place.clone()));
        };
        mark(&mut marked.set, "myhostname", &self.main);
        mark(&mut marked.set, "mydomain", &self.main);
        marked.value("mydestination", gaps)
    }

    /// Sets `name`, as `-o name=value` in `master.cf` does.
    pub(super) fn set(&mut self, name: &str, value: &str, place: &Place) {
        self.set.insert(name.to_owned(), (value.to_owned(), place.clone()));
    }

    /// Whether the configuration itself sets `name`.
    pub(super) fn is_set(&self, name: &str) -> bool {
        self.set.contains_key(name)
    }

    /// Whether any parameter that is set names `word`.
    pub(super) fn any_is_set_to(&self, word: &str) -> bool {
        self.set.values().any(|(value, _)| value.contains(word))
    }

    /// The unexpanded value, set or default.
    pub(super) fn raw(&self, name: &str) -> String {
        self.lookup(name).unwrap_or_default().to_owned()
    }

    /// The expanded value; empty where nothing sets it.
    pub(super) fn value(&self, name: &str, gaps: &mut Gaps) -> String {
        match expand::expand(self.lookup(name).unwrap_or_default(), &|name| self.lookup(name)) {
            Ok(value) => value,
            Err(problem) => {
                gaps.unread(format!("{}: {name} cannot be expanded: {problem}", self.place(name)));
                String::new()
            }
        }
    }

    /// Where `name` is set; the first line of `main.cf` for a default.
    pub(super) fn place(&self, name: &str) -> Place {
        self.set.get(name).map_or_else(|| self.main.clone(), |(_, place)| place.clone())
    }

    /// Where `name` comes from, for people: `mynetworks in /etc/postfix/main.cf, line 10`.
    pub(super) fn stated(&self, name: &str) -> String {
        if self.is_set(name) {
            format!("{name} in {}", self.place(name))
        } else {
            format!("{name} (default, not set in {})", self.main.file.display())
        }
    }

    fn lookup(&self, name: &str) -> Option<&str> {
        let default = || DEFAULTS.iter().find(|(known, _)| *known == name).map(|&(_, value)| value);
        self.set.get(name).map(|(value, _)| value.as_str()).or_else(default)
    }
}

/// Parameter names are letters, digits and underscores; master.cf service names add `-` and `.` in front of some.
fn is_name(text: &str) -> bool {
    !text.is_empty()
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.'))
}
