//! The mail servers whose logs can be written, and what each of them must do.

use anyhow::bail;

use crate::clock::{Micros, Stamps};
use crate::exim::Exim;
use crate::layout::Layout;
use crate::postfix::Postfix;
use crate::sendmail::Sendmail;
use crate::timeline::Timeline;
use crate::visit::Visit;

/// A mail server that logs what happens to it.
pub(crate) trait Server {
    /// Says all lines that this visit, begun at `at`, and the mail it leaves will ever cause.
    fn visit(&mut self, visit: &Visit, at: Micros, timeline: &mut Timeline);
    /// Lines the server writes about itself at `at`; when it does so next.
    fn housekeeping(&mut self, at: Micros, timeline: &mut Timeline) -> Micros;
    /// About how many bytes of log a visit costs.
    fn bytes(&self, visit: &Visit) -> u64;
}

/// The servers by name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum ServerName {
    /// Postfix 3.7.
    Postfix,
    /// Sendmail 8.17, with milters.
    Sendmail,
    /// Exim 4.96 or 4.97.
    Exim,
}

/// Kinds of queue ids.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum QueueIdStyle {
    /// Postfix: hexadecimal. Sendmail: 14 characters, for process ids of up to six digits. Exim: 6-6-2, before 4.97.
    Short,
    /// Postfix: `enable_long_queue_ids`. Sendmail: 15 characters, for those of seven. Exim: 6-11-4.
    Long,
}

impl ServerName {
    /// How its lines are stamped unless told: Exim writes files of its own, the others use syslog.
    pub(crate) fn usual_stamps(self) -> Stamps {
        if self == Self::Exim { Stamps::Exim } else { Stamps::Bsd }
    }

    /// How its lines begin.
    ///
    /// # Errors
    ///
    /// Another server's own stamps.
    pub(crate) fn layout(self, stamps: Stamps) -> anyhow::Result<Layout> {
        if self != Self::Exim && !stamps.is_syslog() {
            bail!("--stamps exim and exim-full are for --server exim: the others log to syslog only");
        }
        // `syslog_timestamp` is on unless somebody turned it off, as those do whose syslog stamps well.
        let own = (self == Self::Exim && stamps == Stamps::Bsd).then_some(crate::exim::PROGRAM);
        Ok(Layout::new(stamps, own))
    }

    /// An instance that logs the same lines for the same seed.
    pub(crate) fn start(self, seed: u64, style: QueueIdStyle) -> Box<dyn Server> {
        match self {
            Self::Postfix => Box::new(Postfix::new(seed, style)),
            Self::Sendmail => Box::new(Sendmail::new(seed, style)),
            Self::Exim => Box::new(Exim::new(seed, style)),
        }
    }
}
