//! What relaywatch owes about a log.

/// An alert that relaywatch owes.
pub(crate) struct Due {
    pub(crate) detector: &'static str,
    pub(crate) kind: &'static str,
    pub(crate) value: String,
}

impl Due {
    /// The same where a log does not say whose password was tried: then nobody can tell that all tried one account, only
    /// that many addresses try.
    pub(crate) fn of_nobodys_logins(self) -> Self {
        if self.detector == "auth-brute-force" && self.kind == "account" {
            Self { kind: "site", value: "site".to_owned(), ..self }
        } else {
            self
        }
    }
}
