//! How much the board holds, and how much of it is wanted at a time.

/// How much the board holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Settings {
    /// Addresses.
    pub sources: usize,
    /// Networks.
    pub networks: usize,
    /// Accounts.
    pub accounts: usize,
    /// Ways that mail takes.
    pub flows: usize,
    /// Messages.
    pub messages: usize,
    /// Lines.
    pub tail: usize,
    /// Steps of the rates.
    pub steps: usize,
    /// Length of a step, in seconds.
    pub step_seconds: i64,
}

impl Default for Settings {
    /// Rates of 24 hours in steps of ten seconds.
    fn default() -> Self {
        Self {
            sources: 5_000,
            networks: 2_000,
            accounts: 2_000,
            flows: 2_000,
            messages: 2_000,
            tail: 2_000,
            steps: 8_640,
            step_seconds: 10,
        }
    }
}

/// How many rows of each list a picture has; 0, as by default: the list is empty, and costs nothing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Want {
    /// Newest steps of the rates.
    pub steps: usize,
    /// Busiest addresses.
    pub sources: usize,
    /// Busiest networks.
    pub networks: usize,
    /// Busiest accounts.
    pub accounts: usize,
    /// Ways with the most recipients.
    pub flows: usize,
    /// Newest messages.
    pub messages: usize,
    /// Newest lines.
    pub tail: usize,
}

impl Want {
    /// No list.
    pub const NONE: Self =
        Self { steps: 0, sources: 0, networks: 0, accounts: 0, flows: 0, messages: 0, tail: 0 };

    /// Everything that there is.
    pub const ALL: Self = Self {
        steps: usize::MAX,
        sources: usize::MAX,
        networks: usize::MAX,
        accounts: usize::MAX,
        flows: usize::MAX,
        messages: usize::MAX,
        tail: usize::MAX,
    };
}
