//! The definitions: what may be typed. Texts are for a postmaster; nothing is resolved here.

use std::path::PathBuf;
use std::str::FromStr;

use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser};
use clap::{Args, Parser, Subcommand, ValueEnum, ValueHint};

use super::when::When;
use crate::config::LogForm;
use crate::model::{About, Format, Memory, Period, Severity};
use crate::runtime::live::watch::Theme;

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

/// Flags of every command; they may stand before or after it.
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "Global options")]
pub(super) struct Global {
    /// Configuration file instead of ~/.config/relaywatch/config.toml or /etc/relaywatch/config.toml; backtest takes several
    #[arg(long, global = true, value_name = "FILE", env = "RELAYWATCH_CONFIG", hide_env_values = true, value_hint = ValueHint::FilePath)]
    pub(super) config: Vec<PathBuf>,
    /// Folder of pattern files that add to or replace the built-in ones
    #[arg(long, global = true, value_name = "DIR", env = "RELAYWATCH_PATTERNS", hide_env_values = true, value_hint = ValueHint::DirPath)]
    pub(super) patterns: Option<PathBuf>,
    /// How the inputs are laid out [default: found for each file by its content]
    #[arg(long, global = true, value_name = "FORMAT", env = "RELAYWATCH_FORMAT", hide_env_values = true, value_parser = formats())]
    pub(super) format: Option<Format>,
    /// Time zone of stamps that state none, like Europe/Vienna [default: [site] timezone, else this machine's]
    #[arg(long, global = true, value_name = "ZONE", env = "RELAYWATCH_TIMEZONE", hide_env_values = true, value_parser = crate::config::timezone)]
    pub(super) timezone: Option<chrono_tz::Tz>,
    /// Year of the first stamp that states none [default: from the file's date]
    #[arg(long, global = true, value_name = "YEAR", env = "RELAYWATCH_YEAR", hide_env_values = true, value_parser = clap::value_parser!(i32).range(1970..=9999))]
    pub(super) year: Option<i32>,
    /// Only what happened from then on: 2h, 7d, 2026-03-01, "2026-03-01 14:30", RFC 3339
    #[arg(long, global = true, value_name = "TIME", env = "RELAYWATCH_SINCE", hide_env_values = true)]
    pub(super) since: Option<When>,
    /// Only what happened before then
    #[arg(long, global = true, value_name = "TIME", env = "RELAYWATCH_UNTIL", hide_env_values = true)]
    pub(super) until: Option<When>,
    /// Only lines of this host
    #[arg(long, global = true, value_name = "NAME", env = "RELAYWATCH_HOST", hide_env_values = true)]
    pub(super) host: Option<String>,
    /// Form of the result [default: text, of parse: ndjson]
    #[arg(long, global = true, value_name = "FORM", env = "RELAYWATCH_OUTPUT", hide_env_values = true)]
    pub(super) output: Option<Output>,
    #[arg(
        long,
        help = "Colours: auto means on a terminal, unless NO_COLOR is set",
        global = true,
        value_name = "WHEN",
        default_value = "auto",
        env = "RELAYWATCH_COLOR",
        hide_env_values = true
    )]
    pub(super) color: Color,
    /// Parsing threads [default: one per processor]
    #[arg(long, global = true, value_name = "N", env = "RELAYWATCH_THREADS", hide_env_values = true, value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub(super) threads: Option<u16>,
    /// What sessions, messages and sources under watch may take, like 128MB or 1GB: of a flood, the idle are forgotten
    #[arg(long, global = true, value_name = "SIZE", default_value = "256MB", env = "RELAYWATCH_MEMORY", hide_env_values = true, value_parser = memory)]
    pub(super) memory: Memory,
}

/// `128MB` as a budget.
fn memory(text: &str) -> Result<Memory, String> {
    let (least, most) = (Memory::LEAST, Memory::MOST);
    let digits = text.trim_end_matches(|letter: char| !letter.is_ascii_digit());
    let unit = match text[digits.len()..].trim().to_ascii_uppercase().as_str() {
        "MB" | "M" => 1,
        "GB" | "G" => 1000,
        _ => return Err("expected a size with its unit, like 128MB or 1GB".to_owned()),
    };
    let megabytes = digits.parse::<u64>().ok().and_then(|number| number.checked_mul(unit));
    match megabytes {
        Some(megabytes) if (least..=most).contains(&megabytes) => Ok(Memory::megabytes(megabytes)),
        _ => Err(format!("expected {least}MB to {}GB", most / 1000)),
    }
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
    /// Say how a line is read: which pattern, which fields, why not the others
    Explain(Explain),
    /// List or test the patterns by which lines are read
    #[command(subcommand)]
    Patterns(Patterns),
    /// Check the configuration and say what follows from it
    #[command(after_help = "Example:
  relaywatch check-config --config /etc/relaywatch/config.toml")]
    CheckConfig,
}

