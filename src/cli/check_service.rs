//! What `check-config` says of the service: what it follows, whom it tells.

use std::io::Write;

use super::Error;
use super::monitor::state_folder;
use crate::config::Settings;
use crate::model::{Severity, shown_text};
use crate::runtime::live;

/// Says what `[monitor]`, `[notify]`, the sinks and the routes come to.
pub(super) fn describe(settings: &Settings, out: &mut impl Write) -> Result<(), Error> {
    let monitor = &settings.monitor;
    match &monitor.inputs[..] {
        [] => writeln!(out, "Follows: the system's mail log")?,
        inputs => writeln!(out, "Follows: {}", shown_text(&inputs.join(", ")))?,
    }
    let found = if monitor.inputs.is_empty() { live::mail_logs() } else { monitor.inputs.clone() };
    for problem in live::alike(&found) {
        writeln!(out, "  Warning: {}: {}", shown_text(&problem.name), problem.message)?;
    }
    writeln!(out, "State: {}", shown_text(&state_folder(None, settings).to_string_lossy()))?;
    learns(settings, out)?;
    if let Some(address) = monitor.listen {
        writeln!(out, "Serves /metrics and /healthz at {address}")?;
    }
    tells(settings, out)?;
    if settings.sinks.is_empty() {
        writeln!(out, "Sinks: none; alerts are kept, and sent nowhere")?;
    }
    for sink in &settings.sinks {
        writeln!(out, "Sink {}: {}", sink.name(), shown_text(&sink.describe()))?;
        for warning in sink.warnings() {
            writeln!(out, "  Warning: {}", shown_text(&warning))?;
        }
    }
    for route in &settings.routes {
        writeln!(out, "Route to {}", shown_text(&route.describe(settings.notify.min_severity)))?;
    }
    Ok(())
}

fn tells(settings: &Settings, out: &mut impl Write) -> Result<(), Error> {
    let notify = &settings.notify;
    let least = match notify.min_severity {
        Severity::Critical => "critical".to_owned(),
        least => format!("{least} and graver"),
    };
    let over = if notify.resolved { ", when they are over too" } else { "" };
    let (wait, interval, repeat) = (notify.group_wait, notify.group_interval, notify.repeat_interval);
    let repeat = match repeat.seconds() {
        0 => "what still fires is not repeated".to_owned(),
        _ => format!("what still fires every {repeat}"),
    };
    writeln!(
        out,
        "Tells: {least}{over}; the first of a group after {wait}, others after {interval}, {repeat}"
    )?;
    Ok(())
}

fn learns(settings: &Settings, out: &mut impl Write) -> Result<(), Error> {
    let learn = settings.learn;
    if !learn.enabled {
        writeln!(out, "Learns: nothing; fixed rules hold")?;
        return Ok(());
    }
    writeln!(
        out,
        "Learns: what is usual, from {} days of log on; accepted false alarms a month: {}",
        learn.days, learn.false_alarms_per_month
    )?;
    Ok(())
}
