//! The report as one page for a browser: it needs nothing beside itself, runs no script, asks nobody for anything, and prints.
//!
//! Everything put on it is escaped by the template, and goes through `model::shown` first.

mod alerts;
mod chart;
mod numbers;
mod shapes;

#[cfg(test)]
mod tests;

use std::io::{self, Write};

use maud::{DOCTYPE, Markup, PreEscaped, html};

use super::verdict::{self, Tone, Verdict};
use super::{Report, coverage, figures, learned};
use crate::model::{Severity, shown_text};

/// How it looks, in light and in dark, on a screen and on paper.
const STYLE: &str = include_str!("style.css");

/// Writes the page. Alerts below `min_severity` are listed, without their details.
pub fn write(report: &Report, min_severity: Severity, out: &mut impl Write) -> io::Result<()> {
    out.write_all(page(report, min_severity).into_string().as_bytes())
}

fn page(report: &Report, min_severity: Severity) -> Markup {
    let verdict = verdict::of(report, min_severity);
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                // Whatever got into it, the browser runs nothing and fetches nothing.
                meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'";
                meta name="referrer" content="no-referrer";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                title { (title(verdict.tone)) }
                style { (PreEscaped(STYLE)) }
            }
            body {
                header {
                    h1 { "Mail relay report" }
                    @if report.input.lines > 0 { p { (shown(&figures::read(report))) } }
                }
                main {
                    (banner(&verdict))
                    (numbers::tiles(report))
                    (chart::write(report))
                    (alerts::write(report, min_severity))
                    (numbers::tables(report))
                    (input(report))
                    (assumptions(report))
                    (shapes::write(report))
                }
                footer { p { "relaywatch " (env!("CARGO_PKG_VERSION")) ", " (report.schema) "; times are UTC." } }
            }
        }
    }
}

/// A text of the report, made fit to be shown.
fn shown(text: &str) -> String {
    shown_text(text).to_string()
}

/// What a tab of the browser says.
fn title(tone: Tone) -> &'static str {
    match tone {
        Tone::Good => "Mail relay report: nothing wrong",
        Tone::Attention => "Mail relay report: look at it",
        Tone::Alarm => "Mail relay report: open relay",
    }
}

fn banner(verdict: &Verdict) -> Markup {
    let tone = match verdict.tone {
        Tone::Good => "good",
        Tone::Attention => "attention",
        Tone::Alarm => "alarm",
    };
    html! {
        section.verdict.(tone) {
            p { (shown(&verdict.sentence)) }
            @if let Some(setting) = verdict.setting { pre { (setting) } }
        }
    }
}

fn input(report: &Report) -> Markup {
    let traffic = figures::traffic(report);
    html! {
        @if report.input.lines > 0 {
            section {
                h2 { "Read" }
                ul { @for sentence in coverage::sentences(report) { li { (shown(&sentence)) } } }
                @if !traffic.is_empty() {
                    h2 { "Traffic" }
                    @for sentence in &traffic { p { (shown(sentence)) } }
                }
                @if let Some(known) = &report.learned {
                    h2 { "Learned" }
                    p { (learned::sentence(known)) }
                }
            }
        }
    }
}

fn assumptions(report: &Report) -> Markup {
    html! {
        // Nothing rests on an assumption where there was nothing to judge.
        @if !report.assumptions.is_empty() && report.input.events > 0 {
            section {
                h2 { "Assumed" }
                dl {
                    @for assumption in &report.assumptions {
                        dt { (shown(&assumption.about)) }
                        dd { (shown(&assumption.assumed)) " " span.quiet { "(" (shown(&assumption.why)) ")" } }
                    }
                }
            }
        }
    }
}
