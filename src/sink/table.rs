//! The `[[sink]]` table as it stands in the file: every key of every type, and which types have which.

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde::Deserialize;

use super::secret::Secret;
use super::syslog::{Facility, Format, Transport};
use super::text::Text;
use super::webhook::{BodyName, TemplateText};
use crate::model::Period;

/// Where notices go.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Type {
    /// HTTP.
    Webhook,
    /// RFC 5424.
    Syslog,
    /// NDJSON.
    File,
    /// NDJSON.
    Stdout,
    /// A program.
    Command,
}

impl Type {
    /// As it is written.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Webhook => "webhook",
            Self::Syslog => "syslog",
            Self::File => "file",
            Self::Stdout => "stdout",
            Self::Command => "command",
        }
    }
}

/// Declares the table: `key: Type of its value = types of sink that have it`.
macro_rules! table {
    ($($key:ident: $value:ty = $($of:ident)|+;)+) => {
        /// One `[[sink]]` table.
        #[derive(Deserialize)]
        #[serde(deny_unknown_fields)]
        pub(super) struct Table {
            pub(super) name: String,
            #[serde(rename = "type")]
            pub(super) kind: Type,
            $(pub(super) $key: Option<$value>,)+
        }

        impl Table {
            /// A key that stands there, but belongs to other types.
            pub(super) fn foreign(&self) -> Option<String> {
                $(if self.$key.is_some() && !matches!(self.kind, $(Type::$of)|+) {
                    let of = [$(Type::$of.name()),+].join(", ");
                    return Some(format!("`{}` is a key of {of}", stringify!($key)));
                })+
                None
            }

            /// The keys of a type.
            pub(super) fn keys(kind: Type) -> Vec<&'static str> {
                let mut keys = Vec::new();
                $(if matches!(kind, $(Type::$of)|+) {
                    keys.push(stringify!($key));
                })+
                keys
            }
        }
    };
}

table! {
    url: Text = Webhook;
    body: BodyName = Webhook;
    template: TemplateText = Webhook;
    content_type: String = Webhook;
    secrets: Vec<Secret> = Webhook;
    headers: BTreeMap<String, Text> = Webhook;
    proxy: Text = Webhook;
    transport: Transport = Syslog;
    address: String = Syslog;
    facility: Facility = Syslog;
    format: Format = Syslog;
    path: PathBuf = Syslog | File;
    ca_file: PathBuf = Webhook | Syslog;
    client_certificate: PathBuf = Webhook | Syslog;
    client_key: PathBuf = Webhook | Syslog;
    command: Vec<String> = Command;
    timeout: Period = Webhook | Syslog | Command;
}
