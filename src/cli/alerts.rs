//! `alerts`: what the service knows and what waits to be told, beside the service or after it.

use std::io::Write;

use super::args::{Alerts, Output, Place};
use super::context::Context;
use super::monitor::state_folder;
use super::{Error, Exit};
use crate::model::{Alert, AlertState, Entry, EventTime, Period, Silence, shown_text};
use crate::runtime::live::{Filter, Retry, Stored};

/// Entries of the spool that are shown at most.
const MOST: usize = 10_000;

/// Looks into the state, or changes what may be changed.
pub(super) fn run(command: Alerts, context: &Context, out: &mut impl Write) -> Result<Exit, Error> {
    match command {
        Alerts::List { all, waiting, dead, place } => {
            let output = context.output("alerts list", &[Output::Text, Output::Json, Output::Ndjson])?;
            let state = look(&place, context)?;
            if waiting || dead {
                let entries = if dead { state.dead(MOST)? } else { state.waiting(MOST)? };
                return write_entries(&entries, output, out);
            }
            let fires = (!all).then_some(AlertState::Firing);
            let filter = Filter { state: fires, since: context.since, ..Filter::default() };
            write_alerts(&state.alerts(&filter)?, output, out)
        }
        Alerts::Retry { numbers, place } => {
            let retry = if numbers.is_empty() { Retry::All } else { Retry::Numbers(numbers) };
            look(&place, context)?.request_retry(&retry)?;
            writeln!(out, "The service tries again within a second; if it is not running, when it starts.")?;
            Ok(Exit::Clean)
        }
        Alerts::Silence { detector, subject, of_host, period, comment, list, remove, place } => {
            let state = look(&place, context)?;
            if list {
                return write_silences(&state.silences()?, context.now, out);
            }
            if let Some(id) = remove {
                return if state.remove_silence(id)? {
                    writeln!(out, "Silence {id} has ended.")?;
                    Ok(Exit::Clean)
                } else {
                    Err(Error::Usage(format!("there is no silence {id}; `alerts silence --list` shows them")))
                };
            }
            if detector.is_none() && subject.is_none() && of_host.is_none() {
                let message = "a silence of everything hides an attack: name a --detector, a --subject or a host (--of-host)";
                return Err(Error::Usage(message.to_owned()));
            }
            let seconds = period.map_or(0, Period::seconds);
            let silence = Silence {
                id: 0,
                detector,
                subject,
                host: of_host,
                until: context.now.plus_seconds(seconds),
                comment: comment.unwrap_or_default(),
                created: context.now,
            };
            let id = state.add_silence(&silence)?;
            writeln!(out, "Silence {id} holds until {}.", silence.until)?;
            Ok(Exit::Clean)
        }
    }
}

fn look(place: &Place, context: &Context) -> Result<Stored, Error> {
    Ok(Stored::look(&state_folder(place.state.as_deref(), &context.settings))?)
}

fn write_alerts(alerts: &[Alert], output: Output, out: &mut impl Write) -> Result<Exit, Error> {
    if output != Output::Text {
        return json(alerts, output, out);
    }
    if alerts.is_empty() {
        writeln!(out, "No alert fires. --all shows those that are over.")?;
    }
    for alert in alerts {
        let state = if alert.state == AlertState::Firing { "" } else { " (over)" };
        let (subject, title) = (alert.subject.to_string(), &alert.title);
        writeln!(
            out,
            "{:<8} {:<22} {:<20} {}{state}: {}",
            alert.severity.name(),
            alert.detector,
            alert.last_seen.to_string(),
            shown_text(&subject),
            shown_text(title)
        )?;
    }
    Ok(Exit::Clean)
}

fn write_entries(entries: &[Entry], output: Output, out: &mut impl Write) -> Result<Exit, Error> {
    if output != Output::Text {
        return json(entries, output, out);
    }
    if entries.is_empty() {
        writeln!(out, "Nothing is there.")?;
    }
    for entry in entries {
        let alert = &entry.notice.alert;
        let subject = alert.subject.to_string();
        writeln!(
            out,
            "{:>6} {:<12} {:<8} {:<8} {} {}: {}",
            entry.number,
            entry.sink,
            entry.notice.news.name(),
            alert.severity.name(),
            alert.detector,
            shown_text(&subject),
            shown_text(&alert.title)
        )?;
        match &entry.dead {
            Some(why) => writeln!(out, "       {}", shown_text(why))?,
            None if entry.attempts > 0 => writeln!(out, "       tried {} times", entry.attempts)?,
            None => {}
        }
    }
    Ok(Exit::Clean)
}

fn write_silences(silences: &[Silence], now: EventTime, out: &mut impl Write) -> Result<Exit, Error> {
    if silences.is_empty() {
        writeln!(out, "Nothing is silenced.")?;
    }
    for silence in silences {
        let over = if silence.until <= now { " (over)" } else { "" };
        let matchers =
            [("detector", &silence.detector), ("subject", &silence.subject), ("host", &silence.host)];
        let named: Vec<String> = matchers
            .iter()
            .filter_map(|(name, value)| Some(format!("{name} {}", shown_text(value.as_ref()?))))
            .collect();
        writeln!(
            out,
            "{:>4} until {}{over}: {}: {}",
            silence.id,
            silence.until,
            named.join(", "),
            shown_text(&silence.comment)
        )?;
    }
    Ok(Exit::Clean)
}

/// One object with a list, or an object a line.
fn json<T: serde::Serialize>(all: &[T], output: Output, out: &mut impl Write) -> Result<Exit, Error> {
    let failed = |error: serde_json::Error| Error::Output(error.into());
    if output == Output::Json {
        serde_json::to_writer_pretty(&mut *out, all).map_err(failed)?;
        writeln!(out)?;
        return Ok(Exit::Clean);
    }
    for one in all {
        serde_json::to_writer(&mut *out, one).map_err(failed)?;
        writeln!(out)?;
    }
    Ok(Exit::Clean)
}
