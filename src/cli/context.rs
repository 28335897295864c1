//! What was typed -> what holds: the configuration, the zone, the moments.

use std::io::IsTerminal;
use std::path::PathBuf;

use chrono_tz::Tz;
use ipnet::IpNet;

use super::args::{Color, Global, Output};
use super::error::Error;
use crate::config::{Environment, Settings};
use crate::model::{EventTime, Format, Memory};
use crate::runtime;

/// The global flags, resolved against configuration, environment and clock.
#[derive(Debug)]
pub(super) struct Context {
    pub(super) settings: Settings,
    pub(super) patterns: Option<PathBuf>,
    pub(super) format: Option<Format>,
    pub(super) zone: Tz,
    /// Who said the zone: `None`, nobody.
    pub(super) zone_stated: bool,
    pub(super) year: Option<i32>,
    pub(super) since: Option<EventTime>,
    pub(super) until: Option<EventTime>,
    pub(super) host: Option<String>,
    pub(super) source: Option<IpNet>,
    pub(super) now: EventTime,
    pub(super) output: Option<Output>,
    pub(super) color: bool,
    pub(super) threads: Option<usize>,
    pub(super) memory: Memory,
}

impl Context {
    /// Resolves `global`. Reads the configuration, the machine's zone and the clock.
    pub(super) fn new(global: Global) -> Result<Self, Error> {
        let config = match &global.config[..] {
            [] => None,
            [one] => Some(&**one),
            more => {
                return Err(Error::Usage(format!(
                    "--config is given {} times; one configuration holds, and backtest alone compares several",
                    more.len()
                )));
            }
        };
        let settings = Settings::load(config, &Environment::of_process())?;
        let stated = global.timezone.or(settings.timezone);
        let zone = stated.or_else(machine_zone).unwrap_or(Tz::UTC);
        let now = now();
        let since = global.since.map(|when| when.resolve(zone, now));
        let until = global.until.map(|when| when.resolve(zone, now));
        if let (Some(since), Some(until)) = (since, until)
            && since >= until
        {
            return Err(Error::Usage(format!(
                "--since {since} is not before --until {until}, so no line could count; exchange or widen them"
            )));
        }
        Ok(Self {
            settings,
            patterns: global.patterns,
            format: global.format,
            zone,
            zone_stated: stated.is_some(),
            year: global.year,
            since,
            until,
            host: global.host,
            source: global.source,
            now,
            output: global.output,
            color: wants_color(global.color),
            threads: global.threads.map(usize::from),
            memory: global.memory,
        })
    }

    /// What to run over `files`.
    pub(super) fn run_options(&self, files: &[String]) -> runtime::Options {
        runtime::Options {
            inputs: files.to_vec(),
            patterns: self.patterns.clone(),
            site: self.settings.site.clone(),
            detect: self.settings.detect.clone(),
            since: self.since,
            until: self.until,
            host: self.host.clone(),
            source: self.source,
            format: self.format,
            timezone: self.zone,
            timezone_stated: self.zone_stated,
            year: self.year,
            reference: self.now,
            threads: self.threads,
            memory: self.memory,
            ..runtime::Options::default()
        }
    }

    /// The form of output, which must be one that `command` has. The first is its default.
    pub(super) fn output(&self, command: &str, possible: &[Output]) -> Result<Output, Error> {
        match self.output {
            None => Ok(possible.first().copied().unwrap_or(Output::Text)),
            Some(output) if possible.contains(&output) => Ok(output),
            Some(output) => {
                let name = |output: &Output| format!("{output:?}").to_lowercase();
                let names: Vec<String> = possible.iter().map(name).collect();
                Err(Error::Usage(format!(
                    "{command} has no output form {}; possible: {}",
                    name(&output),
                    names.join(", ")
                )))
            }
        }
    }
}

fn machine_zone() -> Option<Tz> {
    iana_time_zone::get_timezone().ok()?.parse().ok()
}

/// The moment that `--since 2h` counts back from.
#[allow(clippy::disallowed_methods, reason = "relative times on the command line mean the reader's clock")]
fn now() -> EventTime {
    chrono::Utc::now().into()
}

fn wants_color(color: Color) -> bool {
    // https://no-color.org: any value that is not empty counts.
    let set = |name| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    match color {
        Color::Always => true,
        Color::Never => false,
        Color::Auto => {
            !set("NO_COLOR")
                && std::env::var_os("TERM").is_none_or(|term| term != "dumb")
                && std::io::stdout().is_terminal()
        }
    }
}
