//! `master.cf`: the SMTP services, and the parameters they override with `-o` (master(5)).

use std::net::IpAddr;
use std::path::Path;

use super::Gaps;
use super::lines::{Place, logical, read};
use super::list::words;
use super::parameters::Parameters;

/// A service that runs `smtpd`.
#[derive(Debug)]
pub(super) struct Service {
    /// Its name: `submission`, `127.0.0.1:10025`.
    pub(super) name: String,
    /// Where it stands.
    pub(super) place: Place,
    overrides: Vec<(String, String)>,
}

impl Service {
    /// Whether it overrides parameter `name`.
    pub(super) fn sets(&self, name: &str) -> bool {
        self.overrides.iter().any(|(set, _)| set == name)
    }

    /// Whether any parameter that it overrides names `word`.
    pub(super) fn any_is_set_to(&self, word: &str) -> bool {
        self.overrides.iter().any(|(_, value)| value.contains(word))
    }

    /// Whether it listens on the host's own address alone.
    pub(super) fn is_on_loopback(&self) -> bool {
        let host = self.name.rsplit_once(':').map_or("", |(host, _)| host);
        let address = host.trim_matches(['[', ']']).parse::<IpAddr>();
        host == "localhost" || address.is_ok_and(|address| address.is_loopback())
    }

    /// The parameters as this service has them.
    pub(super) fn parameters(&self, main: &Parameters) -> Parameters {
        let mut own = main.clone();
        for (name, value) in &self.overrides {
            own.set(name, value, &self.place);
        }
        own
    }
}

/// The services in `path` that run `smtpd` with overrides. A missing file has none; an unreadable one is noted.
pub(super) fn read_services(path: &Path, gaps: &mut Gaps) -> Vec<Service> {
    let text = match read(path) {
        Ok(text) => text,
        Err(why) => {
            if why.kind() != std::io::ErrorKind::NotFound {
                gaps.note(format!(
                    "{} cannot be read: {why}; overrides of single services are not known",
                    path.display()
                ));
            }
            return Vec::new();
        }
    };
    logical(&text)
        .iter()
        .filter_map(|line| service(&line.text, Place { file: path.to_owned(), line: line.line }))
        .collect()
}

/// Name, type, private, unpriv, chroot, wakeup, maxproc, command, arguments.
fn service(line: &str, place: Place) -> Option<Service> {
    let words = words(line);
    if words.get(7) != Some(&"smtpd") {
        return None;
    }
    let mut overrides = Vec::new();
    let mut arguments = words[8..].iter();
    while let Some(argument) = arguments.next() {
        let stated = match argument.strip_prefix("-o") {
            Some("") => arguments.next().copied().unwrap_or_default(),
            Some(stated) => stated,
            None => continue,
        };
        let stated = stated.strip_prefix('{').and_then(|stated| stated.strip_suffix('}')).unwrap_or(stated);
        if let Some((name, value)) = stated.split_once('=') {
            overrides.push((name.trim().to_owned(), value.trim().to_owned()));
        }
    }
    (!overrides.is_empty()).then(|| Service { name: words[0].to_owned(), place, overrides })
}
