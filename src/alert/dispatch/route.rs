//! `[[route]]` of the configuration: which sinks are told of which alerts. And what is silenced.

use serde::Deserialize;
use serde::de::{Deserializer, Error};

use super::subject::Named;
use crate::model::{Alert, Severity, Silence};

/// Which alerts some sinks are told. What is absent narrows nothing.
#[derive(Clone, PartialEq, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Route {
    /// Names of the sinks, at least one.
    #[serde(deserialize_with = "at_least_one")]
    sinks: Vec<String>,
    /// As grave, or graver; where absent, what `[notify]` states.
    min_severity: Option<Severity>,
    /// Ids of detectors.
    detectors: Option<Vec<String>>,
    /// Addresses and networks with all within, accounts, domains with their accounts; whatever their case.
    subjects: Option<Vec<Named>>,
    /// Hosts whose logs show it, whatever their case.
    hosts: Option<Vec<String>>,
}

impl Route {
    /// The first of its sinks that is none of `known`.
    pub fn unknown_sink(&self, known: &[String]) -> Option<&str> {
        self.sinks.iter().find(|sink| !known.contains(sink)).map(String::as_str)
    }

    /// Whom it tells what, in one line, where `usual` is the severity that routes have by default.
    pub fn describe(&self, usual: Severity) -> String {
        let mut parts = vec![match self.min_severity.unwrap_or(usual) {
            Severity::Critical => Severity::Critical.to_string(),
            least => format!("{least} and graver"),
        }];
        let mut narrow = |word: &str, names: Option<Vec<String>>| {
            parts.extend(names.map(|names| format!("{word} {}", names.join(", "))));
        };
        narrow("of", self.detectors.clone());
        narrow("about", self.subjects.as_ref().map(|all| all.iter().map(ToString::to_string).collect()));
        narrow("on", self.hosts.clone());
        format!("{}: {}", self.sinks.join(", "), parts.join(", "))
    }

    /// Whether it leads `alert` to `sink`, where `usual` is the severity that routes have by default.
    pub(super) fn leads(&self, alert: &Alert, sink: &str, usual: Severity) -> bool {
        self.sinks.iter().any(|own| own == sink)
            && alert.severity >= self.min_severity.unwrap_or(usual)
            && self.detectors.as_ref().is_none_or(|ids| ids.contains(&alert.detector))
            && self.subjects.as_ref().is_none_or(|all| all.iter().any(|named| named.names(&alert.subject)))
            && self.hosts.as_ref().is_none_or(|hosts| hosts.iter().any(|host| is_host(host, alert)))
    }
}

fn at_least_one<'de, D: Deserializer<'de>>(list: D) -> Result<Vec<String>, D::Error> {
    let sinks = Vec::deserialize(list)?;
    if sinks.is_empty() {
        return Err(D::Error::custom("expected the name of at least one sink, like [\"chat\"]"));
    }
    Ok(sinks)
}

/// Checks that each of `routes` leads to sinks there are: `sinks`, by name.
///
/// # Errors
/// What to write instead.
pub fn check(routes: &[Route], sinks: &[String]) -> Result<(), String> {
    let Some(unknown) = routes.iter().find_map(|route| route.unknown_sink(sinks)) else { return Ok(()) };
    let known = match sinks {
        [] => "there is none yet: add one".to_owned(),
        _ => format!(
            "possible: {}",
            sinks.iter().map(|sink| format!("`{sink}`")).collect::<Vec<_>>().join(", ")
        ),
    };
    Err(format!("a route leads to sink `{unknown}`, and no sink has that name; {known}"))
}

/// Whether `silence` is about `alert`.
pub fn covers(silence: &Silence, alert: &Alert) -> bool {
    let is_subject = |text: &String| Named::read(text).is_ok_and(|named| named.names(&alert.subject));
    silence.detector.as_ref().is_none_or(|id| *id == alert.detector)
        && silence.subject.as_ref().is_none_or(is_subject)
        && silence.host.as_ref().is_none_or(|host| is_host(host, alert))
}

/// Whether it is the log of `host` that shows `alert`.
fn is_host(host: &str, alert: &Alert) -> bool {
    host.to_lowercase() == alert.host.to_lowercase()
}
