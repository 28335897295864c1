//! Where alerts go. One file or folder per kind of sink; each turns notices into its form and delivers them once.
//!
//! A sink tries, and says how it went. When to try again, what to try first and what to give up is decided by
//! [`alert`](crate::alert), which keeps what is not delivered.

mod certificates;
mod clock;
mod command;
mod error;
mod file;
mod json;
mod secret;
mod settings;
mod stdout;
mod syslog;
mod table;
mod text;
mod webhook;
mod words;

use std::fmt::Debug;
use std::time::Duration;

use crate::model::Notice;

pub use error::OpenError;
pub use secret::{Revealed, Secret};
pub use settings::Settings;

/// Takes notices to where people or programs see them.
pub trait Sink: Debug + Send {
    /// How many notices it can tell at once.
    fn most(&self) -> usize {
        1
    }

    /// Tells `notices`, from one to [`Sink::most`] of them, all or none. Returns when they have arrived, or have not; never
    /// takes longer than the sink's timeout.
    ///
    /// # Errors
    /// Why they did not arrive, and what that means for them.
    fn deliver(&mut self, notices: &[Notice]) -> Result<Receipt, Failure>;
}

/// What was said, for people who test a sink. No secrets.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Receipt {
    /// What was sent, in the sink's own form.
    pub sent: String,
    /// What came back.
    pub answer: String,
}

/// Notices that did not arrive.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum Failure {
    /// They may arrive later.
    #[error("{why}")]
    Later {
        /// What happened, for people.
        why: String,
        /// Nothing is to be tried before so much time has passed, says the other side.
        after: Option<Duration>,
    },
    /// These will never be taken.
    #[error("{why}")]
    Refused {
        /// What happened, for people.
        why: String,
    },
    /// Nothing will be taken any more: nobody should try until somebody has looked.
    #[error("{why}")]
    Gone {
        /// What happened, for people.
        why: String,
    },
}

impl Failure {
    /// Something that may be over the next time.
    fn later(why: impl Into<String>) -> Self {
        Self::Later { why: why.into(), after: None }
    }
}
