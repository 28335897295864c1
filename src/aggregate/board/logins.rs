//! Logins, as lines tell of them: that one succeeded, or how many failed, each once. The detectors of failed logins go
//! by the same rules.

use crate::aggregate::{Reuse, Table};
use crate::model::{Class, Event, EventTime, Field, HostId, Kind, Mta};

/// Sessions with a failure that are open at once.
const SESSIONS: usize = 2_000;
/// Nothing expires: a full table gives up a session that has not been heard of for long.
const NEVER: i64 = i64::MAX;
/// A client that fails so often and then gets in, in one session, mistyped.
const MISTYPED: u64 = 3;
/// Failures believed of one session.
const MAX_FAILURES: u64 = 100;

/// What a line says of logins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Logins<'e> {
    /// One succeeded; as whom, if the line says so.
    Succeeded(Option<&'e [u8]>),
    /// So many failed; as whom, if the line says so: it may be a password.
    Failed(u64, Option<&'e [u8]>),
}

/// Failures of one session of Postfix that had a line of their own: the counts at its end have them, too.
#[derive(Debug, Default)]
struct Failures(u64);

impl Reuse for Failures {
    fn reuse(&mut self) {
        self.0 = 0;
    }
}

/// Reads lines about logins.
#[derive(Debug)]
pub(super) struct Reader {
    /// A process serves one connection at a time, so host and process id name the session.
    sessions: Table<(HostId, u32), Failures>,
}

impl Reader {
    pub(super) fn new() -> Self {
        Self { sessions: Table::new(SESSIONS, NEVER) }
    }

    /// What `event` tells of logins, at a time that is believed.
    pub(super) fn read<'e>(&mut self, event: &Event<'e>, now: EventTime) -> Option<Logins<'e>> {
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
            // A remark says why; the reply that follows it counts.
            Some(Mta::Exchange) if event.get(Field::ReplyCode).is_none() => return None,
            Some(Mta::Postfix) if event.pid() != 0 => {
                let slot = self.sessions.find_or_insert((event.host(), event.pid()), now);
                self.sessions[slot].0 += 1;
            }
            _ => {}
        }
        let times = event.int(Field::Attempts).unwrap_or(1).min(MAX_FAILURES);
        Some(Logins::Failed(times, claimed_name(event).map(|(_, name)| name)))
    }

    /// `auth=1/3` at the end of a session: one login of three succeeded. Those that had no line of their own count now.
    fn session_ended<'e>(&mut self, event: &Event<'e>) -> Option<Logins<'e>> {
        let (good, all) = counts(event.get(Field::Commands)?)?;
        let slot = self.sessions.find(&(event.host(), event.pid()));
        let told = slot.map_or(0, |slot| self.sessions[slot].0);
        if let Some(slot) = slot {
            self.sessions.remove(slot);
        }
        let untold = all.saturating_sub(good).saturating_sub(told).min(MAX_FAILURES);
        let mistyped = good > 0 && untold <= MISTYPED;
        (untold > 0 && !mistyped).then_some(Logins::Failed(untold, None))
    }
}

/// Exchange: a computer's account, which servers of an organisation use among themselves.
pub(super) fn is_computer(user: &[u8]) -> bool {
    user.ends_with(b"$")
}

/// The name of a failed login and its field, if the line has it.
pub(super) fn claimed_name<'e>(event: &Event<'e>) -> Option<(Field, &'e [u8])> {
    let failed = event.class() == Some(Class::AuthFailed);
    [(Field::ClaimedUser, true), (Field::AuthUser, failed)]
        .into_iter()
        .filter(|&(_, claimed)| claimed)
        .filter_map(|(field, _)| Some((field, event.get(field)?)))
        .find(|(_, name)| !name.is_empty())
}

/// Successful and all logins of `ehlo=1 auth=0/3 quit=1 commands=2/5`, if some of them failed.
fn counts(commands: &[u8]) -> Option<(u64, u64)> {
    memchr::memchr(b'/', commands)?;
    let counts = commands.split(|&byte| byte == b' ').find_map(|word| word.strip_prefix(b"auth="))?;
    let (good, all) = std::str::from_utf8(counts).ok()?.split_once('/')?;
    Some((good.parse().ok()?, all.parse().ok()?))
}
