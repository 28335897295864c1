//! Remedies for Dovecot (its documentation, "Authentication" and "Login processes").

pub(super) const BRUTE_FORCE: &str = "Let Dovecot ask for passwords behind TLS only (auth_allow_cleartext = no; before 2.4, \
     disable_plaintext_auth = yes), and slow down who fails:\n  auth_failure_delay = 5 secs\nIt delays further tries of an \
     address by itself (auth_penalty). Close the services that nobody uses from outside: POP3 first.";
