//! The verdict in words: the first thing one reads.

use crate::model::{Alert, AlertState, Severity};
use crate::tui::engine::Reading;
use crate::tui::scene::Scene;
use crate::tui::text;
use crate::tui::theme::Role;

/// Id of the detector that finds open relays.
const OPEN_RELAY: &str = "open-relay";

/// An IPv6 address has 39 columns at most, a host's name mostly fewer.
const MAX_SUBJECT: usize = 64;

/// Alerts as they are shown: those that fire first, the gravest first, then the newest.
pub(super) fn ordered(alerts: &[Alert]) -> Vec<&Alert> {
    let mut ordered: Vec<&Alert> = alerts.iter().collect();
    ordered.sort_by(|a, b| {
        let rank = |alert: &Alert| {
            (alert.state == AlertState::Firing, alert.severity, alert.detector == OPEN_RELAY, alert.last_seen)
        };
        rank(b).cmp(&rank(a)).then_with(|| a.id.cmp(&b.id))
    });
    ordered
}

/// What is to be said, and how loudly; then a second sentence.
pub(super) fn of(scene: &Scene) -> (Role, String, String) {
    let ordered = ordered(&scene.frame.alerts);
    let is_firing = |alert: &&&Alert| alert.state == AlertState::Firing;
    let firing: Vec<&Alert> = ordered.iter().filter(is_firing).copied().collect();
    let relay = ordered.iter().find(|alert| alert.detector == OPEN_RELAY);
    match relay {
        Some(alert) if alert.state == AlertState::Firing && alert.severity == Severity::Critical => {
            let others = firing
                .iter()
                .filter(|other| other.detector == OPEN_RELAY && other.severity == Severity::Critical)
                .count()
                .saturating_sub(1);
            let subject = subject(alert, scene);
            let headline = match others {
                0 => format!("{subject} relays through this server without authority."),
                1 => format!("{subject} and another one relay through this server without authority."),
                more => format!("{subject} and {more} others relay through this server without authority."),
            };
            (Role::Alarm, headline, rest(&firing))
        }
        Some(alert) if alert.state == AlertState::Firing => {
            let subject = subject(alert, scene);
            (
                Role::Warning,
                format!("{subject} may relay here without authority: it cannot be told yet."),
                rest(&firing),
            )
        }
        Some(alert) => {
            let (subject, until) = (subject(alert, scene), scene.when(alert.last_seen));
            let headline = format!("No open relay now: {subject} relayed without authority until {until}.");
            (Role::Warning, headline, rest(&firing))
        }
        None if scene.frame.picture.coverage.lines == 0 => {
            (Role::Quiet, "Nothing was read yet.".to_owned(), String::new())
        }
        None => {
            let gravest = firing.first().map_or(Severity::Info, |alert| alert.severity);
            let role = if gravest == Severity::Info { Role::Good } else { Role::Title };
            let headline = match scene.frame.state {
                Reading::CatchingUp { .. } => "No open relay seen so far; what is there is still being read.",
                _ => "No open relay seen.",
            };
            (role, headline.to_owned(), rest(&firing))
        }
    }
}

/// Whom an alert is about; no name is so long that it pushes the verdict off the screen.
fn subject(alert: &Alert, scene: &Scene) -> String {
    text::fit(&scene.subject(&alert.subject), MAX_SUBJECT, scene.signs.cut)
}

/// `Firing: 1 critical, 2 warnings. Enter: proof and remedy.`
fn rest(firing: &[&Alert]) -> String {
    let count = |severity| firing.iter().filter(|alert| alert.severity == severity).count() as u64;
    let words: Vec<String> = [
        (count(Severity::Critical), "critical", "critical"),
        (count(Severity::Warning), "warning", "warnings"),
        (count(Severity::Info), "note", "notes"),
    ]
    .into_iter()
    .filter(|&(count, ..)| count > 0)
    .map(|(count, one, many)| text::counted(count, one, many))
    .collect();
    if words.is_empty() {
        return "No alert fires.".to_owned();
    }
    format!("Firing: {}. Enter: proof and remedy.", words.join(", "))
}
