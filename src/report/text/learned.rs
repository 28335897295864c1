//! What is known of the usual, in a line or two.

use super::Report;
use super::page::Page;
use crate::report::words::{counted, thousands};

pub(super) fn write(report: &Report, page: &mut Page) {
    let Some(learned) = &report.learned else { return };
    page.heading("Learned");
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
    page.paragraph(2, &format!("{known}. {meaning}{kept}"));
}
