//! What may stand behind `parse`.

use clap::Args;

use super::inputs::Inputs;

/// `parse`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  relaywatch parse mail.log | jq 'select(.class == \"relay_denied\") | .client_ip'
  relaywatch parse --attempts --host mx1 /var/log/mail.log
  relaywatch parse --unmatched --output text /var/log/mail.log    lines no pattern knows")]
pub(in crate::cli) struct Parse {
    #[command(flatten)]
    pub(in crate::cli) inputs: Inputs,
    /// Relay attempts instead of events
    #[arg(long, conflicts_with_all = ["all", "unmatched"])]
    pub(in crate::cli) attempts: bool,
    /// Also other programs' lines and lines that no pattern knows
    #[arg(long, conflicts_with = "unmatched")]
    pub(in crate::cli) all: bool,
    /// Only lines that no pattern knows
    #[arg(long)]
    pub(in crate::cli) unmatched: bool,
}
