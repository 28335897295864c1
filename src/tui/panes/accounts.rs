//! Accounts: who logs in, and from where.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::sources::{count, role, time};
use super::{Effect, Of, ROWS, Screen};
use crate::aggregate::board::{AccountRow, Want};
use crate::tui::filter::Filter;
use crate::tui::keymap::Command;
use crate::tui::scene::Scene;
use crate::tui::table::{Column, Layout, Table};
use crate::tui::text;
use crate::tui::theme::Role;

/// An account that is used from more networks than these is worth a look: a person has an office, a home and a phone.
const MANY_NETWORKS: u64 = 5;

const LAYOUT: Layout<AccountRow> = Layout {
    of: ["account", "accounts"],
    key: |row| row.name.clone(),
    columns: &[
        Column {
            title: "account",
            width: 16,
            grow: 3,
            right: false,
            spare: 0,
            cell: |row, scene| (Role::Accent, scene.mailbox(&row.name)),
            order: |a, b| a.name.cmp(&b.name),
        },
        count!("logins", 8, 0, Role::Good, logins),
        count!("failed", 8, 0, Role::Warning, failed_logins),
        Column {
            title: "networks",
            width: 9,
            grow: 0,
            right: true,
            spare: 1,
            cell: |row, _| {
                let many = row.networks > MANY_NETWORKS;
                (if many { Role::Warning } else { Role::Text }, text::count(row.networks))
            },
            order: |a, b| a.networks.cmp(&b.networks),
        },
        count!("sent to", 9, 1, Role::Text, accepted),
        count!("rejected", 9, 4, Role::Warning, rejected),
        Column {
            title: "from",
            width: 16,
            grow: 4,
            right: false,
            spare: 5,
            cell: |row, scene| {
                let from: Vec<String> = row.from.iter().map(|&ip| scene.ip(ip)).collect();
                (Role::Quiet, from.join(", "))
            },
            order: |a, b| a.from.cmp(&b.from),
        },
        time!("first seen", 6, first),
        time!("last seen", 3, last),
    ],
};

/// How the accounts are looked at.
#[derive(Debug, Default)]
pub(in crate::tui) struct Accounts {
    table: Table,
}

impl Accounts {
    fn shown<'f>(&self, scene: &'f Scene) -> Vec<&'f AccountRow> {
        self.table.shown(&LAYOUT, &scene.frame.picture.accounts, scene)
    }
}

impl Screen for Accounts {
    fn want(&self) -> Want {
        Want { accounts: ROWS, ..Want::default() }
    }

    fn draw(&self, scene: &Scene, area: Rect, buffer: &mut Buffer) {
        let all = scene.frame.picture.accounts.len();
        self.table.draw(&LAYOUT, &self.shown(scene), all, scene, area, buffer);
    }

    fn command(&mut self, command: Command, scene: &Scene) -> Effect {
        let shown = self.shown(scene);
        if command == Command::Enter
            && let Some(row) = self.table.current(&LAYOUT, &shown)
        {
            return Effect::Messages(Of::Account(row.name.clone()));
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
        self.table.current(&LAYOUT, &self.shown(scene)).map(|row| ("the account", row.name.clone()))
    }

    fn filter(&self) -> Option<&Filter> {
        Some(self.table.filter())
    }

    fn set_filter(&mut self, filter: Filter) {
        self.table.set_filter(filter);
    }
}
