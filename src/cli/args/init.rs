//! What may stand behind `init`.

use std::path::PathBuf;

use clap::{Args, ValueHint};

/// `init`.
#[derive(Debug, Args)]
#[command(after_help = "Nothing that exists is written over.

Examples:
  relaywatch init                        ~/.config/relaywatch/config.toml; of root /etc/relaywatch/config.toml
  relaywatch init - > config.toml")]
pub(in crate::cli) struct Init {
    /// The file to write, or - for standard output
    #[arg(value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(in crate::cli) file: Option<PathBuf>,
}
