//! The mail servers whose logs can be written, and what each of them must do.

use anyhow::bail;

use crate::simulation::clock::{Micros, Stamps};
use crate::simulation::due::Due;
use crate::simulation::exchange::numbered::{self, Numbered};
use crate::simulation::exchange::trace::{self, Trace};
use crate::simulation::exchange::{self, Exchange};
use crate::simulation::exim::Exim;
use crate::simulation::iis::{self, Iis};
use crate::simulation::layout::{Layout, Sheet};
use crate::simulation::postfix::Postfix;
use crate::simulation::sendmail::Sendmail;
use crate::simulation::timeline::Timeline;
use crate::simulation::visit::{Door, Visit};

/// A mail server that logs what happens to it.
pub(crate) trait Server {
    /// Says all lines that this visit, begun at `at`, and the mail it leaves will ever cause.
    fn visit(&mut self, visit: &Visit, at: Micros, timeline: &mut Timeline) {
        timeline.set_episode(visit.episode);
        match visit.door {
            Door::Command(uid) => self.submitted_here(visit, uid, at, timeline),
            Door::Smtp | Door::Submission => self.connected(visit, at, timeline),
        }
        timeline.set_episode(0);
    }
    /// A client connects.
    fn connected(&mut self, visit: &Visit, at: Micros, timeline: &mut Timeline);
    /// A user or program of the host itself submits mail.
    fn submitted_here(&mut self, visit: &Visit, uid: u32, at: Micros, timeline: &mut Timeline);
    /// Lines the server writes about itself when it has been started; when it does so next.
    fn started(&mut self, at: Micros, timeline: &mut Timeline) -> Micros {
        self.housekeeping(at, timeline)
    }
    /// Lines the server writes about itself at `at`; when it does so next.
    fn housekeeping(&mut self, at: Micros, timeline: &mut Timeline) -> Micros;
    /// What of an alert is due from this log: about whom, if it can tell at all.
    fn owes(&self, due: Due) -> Option<Due> {
        Some(due)
    }
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
    /// Exchange 2019: a folder with the logs of one server: receive, agents, send, tracking.
    Exchange,
    /// Exchange 2019: the message tracking log.
    ExchangeTracking,
    /// Exchange 2019: the SMTP receive protocol log of the frontend.
    ExchangeProtocol,
    /// Exchange 2019: the SMTP send protocol log.
    ExchangeSend,
    /// Exchange 2019: the log of its anti-spam agents.
    ExchangeAgent,
    /// Exchange Online: a message trace, exported as CSV.
    ExchangeTrace,
    /// Exchange 2003: the message tracking log.
    #[value(name = "exchange-2003")]
    Exchange2003,
    /// The SMTP service of IIS 6: W3C extended log.
    Iis,
    /// The same: NCSA common log.
    IisNcsa,
}

/// Kinds of queue ids. Exchange and the IIS SMTP service have one kind, or none.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum QueueIdStyle {
    /// Postfix: hexadecimal. Sendmail: 14 characters, for process ids of up to six digits. Exim: 6-6-2, before 4.97.
    Short,
    /// Postfix: `enable_long_queue_ids`. Sendmail: 15 characters, for those of seven. Exim: 6-11-4.
    Long,
}

impl ServerName {
    /// How its lines are stamped unless told: some write files of their own, the others use syslog.
    pub(crate) fn usual_stamps(self) -> Stamps {
        match self {
            Self::Postfix | Self::Sendmail => Stamps::Bsd,
            Self::Exim => Stamps::Exim,
            Self::Exchange
            | Self::ExchangeTracking
            | Self::ExchangeProtocol
            | Self::ExchangeSend
            | Self::ExchangeAgent => Stamps::Exchange,
            Self::Exchange2003 => Stamps::Exchange2003,
            Self::Iis => Stamps::Iis,
            Self::ExchangeTrace | Self::IisNcsa => Stamps::Within,
        }
    }

    fn can_stamp(self, stamps: Stamps) -> bool {
        match self {
            Self::Exim => stamps.is_syslog() || matches!(stamps, Stamps::Exim | Stamps::EximFull),
            Self::Postfix | Self::Sendmail => stamps.is_syslog(),
            _ => stamps == self.usual_stamps(),
        }
    }

    /// The logs of Exchange that are written.
    const fn exchange_logs(self) -> &'static [&'static str] {
        match self {
            Self::Exchange => &[exchange::RECEIVE, exchange::AGENT, exchange::SEND, exchange::TRACKING],
            Self::ExchangeTracking => &[exchange::TRACKING],
            Self::ExchangeProtocol => &[exchange::RECEIVE],
            Self::ExchangeSend => &[exchange::SEND],
            Self::ExchangeAgent => &[exchange::AGENT],
            _ => &[],
        }
    }

    /// Its files: one, or several for a folder.
    ///
    /// # Errors
    ///
    /// Stamps that its log never has.
    pub(crate) fn sheets(self, stamps: Stamps) -> anyhow::Result<Vec<Sheet>> {
        if !self.can_stamp(stamps) {
            bail!(
                "--stamps bsd and rfc3339 are for postfix, sendmail and exim, exim and exim-full for exim, \
                 exchange, exchange-2003 and iis for the servers of these names, within for those that stamp within the line"
            );
        }
        let one = |layout| vec![Sheet { name: "", of: None, layout }];
        Ok(match self {
            Self::Postfix | Self::Sendmail | Self::IisNcsa => one(Layout::new(stamps, None)),
            // `syslog_timestamp` is on unless somebody turned it off, as those do whose syslog stamps well.
            Self::Exim => {
                one(Layout::new(stamps, (stamps == Stamps::Bsd).then_some(crate::simulation::exim::PROGRAM)))
            }
            Self::ExchangeTrace => one(Layout::table(stamps, trace::HEADING)),
            Self::Exchange2003 => one(Layout::table(stamps, numbered::HEADING)),
            Self::Iis => one(Layout::table(stamps, iis::HEADING)),
            Self::Exchange
            | Self::ExchangeTracking
            | Self::ExchangeProtocol
            | Self::ExchangeSend
            | Self::ExchangeAgent => {
                self.exchange_logs().iter().map(|log| exchange::sheet(log, stamps)).collect()
            }
        })
    }

    /// An instance that logs the same lines for the same seed.
    pub(crate) fn start(self, seed: u64, style: QueueIdStyle) -> Box<dyn Server> {
        match self {
            Self::Postfix => Box::new(Postfix::new(seed, style)),
            Self::Sendmail => Box::new(Sendmail::new(seed, style)),
            Self::Exim => Box::new(Exim::new(seed, style)),
            Self::ExchangeTrace => Box::new(Trace::new(seed)),
            Self::Exchange2003 => Box::new(Numbered::new(seed)),
            Self::Iis => Box::new(Iis::new(seed, iis::Format::W3c)),
            Self::IisNcsa => Box::new(Iis::new(seed, iis::Format::Ncsa)),
            Self::Exchange
            | Self::ExchangeTracking
            | Self::ExchangeProtocol
            | Self::ExchangeSend
            | Self::ExchangeAgent => Box::new(Exchange::new(seed, self.exchange_logs())),
        }
    }
}
