//! One SMTP connection, as far as its messages need it. Known by host and process id.

use std::net::IpAddr;

use serde::{Deserialize, Serialize};

use crate::aggregate::Reuse;
use crate::model::{Authority, HostId, QueueId};

/// A server process serves one connection at a time, so host and process id name the session.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
pub(super) struct SessionKey {
    pub(super) host: HostId,
    pub(super) pid: u32,
}

/// The certificate a client showed (`smtpd_tls_ask_ccert` or stricter), as Postfix names the trust in it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Default, Serialize, Deserialize)]
pub(super) enum Certificate {
    /// No TLS, or anonymous.
    #[default]
    None,
    /// Shown, signed by nobody we know.
    Untrusted,
    /// Signed by a known authority.
    Trusted,
}

/// What a session has shown so far.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(super) struct Session {
    pub(super) client_ip: Option<IpAddr>,
    pub(super) client_name: Vec<u8>,
    pub(super) helo: Vec<u8>,
    pub(super) certificate: Certificate,
    /// The authority of the message that is being passed through a filter in front of the queue
    /// (`smtpd_proxy_filter`), once its client is accepted.
    pub(super) proxied: Option<Authority>,
    pub(super) auth_user: Vec<u8>,
    /// The messages it brought, the first few.
    pub(super) messages: Vec<QueueId>,
}

/// More messages in one session than this are not counted against its recipients.
pub(super) const MAX_MESSAGES: usize = 20;

impl Reuse for Session {
    fn reuse(&mut self) {
        self.client_ip = None;
        self.client_name.clear();
        self.helo.clear();
        self.certificate = Certificate::None;
        self.proxied = None;
        self.auth_user.clear();
        self.messages.clear();
    }
}
