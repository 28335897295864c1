//! What those that read logs to their end are given.

use clap::{Args, ValueHint};

/// What to read.
#[derive(Debug, Args)]
pub(in crate::cli) struct Inputs {
    /// Log files, folders, patterns like 'mail.log*', or - for standard input; gzip, bzip2, xz and zstd are recognised, tar
    /// and zip archives are folders
    #[arg(value_name = "FILES", required = true, value_hint = ValueHint::AnyPath)]
    pub(in crate::cli) files: Vec<String>,
}
