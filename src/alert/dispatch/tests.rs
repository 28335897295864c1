//! Alerts that change, sinks that take what they are told or do not: what is told whom, and when.

use super::*;
use crate::model::{AlertState, EventTime, Mta, News, Period, Severity, Subject};

mod failures;
mod limits;
mod lives;
mod news;
mod routes;
mod silences;
mod stored;
mod turns;

fn at(seconds: i64) -> EventTime {
    EventTime::from_seconds(1_000_000 + seconds)
}

fn alert(id: &str, severity: Severity) -> Alert {
    Alert {
        id: id.to_owned(),
        detector: "open-relay".to_owned(),
        subject: Subject::ip("203.0.113.66".parse().unwrap()),
        severity,
        state: AlertState::Firing,
        title: "title".to_owned(),
        summary: "summary".to_owned(),
        count: 1,
        first_seen: at(0),
        last_seen: at(0),
        started_at: at(0),
        host: "mx1".to_owned(),
        mta: Mta::Postfix,
        evidence: Vec::new(),
        remedy: "remedy".to_owned(),
        related: Vec::new(),
    }
}

fn warning(id: &str) -> Alert {
    alert(id, Severity::Warning)
}

fn critical(id: &str) -> Alert {
    alert(id, Severity::Critical)
}

fn resolved(alert: Alert) -> Alert {
    Alert { state: AlertState::Resolved, ..alert }
}

/// Settings under which everything is told at once.
fn prompt() -> Settings {
    let none = Period::of_seconds(0);
    Settings { group_wait: none, group_interval: none, ..Settings::default() }
}

fn dispatch(settings: Settings) -> Dispatch {
    routed(settings, "", &["chat"])
}

fn routes(text: &str) -> Vec<Route> {
    #[derive(serde::Deserialize)]
    struct File {
        #[serde(default)]
        route: Vec<Route>,
    }
    toml::from_str::<File>(text).unwrap().route
}

fn routed(settings: Settings, text: &str, sinks: &[&str]) -> Dispatch {
    Dispatch::new(settings, routes(text), sinks.iter().map(|&sink| sink.to_owned()).collect())
}

/// Says that the database has everything.
fn store(dispatch: &mut Dispatch) {
    dispatch.take_changes();
    dispatch.stored();
}

/// All that `sink` can be told at `now`: it is told, and arrives.
fn told(dispatch: &mut Dispatch, sink: &str, now: EventTime) -> Vec<(String, News)> {
    let mut told = Vec::new();
    loop {
        store(dispatch);
        let entries = dispatch.next(sink, 100, now, false);
        if entries.is_empty() {
            return told;
        }
        dispatch.delivered(&entries.iter().map(|entry| entry.number).collect::<Vec<_>>(), now);
        told.extend(entries.into_iter().map(|entry| (entry.notice.id, entry.notice.news)));
    }
}

/// What is told as soon as `alert` has changed.
fn tells(dispatch: &mut Dispatch, alert: Alert, now: EventTime) -> Vec<(String, News)> {
    dispatch.changed(vec![alert], now);
    told(dispatch, "chat", now)
}

fn one(id: &str, news: News) -> Vec<(String, News)> {
    vec![(id.to_owned(), news)]
}

fn numbers(entries: &[Entry]) -> Vec<u64> {
    entries.iter().map(|entry| entry.number).collect()
}

fn of_chat(dispatch: &Dispatch) -> Statistics {
    dispatch.statistics().into_iter().find(|sink| sink.sink == "chat").unwrap()
}
