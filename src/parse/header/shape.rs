//! What a line's header turned out to be: for people who ask how it was read.

use std::fmt;

macro_rules! shapes {
    ($($(#[$doc:meta])* $name:ident = $text:literal),+ $(,)?) => {
        /// A way to write a header, or something around it. In the order in which they stand in a line.
        #[derive(Clone, Copy, PartialEq, Eq, Debug)]
        pub enum Shape { $($(#[$doc])* $name),+ }

        impl Shape {
            const ALL: &'static [Self] = &[$(Self::$name),+];

            /// What it is, in words.
            pub const fn words(self) -> &'static str {
                match self { $(Self::$name => $text),+ }
            }
        }
    };
}

shapes! {
    /// One JSON object.
    Json = "a JSON object",
    /// An entry of systemd's journal export format.
    JournalExport = "an entry of journalctl -o export",
    /// A file's, host's, container's or service's name in front of the line.
    Prefix = "a name in front of the line",
    /// The log of a container runtime.
    Cri = "a line of a container runtime (CRI)",
    /// A stamp in front of a header that is complete without it.
    Relayed = "a collector's stamp in front",
    /// `<22>`.
    Priority = "<PRI> in front (RFC 3164)",
    /// RFC 5424.
    Rfc5424 = "RFC 5424",
    /// A stamp with a year or a weekday, or as seconds since 1970.
    Dated = "a stamp that syslogd does not write",
    /// Time since boot.
    SinceBoot = "a stamp since boot, which is no calendar time (journalctl -o short-iso gives it)",
    /// `mail.info`, `<2.5>`, `INFO`.
    Severity = "facility or severity in the header",
    /// No host.
    Hostless = "no host",
    /// No time.
    Timeless = "no time",
    /// `[ID 801593 mail.info]`.
    MessageId = "a message id (Solaris msgid(1M))",
    /// The rest of a line that was cut.
    Continued = "the rest of a line that was cut",
}

/// Several of them.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Shapes(u16);

impl Shapes {
    /// These and `shape`.
    #[must_use]
    pub const fn with(self, shape: Shape) -> Self {
        Self(self.0 | 1 << shape as u16)
    }

    /// These and those.
    #[must_use]
    pub const fn and(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Whether the message was taken out of something else.
    pub const fn is_unwrapped(self) -> bool {
        self.has(Shape::Json) || self.has(Shape::JournalExport)
    }

    /// Whether `shape` is among them.
    pub const fn has(self, shape: Shape) -> bool {
        self.0 >> shape as u16 & 1 == 1
    }
}

/// `a JSON object, no host`; `syslog` where the header is one of the plain two.
impl fmt::Display for Shapes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let words: Vec<_> =
            Shape::ALL.iter().filter(|&&shape| self.has(shape)).map(|shape| shape.words()).collect();
        if words.is_empty() { f.write_str("syslog") } else { f.write_str(&words.join(", ")) }
    }
}
