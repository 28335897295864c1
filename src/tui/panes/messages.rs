//! Messages: each from its arrival to its end.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use super::{Effect, Of, ROWS, Screen, authority};
use crate::aggregate::board::{MessageRow, RecipientRow, Want};
use crate::model::{Authority, EventTime, Network, Outcome, domain_of};
use crate::tui::filter::Filter;
use crate::tui::keymap::Command;
use crate::tui::scene::{LOCAL, Scene, below, inside, put, put_middle};
use crate::tui::scroll::Scroll;
use crate::tui::table::{Column, Layout, Table};
use crate::tui::text;
use crate::tui::theme::Role;

const LAYOUT: Layout<MessageRow> = Layout {
    of: ["message", "messages"],
    key: |row| match &*row.queue_id {
        "" => format!("{} {:?} {}", row.time.micros(), row.client, row.sender),
        id => format!("{} {id}", row.host),
    },
    columns: &[
        Column {
            title: "time",
            width: 11,
            grow: 0,
            right: false,
            spare: 0,
            cell: |row, scene| (Role::Quiet, scene.when(row.time)),
            order: |a, b| a.time.cmp(&b.time),
        },
        Column {
            title: "client",
            width: 15,
            grow: 1,
            right: false,
            spare: 0,
            cell: |row, scene| (Role::Accent, client(row, scene)),
            order: |a, b| a.client.cmp(&b.client),
        },
        Column {
            title: "from",
            width: 10,
            grow: 2,
            right: false,
            spare: 0,
            cell: |row, scene| (Role::Text, sender(row, scene)),
            order: |a, b| a.sender.cmp(&b.sender),
        },
        Column {
            title: "to",
            width: 14,
            grow: 2,
            right: false,
            spare: 0,
            cell: |row, scene| (Role::Text, recipients(row, scene)),
            order: |a, b| first_recipient(a).cmp(first_recipient(b)),
        },
        Column {
            title: "authority",
            width: 15,
            grow: 0,
            right: false,
            spare: 2,
            cell: |row, _| (authority_role(row), authority(row.authority).to_owned()),
            order: |a, b| a.authority.cmp(&b.authority),
        },
        Column {
            title: "outcome",
            width: 14,
            grow: 0,
            right: false,
            spare: 0,
            cell: |row, _| outcome(row),
            order: |a, b| outcome(a).1.cmp(&outcome(b).1),
        },
        Column {
            title: "queue id",
            width: 16,
            grow: 0,
            right: false,
            spare: 5,
            cell: |row, scene| (Role::Quiet, scene.text(&row.queue_id)),
            order: |a, b| a.queue_id.cmp(&b.queue_id),
        },
    ],
};

fn client(row: &MessageRow, scene: &Scene) -> String {
    match (row.client, &*row.account) {
        (_, account) if !account.is_empty() => scene.mailbox(account),
        (Some(ip), _) => scene.ip(ip),
        (None, _) => "this host".to_owned(),
    }
}

/// The null sender and one that is not known are not the same, but neither has a name.
fn sender(row: &MessageRow, scene: &Scene) -> String {
    if row.sender.is_empty() { "<>".to_owned() } else { scene.mailbox(&row.sender) }
}

fn first_recipient(row: &MessageRow) -> &str {
    row.recipients.first().map_or("", |recipient| &recipient.address)
}

fn recipients(row: &MessageRow, scene: &Scene) -> String {
    match &row.recipients[..] {
        [] => String::new(),
        [one] => scene.mailbox(&one.address),
        [one, rest @ ..] => format!("+{} {}", rest.len(), scene.mailbox(&one.address)),
    }
}

fn outcome_role(outcome: Outcome) -> Role {
    match outcome {
        Outcome::Delivered => Role::Good,
        Outcome::Denied | Outcome::Rejected | Outcome::Deferred => Role::Warning,
        Outcome::Bounced | Outcome::Expired => Role::Alarm,
        Outcome::Accepted => Role::Text,
    }
}

/// `delivered`, `delivered 3/4`; where none was, what happened to the first.
fn outcome(row: &MessageRow) -> (Role, String) {
    let Some(first) = row.recipients.first() else { return (Role::Quiet, String::new()) };
    let all = row.recipients.len();
    let delivered = row.recipients.iter().filter(|one| one.outcome == Outcome::Delivered).count();
    if row.recipients.iter().all(|one| one.outcome == first.outcome) {
        (outcome_role(first.outcome), first.outcome.name().to_owned())
    } else if delivered > 0 {
        (Role::Warning, format!("delivered {delivered}/{all}"))
    } else {
        (outcome_role(first.outcome), format!("{} ...", first.outcome))
    }
}

