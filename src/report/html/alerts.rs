//! The alerts: those that are to be looked at, whole; the others in a table.

use maud::{Markup, html};

use super::shown;
use crate::model::{Alert, Severity};
use crate::report::Report;
use crate::report::telling::{Advice, Related, advice, beside, circumstances, mark};
use crate::report::words::{counted, shorten, span, thousands};

/// Alerts shown whole, and in the table; the JSON report has all.
const WHOLE: usize = 200;
const LISTED: usize = 1000;
/// Related alerts named at each.
const RELATED: usize = 6;
/// A line is shown as far as people read it.
const MAX_LINE: usize = 1000;

pub(super) fn write(report: &Report, min_severity: Severity) -> Markup {
    let grave = |alert: &&Alert| alert.severity >= min_severity;
    let whole: Vec<&Alert> = report.alerts.iter().filter(grave).take(WHOLE).collect();
    let rest: Vec<&Alert> = {
        let others = report.alerts.iter().filter(|alert| !grave(alert));
        report.alerts.iter().filter(grave).skip(WHOLE).chain(others).collect()
    };
    let related = Related::of(report);
    html! {
        @if !whole.is_empty() {
            section {
                h2 { "Alerts" }
                @for (index, alert) in whole.iter().enumerate() {
                    // The same advice under every alert of a detector would bury the rest.
                    @let told = whole[..index].iter().find(|before| before.remedy == alert.remedy);
                    (card(alert, &related.to(alert), told.copied()))
                }
            }
        }
        @if !rest.is_empty() { (table(&rest)) }
    }
}

fn class(severity: Severity) -> &'static str {
    severity.name()
}

/// One alert. Where the same advice stands at another one, it is pointed to.
fn card(alert: &Alert, related: &[&Alert], told: Option<&Alert>) -> Markup {
    html! {
        article.(class(alert.severity)) id=(anchor(alert)) {
            h3 {
                span.mark { (mark(alert.severity)) } " "
                (shown(&alert.title)) ": " (shown(&alert.subject.to_string()))
            }
            p { (shown(&alert.summary)) }
            p.quiet { (shown(&circumstances(alert))) }
            @if !related.is_empty() {
                p {
                    "See also: "
                    @for (index, other) in related.iter().take(RELATED).enumerate() {
                        @if index > 0 { "; " }
                        a href={ "#" (anchor(other)) } { (shown(&beside(other, alert))) }
                    }
                    @if related.len() > RELATED { " and " (related.len() - RELATED) " more" }
                    "."
                }
            }
            @if !alert.evidence.is_empty() {
                h4 { "Proof" }
                ul.lines {
                    @for line in &alert.evidence {
                        li {
                            span.quiet { (shown(&line.file)) ":" (line.line) }
                            code { (shown(&shorten(&line.text, MAX_LINE))) }
                        }
                    }
                }
            }
            @if !alert.remedy.is_empty() {
                h4 { "What to do" }
                @match told {
                    Some(other) => p { "As said at " a href={ "#" (anchor(other)) } { (shown(&other.subject.to_string())) } "." },
                    None => (remedy(&alert.remedy)),
                }
            }
        }
    }
}

/// Advice: sentences, and what is to be copied, lines of which that follow each other stay together.
fn remedy(text: &str) -> Markup {
    let mut parts: Vec<(bool, String)> = Vec::new();
    for part in advice(text) {
        match (part, parts.last_mut()) {
            (Advice::Verbatim(line), Some((true, lines))) => {
                lines.push('\n');
                lines.push_str(&shown(line));
            }
            (Advice::Verbatim(line), _) => parts.push((true, shown(line))),
            (Advice::Prose(line), _) => parts.push((false, shown(line))),
        }
    }
    html! {
        @for (is_verbatim, words) in &parts {
            @if *is_verbatim { pre { (words) } } @else { p { (words) } }
        }
    }
}

fn table(alerts: &[&Alert]) -> Markup {
    let count = alerts.len() as u64;
    html! {
        section {
            details {
                summary { "More alerts: " (thousands(count)) }
                table {
                    thead { tr { th { "Severity" } th { "Alert" } th { "About" } th.number { "Times" } th { "When" } } }
                    tbody {
                        @for alert in alerts.iter().take(LISTED) {
                            tr.(class(alert.severity)) id=(anchor(alert)) {
                                td { span.mark { (mark(alert.severity)) } }
                                td { (shown(&alert.title)) br; span.quiet { (shown(&alert.summary)) } }
                                td { (shown(&alert.subject.to_string())) }
                                td.number { (thousands(alert.count)) }
                                td { (span(alert.first_seen, alert.last_seen)) }
                            }
                        }
                    }
                }
                @if alerts.len() > LISTED {
                    p { (counted(count - LISTED as u64, "further alert", "further alerts")) " in the JSON report." }
                }
            }
        }
    }
}

/// Where an alert is on the page.
fn anchor(alert: &Alert) -> String {
    format!("alert-{}", alert.id)
}
