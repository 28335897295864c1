//! What may stand behind `monitor`.

use std::path::PathBuf;

use clap::{Args, ValueHint};

use super::begin::Begin;
use crate::config::LogForm;

/// `monitor`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  relaywatch monitor                                  the system's mail log, as /etc/relaywatch/config.toml says
  relaywatch monitor --from 2h '/var/log/mail.log'    what happened in the last two hours, then what is written
  kill -HUP PID                                       read the configuration again
  kill -TERM PID                                      finish what is under way, and end")]
pub(in crate::cli) struct Monitor {
    /// Log files, folders, patterns like '/logs/*.log', `journal`, or - for standard input [default: [monitor] inputs, else
    /// the system's mail log]
    #[arg(value_name = "FILES", value_hint = ValueHint::AnyPath)]
    pub(in crate::cli) files: Vec<String>,
    /// Where to begin at the first start: `start` or `end` of what is there, or a time like 2h. Later starts go on where the
    /// last one ended
    #[arg(
        long,
        value_name = "WHERE",
        default_value = "end",
        env = "RELAYWATCH_FROM",
        hide_env_values = true
    )]
    pub(in crate::cli) from: Begin,
    /// Folder for what must survive [default: [monitor] state, else /var/lib/relaywatch or ~/.local/state/relaywatch]
    #[arg(long, value_name = "DIR", env = "RELAYWATCH_STATE", hide_env_values = true, value_hint = ValueHint::DirPath)]
    pub(in crate::cli) state: Option<PathBuf>,
    /// Form of the program's own log on standard error: text or json [default: [monitor] log]
    #[arg(long, value_name = "FORM", env = "RELAYWATCH_LOG", hide_env_values = true, value_parser = log_form)]
    pub(in crate::cli) log: Option<LogForm>,
}

fn log_form(text: &str) -> Result<LogForm, String> {
    match text {
        "text" => Ok(LogForm::Text),
        "json" => Ok(LogForm::Json),
        _ => Err("expected text or json".to_owned()),
    }
}
