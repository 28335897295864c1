//! What may stand behind `completions`.

use clap::Args;
use clap_complete::Shell;

/// `completions`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  relaywatch completions bash > /etc/bash_completion.d/relaywatch
  relaywatch completions zsh > ~/.zfunc/_relaywatch
  relaywatch completions fish > ~/.config/fish/completions/relaywatch.fish")]
pub(in crate::cli) struct Completions {
    /// The shell
    pub(in crate::cli) shell: Shell,
}
