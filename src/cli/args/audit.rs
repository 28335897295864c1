//! What may stand behind `audit`.

use std::path::PathBuf;

use clap::{Args, ValueHint};

use super::analyze::FailOn;

/// `audit`.
#[derive(Debug, Args)]
#[command(
    after_help = "Nothing is executed and nobody asked: what only the running server knows is said to be unknown.

Examples:
  relaywatch audit                             this machine's mail server
  relaywatch audit --fail-on warning /srv/backup/etc/postfix
  relaywatch audit C:\\exports                  what Get-AcceptedDomain, Get-ReceiveConnector and
                                               Get-ADPermission said of Exchange"
)]
pub(in crate::cli) struct Audit {
    /// Folders of configurations: Postfix' (main.cf), Sendmail's (sendmail.cf or .mc), exports of Exchange's [default: those that
    /// [site] names, else this machine's]
    #[arg(value_name = "FOLDERS", value_hint = ValueHint::DirPath)]
    pub(in crate::cli) folders: Vec<PathBuf>,
    /// Exit with 1 if there is a fault of this severity or a graver one
    #[arg(long, value_name = "SEVERITY", default_value = "none")]
    pub(in crate::cli) fail_on: FailOn,
}
