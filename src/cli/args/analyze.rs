//! What may stand behind `analyze`.

use std::path::PathBuf;

use clap::{Args, ValueEnum, ValueHint};

use super::inputs::Inputs;
use crate::model::Severity;

/// `analyze`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  relaywatch analyze /var/log/mail.log /var/log/mail.log.*.gz
  relaywatch analyze --year 2024 --timezone Europe/Vienna backup.tar.xz
  relaywatch analyze --output json --since '2026-03-01 08:00' /var/log/mail.log
  relaywatch analyze --output html /srv/logs/ > report.html
  relaywatch analyze --learn --state ~/learned /logs/mail.log*
                                                  what is usual is learned from it, and kept for later")]
pub(in crate::cli) struct Analyze {
    #[command(flatten)]
    pub(in crate::cli) inputs: Inputs,
    /// Exit with 1 if there is an alert of this severity or a graver one
    #[arg(long, value_name = "SEVERITY", default_value = "none")]
    pub(in crate::cli) fail_on: FailOn,
    /// Print nothing where nothing is wrong
    #[arg(long, short)]
    pub(in crate::cli) quiet: bool,
    /// Which alerts the text shows, and the page whole: this severity and graver ones
    #[arg(long, value_name = "SEVERITY", default_value = "warning", value_parser = severity)]
    pub(in crate::cli) min_severity: Severity,
    /// Learn what is usual, and keep it for later runs and for the service
    #[arg(long)]
    pub(in crate::cli) learn: bool,
    /// Folder of what was learned, by which alerts are judged, too [default: none; of --learn, as for monitor]
    #[arg(long, value_name = "DIR", env = "RELAYWATCH_STATE", hide_env_values = true, value_hint = ValueHint::DirPath)]
    pub(in crate::cli) state: Option<PathBuf>,
}

/// Which alerts make the program fail.
#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
pub(in crate::cli) enum FailOn {
    /// No alert does
    None,
    /// Every alert
    Info,
    /// Alerts to look at today, and critical ones
    Warning,
    /// The server is being used
    Critical,
}

impl FailOn {
    /// The least severity that makes the program fail.
    pub(in crate::cli) fn severity(self) -> Option<Severity> {
        match self {
            Self::None => None,
            Self::Info => Some(Severity::Info),
            Self::Warning => Some(Severity::Warning),
            Self::Critical => Some(Severity::Critical),
        }
    }
}

/// The name of a severity, as it is typed.
pub(super) fn severity(text: &str) -> Result<Severity, String> {
    Severity::from_name(text).ok_or_else(|| "expected info, warning or critical".to_owned())
}
