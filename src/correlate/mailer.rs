//! Who delivered, in words that mean the same for every mail server.

use crate::model::{Event, Field, Mta};

/// What a delivery line says about where the recipient's copy went.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Mailer {
    /// Stored on this host, after aliases and `.forward` files: local(8), Sendmail's `local`, an Exim transport without a
    /// remote host.
    Local,
    /// Stored on this host as addressed: virtual(8).
    Virtual,
    /// Handed to a mail store, or to a filter, over LMTP.
    Lmtp,
    /// Handed to a program on this host: a mail store, or a filter that gives it back.
    Pipe,
    /// Sent to another server, or to a filter, over SMTP.
    Smtp,
    /// Anything else: thrown away, returned.
    Other,
}

impl Mailer {
    pub(super) fn of(event: &Event<'_>) -> Self {
        match event.mta() {
            Some(Mta::Sendmail) => sendmail(event.get(Field::Mailer).unwrap_or_default()),
            Some(Mta::Exim) => exim(event),
            Some(Mta::Exchange) => exchange(event.get(Field::Mailer).unwrap_or_default()),
            _ => postfix(event.service()),
        }
    }

    /// Stores mail here for good, whatever comes back later.
    pub(super) fn stores(self) -> bool {
        matches!(self, Self::Local | Self::Virtual)
    }
}

/// By the daemon, the last part of the service: `smtp` of `relay/smtp`.
fn postfix(service: &[u8]) -> Mailer {
    let daemon = memchr::memrchr(b'/', service).map_or(service, |slash| &service[slash + 1..]);
    match daemon {
        b"local" => Mailer::Local,
        b"virtual" => Mailer::Virtual,
        b"lmtp" => Mailer::Lmtp,
        b"pipe" => Mailer::Pipe,
        b"smtp" => Mailer::Smtp,
        _ => Mailer::Other,
    }
}

/// By the names of cf/m4 (`mailer=` of a `to=` line).
fn sendmail(mailer: &[u8]) -> Mailer {
    match mailer {
        b"local" | b"procmail" | b"maildrop" | b"*file*" | b"*include*" => Mailer::Local,
        b"prog" => Mailer::Pipe,
        b"smtp" | b"esmtp" | b"smtp8" | b"dsmtp" | b"relay" => Mailer::Smtp,
        cyrus if cyrus.starts_with(b"cyrus") => Mailer::Virtual,
        _ => Mailer::Other,
    }
}

/// By the source of a tracking event.
fn exchange(source: &[u8]) -> Mailer {
    match source {
        b"STOREDRIVER" | b"PUBLICFOLDER" => Mailer::Virtual,
        b"SMTP" => Mailer::Smtp,
        _ => Mailer::Other,
    }
}

/// A transport may have any name; what leads to another host names that host. Those that store mail are known by the
/// names of the default configuration, Debian's and control panels'; another one may run a filter.
fn exim(event: &Event<'_>) -> Mailer {
    const STORES: [&[u8]; 7] = [
        b"local_delivery",
        b"spool",
        b"maildir",
        b"mbox",
        b"userdelivery",
        b"address_file",
        b"address_directory",
    ];
    let transport = event.get(Field::Mailer).unwrap_or_default();
    let has = |part: &[u8]| memchr::memmem::find(transport, part).is_some();
    if has(b"lmtp") {
        Mailer::Lmtp
    } else if event.get(Field::RelayName).or(event.get(Field::RelayIp)).is_some() {
        Mailer::Smtp
    } else if transport.is_empty() || has(b"reply") {
        Mailer::Other
    } else if STORES.iter().any(|part| has(part)) {
        Mailer::Local
    } else {
        Mailer::Pipe
    }
}
