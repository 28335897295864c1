//! Why a command could not do its work.

use std::io;

use super::Exit;
use crate::config;
use crate::runtime;

/// A command that ended without a result.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// What was typed makes no sense together.
    #[error("{0}")]
    Usage(String),
    /// The configuration is wrong.
    #[error(transparent)]
    Configuration(#[from] config::Error),
    /// Nothing could be run: the patterns are wrong, or the system refuses.
    #[error(transparent)]
    Runtime(#[from] runtime::Error),
    /// The service could not begin.
    #[error(transparent)]
    Live(#[from] runtime::live::Error),
    /// The service's state cannot be read or written.
    #[error(transparent)]
    State(#[from] runtime::live::StateError),
    /// The result could not be written.
    #[error("cannot write the result to standard output: {0}; free some space or write it somewhere else")]
    Output(#[source] io::Error),
    /// Standard input could not be read.
    #[error("cannot read standard input: {0}")]
    Stdin(#[source] io::Error),
}

impl Error {
    /// How the program ends because of it.
    pub fn exit(&self) -> Exit {
        match self {
            Self::Usage(_) | Self::Configuration(_) | Self::Runtime(_) | Self::Live(_) | Self::State(_) => {
                Exit::Usage
            }
            // Nobody reads any more (`| head`): that is the reader's decision, not a failure.
            Self::Output(error) if error.kind() == io::ErrorKind::BrokenPipe => Exit::Clean,
            Self::Output(_) | Self::Stdin(_) => Exit::Unreadable,
        }
    }

    /// Whether anybody should be told.
    pub fn is_silent(&self) -> bool {
        matches!(self, Self::Output(error) if error.kind() == io::ErrorKind::BrokenPipe)
    }
}

impl From<io::Error> for Error {
    fn from(error: io::Error) -> Self {
        Self::Output(error)
    }
}
