//! What a person watches: who connects, who logs in, what is relayed, message by message, line by line.
//!
//! Fed like [`Aggregate`](super::Aggregate), and counting by its rules; but what it holds is the recent past, in tables of
//! fixed size: a flood drives out itself, and those that come again stay.

mod accounts;
mod flows;
mod messages;
mod now;
mod picture;
mod rates;
mod seen;
mod sources;
mod tail;
mod text;
mod want;

pub use picture::{
    AccountRow, Counts, FlowRow, MessageRow, NetworkRow, Picture, Rates, RecipientRow, SourceRow, Step,
    TailLine,
};
pub use want::{Settings, Want};

use super::lines::Lines;
use super::logins::{LoginReader, Logins, claimed_name};
use super::relay::{is_counted, is_relay_counted};
use super::series::Column;
use super::traffic::TrafficCounts;
use crate::model::{Attempt, Authority, Class, Event, EventTime, Field, Files, Hosts, Kind, Outcome};
use accounts::Accounts;
use flows::Flows;
use messages::{Messages, is_refusal};
use now::Now;
use rates::Steps;
use sources::Sources;
use tail::Tail;

/// Sessions with a failed login that are open at once.
const SESSIONS: usize = 2_000;
/// Entries of the board's tables do not expire: what is old but still has room may be what somebody looks for.
const NEVER: i64 = i64::MAX;

/// What is known of the recent past, in bounded memory.
#[derive(Debug)]
pub struct Board {
    now: Now,
    lines: Lines,
    traffic: TrafficCounts,
    rates: Steps,
    logins: LoginReader,
    sources: Sources,
    accounts: Accounts,
    flows: Flows,
    messages: Messages,
    tail: Tail,
}

impl Board {
    /// Nothing seen yet.
    pub fn new(settings: Settings) -> Self {
        Self {
            now: Now::default(),
            lines: Lines::default(),
            traffic: TrafficCounts::default(),
            rates: Steps::new(settings.steps, settings.step_seconds),
            logins: LoginReader::new(SESSIONS, NEVER),
            sources: Sources::new(settings.sources, settings.networks),
            accounts: Accounts::new(settings.accounts),
            flows: Flows::new(settings.flows),
            messages: Messages::new(settings.messages),
            tail: Tail::new(settings.tail),
        }
    }

    /// Takes an event: every one of a run, whoever wrote it, comes here once or to [`Board::retold`].
    pub fn event(&mut self, event: &Event<'_>, hosts: &Hosts) {
        self.retold(event, hosts);
        if !matches!(event.kind(), Kind::Ignored | Kind::Unmatched) {
            self.count(event);
        }
    }

    /// Takes the line alone of an event that says again what another one has said.
    pub fn retold(&mut self, event: &Event<'_>, hosts: &Hosts) {
        let (batch, record) = event.source();
        self.lines.count(batch, record, event.time(), event.mta());
        if self.now.follow(event.time()) {
            self.rates.clear();
        }
        if let Some(newest) = self.now.newest() {
            self.rates.reach(newest);
        }
        let claimed = claimed_name(event).filter(|(_, name)| !self.accounts.knows(name));
        self.tail.push(event, hosts.name(event.host()), claimed.map(|(field, _)| field));
    }