/// A message that had no authority and went out all the same.
fn authority_role(row: &MessageRow) -> Role {
    let refused = |one: &RecipientRow| matches!(one.outcome, Outcome::Denied | Outcome::Rejected);
    match row.authority {
        Some(Authority::None) if !row.recipients.iter().all(refused) => Role::Alarm,
        Some(Authority::None) | None => Role::Quiet,
        Some(_) => Role::Text,
    }
}

/// How the messages are looked at.
#[derive(Debug, Default)]
pub(in crate::tui) struct Messages {
    table: Table,
    /// Whose they are; `None`: everybody's.
    of: Option<Of>,
    /// The message that is open.
    open: Option<String>,
    scroll: Scroll,
}

impl Messages {
    /// Shows those of somebody alone.
    pub(in crate::tui) fn narrow(&mut self, of: Of) {
        *self = Self { of: Some(of), ..Self::default() };
    }

    fn of<'f>(&self, scene: &'f Scene) -> Vec<&'f MessageRow> {
        let rows = &scene.frame.picture.messages;
        rows.iter().filter(|row| self.of.as_ref().is_none_or(|of| of.has(row))).collect()
    }

    fn shown<'f>(&self, scene: &'f Scene) -> Vec<&'f MessageRow> {
        self.table.shown(&LAYOUT, self.of(scene), scene)
    }

    fn current<'f>(&self, scene: &'f Scene) -> Option<&'f MessageRow> {
        match &self.open {
            Some(open) => scene.frame.picture.messages.iter().find(|row| *open == (LAYOUT.key)(row)),
            None => self.table.current(&LAYOUT, &self.shown(scene)),
        }
    }
}

impl Of {
    fn has(&self, row: &MessageRow) -> bool {
        match self {
            Self::Client(ip) => row.client == Some(*ip),
            Self::Network(network) => row.client.is_some_and(|ip| Network::of(ip) == *network),
            Self::Account(name) => row.account == *name,
            Self::Queue(id) => row.queue_id == *id,
            Self::Flow { who, to } => {
                let is = |one: &RecipientRow| {
                    domain_of(one.address.as_bytes())
                        .is_some_and(|domain| domain.eq_ignore_ascii_case(to.as_bytes()))
                };
                let client = row.client.map_or_else(|| LOCAL.to_owned(), |ip| ip.to_string());
                let by = if row.account.is_empty() { &client } else { &row.account };
                by == who && row.recipients.iter().any(is)
            }
        }
    }

    /// `of 203.0.113.66`.
    fn words(&self, scene: &Scene) -> String {
        match self {
            Self::Client(ip) => format!("of {}", scene.ip(*ip)),
            Self::Network(network) => format!("of {}", scene.name(&network.to_string())),
            Self::Account(name) => format!("of account {}", scene.mailbox(name)),
            Self::Queue(id) => format!("with queue id {}", scene.text(id)),
            Self::Flow { who, to } => format!("of {} to {}", scene.who(who), scene.name(to)),
        }
    }
}

impl Screen for Messages {
    fn want(&self) -> Want {
        // Those of one client may be far apart.
        let messages = if self.of.is_some() { usize::MAX } else { ROWS };
        Want { messages, ..Want::default() }
    }

    fn draw(&self, scene: &Scene, area: Rect, buffer: &mut Buffer) {
        if self.open.is_some() {
            let Some(row) = self.current(scene) else {
                let gone = "This message is no longer kept. Esc goes back to the list.".to_owned();
                put_middle(buffer, area, &[gone], scene.style(Role::Quiet));
                return;
            };
            let area = inside(area, 1);
            self.scroll.draw_all(life(row, scene, usize::from(area.width)), scene, area, buffer);
            return;
        }
        let mut area = area;
        if let Some(of) = &self.of {
            let words = vec![
                scene.span(Role::Warning, format!(" Messages {}", of.words(scene))),
                scene.span(Role::Quiet, " only. Esc: all of them"),
            ];
            put(buffer, area, 0, Line::from(words));
            area = below(area, 1);
        }
        let of = self.of(scene);
        if let (true, Some(narrow)) = (of.is_empty(), &self.of) {
            let words = format!("None of the newest messages is one {}.", narrow.words(scene));
            put_middle(buffer, area, &[words], scene.style(Role::Quiet));
            return;
        }
        self.table.draw(&LAYOUT, &self.shown(scene), of.len(), scene, area, buffer);
    }

