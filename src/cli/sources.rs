//! `sources`: what was learned, beside the service or without it, and what people say of it.

use std::collections::BTreeMap;
use std::io::Write;

use serde_json::json;

use super::args::{Output, Place, Sources};
use super::context::Context;
use super::monitor::state_folder;
use super::{Error, Exit};
use crate::model::{
    About, EventTime, KnownIntermediary, Learned, Measure, Normal, Ruling, Verb, counted, shown_text,
};
use crate::runtime::learned::Stored;
use crate::runtime::live::StateError;

/// Subjects of one measure that are named as left out.
const NAMED: usize = 5;
/// Columns of a name; a longer one is shown all the same.
const WIDTH: usize = 39;

/// Lists what was learned, or writes down what somebody says of it.
pub(super) fn run(command: Sources, context: &Context, out: &mut impl Write) -> Result<Exit, Error> {
    match command {
        Sources::List { place } => {
            let output = context.output("sources list", &[Output::Text, Output::Json])?;
            let learned = look(&place, context)?.load()?.ruled();
            match output {
                Output::Json => write_json(&learned, out)?,
                _ => write_text(&learned, out)?,
            }
            Ok(Exit::Clean)
        }
        Sources::Approve { subjects, place } => say(Verb::Approve, subjects, &place, context, out),
        Sources::Forget { subjects, place } => say(Verb::Forget, subjects, &place, context, out),
    }
}

fn look(place: &Place, context: &Context) -> Result<Stored, Error> {
    let folder = state_folder(place.state.as_deref(), &context.settings);
    Ok(Stored::look(&folder)?.ok_or(StateError::Unlearned { folder })?)
}

fn say(
    verb: Verb,
    subjects: Vec<About>,
    place: &Place,
    context: &Context,
    out: &mut impl Write,
) -> Result<Exit, Error> {
    context.output(&format!("sources {}", verb.name()), &[Output::Text])?;
    let stored = look(place, context)?;
    let learned = stored.load()?.ruled();
    // All or nothing: a mistake in the last one is told before the first one counts.
    for about in &subjects {
        // An address may be approved before it comes.
        let is_announced = verb == Verb::Approve && matches!(about, About::Ip(_));
        if !is_announced && !about.is_in(&learned) {
            return Err(Error::Usage(format!(
                "nothing is learned of `{about}`; `sources list` shows of what something is: write an address, a network, an \
                 account, a domain or `site`. A service saves what is new once an hour"
            )));
        }
    }
    for about in subjects {
        let name = about.to_string();
        stored.rule(&Ruling { verb, about })?;
        let done = if verb == Verb::Approve { "approved" } else { "forgotten" };
        writeln!(out, "{} is {done}; a running service hears of it within seconds.", shown_text(&name))?;
    }
    Ok(Exit::Clean)
}

fn write_text(learned: &Learned, out: &mut impl Write) -> Result<(), Error> {
    writeln!(out, "Addresses that relay: {}", learned.sources.len())?;
    for source in &learned.sources {
        let approved = if source.is_approved { ", approved" } else { "" };
        writeln!(out, "  {:<WIDTH$}  {}{approved}", source.ip.to_string(), seen(source.last_seen))?;
    }
    writeln!(out, "\nAccounts: {}", learned.accounts.len())?;
    for account in &learned.accounts {
        let networks: Vec<String> = account.networks.iter().map(ToString::to_string).collect();
        let name = shown_text(&account.name).to_string();
        writeln!(out, "  {name:<WIDTH$}  {}, from {}", seen(account.last_seen), networks.join(", "))?;
    }
    write_intermediaries(&learned.intermediaries, out)?;
    let Some(watched) = learned.normals.iter().find(|normal| normal.measure == Measure::Lines) else {
        writeln!(out, "\nWhat is usual: nothing is known yet.")?;
        return Ok(());
    };
    let hours = watched.hours.iter().filter(|hour| hour.count() > 0).count() as u64;
    let days = watched.hours.len() as u64 / 24;
    writeln!(
        out,
        "\nWhat is usual: from {} of log in {}",
        counted(hours, "hour", "hours"),
        counted(days, "day", "days")
    )?;
    let mut measures: BTreeMap<Measure, Vec<&Normal>> = BTreeMap::new();
    for normal in learned.subjects() {
        measures.entry(normal.measure).or_default().push(normal);
    }
    for (measure, normals) in measures {
        let subjects = counted(normals.len() as u64, "subject", "subjects");
        writeln!(out, "  {:<14} of {subjects}{}", measure.name(), left_out(&normals))?;
    }
    Ok(())
}

