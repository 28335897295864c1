//! Frames to draw: nothing yet, a busy server under attack, and one whose clients write what terminals obey.

mod alerts;
mod hostile;
mod lists;
mod messages;

use std::net::IpAddr;

use crate::aggregate::Coverage;
use crate::aggregate::board::{Picture, Rates, Step};
use crate::model::EventTime;
use crate::tui::{Frame, Marks, Reading, SourceHealth};
pub(super) use hostile::hostile;

/// The newest moment: 2026-03-03 03:01:07 UTC.
pub(super) const NOW: EventTime = EventTime::from_seconds(1_772_506_867);

fn ago(seconds: i64) -> EventTime {
    NOW.plus_seconds(-seconds)
}

fn ip(text: &str) -> IpAddr {
    text.parse().unwrap()
}

fn source(name: &str) -> SourceHealth {
    SourceHealth { name: name.to_owned(), behind_bytes: 0, exists: true, problem: None }
}

pub(super) fn empty() -> Frame {
    Frame {
        picture: Picture::default(),
        alerts: Vec::new(),
        marks: Marks::default(),
        sources: vec![source("/var/log/mail.log")],
        state: Reading::Starting,
        lines_per_second: 0,
    }
}

pub(super) fn busy() -> Frame {
    let names = ["/var/log/mail.log", "/var/log/exim4/mainlog"];
    let mut sources: Vec<SourceHealth> = names.map(source).into();
    sources[1].behind_bytes = 1_440_000;
    sources.push(SourceHealth {
        problem: Some("permission denied; add this user to the group adm".to_owned()),
        ..source("/var/log/maillog")
    });
    Frame {
        picture: Picture {
            now: Some(NOW),
            coverage: Coverage { lines: 1_204_518, events: 1_190_002, ignored: 12_090, unmatched: 412 },
            rates: rates(),
            sources: lists::sources(),
            networks: lists::networks(),
            accounts: lists::accounts(),
            flows: lists::flows(),
            messages: messages::messages(),
            tail: messages::tail(),
        },
        alerts: alerts::alerts(),
        marks: alerts::marks(),
        sources,
        state: Reading::Live,
        lines_per_second: 1_234,
    }
}

/// Two hours of minutes: a quiet night, then somebody who tries, and gets through.
fn rates() -> Rates {
    let step = |at: u64| {
        let wave = 12 + (at * 7) % 9 + if at > 60 { 6 } else { 0 };
        let attack = at.saturating_sub(75) * (at.saturating_sub(75)) / 6;
        Step {
            connections: wave + attack.min(180),
            attempts: wave / 2 + attack.min(150),
            denied: if at < 104 { attack.min(140) } else { 20 },
            rejected: wave / 4,
            delivered: wave / 3 + if at >= 104 { 90 } else { 0 },
        }
    };
    Rates { start: Some(ago(120 * 60)), step_seconds: 60, steps: (0..120).map(step).collect() }
}