/// `analyze`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  relaywatch analyze /var/log/mail.log /var/log/mail.log.*.gz
  relaywatch analyze --year 2024 --timezone Europe/Vienna backup.tar.xz
  relaywatch analyze --output json --since '2026-03-01 08:00' /var/log/mail.log
  relaywatch analyze --learn --state ~/learned /logs/mail.log*
                                                  what is usual is learned from it, and kept for later")]
pub(super) struct Analyze {
    #[command(flatten)]
    pub(super) inputs: Inputs,
    /// Exit with 1 if there is an alert of this severity or a graver one
    #[arg(long, value_name = "SEVERITY", default_value = "none")]
    pub(super) fail_on: FailOn,
    /// Print nothing where nothing is wrong
    #[arg(long, short)]
    pub(super) quiet: bool,
    /// Which alerts the text shows: this severity and graver ones
    #[arg(long, value_name = "SEVERITY", default_value = "warning", value_parser = severity)]
    pub(super) min_severity: Severity,
    /// Learn what is usual, and keep it for later runs and for the service
    #[arg(long)]
    pub(super) learn: bool,
    /// Folder of what was learned, by which alerts are judged, too [default: none; of --learn, as for monitor]
    #[arg(long, value_name = "DIR", env = "RELAYWATCH_STATE", hide_env_values = true, value_hint = ValueHint::DirPath)]
    pub(super) state: Option<PathBuf>,
}

/// `backtest`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  relaywatch backtest --config now.toml /var/log/mail.log*                        what would have been told, and when
  relaywatch backtest --config now.toml --config next.toml /var/log/mail.log*     what changes with another one")]
pub(super) struct Backtest {
    #[command(flatten)]
    pub(super) inputs: Inputs,
    /// Which alerts the text shows: this severity and graver ones
    #[arg(long, value_name = "SEVERITY", default_value = "info", value_parser = severity)]
    pub(super) min_severity: Severity,
}

/// `watch`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  relaywatch watch /var/log/mail.log                   the last hour, and what is written from now on
  relaywatch watch --from start mail.log mail.log.1    whole archives, then what is written
  relaywatch watch --replay 60x mail.log               an hour of the log in a minute

Keys: ? shows them all; q ends.")]
pub(super) struct Watch {
    /// Log files, folders, patterns like '/logs/*.log', `journal`, or - for standard input [default: [monitor] inputs, else
    /// the system's mail log]
    #[arg(value_name = "FILES", value_hint = ValueHint::AnyPath)]
    pub(super) files: Vec<String>,
    /// Where to begin: `start` or `end` of what is there, or a time [default: 1h; of a replay, start]
    #[arg(long, value_name = "WHERE", env = "RELAYWATCH_FROM", hide_env_values = true)]
    pub(super) from: Option<Begin>,
    /// Play an archive so many times as fast as it happened, like 60x
    #[arg(long, value_name = "SPEED", value_parser = speed)]
    pub(super) replay: Option<f64>,
    /// Colours: dark, light, high-contrast, colour-blind, or 16 (those that the terminal defines)
    #[arg(
        long,
        value_name = "THEME",
        default_value = "dark",
        env = "RELAYWATCH_THEME",
        hide_env_values = true
    )]
    pub(super) theme: Theme,
    /// Draw with ASCII characters alone
    #[arg(long, env = "RELAYWATCH_ASCII", hide_env_values = true)]
    pub(super) ascii: bool,
    /// Take the mouse, too: then the terminal itself selects no text
    #[arg(long)]
    pub(super) mouse: bool,
    /// Begin with addresses masked
    #[arg(long)]
    pub(super) privacy: bool,
    /// Folder of a running service's state, whose alerts are shown, too
    #[arg(long, value_name = "DIR", env = "RELAYWATCH_STATE", hide_env_values = true, value_hint = ValueHint::DirPath)]
    pub(super) state: Option<PathBuf>,
}

/// `60x`, `0.5x`.
fn speed(text: &str) -> Result<f64, String> {
    let number = text.strip_suffix(['x', 'X']).unwrap_or(text).parse::<f64>();
    match number {
        Ok(speed) if (0.1..=1_000_000.0).contains(&speed) => Ok(speed),
        _ => Err("expected a speed from 0.1x to 1000000x, like 60x".to_owned()),
    }
}

/// `monitor`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  relaywatch monitor                                  the system's mail log, as /etc/relaywatch/config.toml says
  relaywatch monitor --from 2h '/var/log/mail.log'    what happened in the last two hours, then what is written
  kill -HUP PID                                       read the configuration again
  kill -TERM PID                                      finish what is under way, and end")]
