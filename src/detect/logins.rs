//! Lines that tell of logins from an address, which several detectors take.

use std::net::IpAddr;

use super::account::{AccountId, LoginName};
use crate::aggregate::{LoginReader, Logins};
use crate::model::{Event, Kind, Memory};

/// Sessions with a failure that are open at once. `default_process_limit` of postconf(5) is 100 per service.
const MAX_SESSIONS: usize = 20_000;
/// `smtpd_timeout` of postconf(5) is five minutes: an hour without another word, and the session is over.
const SESSION_SECONDS: i64 = 3600;

/// A line that tells of logins from one address.
#[derive(Debug)]
pub struct Login<'l, 'e> {
    pub(super) event: &'l Event<'e>,
    pub(super) source: IpAddr,
    pub(super) said: Logins<'e>,
    /// The account that it names.
    pub(super) account: Option<LoginName<'e>>,
}

impl<'l, 'e> Login<'l, 'e> {
    /// What `event` tells of logins, if it does.
    #[inline]
    pub(super) fn read(reader: &mut LoginReader, event: &'l Event<'e>) -> Option<Self> {
        if !matches!(event.kind(), Kind::Auth | Kind::Accept | Kind::Disconnect) {
            return None;
        }
        let said = reader.read(event, event.time())?;
        let (Logins::Failed(_, name) | Logins::Succeeded(name)) = said;
        let account = name.map(|name| (name, AccountId::of(name)));
        Some(Self { event, source: event.client_ip()?, said, account })
    }
}

/// Who reads them for all detectors.
pub(super) fn reader(memory: Memory) -> LoginReader {
    LoginReader::new(memory.room(MAX_SESSIONS), SESSION_SECONDS)
}
