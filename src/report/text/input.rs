//! What was read, how much of it was understood, and what was taken for granted.

use super::Report;
use super::page::Page;
use crate::report::{coverage, figures, learned};

pub(super) fn write(report: &Report, page: &mut Page) {
    if report.input.lines == 0 {
        return;
    }
    page.heading("Read");
    page.paragraph(2, &figures::read(report));
    for sentence in coverage::sentences(report) {
        page.hanging(2, 2, &sentence);
    }
    let traffic = figures::traffic(report);
    if !traffic.is_empty() {
        page.heading("Traffic");
        for sentence in &traffic {
            page.paragraph(2, sentence);
        }
    }
}

pub(super) fn write_assumptions(report: &Report, page: &mut Page) {
    // Nothing rests on an assumption where there was nothing to judge.
    if report.assumptions.is_empty() || report.input.events == 0 {
        return;
    }
    page.heading("Assumed");
    for assumption in &report.assumptions {
        page.hanging(2, 2, &format!("{}: {} ({})", assumption.about, assumption.assumed, assumption.why));
    }
}

pub(super) fn write_learned(report: &Report, page: &mut Page) {
    if let Some(learned) = &report.learned {
        page.heading("Learned");
        page.paragraph(2, &learned::sentence(learned));
    }
}
