//! Who connects, who logs in, who relays to where.

use std::net::IpAddr;

use super::{ago, ip};
use crate::aggregate::board::{AccountRow, Counts, FlowRow, NetworkRow, SourceRow};
use crate::model::{Authority, Class, Direction, Network};

pub(super) fn sources() -> Vec<SourceRow> {
    let mut rows = vec![
        SourceRow {
            ip: ip("203.0.113.66"),
            name: "unknown".to_owned(),
            counts: Counts {
                connections: 4_812,
                attempts: 4_790,
                denied: 3_380,
                rejected: 12,
                accepted: 1_398,
                logins: 0,
                failed_logins: 41,
            },
            classes: vec![(Class::RelayDenied, 3_380), (Class::UnknownRecipient, 9), (Class::Greylisted, 3)],
            helos: vec!["WIN-8K2Q7".to_owned(), "localhost".to_owned(), "[203.0.113.66]".to_owned()],
            accounts: Vec::new(),
            first: ago(2_700),
            last: ago(1),
        },
        SourceRow {
            ip: ip("2001:db8:17::25"),
            name: "mail.partner.example".to_owned(),
            counts: Counts {
                connections: 901,
                accepted: 880,
                attempts: 2,
                rejected: 21,
                ..Counts::default()
            },
            classes: vec![(Class::UnknownRecipient, 21)],
            helos: vec!["mail.partner.example".to_owned()],
            accounts: Vec::new(),
            first: ago(100_000),
            last: ago(30),
        },
        SourceRow {
            ip: ip("192.0.2.10"),
            name: "office.corp.example".to_owned(),
            counts: Counts {
                connections: 210,
                attempts: 190,
                accepted: 190,
                logins: 205,
                failed_logins: 2,
                ..Counts::default()
            },
            classes: Vec::new(),
            helos: vec!["laptop".to_owned()],
            accounts: vec!["ann@corp.example".to_owned(), "bob@corp.example".to_owned()],
            first: ago(90_000),
            last: ago(12),
        },
    ];
    for host in 1..40_u8 {
        rows.push(SourceRow {
            ip: IpAddr::from([198, 51, 100, host]),
            name: format!("h{host}.isp.example"),
            counts: Counts {
                connections: u64::from(60 - host),
                rejected: u64::from(host % 5),
                ..Counts::default()
            },
            classes: Vec::new(),
            helos: vec![format!("h{host}")],
            accounts: Vec::new(),
            first: ago(7_000 - i64::from(host)),
            last: ago(60 * i64::from(host)),
        });
    }
    rows
}

pub(super) fn networks() -> Vec<NetworkRow> {
    sources()
        .iter()
        .take(4)
        .map(|row| NetworkRow {
            network: Network::of(row.ip),
            addresses: 1 + row.counts.connections / 900,
            counts: row.counts.clone(),
            first: row.first,
            last: row.last,
        })
        .collect()
}

pub(super) fn accounts() -> Vec<AccountRow> {
    let row = |name: &str, logins, failed, networks, from: &[&str]| AccountRow {
        name: name.to_owned(),
        counts: Counts { logins, failed_logins: failed, accepted: logins * 2, ..Counts::default() },
        from: from.iter().map(|text| ip(text)).collect(),
        networks,
        first: ago(80_000),
        last: ago(logins as i64),
    };
    vec![
        row("ann@corp.example", 182, 1, 2, &["192.0.2.10", "198.51.100.7"]),
        row("bob@corp.example", 23, 96, 11, &["203.0.113.99", "203.0.113.14", "192.0.2.10"]),
        row("scanner", 7, 0, 1, &["192.0.2.40"]),
    ]
}

pub(super) fn flows() -> Vec<FlowRow> {
    let row = |who: &str, authority, direction, to: &str, recipients, delivered, denied| FlowRow {
        who: who.to_owned(),
        authority,
        direction,
        to: to.to_owned(),
        recipients,
        delivered,
        denied,
        last: ago(recipients as i64 % 50),
    };
    vec![
        row(
            "203.0.113.66",
            Some(Authority::None),
            Direction::Outbound,
            "foreign-one.example",
            4_021,
            641,
            3_380,
        ),
        row("203.0.113.66", Some(Authority::None), Direction::Outbound, "mailprobe.example", 757, 757, 0),
        row(
            "ann@corp.example",
            Some(Authority::Authenticated),
            Direction::Outbound,
            "partner.example",
            180,
            178,
            0,
        ),
        row("192.0.2.40", Some(Authority::TrustedNetwork), Direction::Outbound, "cloud.example", 7, 7, 0),
        row("local", Some(Authority::LocalSubmission), Direction::Internal, "corp.example", 3, 3, 0),
        row("198.51.100.9", None, Direction::Unknown, "elsewhere.example", 2, 0, 0),
    ]
}
