//! The panes: what each shows, and what its keys do there.

mod accounts;
mod alerts;
mod flow;
mod help;
mod lines;
mod list;
mod messages;
mod overview;
mod sources;
mod verdict;

use std::net::IpAddr;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use accounts::ACCOUNTS;
use alerts::Alerts;
use flow::FLOWS;
pub(super) use help::Help;
use lines::Lines;
use list::List;
use messages::Messages;
use overview::Overview;
use sources::Sources;

use super::engine::Act;
use super::filter::Filter;
use super::keymap::Command;
use super::scene::Scene;
use crate::aggregate::board::{AccountRow, FlowRow, Want};
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

/// All of them, each as it is looked at.
pub(super) struct Panes {
    overview: Overview,
    pub(super) alerts: Alerts,
    sources: Sources,
    accounts: List<AccountRow>,
    flow: List<FlowRow>,
    pub(super) messages: Messages,
    lines: Lines,
}

impl Default for Panes {
    fn default() -> Self {
        Self {
            overview: Overview::default(),
            alerts: Alerts::default(),
            sources: Sources::default(),
            accounts: List::new(ACCOUNTS),
            flow: List::new(FLOWS),
            messages: Messages::default(),
            lines: Lines::default(),
        }
    }
}

impl Panes {
    pub(super) fn get(&self, pane: Pane) -> &dyn Screen {
        match pane {
            Pane::Overview => &self.overview,
            Pane::Alerts => &self.alerts,
            Pane::Sources => &self.sources,
            Pane::Accounts => &self.accounts,
            Pane::Flow => &self.flow,
            Pane::Messages => &self.messages,
            Pane::Lines => &self.lines,
        }
    }

    pub(super) fn get_mut(&mut self, pane: Pane) -> &mut dyn Screen {
        match pane {
            Pane::Overview => &mut self.overview,
            Pane::Alerts => &mut self.alerts,
            Pane::Sources => &mut self.sources,
            Pane::Accounts => &mut self.accounts,
            Pane::Flow => &mut self.flow,
            Pane::Messages => &mut self.messages,
            Pane::Lines => &mut self.lines,
        }
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

    fn draw(&self, scene: &Scene, area: Rect, buffer: &mut Buffer);

    fn command(&mut self, command: Command, scene: &Scene) -> Effect;

    /// A row was clicked at.
    fn click(&mut self, _column: u16, _row: u16, _scene: &Scene) {}

    /// One step back; whether there was one.
    fn back(&mut self) -> bool;

    /// Whether Esc leads out of something that Enter has opened.
    fn is_inside(&self) -> bool {
        false
    }

    /// What `y` copies: what it is called, and its text.
    fn value(&self, scene: &Scene) -> Option<(&'static str, String)>;

    /// The filter; `None` where there is nothing to filter.
    fn filter(&self) -> Option<&Filter> {
        None
    }

    fn set_filter(&mut self, _filter: Filter) {}

    /// Shows what happened at `time`; whether it can.
    fn go_to(&mut self, _time: EventTime, _scene: &Scene) -> bool {
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
