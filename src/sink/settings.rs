//! A sink as the configuration describes it: one `[[sink]]` table, checked.

use std::path::PathBuf;
use std::time::Duration;

use serde::Deserialize;

use super::certificates::Files;
use super::secret::absolute;
use super::table::{Table, Type};
use super::{OpenError, Sink, command, file, stdout, syslog, webhook};
use crate::model::Period;

/// One sink's settings.
///
/// ```
/// # #[derive(serde::Deserialize)] struct File { sink: Vec<relaywatch::sink::Settings> }
/// let text = "[[sink]]\nname = \"alerts\"\ntype = \"file\"\npath = \"/var/log/alerts.ndjson\"\n";
/// let file: File = toml::from_str(text).unwrap();
/// assert_eq!(file.sink[0].describe(), "file /var/log/alerts.ndjson");
/// ```
#[derive(Clone, PartialEq, Debug, Deserialize)]
#[serde(try_from = "Table")]
pub struct Settings {
    name: String,
    kind: Kind,
}

#[derive(Clone, PartialEq, Debug)]
enum Kind {
    Webhook(Box<webhook::Settings>),
    Syslog(syslog::Settings),
    File(file::Settings),
    Stdout,
    Command(command::Settings),
}

impl Settings {
    /// What the sink is called: 1 to 40 of `a-z`, `0-9`, `-`, `_`.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The sink, with its secrets and certificates read. Nothing is connected before something is delivered.
    ///
    /// # Errors
    /// A secret, a certificate or a template cannot be read or used.
    pub fn open(&self) -> Result<Box<dyn Sink>, OpenError> {
        Ok(match &self.kind {
            Kind::Webhook(settings) => Box::new(settings.open()?),
            Kind::Syslog(settings) => Box::new(settings.open()?),
            Kind::File(settings) => Box::new(settings.open()),
            Kind::Stdout => Box::new(stdout::Stdout),
            Kind::Command(settings) => Box::new(settings.open()),
        })
    }

    /// Type and target in one line, without secrets.
    pub fn describe(&self) -> String {
        match &self.kind {
            Kind::Webhook(settings) => settings.describe(),
            Kind::Syslog(settings) => settings.describe(),
            Kind::File(settings) => settings.describe(),
            Kind::Stdout => "stdout".to_owned(),
            Kind::Command(settings) => settings.describe(),
        }
    }

    /// After how long the other side takes an alert for over that it is not told again, less what a delivery may take.
    pub fn forgets_after(&self) -> Option<Period> {
        match &self.kind {
            Kind::Webhook(settings) => settings.forgets_after(),
            Kind::Syslog(_) | Kind::File(_) | Kind::Stdout | Kind::Command(_) => None,
        }
    }

    /// What works, but should not stay so: alerts that go over a network in the clear, secrets that everybody may read.
    pub fn warnings(&self) -> Vec<String> {
        match &self.kind {
            Kind::Webhook(settings) => settings.warnings(),
            Kind::Syslog(settings) => settings.warnings(),
            Kind::File(_) | Kind::Stdout | Kind::Command(_) => Vec::new(),
        }
    }
}

impl TryFrom<Table> for Settings {
    type Error = String;

    fn try_from(mut table: Table) -> Result<Self, String> {
        let spelled = |byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_');
        if !(1..=40).contains(&table.name.len()) || !table.name.bytes().all(spelled) {
            return Err(format!(
                "`{}` is no name of a sink: write 1 to 40 of a-z, 0-9, - and _, like `chat`",
                table.name
            ));
        }
        if let Some(foreign) = table.foreign() {
            let keys = match &*Table::keys(table.kind) {
                [] => "name and type alone".to_owned(),
                keys => format!("`{}`", keys.join("`, `")),
            };
            let kind = table.kind.name();
            return Err(format!("{foreign}; a sink of type {kind} has {keys}"));
        }
        let name = std::mem::take(&mut table.name);
        let kind = match table.kind {
            Type::Webhook => Kind::Webhook(Box::new(webhook::Settings::new(table)?)),
            Type::Syslog => Kind::Syslog(syslog::Settings::new(table)?),
            Type::File => Kind::File(file::Settings::new(table)?),
            Type::Stdout => Kind::Stdout,
            Type::Command => Kind::Command(command::Settings::new(table)?),
        };
        Ok(Self { name, kind })
    }
}

/// The message for a key that is missing.
pub(super) fn missing(kind: Type, key: &str, example: &str) -> String {
    format!("a sink of type {} needs `{key}`, like {example}", kind.name())
}

impl Table {
    /// How long a delivery may take: 1 s to 5 min, 10 s unless stated.
    pub(super) fn timeout(&self) -> Result<Duration, String> {
        match self.timeout.map_or(10, Period::seconds) {
            seconds @ 1..=300 => Ok(Duration::from_secs(seconds.unsigned_abs())),
            _ => Err("`timeout` must be from 1s to 5m".to_owned()),
        }
    }

    /// The files of TLS.
    pub(super) fn certificates(&mut self) -> Result<Files, String> {
        let take = |path: Option<PathBuf>| path.map(absolute).transpose();
        let client = match (take(self.client_certificate.take())?, take(self.client_key.take())?) {
            (Some(chain), Some(key)) => Some((chain, key)),
            (None, None) => None,
            (Some(_), None) => return Err("`client_certificate` needs `client_key` beside it".to_owned()),
            (None, Some(_)) => return Err("`client_key` needs `client_certificate` beside it".to_owned()),
        };
        Ok(Files { authorities: take(self.ca_file.take())?, client })
    }
}
