//! Dovecot's login processes: they ask for the passwords of submission, IMAP and POP3, and say which were wrong. Its other
//! lines are about mailboxes, and another program's.

use super::bytes::begins_with;

/// Whether a text says that logins failed, in the words of a login process. Decided by the line alone, as an instance of
/// Dovecot logs under any name (`instance_name`), and as most of its lines are none of ours.
pub(super) fn is_failed_login(text: &[u8]) -> bool {
    // `submission-login` is the longest of them, but for `managesieve-login`.
    const LONGEST: usize = "managesieve-login: ".len();
    let head = &text[..text.len().min(LONGEST)];
    // By their first bytes, which stand nowhere in most texts: a search for the whole is made ready anew for each line.
    let holds = |text: &[u8], what: &[u8]| {
        memchr::memchr_iter(what[0], text).any(|at| begins_with(&text[at..], what))
    };
    holds(head, b"-login: ") && holds(text, b"(auth failed, ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_failed_logins_are_ours() {
        for (text, is_ours) in [
            (
                "imap-login: Disconnected: Connection closed (auth failed, 1 attempts in 2 secs): user=<a>",
                true,
            ),
            ("imap-login: Login: user=<ann>, method=PLAIN, rip=198.51.100.7", false),
            ("imap-login: Disconnected: Inactivity (no auth attempts in 180 secs): user=<>", false),
            ("imap(ann)<1><x>: Disconnected: imap-login: (auth failed, 1 attempts)", false),
            ("", false),
        ] {
            assert_eq!(is_failed_login(text.as_bytes()), is_ours, "{text}");
        }
    }
}
