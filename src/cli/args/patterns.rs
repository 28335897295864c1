//! What may stand behind `patterns`.

use std::path::PathBuf;

use clap::{Subcommand, ValueHint};

/// `patterns`.
#[derive(Debug, Subcommand)]
pub(in crate::cli) enum Patterns {
    /// Name every pattern, in the order they are tried
    List,
    /// Check that every sample is read by its own pattern, with the fields it states
    #[command(after_help = "Examples:
  relaywatch patterns test                  the built-in patterns
  relaywatch patterns test ./my-patterns    they and your own")]
    Test {
        /// Folder of pattern files, like --patterns
        #[arg(value_name = "DIR", value_hint = ValueHint::DirPath)]
        dir: Option<PathBuf>,
    },
}
