//! What may stand behind `backtest`.

use clap::Args;

use super::analyze::severity;
use super::inputs::Inputs;
use crate::model::Severity;

/// `backtest`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  relaywatch backtest --config now.toml /var/log/mail.log*                        what would have been told, and when
  relaywatch backtest --config now.toml --config next.toml /var/log/mail.log*     what changes with another one")]
pub(in crate::cli) struct Backtest {
    #[command(flatten)]
    pub(in crate::cli) inputs: Inputs,
    /// Which alerts the text shows: this severity and graver ones
    #[arg(long, value_name = "SEVERITY", default_value = "info", value_parser = severity)]
    pub(in crate::cli) min_severity: Severity,
}
