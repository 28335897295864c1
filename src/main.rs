//! Arguments -> library -> exit code, nothing else.

use std::process::ExitCode;

fn main() -> ExitCode {
    relaywatch::cli::run(std::env::args_os()).into()
}
