//! What may stand behind `trace`.

use clap::{Args, ValueHint};

/// `trace`.
#[derive(Debug, Args)]
#[command(
    after_help = "WHAT is a queue id, a Message-ID, the address of a sender or a recipient, an account, a session id, or the
client's address or network. What a filter gave back under another queue id is the same message.

Examples:
  relaywatch trace 4F2A1B3C5D /var/log/mail.log*
  relaywatch trace 203.0.113.66 --since 2h /var/log/mail.log
  relaywatch trace ann@harbour.example --output ndjson /srv/logs | jq .attempts"
)]
pub(in crate::cli) struct Trace {
    /// What the story is about
    #[arg(value_name = "WHAT")]
    pub(in crate::cli) what: String,
    /// Log files, folders, patterns like 'mail.log*'; they are read several times, so not from standard input
    #[arg(value_name = "FILES", required = true, value_hint = ValueHint::AnyPath)]
    pub(in crate::cli) files: Vec<String>,
}
