//! What may stand behind `watch`.

use std::path::PathBuf;

use clap::{Args, ValueHint};

use super::begin::Begin;
use crate::runtime::live::watch::Theme;

/// `watch`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  relaywatch watch /var/log/mail.log                   the last hour, and what is written from now on
  relaywatch watch --from start mail.log mail.log.1    whole archives, then what is written
  relaywatch watch --replay 60x mail.log               an hour of the log in a minute

Keys: ? shows them all; q ends.")]
pub(in crate::cli) struct Watch {
    /// Log files, folders, patterns like '/logs/*.log', `journal`, or - for standard input [default: [monitor] inputs, else
    /// the system's mail log]
    #[arg(value_name = "FILES", value_hint = ValueHint::AnyPath)]
    pub(in crate::cli) files: Vec<String>,
    /// Where to begin: `start` or `end` of what is there, or a time [default: 1h; of a replay, start]
    #[arg(long, value_name = "WHERE", env = "RELAYWATCH_FROM", hide_env_values = true)]
    pub(in crate::cli) from: Option<Begin>,
    /// Play an archive so many times as fast as it happened, like 60x
    #[arg(long, value_name = "SPEED", value_parser = speed)]
    pub(in crate::cli) replay: Option<f64>,
    /// Colours: dark, light, high-contrast, colour-blind, or 16 (those that the terminal defines)
    #[arg(
        long,
        value_name = "THEME",
        default_value = "dark",
        env = "RELAYWATCH_THEME",
        hide_env_values = true
    )]
    pub(in crate::cli) theme: Theme,
    /// Draw with ASCII characters alone
    #[arg(long, env = "RELAYWATCH_ASCII", hide_env_values = true)]
    pub(in crate::cli) ascii: bool,
    /// Take the mouse, too: then the terminal itself selects no text
    #[arg(long)]
    pub(in crate::cli) mouse: bool,
    /// Begin with addresses masked
    #[arg(long)]
    pub(in crate::cli) privacy: bool,
    /// Folder of a running service's state, whose alerts are shown, too
    #[arg(long, value_name = "DIR", env = "RELAYWATCH_STATE", hide_env_values = true, value_hint = ValueHint::DirPath)]
    pub(in crate::cli) state: Option<PathBuf>,
}

/// `60x`, `0.5x`.
fn speed(text: &str) -> Result<f64, String> {
    let number = text.strip_suffix(['x', 'X']).unwrap_or(text).parse::<f64>();
    match number {
        Ok(speed) if (0.1..=1_000_000.0).contains(&speed) => Ok(speed),
        _ => Err("expected a speed from 0.1x to 1000000x, like 60x".to_owned()),
    }
}
