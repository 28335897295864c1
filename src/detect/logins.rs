//! What a line says of logins: that one succeeded, or how many failed. A failure counts once, whatever number of lines
//! tells of it.

use std::net::IpAddr;

use serde::{Deserialize, Serialize};

use crate::aggregate::{Reuse, Table};
use crate::model::{Class, Event, EventTime, Field, HostId, Kind, Memory, Mta};

/// Sessions with a failure that are open at once. `default_process_limit` of postconf(5) is 100 per service.
const MAX_SESSIONS: usize = 20_000;
/// `smtpd_timeout` of postconf(5) is five minutes: an hour without another word, and the session is over.
const SESSION_SECONDS: i64 = 3600;
/// A client that fails so often and then gets in, in one session, mistyped.
const MISTYPED: u64 = 3;
/// Failures believed of one session: five times `smtpd_hard_error_limit` of postconf(5).
const MAX_FAILURES: u64 = 100;

/// A line that tells of logins from one address.
#[derive(Debug)]
pub struct Login<'l, 'e> {
    pub(super) event: &'l Event<'e>,
    pub(super) source: IpAddr,
    pub(super) said: Logins<'e>,
}

/// What it says of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Logins<'e> {
    /// One succeeded; as whom, if the line says so.
    Succeeded(Option<&'e [u8]>),
    /// So many failed; as whom, if the line says so.
    Failed(u64, Option<&'e [u8]>),
}

/// A process serves one connection at a time, so host and process id name the session.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
pub(super) struct Session {
    host: HostId,
    pid: u32,
}

/// What [`Reader::state`] gives, to be taken back.
pub(super) type State = Vec<(Session, Failures, EventTime)>;

/// Failures of a session.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(super) struct Failures(u64);

impl Reuse for Failures {
    fn reuse(&mut self) {
        self.0 = 0;
    }
}

/// Reads lines about logins. Remembers the failures of open sessions of Postfix that had a line of their own, because
/// the counts at the end of the session have them, too.
#[derive(Debug)]
pub(super) struct Reader {
    sessions: Table<Session, Failures>,
}

impl Reader {
    pub(super) fn new(memory: Memory) -> Self {
        Self { sessions: Table::new(memory.room(MAX_SESSIONS), SESSION_SECONDS) }
    }

    /// What `event` tells of logins.
    #[inline]
    pub(super) fn read<'l, 'e>(&mut self, event: &'l Event<'e>) -> Option<Login<'l, 'e>> {
        if !matches!(event.kind(), Kind::Auth | Kind::Accept | Kind::Disconnect) {
            return None;
        }
        let said = self.said(event)?;
        Some(Login { event, source: event.client_ip()?, said })
    }

    fn said<'e>(&mut self, event: &Event<'e>) -> Option<Logins<'e>> {
        let user = || event.get(Field::AuthUser).filter(|user| !user.is_empty());
        match event.kind() {
            Kind::Disconnect if event.mta() == Some(Mta::Postfix) => self.session_ended(event),
            Kind::Accept => Some(Logins::Succeeded(Some(user()?))),
            Kind::Auth if event.class() == Some(Class::AuthFailed) => self.failed(event),
            Kind::Auth if event.class().is_none() => {
                // Exchange: a computer's account, which servers of an organisation use among themselves.
                let is_computer = user().is_some_and(|user| user.ends_with(b"$"));
                (!is_computer).then(|| Logins::Succeeded(user()))
            }
            _ => None,
        }
    }

    fn failed<'e>(&mut self, event: &Event<'e>) -> Option<Logins<'e>> {
        match event.mta() {
            // A remark says why; the reply that follows it is there in every version, and counts.
            Some(Mta::Exchange) if event.get(Field::ReplyCode).is_none() => return None,
            Some(Mta::Postfix) if event.pid() != 0 => {
                let key = Session { host: event.host(), pid: event.pid() };
                let slot = self.sessions.find_or_insert(key, event.time());
                self.sessions[slot].0 += 1;
            }
            _ => {}
        }
        let times = event.int(Field::Attempts).unwrap_or(1).min(MAX_FAILURES);
        Some(Logins::Failed(times, claimed_name(event).map(|(_, name)| name)))
    }

    /// `auth=1/3` at the end of a session: one login of three succeeded. Those that had no line of their own count now.
    fn session_ended<'e>(&mut self, event: &Event<'e>) -> Option<Logins<'e>> {
        let commands = event.get(Field::Commands)?;
        // Nothing failed, as in most sessions: no count is of the form good/all.
        memchr::memchr(b'/', commands)?;
        let (good, all) = logins(commands)?;
        let slot = self.sessions.find(&Session { host: event.host(), pid: event.pid() });
        let told = slot.map_or(0, |slot| self.sessions[slot].0);
        if let Some(slot) = slot {
            self.sessions.remove(slot);
        }
        let untold = all.saturating_sub(good).saturating_sub(told).min(MAX_FAILURES);
        let mistyped = good > 0 && untold <= MISTYPED;
        (untold > 0 && !mistyped).then_some(Logins::Failed(untold, None))
    }

    /// Event time has come to `now`: forgets sessions whose end no line told.
    pub(super) fn expire(&mut self, now: EventTime) {
        while let Some(slot) = self.sessions.expired(now) {
            self.sessions.remove(slot);
        }
    }

    pub(super) fn state(&self) -> impl Serialize {
        self.sessions.entries()
    }

    pub(super) fn restore(&mut self, state: State) {
        self.sessions.clear();
        self.sessions.restore(state);
    }
}

/// The name of a failed login and its field, if the line has it.
pub(super) fn claimed_name<'e>(event: &Event<'e>) -> Option<(Field, &'e [u8])> {
    [Field::ClaimedUser, Field::AuthUser]
        .into_iter()
        .filter_map(|field| Some((field, event.get(field)?)))
        .find(|(_, name)| !name.is_empty())
}

/// Successful and all logins of `ehlo=1 auth=0/3 quit=1 commands=2/5`; `auth=1` is one of one.
fn logins(commands: &[u8]) -> Option<(u64, u64)> {
    let counts = commands.split(|&byte| byte == b' ').find_map(|word| word.strip_prefix(b"auth="))?;
    let counts = std::str::from_utf8(counts).ok()?;
    let (good, all) = counts.split_once('/').unwrap_or((counts, counts));
    Some((good.parse().ok()?, all.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_counts_of_a_session_are_read() {
        assert_eq!(logins(b"ehlo=1 auth=0/3 quit=1 commands=2/5"), Some((0, 3)));
        assert_eq!(logins(b"ehlo=2 starttls=1 auth=1 mail=1"), Some((1, 1)));
        for none in [&b"ehlo=1 quit=1 commands=2"[..], b"auth=", b"auth=x/3", b"xauth=1", b""] {
            assert_eq!(logins(none), None, "{}", String::from_utf8_lossy(none));
        }
    }
}
