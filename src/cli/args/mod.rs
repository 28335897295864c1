//! The definitions: what may be typed. Texts are for a postmaster; nothing is resolved here. A file for each
//! command, and one for each of what several have in common.

mod alerts;
mod analyze;
mod audit;
mod backtest;
mod begin;
mod completions;
mod explain;
mod global;
mod init;
mod inputs;
mod man;
mod monitor;
mod parse;
mod patterns;
mod place;
mod sources;
mod test_alert;
mod trace;
mod watch;

use clap::{Parser, Subcommand};

pub(super) use alerts::Alerts;
pub(super) use analyze::Analyze;
pub(super) use audit::Audit;
pub(super) use backtest::Backtest;
pub(super) use begin::Begin;
pub(super) use completions::Completions;
pub(super) use explain::Explain;
pub(super) use global::{Color, Global, Output};
pub(super) use init::Init;
pub(super) use man::Man;
pub(super) use monitor::Monitor;
pub(super) use parse::Parse;
pub(super) use patterns::Patterns;
pub(super) use place::Place;
pub(super) use sources::Sources;
pub(super) use test_alert::TestAlert;
pub(super) use trace::Trace;
pub(super) use watch::Watch;

/// The command line.
#[derive(Debug, Parser)]
#[command(
    name = "relaywatch",
    version,
    about = "Reads mail server logs and says who abuses the server, and whether it relays for strangers.",
    after_help = "Examples:
  relaywatch analyze /var/log/mail.log*      who abuses this server, and does it relay?
  relaywatch analyze --since 1d --quiet --fail-on warning /var/log/mail.log
                                             for cron: silent unless something needs a look
  relaywatch parse --attempts mail.log.1.gz  every relay attempt as a line of JSON
  relaywatch trace 4F2A1B3C5D mail.log       the story of a message
  relaywatch explain 'Mar  1 12:00:00 mx1 postfix/smtpd[1]: connect from unknown[192.0.2.1]'

Exit codes: 0 clean, 1 findings at or above --fail-on, 2 usage or configuration,
3 input unreadable or no mail log, 130 interrupted.",
    max_term_width = 100
)]
pub(super) struct Cli {
    #[command(flatten)]
    pub(super) global: Global,
    #[command(subcommand)]
    pub(super) command: Command,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Say what happened: does the server relay for strangers, who tried, who abuses it
    Analyze(Analyze),
    /// Say what each of several configurations would have told, side by side
    Backtest(Backtest),
    /// Show what happens, as it happens: the dashboard
    Watch(Watch),
    /// Follow logs as they are written, and send alerts: the service
    Monitor(Monitor),
    /// List alerts and what waits to be sent, send again what was refused, silence what is known
    #[command(subcommand)]
    Alerts(Alerts),
    /// List, approve or forget what was learned: sources, accounts, what is usual
    #[command(subcommand)]
    Sources(Sources),
    /// Send a test alert through a sink, and show what was said
    TestAlert(TestAlert),
    /// Turn every line into a record, for other programs
    Parse(Parse),
    /// Tell the story of a message: who sent it, what became of it, and all lines about it
    Trace(Trace),
    /// Say how a line is read: which pattern, which fields, why not the others
    Explain(Explain),
    /// List or test the patterns by which lines are read
    #[command(subcommand)]
    Patterns(Patterns),
    /// Say whether a mail server's own configuration lets strangers relay
    Audit(Audit),
    /// Check the configuration and say what follows from it
    #[command(after_help = "Example:
  relaywatch check-config --config /etc/relaywatch/config.toml")]
    CheckConfig,
    /// Write a configuration to begin with
    Init(Init),
    /// Print what a shell needs to complete commands and flags
    Completions(Completions),
    /// Print the manual page of the program or of a command
    Man(Man),
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_definitions_are_sound() {
        Cli::command().debug_assert();
    }

    #[test]
    fn global_flags_stand_before_or_after_the_command() {
        for line in ["--year 2024 analyze mail.log --host mx1", "analyze --host mx1 mail.log --year 2024"] {
            let words = std::iter::once("relaywatch").chain(line.split(' '));
            let cli = Cli::try_parse_from(words).unwrap();
            assert_eq!((cli.global.year, cli.global.host.as_deref()), (Some(2024), Some("mx1")), "{line}");
        }
    }
}