pub(super) struct Monitor {
    /// Log files, folders, patterns like '/logs/*.log', `journal`, or - for standard input [default: [monitor] inputs, else
    /// the system's mail log]
    #[arg(value_name = "FILES", value_hint = ValueHint::AnyPath)]
    pub(super) files: Vec<String>,
    /// Where to begin at the first start: `start` or `end` of what is there, or a time like 2h. Later starts go on where the
    /// last one ended
    #[arg(
        long,
        value_name = "WHERE",
        default_value = "end",
        env = "RELAYWATCH_FROM",
        hide_env_values = true
    )]
    pub(super) from: Begin,
    /// Folder for what must survive [default: [monitor] state, else /var/lib/relaywatch or ~/.local/state/relaywatch]
    #[arg(long, value_name = "DIR", env = "RELAYWATCH_STATE", hide_env_values = true, value_hint = ValueHint::DirPath)]
    pub(super) state: Option<PathBuf>,
    /// Form of the program's own log on standard error: text or json [default: [monitor] log]
    #[arg(long, value_name = "FORM", env = "RELAYWATCH_LOG", hide_env_values = true, value_parser = log_form)]
    pub(super) log: Option<LogForm>,
}

/// Where reading begins.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Begin {
    /// At the start of what is there.
    Start,
    /// Behind what is there.
    End,
    /// At a moment.
    Time(When),
}

impl FromStr for Begin {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "start" => Ok(Self::Start),
            "end" => Ok(Self::End),
            time => time
                .parse()
                .map(Self::Time)
                .map_err(|error| format!("expected start, end or a time: {error}")),
        }
    }
}

/// What a silence may be about: a network with bits behind its mask would silence nobody.
fn subject(text: &str) -> Result<String, String> {
    crate::runtime::live::check_subject(text).map(|()| text.to_owned())
}

fn log_form(text: &str) -> Result<LogForm, String> {
    match text {
        "text" => Ok(LogForm::Text),
        "json" => Ok(LogForm::Json),
        _ => Err("expected text or json".to_owned()),
    }
}

/// `alerts`.
#[derive(Debug, Subcommand)]
pub(super) enum Alerts {
    /// List alerts that the service knows, the gravest first
    #[command(after_help = "Examples:
  relaywatch alerts list                           what fires now
  relaywatch alerts list --all --output ndjson     what is over, too
  relaywatch alerts list --dead                    what a sink refused, and why")]
    List {
        /// Also those that are over
        #[arg(long)]
        all: bool,
        /// What waits to be sent
        #[arg(long, conflicts_with_all = ["all", "dead"])]
        waiting: bool,
        /// What a sink refused for good, and why
        #[arg(long, conflicts_with = "all")]
        dead: bool,
        #[command(flatten)]
        place: Place,
    },
    /// Send again what was refused: these entries (numbers as `list --dead` shows them), or all
    Retry {
        /// Numbers of entries
        #[arg(value_name = "NUMBER")]
        numbers: Vec<u64>,
        #[command(flatten)]
        place: Place,
    },
    /// Tell nobody of alerts that are known, for a while
    #[command(after_help = "Examples:
  relaywatch alerts silence --subject 192.0.2.7 --for 2d --comment 'our own scanner, ticket 4711'
  relaywatch alerts silence --list
  relaywatch alerts silence --remove 3")]
    Silence {
        /// Alerts of this detector
        #[arg(long, value_name = "ID")]
        detector: Option<String>,
        /// Alerts about this address, network, account or domain
        #[arg(long, value_name = "NAME", value_parser = subject)]
        subject: Option<String>,
        /// Alerts of this host
        #[arg(long, value_name = "NAME")]
        of_host: Option<String>,
        /// For how long, like 30m, 2h, 7d
        #[arg(long = "for", value_name = "TIME", required_unless_present_any = ["list", "remove"])]
        period: Option<Period>,
        /// Why, for those who find it later
        #[arg(long, value_name = "TEXT", required_unless_present_any = ["list", "remove"])]
        comment: Option<String>,
        /// List the silences
        #[arg(long, conflicts_with_all = ["remove", "period", "comment"])]
        list: bool,
        /// End a silence
        #[arg(long, value_name = "NUMBER", conflicts_with_all = ["period", "comment"])]
        remove: Option<u64>,
        #[command(flatten)]
        place: Place,
    },
}

