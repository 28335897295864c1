//! What may stand behind `explain`.

use clap::Args;

/// `explain`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  relaywatch explain 'Mar  1 12:00:00 mx1 postfix/qmgr[1]: 4F2A1: removed'
  tail -n 1 /var/log/mail.log | relaywatch explain -")]
pub(in crate::cli) struct Explain {
    /// Lines, or - to read them from standard input
    #[arg(value_name = "LINE", required = true)]
    pub(in crate::cli) lines: Vec<String>,
}
