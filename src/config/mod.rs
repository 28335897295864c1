//! The configuration file: where it lies, what may stand in it, and what is wrong with it.
//!
//! `config` only reads and checks. It gathers the settings that other modules define; what they mean is known there.

mod error;
mod file;
mod locate;
mod monitor;
mod value;

use std::path::{Path, PathBuf};

use chrono_tz::Tz;

use crate::alert::dispatch::{self, Route};
use crate::model::Site;
use crate::{detect, learn, sink};

pub use error::Error;
pub use locate::{Environment, HOME, OF_SYSTEM, locate, of_user};
pub use monitor::{LogForm, LogLevel, Monitor};
pub use value::{timezone, timezone_hint};

/// A configuration, checked.
#[derive(Clone, Debug, Default)]
pub struct Settings {
    /// What is stated about the site, the mail server's own configuration included.
    pub site: Site,
    /// The detectors' settings.
    pub detect: detect::Settings,
    /// How what is usual is learned.
    pub learn: learn::Settings,
    /// What the service reads, and how it runs.
    pub monitor: Monitor,
    /// Who is told of alerts, and when.
    pub notify: dispatch::Settings,
    /// Who is told of which.
    pub routes: Vec<Route>,
    /// Where alerts go.
    pub sinks: Vec<sink::Settings>,
    /// The zone of stamps that state none.
    pub timezone: Option<Tz>,
    /// The file it comes from; `None`: no file, all defaults.
    pub source: Option<PathBuf>,
}

impl Settings {
    /// How the service learns, if it does.
    pub fn learns(&self) -> Option<learn::Settings> {
        self.learn.enabled.then_some(self.learn)
    }

    /// The settings in the file that [`locate`] finds; the defaults where there is none.
    pub fn load(explicit: Option<&Path>, environment: &Environment) -> Result<Self, Error> {
        let Some(path) = locate(explicit, environment) else { return Ok(Self::default()) };
        let text =
            std::fs::read_to_string(&path).map_err(|source| Error::Read { path: path.clone(), source })?;
        Self::parse(&text, &path)
    }

    /// The settings in `text`, which stands in file `path`.
    ///
    /// # Examples
    ///
    /// ```
    /// use relaywatch::config::Settings;
    /// let text = "[site]\nlocal_domains = [\"Corp.example\"]\n";
    /// let settings = Settings::parse(text, "config.toml".as_ref()).unwrap();
    /// assert_eq!(settings.site.local_domains.unwrap(), ["corp.example"]);
    /// let mistake = Settings::parse("[site]\nlocal_domian = []\n", "config.toml".as_ref()).unwrap_err();
    /// assert!(mistake.to_string().contains("did you mean `local_domains`?"));
    /// ```
    pub fn parse(text: &str, path: &Path) -> Result<Self, Error> {
        file::parse(text, path)
    }
}

#[cfg(test)]
mod tests;
