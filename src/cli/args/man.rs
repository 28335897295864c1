//! What may stand behind `man`.

use clap::Args;

/// `man`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  relaywatch man | man -l -
  relaywatch man alerts list > relaywatch-alerts-list.1")]
pub(in crate::cli) struct Man {
    /// The command, word by word [default: the program itself]
    #[arg(value_name = "COMMAND")]
    pub(in crate::cli) command: Vec<String>,
}
