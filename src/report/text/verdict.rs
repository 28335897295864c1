//! The answer, in a sentence or two.

use super::page::{Page, Role};
use super::{Options, Report, coverage};
use crate::model::{Alert, Severity};
use crate::report::words::{counted, list, share, thousands};

/// The detector whose alerts decide the verdict.
const OPEN_RELAY: &str = "open-relay";
/// Sources named in the verdict; the alerts name all.
const NAMED: usize = 3;

/// What to put into the configuration, where only that is missing.
const SITE_EXAMPLE: &str = "[site]\nlocal_domains = [\"your-domain.example\"]";

pub(super) fn write(report: &Report, options: &Options, page: &mut Page) {
    let proven = open_relay_alerts(report, |severity| severity == Severity::Critical);
    let suspected = open_relay_alerts(report, |severity| severity == Severity::Warning);
    let strangers = report.relay.undetermined_strangers();
    let (role, sentence) = if !proven.is_empty() || report.relay.unauthorised > 0 {
        (Role::Alarm, format!("This server relays for strangers: {}", proof(report, &proven)))
    } else if !suspected.is_empty() || strangers > 0 {
        (Role::Attention, doubt(strangers))
    } else {
        (Role::Good, all_clear(report))
    };
    // Nothing is said twice: an alert that is shown may have the advice already.
    let advised = suspected
        .iter()
        .any(|alert| alert.severity >= options.min_severity && alert.remedy.contains("local_domains"));
    let others = report.alerts.iter().filter(|alert| {
        alert.severity >= options.min_severity.max(Severity::Warning) && alert.detector != OPEN_RELAY
    });
    let others = others.count() as u64;
    let sentence = match others {
        // Doubt ends with what to do about it.
        _ if role == Role::Attention && advised => format!("{sentence}, as said below."),
        _ if role == Role::Attention => format!("{sentence}:"),
        0 => sentence,
        1 if role == Role::Good => format!("{sentence} One alert below."),
        others if role == Role::Good => format!("{sentence} {} alerts below.", thousands(others)),
        others => format!("{sentence} {} below.", counted(others, "further alert", "further alerts")),
    };
    let style = if role == Role::Good && others > 0 { Role::Attention } else { role };
    page.styled_paragraph(style, 0, &sentence);
    if role == Role::Attention && !advised {
        page.gap();
        page.advice(2, SITE_EXAMPLE);
    }
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
