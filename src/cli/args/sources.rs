//! What may stand behind `sources`.

use clap::Subcommand;

use super::place::Place;
use crate::model::About;

/// `sources`.
#[derive(Debug, Subcommand)]
pub(in crate::cli) enum Sources {
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
