//! The closed word lists of the event record. The spelling is a contract: other programs read it.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Declares an enum whose variants have one fixed spelling, used in output, in pattern files and in settings.
macro_rules! vocabulary {
    ($(#[$doc:meta])* $name:ident { $($(#[$vdoc:meta])* $variant:ident = $text:literal),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
        pub enum $name { $($(#[$vdoc])* #[serde(rename = $text)] $variant),+ }

        impl $name {
            /// Every value, in the order of declaration.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The one spelling used in output, pattern files and settings.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $text),+ }
            }

            /// The value spelled `name`.
            pub fn from_name(name: &str) -> Option<Self> {
                match name { $($text => Some(Self::$variant),)+ _ => None }
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result { f.pad(self.name()) }
        }
    };
}
pub(crate) use vocabulary;

vocabulary! {
    /// The mail server that wrote a line.
    Mta {
        /// Postfix, any version that logs through syslog or postlogd.
        Postfix = "postfix",
        /// Sendmail 8.
        Sendmail = "sendmail",
        /// Microsoft Exchange and the IIS SMTP service before it.
        Exchange = "exchange",
        /// Exim 4.
        Exim = "exim",
        /// Dovecot's login processes, beside whichever mail server: passwords are the same.
        Dovecot = "dovecot",
    }
}

vocabulary! {
    /// What one line says.
    Kind {
        /// A client connected.
        Connect = "connect",
        /// A session ended, properly or not.
        Disconnect = "disconnect",
        /// An authentication succeeded or failed (then its class is `auth_failed`).
        Auth = "auth",
        /// The server refused a command or a message (or says it would have: see `action`).
        Reject = "reject",
        /// The server took a message into its queue.
        Accept = "accept",
        /// Envelope sender, size, recipient count of a queued message.
        Envelope = "envelope",
        /// The Message-ID of a queued message.
        MessageId = "message_id",
        /// One recipient was delivered to, deferred, bounced or given up.
        Delivery = "delivery",
        /// A message left the queue.
        Removed = "removed",
        /// Protocol abuse: early talking, pipelining, non-SMTP commands, too many errors, probing.
        Abuse = "abuse",
        /// A TLS connection was made or failed.
        Tls = "tls",
        /// Counters a daemon reports.
        Statistics = "statistics",
        /// A daemon starts, stops, reloads.
        Lifecycle = "lifecycle",
        /// A warning, error, fatal or panic line about the server itself.
        Warning = "warning",
        /// Understood, and of no interest to relaying.
        Other = "other",
        /// Another program's line, or one that says again what another log of the same server says.
        Ignored = "ignored",
        /// No pattern knows this line.
        Unmatched = "unmatched",
    }
}

vocabulary! {
    /// Why a client was refused.
    Class {
        /// This server does not relay for that client.
        RelayDenied = "relay_denied",
        /// The login or address may not use this sender.
        SenderMismatch = "sender_mismatch",
        /// The recipient does not exist here.
        UnknownRecipient = "unknown_recipient",
        /// The sender, or its domain, does not exist.
        UnknownSender = "unknown_sender",
        /// SPF, DMARC, access lists about the sender.
        SenderPolicy = "sender_policy",
        /// A DNS blocklist or a local blocklist.
        Blocklisted = "blocklisted",
        /// Told to come back later.
        Greylisted = "greylisted",
        /// Too many connections, messages or recipients.
        RateLimited = "rate_limited",
        /// HELO refused.
        HeloInvalid = "helo_invalid",
        /// No (matching) reverse name.
        ClientUnresolved = "client_unresolved",
        /// The content was refused (milter, header and body checks).
        Content = "content",
        /// The message is too large.
        Size = "size",
        /// Authentication is required first.
        AuthRequired = "auth_required",
        /// Authentication failed.
        AuthFailed = "auth_failed",
        /// TLS is required first.
        TlsRequired = "tls_required",
        /// Commands out of order, syntax, pipelining.
        Protocol = "protocol",
        /// The server's own trouble: disk, lookups, configuration.
        System = "system",
        /// Anything else.
        Other = "other",
    }
}

vocabulary! {
    /// Where in the SMTP dialogue something happened.
    Stage {
        /// On connection, before any command.
        Connect = "connect",
        /// HELO or EHLO.
        Helo = "helo",
        /// STARTTLS.
        Starttls = "starttls",
        /// AUTH.
        Auth = "auth",
        /// MAIL FROM.
        Mail = "mail",
        /// RCPT TO.
        Rcpt = "rcpt",
        /// DATA or BDAT.
        Data = "data",
        /// End of the message data.
        Eom = "eom",
        /// RSET.
        Rset = "rset",
        /// NOOP.
        Noop = "noop",
        /// QUIT.
        Quit = "quit",
        /// VRFY.
        Vrfy = "vrfy",
        /// EXPN.
        Expn = "expn",
        /// ETRN.
        Etrn = "etrn",
        /// A command the server does not know.
        Unknown = "unknown",
    }
}

impl Stage {
    /// The stage a server's own word stands for (`EHLO`, `END-OF-MESSAGE`, `MAIL FROM`, ...), whatever its case.
    pub fn from_command(word: &[u8]) -> Option<Self> {
        const WORDS: &[(&[u8], Stage)] = &[
            (b"rcpt", Stage::Rcpt),
            (b"rcpt to", Stage::Rcpt),
            (b"connect", Stage::Connect),
            (b"helo", Stage::Helo),
            (b"ehlo", Stage::Helo),
            (b"lhlo", Stage::Helo),
            (b"starttls", Stage::Starttls),
            (b"auth", Stage::Auth),
            (b"mail", Stage::Mail),
            (b"mail from", Stage::Mail),
            (b"data", Stage::Data),
            (b"bdat", Stage::Data),
            (b"data command", Stage::Data),
            (b"end-of-message", Stage::Eom),
            (b"end of data", Stage::Eom),
            (b".", Stage::Eom),
            (b"rset", Stage::Rset),
            (b"noop", Stage::Noop),
            (b"quit", Stage::Quit),
            (b"vrfy", Stage::Vrfy),
            (b"expn", Stage::Expn),
            (b"etrn", Stage::Etrn),
            (b"unknown", Stage::Unknown),
        ];
        WORDS.iter().find(|(text, _)| text.eq_ignore_ascii_case(word)).map(|&(_, stage)| stage)
    }
}
