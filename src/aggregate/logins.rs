//! What a line says of logins: that one succeeded, or how many failed. A failure counts once, whatever number of lines
//! tells of it.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use super::{Reuse, Table};
use crate::model::{Class, Event, EventTime, Field, HostId, Kind, Mta};

/// A client that fails so often and then gets in, in one session, mistyped.
const MISTYPED: u64 = 3;
/// Failures believed of one session: five times `smtpd_hard_error_limit` of postconf(5).
const MAX_FAILURES: u64 = 100;

/// What a line says of logins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Logins<'e> {
    /// One succeeded; as whom, if the line says so.
    Succeeded(Option<&'e [u8]>),
    /// So many failed; as whom, if the line says so: it may be a password.
    Failed(u64, Option<&'e [u8]>),
}

/// A process serves one connection at a time, so host and process id name the session.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
pub struct Session {
    host: HostId,
    pid: u32,
}

/// What [`LoginReader::state`] gives, to be taken back.
pub type LoginState = Vec<(Session, Failures, EventTime)>;

/// Failures of a session.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct Failures(u64);

impl Reuse for Failures {
    fn reuse(&mut self) {
        self.0 = 0;
    }
}

/// Reads lines about logins. Remembers the failures of open sessions of Postfix that had a line of their own, because
/// the counts at the end of the session have them, too.
#[derive(Debug)]
pub struct LoginReader {
    sessions: Table<Session, Failures>,
}

impl LoginReader {
    /// Remembers so many sessions, each for so long since its last word, in seconds.
    pub fn new(sessions: usize, seconds: i64) -> Self {
        Self { sessions: Table::new(sessions, seconds) }
    }

    /// What `event` tells of logins, at a time that is believed.
    pub fn read<'e>(&mut self, event: &Event<'e>, now: EventTime) -> Option<Logins<'e>> {
        let user = || event.get(Field::AuthUser).filter(|user| !user.is_empty());
        match event.kind() {
            Kind::Disconnect if event.mta() == Some(Mta::Postfix) => self.session_ended(event),
            Kind::Accept => Some(Logins::Succeeded(Some(user().filter(|user| !is_computer(user))?))),
            Kind::Auth if event.class() == Some(Class::AuthFailed) => self.failed(event, now),
            Kind::Auth if event.class().is_none() => {
                (!user().is_some_and(is_computer)).then(|| Logins::Succeeded(user()))
            }
            _ => None,
        }
    }

    fn failed<'e>(&mut self, event: &Event<'e>, now: EventTime) -> Option<Logins<'e>> {
        match event.mta() {
            // A remark says why; the reply that follows it is there in every version, and counts.
            Some(Mta::Exchange) if event.get(Field::ReplyCode).is_none() => return None,
            Some(Mta::Postfix) if event.pid() != 0 => {
                let key = Session { host: event.host(), pid: event.pid() };
                let slot = self.sessions.find_or_insert(key, now);
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
        let (good, all) = counts(commands)?;
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
    pub fn expire(&mut self, now: EventTime) {
        while let Some(slot) = self.sessions.expired(now) {
            self.sessions.remove(slot);
        }
    }

    /// What is to be kept over a restart.
    pub fn state(&self) -> impl Serialize {
        self.sessions.entries()
    }

    /// Goes on from what was kept.
    pub fn restore(&mut self, state: LoginState) {
        self.sessions.clear();
        self.sessions.restore(state);
    }
}

/// Exchange: a computer's account, which servers of an organisation use among themselves.
pub fn is_computer(user: &[u8]) -> bool {
    user.ends_with(b"$")
}

/// The name of a failed login and its field, if the line has it.
pub fn claimed_name<'e>(event: &Event<'e>) -> Option<(Field, &'e [u8])> {
    let failed = event.class() == Some(Class::AuthFailed);
    [(Field::ClaimedUser, true), (Field::AuthUser, failed)]
        .into_iter()
        .filter(|&(_, claimed)| claimed)
        .filter_map(|(field, _)| Some((field, event.get(field)?)))
        .find(|(_, name)| !name.is_empty())
}

/// The line of a failed login without the name that was tried, which may be a password: masked, or where no name was read,
/// cut where one may stand all the same.
pub fn without_claimed_name<'e>(event: &Event<'e>) -> Cow<'e, [u8]> {
    const KEYS: [&[u8]; 3] = [b"user=", b"username=", b"set_id="];
    if let Some((field, _)) = claimed_name(event) {
        return event.line_without(field).into();
    }
    let line = event.line();
    let ends = KEYS.iter().filter_map(|key| Some(memchr::memmem::find(line, key)? + key.len()));
    line[..ends.min().unwrap_or(line.len())].into()
}

/// Successful and all logins of `ehlo=1 auth=0/3 quit=1 commands=2/5`; `auth=1` is one of one.
fn counts(commands: &[u8]) -> Option<(u64, u64)> {
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
        assert_eq!(counts(b"ehlo=1 auth=0/3 quit=1 commands=2/5"), Some((0, 3)));
        assert_eq!(counts(b"ehlo=2 starttls=1 auth=1 mail=1"), Some((1, 1)));
        for none in [&b"ehlo=1 quit=1 commands=2"[..], b"auth=", b"auth=x/3", b"xauth=1", b""] {
            assert_eq!(counts(none), None, "{}", String::from_utf8_lossy(none));
        }
    }
}
