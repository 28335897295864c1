//! Accounts: who logs in, and from where.

use super::list::Listed;
use super::sources::{count, role, time};
use super::{Of, ROWS};
use crate::aggregate::board::{AccountRow, Want};
use crate::tui::table::{Column, Layout};
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

pub(super) const ACCOUNTS: &Listed<AccountRow> = &Listed {
    layout: LAYOUT,
    want: Want { accounts: ROWS, ..Want::NONE },
    rows: |picture| &picture.accounts,
    of: |row| Of::Account(row.name.clone()),
    value: ("the account", |row| row.name.clone()),
};
