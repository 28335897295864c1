//! What the counts at the end of a session say beyond what lines of their own told.

use serde::{Deserialize, Serialize};

/// How much of something lines of their own told of one client, which the end of a session counts once more.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(super) struct Untold(u64);

/// Commands believed of one session: five times `smtpd_hard_error_limit` of postconf(5).
const MAX_COMMANDS: u64 = 100;

impl Untold {
    /// A line told of one.
    pub(super) fn told(&mut self) {
        self.0 = self.0.saturating_add(1);
    }

    /// Sessions of the client are over that had `all`: how many of these no line told.
    pub(super) fn of(&mut self, all: u64) -> u64 {
        let told = self.0.min(all);
        self.0 -= told;
        (all - told).min(MAX_COMMANDS)
    }
}

/// A count at the end of a session of Postfix, and a byte of its name that stands in no other: most sessions have none of
/// these, and that is to be seen at a glance.
pub(super) struct Counted {
    key: &'static [u8],
    /// Where in the key that byte stands.
    rare: usize,
}

/// VRFY.
pub(super) const VRFY: Counted = Counted { key: b"vrfy=", rare: 0 };
/// Commands that are none.
pub(super) const UNKNOWN: Counted = Counted { key: b"unknown=", rare: 2 };

impl Counted {
    /// How often a session gave that command: `vrfy=` of `ehlo=1 vrfy=1/3 quit=1` stands for three, of which one was
    /// answered.
    pub(super) fn of(&self, counts: &[u8]) -> u64 {
        let starts = memchr::memchr_iter(self.key[self.rare], counts);
        let count = starts.filter_map(|hit| hit.checked_sub(self.rare)).find_map(|start| {
            let is_word = start == 0 || counts[start - 1] == b' ';
            counts[start..].strip_prefix(self.key).filter(|_| is_word)
        });
        let count = count.and_then(|rest| rest.split(|&byte| byte == b' ').next()).unwrap_or_default();
        let all = count.rsplit(|&byte| byte == b'/').next().unwrap_or_default();
        std::str::from_utf8(all).ok().and_then(|all| all.parse().ok()).unwrap_or(0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_are_counted_whether_or_not_they_were_answered() {
        assert_eq!(VRFY.of(b"ehlo=1 vrfy=1/3 quit=1 commands=3/5"), 3);
        assert_eq!(VRFY.of(b"vrfy=2"), 2);
        assert_eq!(UNKNOWN.of(b"ehlo=1 quit=1 unknown=0/4 commands=2/6"), 4);
        for none in [&b"ehlo=1 quit=1"[..], b"xvrfy=3", b"vrfy=", b"vrfy=1/x", b"k unknown", b""] {
            assert_eq!(VRFY.of(none) + UNKNOWN.of(none), 0, "{}", String::from_utf8_lossy(none));
        }
    }

    #[test]
    fn what_lines_told_is_not_told_again() {
        let mut untold = Untold::default();
        untold.told();
        untold.told();
        assert_eq!((untold.of(3), untold.of(3)), (1, 3));
        assert_eq!(untold.of(u64::MAX), MAX_COMMANDS);
    }
}
