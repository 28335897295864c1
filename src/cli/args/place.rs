//! Whose state is asked for.

use std::path::PathBuf;

use clap::{Args, ValueHint};

/// Where the service keeps its state.
#[derive(Debug, Args)]
pub(in crate::cli) struct Place {
    /// Folder of the service's state, as given to monitor
    #[arg(long, value_name = "DIR", env = "RELAYWATCH_STATE", hide_env_values = true, value_hint = ValueHint::DirPath)]
    pub(in crate::cli) state: Option<PathBuf>,
}
