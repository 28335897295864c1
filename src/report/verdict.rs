//! The answer, in a sentence or two.

use super::words::{counted, list, share, thousands};
use super::{Report, coverage};
use crate::model::{Alert, Severity};

/// The detector whose alerts decide the verdict.
const OPEN_RELAY: &str = "open-relay";
/// Sources named in the verdict; the alerts name all.
const NAMED: usize = 3;

/// What to put into the configuration, where only that is missing.
const SITE_EXAMPLE: &str = "[site]\nlocal_domains = [\"your-domain.example\"]";

/// How bad it is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Tone {
    /// Nothing to do.
    Good,
    /// Something to look at.
    Attention,
    /// The server is being used.
    Alarm,
}

/// The answer.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Verdict {
    pub(super) tone: Tone,
    pub(super) sentence: String,
    /// What to put into the configuration, where the answer depends on it and no alert says so.
    pub(super) setting: Option<&'static str>,
}

/// The answer of `report`, of which alerts from `min_severity` on are shown below it.
pub(super) fn of(report: &Report, min_severity: Severity) -> Verdict {
    let proven = open_relay_alerts(report, |severity| severity == Severity::Critical);
    let suspected = open_relay_alerts(report, |severity| severity == Severity::Warning);
    let strangers = report.relay.undetermined_strangers();
    let (tone, sentence) = if !proven.is_empty() || report.relay.unauthorised > 0 {
        (Tone::Alarm, format!("This server relays for strangers: {}", proof(report, &proven)))
    } else if !suspected.is_empty() || strangers > 0 {
        (Tone::Attention, doubt(strangers))
    } else {
        (Tone::Good, all_clear(report))
    };
    // Nothing is said twice: an alert that is shown may have the advice already.
    let advised = suspected
        .iter()
        .any(|alert| alert.severity >= min_severity && alert.remedy.contains("local_domains"));
    let others = report.alerts.iter().filter(|alert| {
        alert.severity >= min_severity.max(Severity::Warning) && alert.detector != OPEN_RELAY
    });
    let others = others.count() as u64;
    let sentence = match others {
        // Doubt ends with what to do about it.
        _ if tone == Tone::Attention && advised => format!("{sentence}, as said below."),
        _ if tone == Tone::Attention => format!("{sentence}:"),
        0 => sentence,
        1 if tone == Tone::Good => format!("{sentence} One alert below."),
        others if tone == Tone::Good => format!("{sentence} {} alerts below.", thousands(others)),
        others => format!("{sentence} {} below.", counted(others, "further alert", "further alerts")),
    };
    let setting = (tone == Tone::Attention && !advised).then_some(SITE_EXAMPLE);
    let tone = if tone == Tone::Good && others > 0 { Tone::Attention } else { tone };
    Verdict { tone, sentence, setting }
}

fn open_relay_alerts(report: &Report, grave: impl Fn(Severity) -> bool) -> Vec<&Alert> {
    report.alerts.iter().filter(|alert| alert.detector == OPEN_RELAY && grave(alert.severity)).collect()
}

/// Who relayed how much.
fn proof(report: &Report, alerts: &[&Alert]) -> String {
    let attempts = match alerts {
        [] => report.relay.unauthorised,
        alerts => alerts.iter().map(|alert| alert.count).sum(),
    };
    let recipients = counted(attempts, "recipient", "recipients");
    // A source has an alert for each time it began.
    let mut names: Vec<String> = Vec::new();
    for alert in alerts {
        let name = alert.subject.to_string();
        if !names.contains(&name) {
            names.push(name);
        }
    }
    let more = names.len().saturating_sub(NAMED) as u64;
    if more > 0 {
        names.truncate(NAMED);
        names.push(format!("{} more", thousands(more)));
    }
    let who = if names.is_empty() { "clients".to_owned() } else { list(&names) };
    format!("{who} got mail to {recipients} through without any authority.")
}

fn doubt(strangers: u64) -> String {
    let what = match strangers {
        0 => String::new(),
        n => format!(
            "clients without any authority got mail to {} through, and ",
            counted(n, "recipient", "recipients")
        ),
    };
    format!(
        "Cannot tell whether this server relays for strangers: {what}nobody said which domains are yours. \
         Say so in the configuration file and run this again"
    )
}

fn all_clear(report: &Report) -> String {
    let (input, relay) = (&report.input, &report.relay);
    if input.lines == 0 {
        return "Nothing to judge: the input is empty.".to_owned();
    }
    if input.events == 0 {
        return "Nothing to judge: no line of a mail server was understood.".to_owned();
    }
    let seen = match relay.denied {
        0 => "No open relay seen, and no stranger tried to relay".to_owned(),
        1 => {
            "No open relay seen: one relay attempt by a stranger was denied, none was let through".to_owned()
        }
        n => format!(
            "No open relay seen: {} relay attempts by strangers were denied, none was let through",
            thousands(n)
        ),
    };
    if input.unmatched > input.lines / coverage::HARDLY {
        format!("{seen}. But {} of the lines were not understood.", share(input.unmatched, input.lines))
    } else {
        format!("{seen}.")
    }
}