    fn count(&mut self, event: &Event<'_>) {
        let (time, now) = self.times(event.time());
        let column = self.traffic.count(event);
        let class = event.class();
        let denied = class == Some(Class::RelayDenied);
        if let Some(step) = self.rates.at(event.time()) {
            match column {
                Some(Column::Connections) => step.connections += 1,
                Some(Column::Delivered) => step.delivered += 1,
                Some(Column::Rejected) if !denied => step.rejected += 1,
                _ => {}
            }
        }
        self.messages.line(event, now);
        let logins = self.logins.read(event, now);
        let Some(ip) = event.client_ip() else { return };
        // What else names an address says nothing new of it.
        if !matches!(
            event.kind(),
            Kind::Connect | Kind::Accept | Kind::Reject | Kind::Auth | Kind::Abuse | Kind::Disconnect
        ) {
            return;
        }
        let mut source = self.sources.seen(ip, time, now);
        source.name(event.get(Field::ClientName));
        source.helo(event.get(Field::Helo));
        match column {
            Some(Column::Connections) => source.count(|counts| counts.connections += 1),
            Some(Column::Rejected) => {
                source.refused(class.unwrap_or(Class::Other));
                source.count(|counts| counts.rejected += u64::from(!denied));
            }
            _ => {}
        }
        match logins {
            Some(Logins::Succeeded(name)) => {
                source.count(|counts| counts.logins += 1);
                if let Some(name) = name
                    && let Some(counts) = self.accounts.used(name, Some(ip), time, now)
                {
                    counts.logins += 1;
                    source.account(name);
                }
            }
            Some(Logins::Failed(times, name)) => {
                source.count(|counts| counts.failed_logins += times);
                if let Some(counts) = name.and_then(|name| self.accounts.tried(name, time)) {
                    counts.failed_logins += times;
                }
            }
            None => {}
        }
    }

    /// Takes a telling of an attempt: every one, because messages change with each. What is counted of it is so by the
    /// rules of [`Aggregate::attempt`](super::Aggregate::attempt).
    pub fn attempt(&mut self, attempt: &Attempt<'_>, hosts: &Hosts, files: &Files) {
        let (time, now) = self.times(attempt.told);
        let counted = is_relay_counted(attempt);
        let denied = attempt.outcome == Outcome::Denied;
        self.rates.reach(now);
        if counted && let Some(step) = self.rates.at(attempt.time) {
            step.attempts += 1;
            step.denied += u64::from(denied);
        }
        let refused = is_refusal(attempt.outcome);
        let count = |counts: &mut Counts| {
            counts.attempts += u64::from(counted);
            counts.denied += u64::from(counted && denied);
            counts.accepted += u64::from(attempt.first && !refused);
        };
        if let Some(ip) = attempt.client_ip {
            let mut source = self.sources.seen(ip, time, now);
            source.name(attempt.client_name);
            source.helo(attempt.helo);
            source.count(count);
        }
        if let Some(name) = attempt.auth_user {
            // The name of a client that is refused may be that of a failed login.
            let counts = if attempt.authority == Some(Authority::Authenticated) {
                self.accounts.used(name, attempt.client_ip, time, now)
            } else {
                self.accounts.tried(name, time)
            };
            if let Some(counts) = counts {
                count(counts);
                counts.rejected += u64::from(attempt.first && attempt.outcome == Outcome::Rejected);
            }
        }
        if is_counted(attempt) && attempt.outcome != Outcome::Rejected {
            self.flows.count(attempt, time, now);
        }
        let account = attempt.auth_user.filter(|name| self.accounts.knows(name));
        self.messages.tell(attempt, account, hosts.name(attempt.host), files, now);
    }

    /// What is known now, as far as it is wanted.
    pub fn picture(&self, want: Want) -> Picture {
        Picture {
            now: self.now.newest(),
            coverage: self.lines.total().coverage,
            rates: self.rates.picture(want.steps),
            sources: self.sources.sources(want.sources),
            networks: self.sources.networks(want.networks),
            accounts: self.accounts.picture(want.accounts),
            flows: self.flows.picture(want.flows),
            messages: self.messages.picture(want.messages),
            tail: self.tail.picture(want.tail),
        }
    }

    /// When something was seen, as far as that is believed, and what time it is.
    fn times(&self, time: EventTime) -> (EventTime, EventTime) {
        let time = self.now.believed(time);
        // An attempt is told in front of the event that it comes from, which then moves the time.
        (time, self.now.newest().map_or(time, |newest| newest.max(time)))
    }
}
