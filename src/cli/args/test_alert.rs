//! What may stand behind `test-alert`.

use clap::Args;

/// `test-alert`.
#[derive(Debug, Args)]
#[command(after_help = "Example:
  relaywatch test-alert chat    sends one, and shows what went out and what came back")]
pub(in crate::cli) struct TestAlert {
    /// Name of a sink [default: all of them]
    #[arg(value_name = "SINK")]
    pub(in crate::cli) sink: Option<String>,
}
