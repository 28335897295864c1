//! Flow: who relays to where, on what authority.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::sources::{role, time};
use super::{Effect, Of, ROWS, Screen, authority};
use crate::aggregate::board::{FlowRow, Want};
use crate::model::{Authority, Direction};
use crate::tui::filter::Filter;
use crate::tui::keymap::Command;
use crate::tui::scene::Scene;
use crate::tui::table::{Column, Layout, Table};
use crate::tui::text;
use crate::tui::theme::Role;

const LAYOUT: Layout<FlowRow> = Layout {
    of: ["way", "ways"],
    key: |row| format!("{}\n{:?}\n{}", row.who, row.authority, row.to),
    columns: &[
        Column {
            title: "who",
            width: 16,
            grow: 2,
            right: false,
            spare: 0,
            cell: |row, scene| (Role::Accent, scene.who(&row.who)),
            order: |a, b| a.who.cmp(&b.who),
        },
        Column {
            title: "authority",
            width: 15,
            grow: 0,
            right: false,
            spare: 0,
            cell: |row, _| (authority_role(row), authority(row.authority).to_owned()),
            order: |a, b| a.authority.cmp(&b.authority),
        },
        Column {
            title: "direction",
            width: 9,
            grow: 0,
            right: false,
            spare: 3,
            cell: |row, _| (Role::Quiet, row.direction.name().to_owned()),
            order: |a, b| a.direction.cmp(&b.direction),
        },
        Column {
            title: "to",
            width: 14,
            grow: 3,
            right: false,
            spare: 0,
            cell: |row, scene| (Role::Text, scene.name(&row.to)),
            order: |a, b| a.to.cmp(&b.to),
        },
        Column {
            title: "recipients",
            width: 11,
            grow: 0,
            right: true,
            spare: 2,
            cell: |row, _| (Role::Text, text::count(row.recipients)),
            order: |a, b| a.recipients.cmp(&b.recipients),
        },
        Column {
            title: "delivered",
            width: 10,
            grow: 0,
            right: true,
            spare: 0,
            cell: |row, _| (role(row.delivered, delivered_role(row)), text::count(row.delivered)),
            order: |a, b| a.delivered.cmp(&b.delivered),
        },
        Column {
            title: "denied",
            width: 8,
            grow: 0,
            right: true,
            spare: 0,
            cell: |row, _| (role(row.denied, Role::Warning), text::count(row.denied)),
            order: |a, b| a.denied.cmp(&b.denied),
        },
        time!("last seen", 4, last),
    ],
};

/// Mail for others that was let through although nothing allowed it; where nobody knows whose domain it is, it may be.
fn unauthorised_role(row: &FlowRow) -> Option<Role> {
    let let_through = row.authority == Some(Authority::None) && row.recipients > row.denied;
    match row.direction {
        Direction::Outbound if let_through => Some(Role::Alarm),
        Direction::Unknown if let_through => Some(Role::Warning),
        _ => None,
    }
}

fn authority_role(row: &FlowRow) -> Role {
    let known = row.authority.is_some_and(|authority| authority != Authority::None);
    unauthorised_role(row).unwrap_or(if known { Role::Text } else { Role::Quiet })
}

fn delivered_role(row: &FlowRow) -> Role {
    unauthorised_role(row).unwrap_or(Role::Good)
}

/// How the ways of mail are looked at.
#[derive(Debug, Default)]
pub(in crate::tui) struct Flow {
    table: Table,
}

impl Flow {
    fn shown<'f>(&self, scene: &'f Scene) -> Vec<&'f FlowRow> {
        self.table.shown(&LAYOUT, &scene.frame.picture.flows, scene)
    }
}

impl Screen for Flow {
    fn want(&self) -> Want {
        Want { flows: ROWS, ..Want::default() }
    }

    fn draw(&self, scene: &Scene, area: Rect, buffer: &mut Buffer) {
        let all = scene.frame.picture.flows.len();
        self.table.draw(&LAYOUT, &self.shown(scene), all, scene, area, buffer);
    }

    fn command(&mut self, command: Command, scene: &Scene) -> Effect {
        let shown = self.shown(scene);
        if command == Command::Enter
            && let Some(row) = self.table.current(&LAYOUT, &shown)
        {
            return Effect::Messages(Of::Flow { who: row.who.clone(), to: row.to.clone() });
        }
        self.table.command(&LAYOUT, &shown, command);
        Effect::None
    }

    fn click(&mut self, column: u16, row: u16, scene: &Scene) {
        let shown = self.shown(scene);
        self.table.click(&LAYOUT, &shown, column, row);
    }

    fn back(&mut self) -> bool {
        self.table.back()
    }

    fn value(&self, scene: &Scene) -> Option<(&'static str, String)> {
        self.table.current(&LAYOUT, &self.shown(scene)).map(|row| ("who it is", row.who.clone()))
    }

    fn filter(&self) -> Option<&Filter> {
        Some(self.table.filter())
    }

    fn set_filter(&mut self, filter: Filter) {
        self.table.set_filter(filter);
    }
}
