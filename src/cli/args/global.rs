//! Flags of every command.

use std::path::PathBuf;

use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser};
use clap::{Args, ValueEnum, ValueHint};
use ipnet::IpNet;

use crate::cli::when::When;
use crate::model::{Format, Memory};

/// Flags of every command; they may stand before or after it.
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "Global options")]
pub(in crate::cli) struct Global {
    /// Configuration file instead of ~/.config/relaywatch/config.toml or /etc/relaywatch/config.toml; backtest takes several
    #[arg(long, global = true, value_name = "FILE", env = "RELAYWATCH_CONFIG", hide_env_values = true, value_hint = ValueHint::FilePath)]
    pub(in crate::cli) config: Vec<PathBuf>,
    /// Folder of pattern files that add to or replace the built-in ones
    #[arg(long, global = true, value_name = "DIR", env = "RELAYWATCH_PATTERNS", hide_env_values = true, value_hint = ValueHint::DirPath)]
    pub(in crate::cli) patterns: Option<PathBuf>,
    /// How the inputs are laid out [default: found for each file by its content]
    #[arg(long, global = true, value_name = "FORMAT", env = "RELAYWATCH_FORMAT", hide_env_values = true, value_parser = formats())]
    pub(in crate::cli) format: Option<Format>,
    /// Time zone of stamps that state none, like Europe/Vienna [default: [site] timezone, else this machine's]
    #[arg(long, global = true, value_name = "ZONE", env = "RELAYWATCH_TIMEZONE", hide_env_values = true, value_parser = crate::config::timezone)]
    pub(in crate::cli) timezone: Option<chrono_tz::Tz>,
    /// Year of the first stamp that states none [default: from the file's date]
    #[arg(long, global = true, value_name = "YEAR", env = "RELAYWATCH_YEAR", hide_env_values = true, value_parser = clap::value_parser!(i32).range(1970..=9999))]
    pub(in crate::cli) year: Option<i32>,
    /// Only what happened from then on: 2h, 7d, 2026-03-01, "2026-03-01 14:30", RFC 3339
    #[arg(long, global = true, value_name = "TIME", env = "RELAYWATCH_SINCE", hide_env_values = true)]
    pub(in crate::cli) since: Option<When>,
    /// Only what happened before then
    #[arg(long, global = true, value_name = "TIME", env = "RELAYWATCH_UNTIL", hide_env_values = true)]
    pub(in crate::cli) until: Option<When>,
    /// Only lines of this host
    #[arg(long, global = true, value_name = "NAME", env = "RELAYWATCH_HOST", hide_env_values = true)]
    pub(in crate::cli) host: Option<String>,
    /// Only what a client did: lines that name this address or one of this network, and relay attempts from there
    #[arg(long, global = true, value_name = "ADDRESS", env = "RELAYWATCH_SOURCE", hide_env_values = true, value_parser = network)]
    pub(in crate::cli) source: Option<IpNet>,
    /// Form of the result [default: text, of parse: ndjson]
    #[arg(long, global = true, value_name = "FORM", env = "RELAYWATCH_OUTPUT", hide_env_values = true)]
    pub(in crate::cli) output: Option<Output>,
    #[arg(
        long,
        help = "Colours: auto means on a terminal, unless NO_COLOR is set",
        global = true,
        value_name = "WHEN",
        default_value = "auto",
        env = "RELAYWATCH_COLOR",
        hide_env_values = true
    )]
    pub(in crate::cli) color: Color,
    /// Parsing threads [default: one per processor]
    #[arg(long, global = true, value_name = "N", env = "RELAYWATCH_THREADS", hide_env_values = true, value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub(in crate::cli) threads: Option<u16>,
    /// What sessions, messages and sources under watch may take, like 128MB or 1GB: of a flood, the idle are forgotten
    #[arg(long, global = true, value_name = "SIZE", default_value = "256MB", env = "RELAYWATCH_MEMORY", hide_env_values = true, value_parser = memory)]
    pub(in crate::cli) memory: Memory,
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

/// Every format that can be stated, with what it is.
fn formats() -> impl TypedValueParser<Value = Format> {
    let stated = Format::ALL.iter().filter(|&&format| format != Format::Unknown);
    PossibleValuesParser::new(stated.map(|format| PossibleValue::new(format.name()).help(format.about())))
        .map(|name| Format::from_name(&name).unwrap_or(Format::Unknown))
}

/// The form of the result.
#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
pub(in crate::cli) enum Output {
    /// For people
    Text,
    /// One JSON object
    Json,
    /// One JSON object per line
    Ndjson,
    /// A table: a row for each alert, event or attempt
    Csv,
    /// One page for a browser
    Html,
}

/// When to colour.
#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
pub(in crate::cli) enum Color {
    /// On a terminal, unless `NO_COLOR` is set
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}

/// An address or a network, as it is typed.
fn network(text: &str) -> Result<IpNet, String> {
    crate::model::stated::network(text).map_err(|(message, hint)| match hint {
        Some(hint) => format!("{message}; {hint}"),
        None => message,
    })
}
