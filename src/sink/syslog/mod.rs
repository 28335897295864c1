//! Syslog: RFC 5424 with structured data, or RFC 3164 for those that know nothing else, over a local socket, UDP, TCP or
//! TLS.

mod link;
mod message;
mod network;
mod stream;

use std::path::PathBuf;
use std::time::Duration;

use serde::Deserialize;

use self::link::{Link, Target};
use super::certificates::Files;
use super::clock::Deadline;
use super::secret::absolute;
use super::settings::missing;
use super::table::{Table, Type};
use super::{Failure, OpenError, Receipt, Sink};
use crate::model::Notice;

pub(super) use self::message::{Facility, Format};

/// How messages travel.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Transport {
    /// A socket of this machine.
    Unix,
    /// RFC 5426.
    Udp,
    /// RFC 6587, octet counting.
    Tcp,
    /// RFC 5425.
    Tls,
}

impl Transport {
    /// The port where none is stated: 514 (RFC 5426, section 3.3, and by custom for TCP), 6514 (RFC 5425, section 4.1).
    const fn port(self) -> u16 {
        match self {
            Self::Tls => 6514,
            Self::Unix | Self::Udp | Self::Tcp => 514,
        }
    }

    /// The longest message, in bytes: what RFC 5424 (section 6.1) asks every receiver to take, and what receivers of
    /// streams take by their defaults.
    const fn longest(self) -> usize {
        match self {
            Self::Unix | Self::Udp => 2048,
            Self::Tcp | Self::Tls => 8192,
        }
    }
}

/// The settings of type `syslog`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Settings {
    transport: Transport,
    target: Target,
    facility: Facility,
    format: Format,
    certificates: Files,
    timeout: Duration,
}

impl Settings {
    pub(super) fn new(mut table: Table) -> Result<Self, String> {
        let (timeout, certificates) = (table.timeout()?, table.certificates()?);
        let transport = table.transport.unwrap_or(Transport::Unix);
        let target = match (transport, table.address, table.path) {
            (Transport::Unix, None, path) => {
                Target::Path(absolute(path.unwrap_or_else(|| PathBuf::from("/dev/log")))?)
            }
            (Transport::Unix, Some(_), _) => {
                return Err("`address` needs `transport`: write \"udp\", \"tcp\" or \"tls\"".to_owned());
            }
            (_, None, _) => {
                return Err(missing(Type::Syslog, "address", "address = \"logs.example.com:6514\""));
            }
            (_, Some(_), Some(_)) => return Err("`path` goes with transport = \"unix\" only".to_owned()),
            (_, Some(address), None) => network::parse(&address, transport.port())?,
        };
        if certificates.any() && transport != Transport::Tls {
            return Err("certificates go with transport = \"tls\" only".to_owned());
        }
        Ok(Self {
            transport,
            target,
            facility: table.facility.unwrap_or(Facility::Daemon),
            // The daemons behind a local socket (journald, rsyslog's imuxsock) read the old format alone there.
            format: table.format.unwrap_or(match transport {
                Transport::Unix => Format::Rfc3164,
                Transport::Udp | Transport::Tcp | Transport::Tls => Format::Rfc5424,
            }),
            certificates,
            timeout,
        })
    }

    pub(super) fn open(&self) -> Result<Syslog, OpenError> {
        let tls = match self.transport {
            Transport::Tls => Some(self.certificates.read()?.client_config()?),
            Transport::Unix | Transport::Udp | Transport::Tcp => None,
        };
        let link = Link::new(self.transport, self.target.clone(), tls);
        Ok(Syslog { settings: self.clone(), link, writer: message::Writer::new() })
    }

    pub(super) fn describe(&self) -> String {
        let transport = match self.transport {
            Transport::Unix => "unix",
            Transport::Udp => "udp",
            Transport::Tcp => "tcp",
            Transport::Tls => "tls",
        };
        format!("syslog {transport} {}", self.target)
    }

    pub(super) fn warnings(&self) -> Vec<String> {
        let clear = matches!(self.transport, Transport::Udp | Transport::Tcp)
            && !matches!(&self.target, Target::Host { host, .. } if super::webhook::is_loopback(host));
        let clear = clear.then(|| {
            format!(
                "alerts go to {} in the clear, and anybody can forge them; use transport = \"tls\"",
                self.target
            )
        });
        clear.into_iter().chain(self.certificates.exposed()).collect()
    }
}

/// Sends to a syslog daemon.
#[derive(Debug)]
pub(super) struct Syslog {
    settings: Settings,
    link: Link,
    writer: message::Writer,
}

impl Sink for Syslog {
    fn deliver(&mut self, notices: &[Notice]) -> Result<Receipt, Failure> {
        let deadline = Deadline::after(self.settings.timeout);
        let Settings { transport, facility, format, .. } = self.settings;
        let mut sent = Vec::new();
        for notice in notices {
            let local = transport == Transport::Unix;
            let message = self.writer.write(notice, format, facility, local, transport.longest());
            self.link.send(message.as_bytes(), deadline).map_err(|why| {
                Failure::later(format!("{} did not take it: {why}", self.settings.describe()))
            })?;
            sent.push(message);
        }
        let answer = format!("sent: {}; syslog confirms nothing", self.settings.describe());
        Ok(Receipt { sent: sent.join("\n"), answer })
    }
}
