//! Sources: who connects, address by address or network by network.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::Line;

use super::list::{List, Listed};
use super::{Effect, Of, ROWS, Screen, classes};
use crate::aggregate::board::{Counts, NetworkRow, SourceRow, Want};
use crate::tui::filter::Filter;
use crate::tui::keymap::Command;
use crate::tui::scene::{Scene, below, inside, put};
use crate::tui::table::{Column, Layout};
use crate::tui::text;
use crate::tui::theme::Role;

/// Rows for what the columns do not say of the selected address, with the rule above them.
const PANEL: u16 = 5;

/// A column of a count that rows have in common.
macro_rules! count {
    ($title:literal, $width:literal, $spare:literal, $role:expr, $field:ident) => {
        Column {
            title: $title,
            width: $width,
            grow: 0,
            right: true,
            spare: $spare,
            cell: |row, _| (role(row.counts.$field, $role), text::count(row.counts.$field)),
            order: |a, b| a.counts.$field.cmp(&b.counts.$field),
        }
    };
}

/// A column of a time.
macro_rules! time {
    ($title:literal, $spare:literal, $field:ident) => {
        Column {
            title: $title,
            width: 11,
            grow: 0,
            right: true,
            spare: $spare,
            cell: |row, scene| (Role::Quiet, scene.when(row.$field)),
            order: |a, b| a.$field.cmp(&b.$field),
        }
    };
}
pub(super) use {count, time};

/// None is quiet, whatever the column is for.
pub(super) fn role(count: u64, role: Role) -> Role {
    if count == 0 { Role::Quiet } else { role }
}

const ADDRESSES: Layout<SourceRow> = Layout {
    of: ["address", "addresses"],
    key: |row| row.ip.to_string(),
    columns: &[
        Column {
            title: "address",
            width: 15,
            grow: 2,
            right: false,
            spare: 0,
            cell: |row, scene| (address_role(&row.counts), scene.ip(row.ip)),
            order: |a, b| a.ip.cmp(&b.ip),
        },
        Column {
            title: "name",
            width: 14,
            grow: 3,
            right: false,
            spare: 7,
            cell: |row, scene| (Role::Quiet, scene.name(&row.name)),
            order: |a, b| a.name.cmp(&b.name),
        },
        count!("connects", 9, 5, Role::Text, connections),
        count!("attempts", 9, 1, Role::Text, attempts),
        count!("denied", 8, 0, Role::Warning, denied),
        count!("rejected", 9, 2, Role::Text, rejected),
        count!("accepted", 9, 4, Role::Text, accepted),
        count!("logins", 7, 3, Role::Good, logins),
        count!("failed", 7, 1, Role::Warning, failed_logins),
        Column {
            title: "HELO",
            width: 14,
            grow: 2,
            right: false,
            spare: 9,
            cell: |row, scene| {
                (Role::Quiet, row.helos.first().map(|helo| scene.name(helo)).unwrap_or_default())
            },
            order: |a, b| a.helos.cmp(&b.helos),
        },
        time!("first seen", 8, first),
        time!("last seen", 2, last),
    ],
};

const NETWORKS: Layout<NetworkRow> = Layout {
    of: ["network", "networks"],
    key: |row| row.network.to_string(),
    columns: &[
        Column {
            title: "network",
            width: 18,
            grow: 1,
            right: false,
            spare: 0,
            cell: |row, scene| (address_role(&row.counts), scene.name(&row.network.to_string())),
            order: |a, b| a.network.cmp(&b.network),
        },
        Column {
            title: "hosts",
            width: 7,
            grow: 0,
            right: true,
            spare: 1,
            cell: |row, _| (Role::Text, text::count(row.addresses)),
            order: |a, b| a.addresses.cmp(&b.addresses),
        },
        count!("connects", 9, 5, Role::Text, connections),
        count!("attempts", 9, 1, Role::Text, attempts),
        count!("denied", 8, 0, Role::Warning, denied),
        count!("rejected", 9, 2, Role::Text, rejected),
        count!("accepted", 9, 4, Role::Text, accepted),
        count!("logins", 7, 3, Role::Good, logins),
        count!("failed", 7, 1, Role::Warning, failed_logins),
        time!("first seen", 8, first),
        time!("last seen", 2, last),
    ],
};

