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

/// How often a session gave `command`, by Postfix's counts at its end: `vrfy=` of `ehlo=1 vrfy=1/3 quit=1` stands for
/// three, of which one was answered.
pub(super) fn commands(counts: &[u8], command: &[u8]) -> u64 {
    let Some(at) = memchr::memmem::find(counts, command) else { return 0 };
    if at > 0 && counts[at - 1] != b' ' {
        return 0;
    }
    let count = &counts[at + command.len()..];
    let count = count.split(|&byte| byte == b' ').next().unwrap_or_default();
    let all = count.rsplit(|&byte| byte == b'/').next().unwrap_or_default();
    std::str::from_utf8(all).ok().and_then(|all| all.parse().ok()).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_are_counted_whether_or_not_they_were_answered() {
        assert_eq!(commands(b"ehlo=1 vrfy=1/3 quit=1 commands=3/5", b"vrfy="), 3);
        assert_eq!(commands(b"vrfy=2", b"vrfy="), 2);
        for none in [&b"ehlo=1 quit=1"[..], b"xvrfy=3", b"vrfy=", b"vrfy=1/x", b""] {
            assert_eq!(commands(none, b"vrfy="), 0, "{}", String::from_utf8_lossy(none));
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
