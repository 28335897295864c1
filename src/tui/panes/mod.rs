//! The panes: what each shows, and what its keys do there.

mod accounts;
mod alerts;
mod flow;
mod help;
mod lines;
mod messages;
mod overview;
mod sources;
mod verdict;

use std::net::IpAddr;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

pub(super) use accounts::Accounts;
pub(super) use alerts::Alerts;
pub(super) use flow::Flow;
pub(super) use help::Help;
pub(super) use lines::Lines;
pub(super) use messages::Messages;
pub(super) use overview::Overview;
pub(super) use sources::Sources;

use super::engine::Act;
use super::filter::Filter;
use super::keymap::Command;
use super::scene::Scene;
use crate::aggregate::board::Want;
use crate::model::{Authority, Class, EventTime, Network};

/// Rows of a list that are asked for: as many as a person walks through.
const ROWS: usize = 1_000;

/// One of the panes, in the order of their numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Pane {
    Overview,
    Alerts,
    Sources,
    Accounts,
    Flow,
    Messages,
    Lines,
}

impl Pane {
    pub(super) const ALL: [Self; 7] = [
        Self::Overview,
        Self::Alerts,
        Self::Sources,
        Self::Accounts,
        Self::Flow,
        Self::Messages,
        Self::Lines,
    ];

    /// Its title.
    pub(super) fn title(self) -> &'static str {
        match self {
            Self::Overview => "Overview",
            Self::Alerts => "Alerts",
            Self::Sources => "Sources",
            Self::Accounts => "Accounts",
            Self::Flow => "Flow",
            Self::Messages => "Messages",
            Self::Lines => "Lines",
        }
    }

    /// The one `step` places behind it, round and round.
    pub(super) fn neighbour(self, step: usize) -> Self {
        Self::ALL[(self as usize + step) % Self::ALL.len()]
    }
}

/// What follows from a key, beyond the pane it was pressed in.
#[derive(Debug)]
pub(super) enum Effect {
    /// Nothing: the pane has changed, or nothing could.
    None,
    /// The engine does it.
    Act(Act),
    /// The status line says it.
    Say(String),
    /// The Messages pane shows these.
    Messages(Of),
    /// The Alerts pane shows the alert of this id.
    Alert(String),
    /// A comment is asked for; then the alert of this id, about that, is silenced.
    AskSilence { alert: String, about: String },
}

/// Whose messages are looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Of {
    Client(IpAddr),
    Network(Network),
    Account(String),
    Flow { who: String, to: String },
    Queue(String),
}

/// What all panes can do.
pub(super) trait Screen {
    /// The lists that it draws.
    fn want(&self) -> Want;

    fn draw(&self, scene: &Scene<'_>, area: Rect, buffer: &mut Buffer);

    fn command(&mut self, command: Command, scene: &Scene<'_>) -> Effect;

    /// A row was clicked at.
    fn click(&mut self, _column: u16, _row: u16, _scene: &Scene<'_>) {}

    /// One step back; whether there was one.
    fn back(&mut self) -> bool;

    /// What `y` copies: what it is called, and its text.
    fn value(&self, scene: &Scene<'_>) -> Option<(&'static str, String)>;

    /// The filter; `None` where there is nothing to filter.
    fn filter(&self) -> Option<&Filter> {
        None
    }

    fn set_filter(&mut self, _filter: Filter) {}

    /// Shows what happened at `time`; whether it can.
    fn go_to(&mut self, _time: EventTime, _scene: &Scene<'_>) -> bool {
        false
    }
}

/// On what authority, as people say it.
fn authority(authority: Option<Authority>) -> &'static str {
    match authority {
        Some(Authority::TrustedNetwork) => "trusted network",
        Some(Authority::Authenticated) => "logged in",
        Some(Authority::TlsCertificate) => "certificate",
        Some(Authority::LocalSubmission) => "this host",
        Some(Authority::RecipientIsLocal) => "to us",
        Some(Authority::None) => "NONE",
        None => "not known",
    }
}

/// `relay denied 120, greylisted 3`.
fn classes(classes: &[(Class, u64)]) -> String {
    let words: Vec<String> = classes
        .iter()
        .map(|(class, count)| {
            format!("{} {}", super::text::spoken(class.name()), super::text::thousands(*count))
        })
        .collect();
    words.join(", ")
}
