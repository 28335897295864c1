//! Exit codes: a contract with scripts and cron.

use std::process::ExitCode;

/// How a command ended.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Exit {
    /// All is well; an empty input too.
    Clean,
    /// Findings at or above `--fail-on`, or a pattern that fails its samples.
    Findings,
    /// What was typed or configured makes no sense.
    Usage,
    /// An input could not be read, or nothing in it is a mail log.
    Unreadable,
    /// Ctrl-C; what was found until then is printed.
    Interrupted,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        ExitCode::from(match exit {
            Exit::Clean => 0,
            Exit::Findings => 1,
            Exit::Usage => 2,
            Exit::Unreadable => 3,
            // 128 + SIGINT, as shells say it.
            Exit::Interrupted => 130,
        })
    }
}
