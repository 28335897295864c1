//! Flow: who relays to where, on what authority.

use super::list::Listed;
use super::sources::{role, time};
use super::{Of, ROWS, authority};
use crate::aggregate::board::{FlowRow, Want};
use crate::model::{Authority, Direction};
use crate::tui::table::{Column, Layout};
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

pub(super) const FLOWS: &Listed<FlowRow> = &Listed {
    layout: LAYOUT,
    want: Want { flows: ROWS, ..Want::NONE },
    rows: |picture| &picture.flows,
    of: |row| Of::Flow { who: row.who.clone(), to: row.to.clone() },
    value: ("who it is", |row| row.who.clone()),
};