/// Whoever does what is refused stands out, by the counts beside as well.
fn address_role(counts: &Counts) -> Role {
    if counts.denied + counts.failed_logins > 0 { Role::Accent } else { Role::Text }
}

const BY_ADDRESS: &Listed<SourceRow> = &Listed {
    layout: ADDRESSES,
    want: Want { sources: ROWS, ..Want::NONE },
    rows: |picture| &picture.sources,
    of: |row| Of::Client(row.ip),
    value: ("the address", |row| row.ip.to_string()),
};

const BY_NETWORK: &Listed<NetworkRow> = &Listed {
    layout: NETWORKS,
    want: Want { networks: ROWS, ..Want::NONE },
    rows: |picture| &picture.networks,
    of: |row| Of::Network(row.network),
    value: ("the network", |row| row.network.to_string()),
};

/// How the sources are looked at.
pub(in crate::tui) struct Sources {
    networks: bool,
    by_address: List<SourceRow>,
    by_network: List<NetworkRow>,
}

impl Default for Sources {
    fn default() -> Self {
        Self { networks: false, by_address: List::new(BY_ADDRESS), by_network: List::new(BY_NETWORK) }
    }
}

impl Sources {
    fn list(&self) -> &dyn Screen {
        if self.networks { &self.by_network } else { &self.by_address }
    }

    fn list_mut(&mut self) -> &mut dyn Screen {
        if self.networks { &mut self.by_network } else { &mut self.by_address }
    }
}

impl Screen for Sources {
    fn want(&self) -> Want {
        self.list().want()
    }

    fn draw(&self, scene: &Scene, area: Rect, buffer: &mut Buffer) {
        let current = if self.networks { None } else { self.by_address.current(scene) };
        let panel = if area.height >= PANEL * 3 && current.is_some() { PANEL } else { 0 };
        let list = Rect { height: area.height - panel, ..area };
        self.list().draw(scene, list, buffer);
        if let (true, Some(row)) = (panel > 0, current) {
            draw_panel(row, scene, below(area, list.height), buffer);
        }
    }

    fn command(&mut self, command: Command, scene: &Scene) -> Effect {
        if command == Command::Networks {
            self.networks = !self.networks;
            return Effect::None;
        }
        self.list_mut().command(command, scene)
    }

    fn click(&mut self, column: u16, row: u16, scene: &Scene) {
        self.list_mut().click(column, row, scene);
    }

    fn back(&mut self) -> bool {
        self.list_mut().back() || std::mem::take(&mut self.networks)
    }

    fn value(&self, scene: &Scene) -> Option<(&'static str, String)> {
        self.list().value(scene)
    }

    fn filter(&self) -> Option<&Filter> {
        self.list().filter()
    }

    fn set_filter(&mut self, filter: Filter) {
        self.list_mut().set_filter(filter);
    }
}

/// What is known of the selected address beside its counts.
fn draw_panel(row: &SourceRow, scene: &Scene, area: Rect, buffer: &mut Buffer) {
    let rule = scene.signs.rule.repeat(area.width.into());
    put(buffer, area, 0, Line::from(scene.span(Role::Quiet, rule)));
    let helos: Vec<String> = row.helos.iter().map(|name| scene.name(name)).collect();
    let accounts: Vec<String> = row.accounts.iter().map(|name| scene.mailbox(name)).collect();
    let name = if row.name.is_empty() { "no name".to_owned() } else { scene.name(&row.name) };
    let facts = [
        (scene.ip(row.ip), name),
        ("Refused".to_owned(), classes(&row.classes)),
        ("HELO names".to_owned(), helos.join(", ")),
        ("Accounts".to_owned(), accounts.join(", ")),
    ];
    let area = inside(below(area, 1), 1);
    let label = facts[0].0.len().max(16) + 2;
    for (index, (name, words)) in facts.into_iter().enumerate() {
        let words = if words.is_empty() { "none".to_owned() } else { words };
        let words = text::fit(&words, usize::from(area.width).saturating_sub(label), scene.signs.cut);
        let role = if index == 0 { Role::Title } else { Role::Quiet };
        let name = scene.span(role, text::cell(&name, label, false, scene.signs.cut));
        put(buffer, area, index as u16, Line::from(vec![name, scene.span(Role::Text, words)]));
    }
}
