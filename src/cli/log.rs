//! The service's own log, on standard error: where it stands, what it could not do.

use tracing::Level;
use tracing_subscriber::fmt;

use crate::config::{LogForm, LogLevel};

/// Starts it, once in a process.
pub(super) fn start(form: LogForm, level: LogLevel) {
    let level = match level {
        LogLevel::Error => Level::ERROR,
        LogLevel::Warn => Level::WARN,
        LogLevel::Info => Level::INFO,
        LogLevel::Debug => Level::DEBUG,
    };
    // systemd's journal, and whatever else reads this, puts a time in front of each line; JSON has its own.
    let log = fmt().with_max_level(level).with_writer(std::io::stderr).with_ansi(false).with_target(false);
    // A second start changes nothing, and there is none.
    let _ = match form {
        LogForm::Text => tracing::subscriber::set_global_default(log.finish()),
        LogForm::Json => tracing::subscriber::set_global_default(log.json().flatten_event(true).finish()),
    };
}