/// Those that are known by name; of the others, which may be anybody, how many there are.
fn write_intermediaries(all: &[KnownIntermediary], out: &mut impl Write) -> Result<(), Error> {
    let (known, others): (Vec<_>, Vec<_>) =
        all.iter().partition(|intermediary| intermediary.conduct.is_known);
    let more = match others.len() as u64 {
        0 => String::new(),
        more => format!("; not known yet: {}", counted(more, "network", "networks")),
    };
    writeln!(out, "\nSenders in your names from outside: {}{more}", known.len())?;
    for KnownIntermediary { network, last_seen, conduct } in known {
        let approved = if conduct.is_approved { ", approved" } else { "" };
        let (network, days) = (network.to_string(), counted(conduct.days.into(), "day", "days"));
        writeln!(
            out,
            "  {network:<WIDTH$}  {}, on {days}, {}{approved}",
            conduct.kind().name(),
            seen(*last_seen)
        )?;
    }
    Ok(())
}

/// Who was too special to learn from, and for how long: that is what can be approved.
fn left_out(normals: &[&Normal]) -> String {
    let mut special: Vec<(u64, String)> = normals
        .iter()
        .map(|normal| (excluded(normal), normal.subject.to_string()))
        .filter(|(hours, _)| *hours > 0)
        .collect();
    special.sort_by(|one, other| other.0.cmp(&one.0).then_with(|| one.1.cmp(&other.1)));
    let more = special.len().saturating_sub(NAMED);
    let mut names: Vec<String> = special
        .into_iter()
        .take(NAMED)
        .map(|(hours, name)| format!("{} ({})", shown_text(&name), counted(hours, "hour", "hours")))
        .collect();
    if more > 0 {
        names.push(format!("{more} more"));
    }
    if names.is_empty() { String::new() } else { format!("; left out as unusual: {}", names.join(", ")) }
}

fn excluded(normal: &Normal) -> u64 {
    normal.hours.iter().filter(|hour| hour.is_excluded()).count() as u64
}

fn seen(time: EventTime) -> String {
    if time == EventTime::MIN { "not seen yet".to_owned() } else { format!("last seen {time}") }
}

/// The same as one object. Escaped as everything that a program reads may be shown by it.
fn write_json(learned: &Learned, out: &mut impl Write) -> Result<(), Error> {
    let time = |time: EventTime| (time != EventTime::MIN).then_some(time);
    let sources = learned.sources.iter().map(|source| {
        json!({"ip": source.ip, "last_seen": time(source.last_seen), "approved": source.is_approved})
    });
    let accounts = learned.accounts.iter().map(|account| {
        let networks: Vec<String> = account.networks.iter().map(ToString::to_string).collect();
        json!({"name": account.name, "networks": networks, "last_seen": time(account.last_seen)})
    });
    let intermediaries =
        learned.intermediaries.iter().map(|KnownIntermediary { network, last_seen, conduct }| {
            json!({
                "network": network.to_string(),
                "kind": conduct.kind().name(),
                "known": conduct.is_known,
                "approved": conduct.is_approved,
                "days": conduct.days,
                "last_seen": time(*last_seen),
            })
        });
    let usual = learned.normals.iter().map(|normal| {
        let first = EventTime::from_seconds(normal.begins.saturating_mul(3600));
        json!({
            "measure": normal.measure.name(),
            "subject": normal.subject,
            "first_hour": first,
            "hours": normal.hours.iter().map(|hour| hour.count()).collect::<Vec<_>>(),
            "left_out": excluded(normal),
        })
    });
    let all = json!({
        "sources": sources.collect::<Vec<_>>(),
        "accounts": accounts.collect::<Vec<_>>(),
        "intermediaries": intermediaries.collect::<Vec<_>>(),
        "usual": usual.collect::<Vec<_>>(),
    });
    crate::report::json::write_value(&all, out)?;
    Ok(())
}
