//! What was typed -> what is run -> exit code. One file per command.
//!
//! `cli` is the only part that talks to a person: results to standard output, everything else to standard error.

mod alerts;
mod analyze;
mod args;
mod audit;
mod backtest;
mod beside;
mod check_config;
mod check_service;
mod context;
mod ending;
mod error;
mod exit;
mod explain;
mod init;
mod interrupt;
mod log;
mod manual;
mod monitor;
mod parse;
mod patterns;
mod progress;
mod signals;
mod sources;
mod test_alert;
mod trace;
mod watch;
mod when;

use std::ffi::OsString;
use std::io::{self, Write};

use clap::Parser;
use clap::error::ErrorKind;

use args::{Cli, Command};
use context::Context;

pub use error::Error;
pub use exit::Exit;

/// Runs the program with these arguments, the first of which is its name.
pub fn run(arguments: impl IntoIterator<Item = OsString>) -> Exit {
    let cli = match Cli::try_parse_from(arguments) {
        Ok(cli) => cli,
        Err(error) => {
            // Help and version go to standard output, the rest to standard error; a closed pipe is no error.
            let _ = error.print();
            return match error.kind() {
                ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => Exit::Clean,
                _ => Exit::Usage,
            };
        }
    };
    // Not locked: the service's standard output belongs to its sink.
    let mut out = io::BufWriter::with_capacity(1 << 16, io::stdout());
    let result = command(cli, &mut out).and_then(|exit| Ok(out.flush().map(|()| exit)?));
    result.unwrap_or_else(|error| {
        if !error.is_silent() {
            warn(format_args!("{error}"));
        }
        error.exit()
    })
}

fn command(cli: Cli, out: &mut impl Write) -> Result<Exit, Error> {
    let global = cli.global;
    match cli.command {
        // The only one for which several configurations hold.
        Command::Watch(arguments) => watch::run(&arguments, &Context::new(global)?),
        Command::Monitor(arguments) => monitor::run(&arguments, &global),
        Command::Alerts(arguments) => alerts::run(arguments, &Context::new(global)?, out),
        Command::Sources(arguments) => sources::run(arguments, &Context::new(global)?, out),
        Command::TestAlert(arguments) => test_alert::run(&arguments, &Context::new(global)?, out),
        Command::Backtest(arguments) => backtest::run(&arguments, &global, out),
        Command::Analyze(arguments) => analyze::run(&arguments, &Context::new(global)?, out),
        Command::Parse(arguments) => parse::run(&arguments, &Context::new(global)?, out),
        Command::Trace(arguments) => trace::run(&arguments, &Context::new(global)?, out),
        Command::Explain(arguments) => explain::run(&arguments, &Context::new(global)?, out),
        Command::Patterns(arguments) => patterns::run(&arguments, &Context::new(global)?, out),
        Command::Completions(arguments) => manual::completions(&arguments, out),
        Command::Man(arguments) => manual::man(&arguments, out),
        Command::Audit(arguments) => audit::run(&arguments, &Context::new(global)?, out),
        Command::Init(arguments) => init::run(&arguments, out),
        Command::CheckConfig => check_config::run(&Context::new(global)?, out),
    }
}

/// Says something on standard error. Lines stay lines; a log's or a file name's control characters do not get through.
fn warn(message: std::fmt::Arguments<'_>) {
    let text = message.to_string();
    let mut error = io::stderr().lock();
    for (index, line) in text.lines().enumerate() {
        let name = if index == 0 { "relaywatch: " } else { "" };
        // Nobody is left to tell if this fails.
        let _ = writeln!(error, "{name}{}", crate::model::shown_text(line));
    }
}
