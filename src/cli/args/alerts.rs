//! What may stand behind `alerts`.

use clap::Subcommand;

use super::place::Place;
use crate::model::Period;

/// `alerts`.
#[derive(Debug, Subcommand)]
pub(in crate::cli) enum Alerts {
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

/// What a silence may be about: a network with bits behind its mask would silence nobody.
fn subject(text: &str) -> Result<String, String> {
    crate::runtime::live::check_subject(text).map(|()| text.to_owned())
}