/// `sources`.
#[derive(Debug, Subcommand)]
pub(super) enum Sources {
    /// List what was learned: addresses that relay, accounts with their networks, who sends in your names, what is usual
    #[command(after_help = "Examples:
  relaywatch sources list
  relaywatch sources list --output json | jq -r '.sources[].ip'")]
    List {
        #[command(flatten)]
        place: Place,
    },
    /// Say that something is right: an address is never forgotten, and a new level may become the usual one
    #[command(after_help = "Examples:
  relaywatch sources approve 192.0.2.7          a new machine that may relay
  relaywatch sources approve shop.example       a newsletter that goes out for it from now on
  relaywatch sources approve 198.51.100.0/24    a forwarder or a service that has sent in your names")]
    Approve {
        /// Addresses, networks, accounts, domains, or `site`
        #[arg(value_name = "SUBJECT", required = true, value_parser = about)]
        subjects: Vec<About>,
        #[command(flatten)]
        place: Place,
    },
    /// Have something be as if it was never seen
    #[command(after_help = "Example:
  relaywatch sources forget ann@harbour.example    where she logged in from was not her")]
    Forget {
        /// Addresses, networks, accounts, domains, or `site`
        #[arg(value_name = "SUBJECT", required = true, value_parser = about)]
        subjects: Vec<About>,
        #[command(flatten)]
        place: Place,
    },
}

fn about(text: &str) -> Result<About, String> {
    text.parse()
}

/// Where the service keeps its state.
#[derive(Debug, Args)]
pub(super) struct Place {
    /// Folder of the service's state, as given to monitor
    #[arg(long, value_name = "DIR", env = "RELAYWATCH_STATE", hide_env_values = true, value_hint = ValueHint::DirPath)]
    pub(super) state: Option<PathBuf>,
}

/// `test-alert`.
#[derive(Debug, Args)]
#[command(after_help = "Example:
  relaywatch test-alert chat    sends one, and shows what went out and what came back")]
pub(super) struct TestAlert {
    /// Name of a sink [default: all of them]
    #[arg(value_name = "SINK")]
    pub(super) sink: Option<String>,
}

/// `parse`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  relaywatch parse mail.log | jq 'select(.class == \"relay_denied\") | .client_ip'
  relaywatch parse --attempts --host mx1 /var/log/mail.log
  relaywatch parse --unmatched --output text /var/log/mail.log    lines no pattern knows")]
pub(super) struct Parse {
    #[command(flatten)]
    pub(super) inputs: Inputs,
    /// Relay attempts instead of events
    #[arg(long, conflicts_with_all = ["all", "unmatched"])]
    pub(super) attempts: bool,
    /// Also other programs' lines and lines that no pattern knows
    #[arg(long, conflicts_with = "unmatched")]
    pub(super) all: bool,
    /// Only lines that no pattern knows
    #[arg(long)]
    pub(super) unmatched: bool,
}

/// What to read.
#[derive(Debug, Args)]
pub(super) struct Inputs {
    /// Log files, folders, patterns like 'mail.log*', or - for standard input; gzip, bzip2, xz and zstd are recognised, tar
    /// and zip archives are folders
    #[arg(value_name = "FILES", required = true, value_hint = ValueHint::AnyPath)]
    pub(super) files: Vec<String>,
}

/// `explain`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  relaywatch explain 'Mar  1 12:00:00 mx1 postfix/qmgr[1]: 4F2A1: removed'
  tail -n 1 /var/log/mail.log | relaywatch explain -")]
pub(super) struct Explain {
    /// Lines, or - to read them from standard input
    #[arg(value_name = "LINE", required = true)]
    pub(super) lines: Vec<String>,
}

/// `patterns`.
#[derive(Debug, Subcommand)]
pub(super) enum Patterns {
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

/// The form of the result.
#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
pub(super) enum Output {
    /// For people
    Text,
    /// One JSON object
    Json,
    /// One JSON object per line
    Ndjson,
}

/// When to colour.
#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
pub(super) enum Color {
    /// On a terminal, unless `NO_COLOR` is set
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}

/// Which alerts make the program fail.
#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
pub(super) enum FailOn {
    /// No alert does
    None,
    /// Every alert
    Info,
    /// Alerts to look at today, and critical ones
    Warning,
    /// The server is being used
    Critical,
}

impl FailOn {
    /// The least severity that makes the program fail.
    pub(super) fn severity(self) -> Option<Severity> {
        match self {
            Self::None => None,
            Self::Info => Some(Severity::Info),
            Self::Warning => Some(Severity::Warning),
            Self::Critical => Some(Severity::Critical),
        }
    }
}

/// Every format that can be stated, with what it is.
fn formats() -> impl TypedValueParser<Value = Format> {
    let stated = Format::ALL.iter().filter(|&&format| format != Format::Unknown);
    PossibleValuesParser::new(stated.map(|format| PossibleValue::new(format.name()).help(format.about())))
        .map(|name| Format::from_name(&name).unwrap_or(Format::Unknown))
}

fn severity(text: &str) -> Result<Severity, String> {
    Severity::from_name(text).ok_or_else(|| "expected info, warning or critical".to_owned())
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
