//! What several configurations would have told about the same logs, side by side.

use std::collections::BTreeMap;
use std::io::{self, Write};

use serde::Serialize;

use super::json;
use super::words::{counted, span};
use crate::model::{Alert, Severity, Subject, shown_text};

/// Version of the object's shape.
const SCHEMA: &str = "relaywatch.backtest/1";

/// What one configuration told.
#[derive(Clone, Debug)]
pub struct Side {
    /// The configuration file.
    pub name: String,
    /// Its alerts.
    pub alerts: Vec<Alert>,
}

/// The alerts of all configurations: the object of `backtest --output json`.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Comparison<'s> {
    schema: &'static str,
    /// The configuration files, in the order given.
    configurations: Vec<&'s str>,
    /// Each alert once, the gravest first.
    alerts: Vec<Row<'s>>,
}

/// One alert, as each configuration told it.
#[derive(Clone, Debug, PartialEq, Serialize)]
struct Row<'s> {
    detector: &'s str,
    subject: &'s Subject,
    /// In the order of the configurations; `None` where one told nothing.
    told: Vec<Option<&'s Alert>>,
}

impl<'s> Comparison<'s> {
    /// Puts alerts of one detector about one subject beside each other: the first with the first, and so on.
    pub fn of(sides: &'s [Side]) -> Self {
        let mut rows: BTreeMap<(&str, &Subject, usize), Row<'s>> = BTreeMap::new();
        for (place, side) in sides.iter().enumerate() {
            let mut alerts: Vec<&Alert> = side.alerts.iter().collect();
            alerts.sort_by_key(|alert| alert.started_at);
            let mut seen: BTreeMap<(&str, &Subject), usize> = BTreeMap::new();
            for alert in alerts {
                let number = seen.entry((&alert.detector, &alert.subject)).or_default();
                let key = (&*alert.detector, &alert.subject, *number);
                *number += 1;
                let row = rows.entry(key).or_insert_with(|| Row {
                    detector: &alert.detector,
                    subject: &alert.subject,
                    told: vec![None; sides.len()],
                });
                row.told[place] = Some(alert);
            }
        }
        let mut alerts: Vec<Row<'s>> = rows.into_values().collect();
        // Equally grave ones stay in the order of detector and subject.
        alerts.sort_by_key(|row| std::cmp::Reverse(row.severity()));
        Self { schema: SCHEMA, configurations: sides.iter().map(|side| &*side.name).collect(), alerts }
    }
}

impl Row<'_> {
    /// The gravest that any configuration told.
    fn severity(&self) -> Option<Severity> {
        self.told.iter().flatten().map(|alert| alert.severity).max()
    }

    /// Whether a reader would see the same alert in all of them.
    fn is_alike(&self) -> bool {
        let told = |alert: &Alert| (alert.severity, alert.count, alert.first_seen, alert.last_seen);
        self.told.windows(2).all(|pair| pair[0].map(told) == pair[1].map(told))
    }
}

/// Writes the comparison as one JSON object.
pub fn write_json(comparison: &Comparison<'_>, out: &mut impl Write) -> io::Result<()> {
    json::write_line(comparison, out)
}

/// Writes the comparison for people: what differs, then what is alike; alerts less grave than `least` in all
/// configurations are left out.
pub fn write_text(comparison: &Comparison<'_>, least: Severity, out: &mut impl Write) -> io::Result<()> {
    let letters = || ('A'..='Z').zip(&comparison.configurations);
    for (place, (letter, name)) in letters().enumerate() {
        let told = || comparison.alerts.iter().filter_map(|row| row.told[place]);
        let count = |severity| told().filter(|alert| alert.severity == severity).count();
        writeln!(
            out,
            "{letter}  {}: {} critical, {} warning, {} info",
            shown_text(name),
            count(Severity::Critical),
            count(Severity::Warning),
            count(Severity::Info)
        )?;
    }
    let shown = || comparison.alerts.iter().filter(|row| row.severity() >= Some(least));
    if comparison.configurations.len() == 1 {
        return shown().try_for_each(|row| write_row(row, out));
    }
    let (alike, different): (Vec<_>, Vec<_>) = shown().partition(|row| row.is_alike());
    writeln!(out, "\n{} differ, {} are alike in all of them.", different.len(), alike.len())?;
    different.into_iter().try_for_each(|row| write_row(row, out))?;
    if !alike.is_empty() {
        writeln!(out, "\nAlike:")?;
        for row in alike {
            let told = row.told.iter().flatten().next().map(|alert| told(alert)).unwrap_or_default();
            writeln!(out, "  {}: {}, {told}", row.detector, shown_text(&row.subject.to_string()))?;
        }
    }
    Ok(())
}

fn write_row(row: &Row<'_>, out: &mut impl Write) -> io::Result<()> {
    writeln!(out, "\n{}: {}", row.detector, shown_text(&row.subject.to_string()))?;
    for (letter, alert) in ('A'..='Z').zip(&row.told) {
        let told =
            alert.map_or_else(|| "nothing".to_owned(), |alert| format!("{}. {}", told(alert), alert.title));
        writeln!(out, "  {letter}  {}", shown_text(&told))?;
    }
    Ok(())
}

/// `warning, 120 times, 2026-03-02 08:00 to 09:10`
fn told(alert: &Alert) -> String {
    let times = counted(alert.count, "time", "times");
    format!("{}, {times}, {}", alert.severity, span(alert.first_seen, alert.last_seen))
}