    fn command(&mut self, command: Command, scene: &Scene) -> Effect {
        if self.open.is_some() {
            self.scroll.command(command);
            return Effect::None;
        }
        let shown = self.shown(scene);
        if command == Command::Enter {
            self.open = self.table.current(&LAYOUT, &shown).map(LAYOUT.key);
            self.scroll = Scroll::default();
        } else {
            self.table.command(&LAYOUT, &shown, command);
        }
        Effect::None
    }

    fn click(&mut self, column: u16, row: u16, scene: &Scene) {
        let shown = self.shown(scene);
        if self.open.is_none() {
            self.table.click(&LAYOUT, &shown, column, row);
        }
    }

    fn back(&mut self) -> bool {
        self.open.take().is_some() || self.table.back() || self.of.take().is_some()
    }

    fn is_inside(&self) -> bool {
        self.open.is_some() || self.of.is_some()
    }

    fn value(&self, scene: &Scene) -> Option<(&'static str, String)> {
        let row = self.current(scene)?;
        Some(match (&*row.queue_id, row.client) {
            ("", Some(ip)) => ("the client", ip.to_string()),
            (id, _) => ("the queue id", id.to_owned()),
        })
    }

    fn filter(&self) -> Option<&Filter> {
        self.open.is_none().then(|| self.table.filter())
    }

    fn set_filter(&mut self, filter: Filter) {
        self.table.set_filter(filter);
    }

    fn go_to(&mut self, time: EventTime, scene: &Scene) -> bool {
        self.open = None;
        let shown = self.shown(scene);
        let nearest = shown.iter().min_by_key(|row| row.time.micros().abs_diff(time.micros()));
        nearest.map(|row| self.table.select((LAYOUT.key)(row))).is_some()
    }
}

/// All that is known of a message.
fn life(row: &MessageRow, scene: &Scene, width: usize) -> Vec<Line<'static>> {
    let id = if row.queue_id.is_empty() {
        "refused before it had a queue id".to_owned()
    } else {
        scene.text(&row.queue_id)
    };
    let mut lines = vec![Line::from(vec![
        scene.span(Role::Title, id),
        scene.span(Role::Quiet, format!("  on {}", scene.text(&row.host))),
    ])];
    let fact = |name: &'static str, role, words: String| {
        Line::from(vec![
            scene.span(Role::Quiet, format!("  {name:<11}")),
            scene.span(role, text::fit(&words, width.saturating_sub(13), scene.signs.cut)),
        ])
    };
    let client = row.client.map_or_else(|| "this host itself".to_owned(), |ip| scene.ip(ip));
    lines.push(fact("Arrived", Role::Text, row.time.to_string()));
    lines.push(fact("Client", Role::Accent, client));
    if !row.account.is_empty() {
        lines.push(fact("Account", Role::Accent, scene.mailbox(&row.account)));
    }
    lines.push(fact("From", Role::Text, sender(row, scene)));
    lines.push(fact("Authority", authority_role(row), authority(row.authority).to_owned()));
    lines.push(Line::default());
    lines.push(Line::from(scene.span(Role::Title, "Recipients")));
    let to = row.recipients.iter().map(|one| text::width(&one.address)).max().unwrap_or(0).min(width / 3);
    for one in &row.recipients {
        let class = one.class.map(|class| format!(", {}", text::spoken(class.name()))).unwrap_or_default();
        let hop = match &*one.next_hop {
            "" => String::new(),
            hop => format!("  {} {}", scene.signs.arrow, scene.name(hop)),
        };
        lines.push(Line::from(vec![
            Span::raw("  "),
            scene.span(Role::Text, text::cell(&scene.mailbox(&one.address), to, false, scene.signs.cut)),
            Span::raw("  "),
            scene.span(Role::Quiet, scene.when(one.told)),
            Span::raw("  "),
            scene.span(outcome_role(one.outcome), format!("{}{class}", one.outcome)),
            scene.span(Role::Text, hop),
        ]));
    }
    lines.push(Line::default());
    lines.push(Line::from(scene.span(Role::Title, "Its lines")));
    for (file, number, line) in &row.lines {
        lines.push(Line::from(scene.span(Role::Quiet, format!("  {}:{number}", scene.text(file)))));
        for line in text::wrap(&scene.text(line), width.saturating_sub(4)) {
            lines.push(Line::from(scene.span(Role::Text, format!("    {line}"))));
        }
    }
    lines
}
