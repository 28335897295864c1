//! Sinks, each against the real thing: servers, daemons, files and programs.

#![allow(clippy::disallowed_methods, reason = "deliveries take time, and are stamped with it")]

mod alertmanager;
mod authority;
mod command;
pub(crate) mod daemon;
mod documents;
mod file;
mod forms;
mod notices;
pub(crate) mod server;
mod syslog;
mod tls;
mod webhook;

use relaywatch::sink::{Settings, Sink};

/// The settings in one `[[sink]]` table, given without its name.
fn settings(keys: &str) -> Settings {
    #[derive(serde::Deserialize)]
    struct File {
        sink: Vec<Settings>,
    }
    let text = format!("[[sink]]\nname = \"test\"\n{keys}\n");
    toml::from_str::<File>(&text).unwrap_or_else(|error| panic!("{error}\n{text}")).sink.remove(0)
}

/// The sink of such a table.
fn open(keys: &str) -> Box<dyn Sink> {
    settings(keys).open().unwrap()
}
