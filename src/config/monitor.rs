//! `[monitor]`: what the service reads, where it keeps what it knows, how it talks about itself.

use std::net::SocketAddr;
use std::path::PathBuf;

use serde::Deserialize;
use serde::de::{Deserializer, Error};

/// The table.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Monitor {
    /// Files, folders, globs, `journal`, `-`; none: the system's mail log is looked for.
    pub inputs: Vec<String>,
    /// The folder of `service.db`; `None`: the usual one.
    pub state: Option<PathBuf>,
    /// Where `/metrics` and `/healthz` are served, if anywhere: an address of this machine alone.
    #[serde(deserialize_with = "loopback")]
    pub listen: Option<SocketAddr>,
    /// The form of the program's own log.
    pub log: LogForm,
    /// How much it says.
    pub log_level: LogLevel,
}

/// The form of the program's own log, on standard error.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogForm {
    /// Lines for people.
    #[default]
    Text,
    /// One JSON object per line.
    Json,
}

/// What the program's own log tells.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogLevel {
    /// What it cannot do.
    Error,
    /// Also what somebody should look at.
    Warn,
    /// Also what it begins and ends.
    #[default]
    Info,
    /// Also each delivery and each store.
    Debug,
}

/// An address that nobody else reaches: figures about a mail server are nobody else's business.
fn loopback<'de, D: Deserializer<'de>>(text: D) -> Result<Option<SocketAddr>, D::Error> {
    let text = String::deserialize(text)?;
    match text.parse::<SocketAddr>() {
        Ok(address) if address.ip().is_loopback() => Ok(Some(address)),
        Ok(address) => Err(D::Error::custom(format!(
            "{address} is no loopback address: write 127.0.0.1:{}, and put a proxy that asks who is there in front of it",
            address.port()
        ))),
        Err(_) => Err(D::Error::custom(format!("`{text}` is no address and port, like 127.0.0.1:9325"))),
    }
}
