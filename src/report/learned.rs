//! What is known of the usual, in a line or two.

use super::Learning;
use super::words::{counted, thousands};

/// `168 hours of log, 3 sources, 12 accounts. Fixed rules hold: 7 of 14 days are known.`
pub(super) fn sentence(learned: &Learning) -> String {
    let intermediaries = match learned.intermediaries {
        0 => String::new(),
        some => format!(", {} in your names", counted(some, "network that sends", "networks that send")),
    };
    let known = format!(
        "{} of log, {}, {}{intermediaries}",
        counted(learned.hours, "hour", "hours"),
        counted(learned.sources, "source", "sources"),
        counted(learned.accounts, "account", "accounts"),
    );
    let kept = if learned.saved { "" } else { " This run has added nothing to it: see --learn." };
    let meaning = if learned.days < learned.days_needed {
        format!(
            "Fixed rules hold: {} of {} days are known.",
            thousands(learned.days),
            thousands(learned.days_needed)
        )
    } else {
        "What is usual is known.".to_owned()
    };
    format!("{known}. {meaning}{kept}")
}
