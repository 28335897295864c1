//! `completions` and `man`: what the definitions of the arguments say, for shells and for man(1).

use std::io::Write;

use clap::CommandFactory;

use super::args::{Cli, Completions, Man};
use super::{Error, Exit};

/// Prints the completions of a shell.
pub(super) fn completions(arguments: &Completions, out: &mut impl Write) -> Result<Exit, Error> {
    // Into memory first: the generator takes a closed pipe for a fault.
    let mut script = Vec::new();
    clap_complete::generate(arguments.shell, &mut Cli::command(), "relaywatch", &mut script);
    out.write_all(&script)?;
    Ok(Exit::Clean)
}

/// Prints the page of the program or of one of its commands.
pub(super) fn man(arguments: &Man, out: &mut impl Write) -> Result<Exit, Error> {
    let mut program = Cli::command();
    program.build();
    let mut command = &program;
    for word in &arguments.command {
        command = command.find_subcommand(word).ok_or_else(|| {
            let known = command.get_subcommands().map(clap::Command::get_name).filter(|name| *name != "help");
            let known = known.collect::<Vec<_>>().join(", ");
            let known = if known.is_empty() {
                "it has no commands of its own".to_owned()
            } else {
                format!("possible: {known}")
            };
            Error::Usage(format!(
                "{} has no command {word}; {known}",
                command.get_bin_name().unwrap_or("relaywatch")
            ))
        })?;
    }
    let version = format!("relaywatch {}", env!("CARGO_PKG_VERSION"));
    clap_mangen::Man::new(command.clone()).source(version).render(out)?;
    Ok(Exit::Clean)
}
