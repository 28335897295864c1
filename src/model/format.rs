//! How the lines of a file are laid out, and how its records end. Decided once per file, from its first bytes.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::vocabulary::vocabulary;

vocabulary! {
    /// The layout of a log file. What a line says is a matter of patterns; this is about what stands around it.
    Format {
        /// Nothing in it looks like a log that is known here. Its lines are tried in every way there is.
        Unknown = "unknown",
        /// Lines with a syslog header: RFC 3164, RFC 5424, RFC 3339 stamps, and what collectors put in front.
        Syslog = "syslog",
        /// One JSON object per line, with a syslog message in it: container engines, journals, collectors.
        Json = "json",
        /// systemd's journal export format: entries of `FIELD=value` lines.
        JournalExport = "journal-export",
        /// Exim's own main and reject log.
        Exim = "exim",
        /// Exchange's protocol, tracking and agent logs: comma-separated, columns named by `#Fields:`.
        Exchange = "exchange",
        /// Message tracking, or a message trace, as `ConvertTo-Json` exports it: an object for each row, in an array or not.
        ExchangeJson = "exchange-json",
        /// Logs of the IIS SMTP service: W3C extended, columns named by `#Fields:`, and NCSA.
        Iis = "iis",
    }
}

/// How the records of a file end.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Framing {
    /// With the line.
    #[default]
    Lines,
    /// With an empty line: systemd's journal export format, whose binary fields state their length and may hold
    /// empty lines themselves.
    Entries,
    /// With the line, unless it ends within double quotes (RFC 4180).
    Quoted,
    /// With the brace that closes a JSON object, wherever lines end.
    Objects,
}

impl Format {
    /// What a user is told of it.
    pub const fn about(self) -> &'static str {
        match self {
            Self::Unknown => "whatever a line looks like",
            Self::Syslog => {
                "lines with a syslog header, plain or RFC 5424, and what collectors and containers put around it"
            }
            Self::Json => {
                "one JSON object per line, as containers, journalctl -o json, rsyslog and log collectors write it"
            }
            Self::JournalExport => "journalctl -o export",
            Self::Exim => "Exim's own main and reject log",
            Self::Exchange => "Exchange: SMTP protocol, message tracking and agent logs, and exports of them",
            Self::ExchangeJson => "what Get-MessageTrackingLog or Get-MessageTraceV2 | ConvertTo-Json wrote",
            Self::Iis => "the IIS SMTP service: W3C extended and NCSA",
        }
    }

    /// How records of this format end.
    pub const fn framing(self) -> Framing {
        match self {
            Self::JournalExport => Framing::Entries,
            Self::Exchange => Framing::Quoted,
            Self::ExchangeJson => Framing::Objects,
            Self::Unknown | Self::Syslog | Self::Json | Self::Exim | Self::Iis => Framing::Lines,
        }
    }
}
