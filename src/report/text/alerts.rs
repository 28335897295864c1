//! The alerts: what, who, when, the lines that prove it, what to do.

use super::page::{Page, Role};
use super::{Options, Report};
use crate::model::{Alert, Severity};
use crate::report::telling::{Related, beside, circumstances, mark};
use crate::report::words::{list, shorten, thousands};

/// Alerts shown; the JSON report has all.
const ALERTS: usize = 20;
/// Related alerts named at each.
const RELATED: usize = 3;
/// Lines of evidence shown of each.
const LINES: usize = 4;
/// A line is shown as far as people read it.
const MAX_LINE: usize = 600;

pub(super) fn write(report: &Report, options: &Options, page: &mut Page) {
    let shown = || report.alerts.iter().filter(|alert| alert.severity >= options.min_severity);
    let related = Related::of(report);
    for (index, alert) in shown().take(ALERTS).enumerate() {
        // The same advice under every alert of a detector would bury the rest.
        let advised = shown().take(index).any(|before| before.remedy == alert.remedy);
        write_alert(alert, &related.to(alert), advised, page);
    }
    let mut left: Vec<String> = Vec::new();
    for &severity in Severity::ALL.iter().rev() {
        let alerts = report.alerts.iter().filter(|alert| alert.severity == severity).count();
        let visible = shown().take(ALERTS).filter(|alert| alert.severity == severity).count();
        if alerts > visible {
            left.push(format!("{} of severity {severity}", thousands((alerts - visible) as u64)));
        }
    }
    if !left.is_empty() {
        page.gap();
        page.paragraph(0, &format!("Alerts not shown here: {}; --output json has them.", list(&left)));
    }
}

fn write_alert(alert: &Alert, related: &[&Alert], advised: bool, page: &mut Page) {
    let role = match alert.severity {
        Severity::Critical => Role::Alarm,
        Severity::Warning => Role::Attention,
        Severity::Info => Role::Quiet,
    };
    page.gap();
    page.styled(role, mark(alert.severity));
    page.plain("  ");
    page.styled(Role::Heading, &format!("{}: {}", alert.title, alert.subject));
    page.end();
    page.paragraph(2, &alert.summary);
    page.styled_paragraph(Role::Quiet, 2, &circumstances(alert));
    if !related.is_empty() {
        let more = related.len().saturating_sub(RELATED);
        let more = if more > 0 { format!(" and {more} more") } else { String::new() };
        let told: Vec<String> = related.iter().take(RELATED).map(|other| beside(other, alert)).collect();
        page.hanging(2, 2, &format!("See also: {}{more}.", told.join("; ")));
    }
    if !alert.evidence.is_empty() {
        page.paragraph(2, "Proof:");
    }
    for line in alert.evidence.iter().take(LINES) {
        page.hanging(4, 2, &format!("{}:{}: {}", line.file, line.line, shorten(&line.text, MAX_LINE)));
    }
    if !alert.remedy.is_empty() && !advised {
        page.paragraph(2, "What to do:");
        page.advice(4, &alert.remedy);
    }
}
