//! What a pane is drawn from, and the one way by which text of a log becomes text of the screen.

use std::borrow::Cow;
use std::net::IpAddr;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line, Span};
use ratatui::widgets::Widget;

use super::engine::{Frame, Reading, Silenced};
use super::theme::{Palette, Role, Signs};
use super::{privacy, text};
use crate::model::{Alert, EventTime, Severity, Subject, SubjectKind, parse_ip};

/// What the board calls the host itself, where it says who relays.
pub(super) const LOCAL: &str = "local";

/// Everything that is drawn, and how.
pub(super) struct Scene {
    pub(super) frame: Frame,
    pub(super) palette: Palette,
    pub(super) signs: Signs,
    pub(super) ascii: bool,
    pub(super) privacy: bool,
}

impl Scene {
    pub(super) fn style(&self, role: Role) -> Style {
        self.palette.style(role)
    }

    pub(super) fn span(&self, role: Role, words: impl Into<Cow<'static, str>>) -> Span<'static> {
        Span::styled(words, self.style(role))
    }

    /// Free text: a line, a summary.
    pub(super) fn text(&self, raw: &str) -> String {
        let clean = text::clean(raw, self.ascii);
        if self.privacy { privacy::text(&clean) } else { clean }
    }

    /// Text of several lines, each of them as [`Scene::text`] has it.
    pub(super) fn paragraphs(&self, raw: &str) -> String {
        raw.lines().map(|line| self.text(line)).collect::<Vec<_>>().join("\n")
    }

    /// An address.
    pub(super) fn ip(&self, ip: IpAddr) -> String {
        if self.privacy { privacy::ip(ip) } else { ip.to_string() }
    }

    /// A mail address, or the name of an account.
    pub(super) fn mailbox(&self, raw: &str) -> String {
        let clean = text::clean(raw, self.ascii);
        if self.privacy { privacy::mailbox(&clean) } else { clean }
    }

    /// Whom an alert is about.
    pub(super) fn subject(&self, subject: &Subject) -> String {
        let value = match subject.kind {
            SubjectKind::Account | SubjectKind::LocalUser => self.mailbox(&subject.value),
            _ => self.name(&subject.value),
        };
        Subject { kind: subject.kind, value }.to_string()
    }

    /// Who relays: an address, the host itself, or an account.
    pub(super) fn who(&self, raw: &str) -> String {
        let is_account = raw != LOCAL && parse_ip(raw.as_bytes()).is_none();
        if is_account { self.mailbox(raw) } else { self.name(raw) }
    }

    /// The name of a host or a network, or any of the others.
    pub(super) fn name(&self, raw: &str) -> String {
        let clean = text::clean(raw, self.ascii);
        if self.privacy { privacy::name(&clean) } else { clean }
    }

    /// A time of day, with the day before it where it is not that of the newest line.
    pub(super) fn when(&self, time: EventTime) -> String {
        let Some(utc) = time.utc() else { return "unknown".to_owned() };
        let now = self.frame.picture.now.and_then(EventTime::utc);
        if now.is_none_or(|now| now.date_naive() == utc.date_naive()) {
            utc.format("%H:%M:%S").to_string()
        } else {
            utc.format("%m-%d %H:%M").to_string()
        }
    }

    /// Whether somebody looks after this alert.
    pub(super) fn is_acknowledged(&self, alert: &Alert) -> bool {
        self.frame.marks.acknowledged.contains(&alert.id)
    }

    /// How long and why no sink is told of this alert; `None`: they are.
    pub(super) fn silenced(&self, alert: &Alert) -> Option<&Silenced> {
        self.frame.marks.silenced.iter().find(|silenced| silenced.alert == alert.id)
    }

    /// Why a list is empty, and what to do about it.
    pub(super) fn nothing(&self, of: &str, filtered: bool) -> Vec<String> {
        if filtered {
            return vec![format!("No {of} match the filter."), "Esc takes it away, / changes it.".to_owned()];
        }
        if self.frame.picture.coverage.lines > 0 {
            return vec![format!("No {of} so far: the lines read do not tell of any.")];
        }
        self.starting()
    }

    /// What is waited for.
    pub(super) fn starting(&self) -> Vec<String> {
        let sources = &self.frame.sources;
        let missing = sources.iter().find(|source| !source.exists || source.problem.is_some());
        let name = sources.first().map_or_else(|| "the log".to_owned(), |source| self.text(&source.name));
        match (self.frame.state, missing) {
            (_, Some(source)) => {
                let why =
                    source.problem.as_deref().unwrap_or("it does not exist yet; it is read once it does");
                vec![format!("{}: {}", self.text(&source.name), self.text(why))]
            }
            (Reading::Ended, None) => {
                vec![
                    format!("{name} holds no line."),
                    "q quits; relaywatch watch FILE reads another.".to_owned(),
                ]
            }
            (Reading::CatchingUp { .. }, None) => vec![format!("Reading {name} ...")],
            (_, None) => vec![
                format!("Waiting for the first line of {name} ..."),
                "Lines appear here as they are written.".to_owned(),
                "With --from start, those that are there are read first.".to_owned(),
            ],
        }
    }
}

/// How grave something is, in a word that is as wide as the others.
pub(super) fn severity(severity: Severity) -> (Role, &'static str) {
    match severity {
        Severity::Critical => (Role::Alarm, "CRITICAL"),
        Severity::Warning => (Role::Warning, "WARNING "),
        Severity::Info => (Role::Quiet, "info    "),
    }
}

/// Draws `line` in row `row` of `area`, if it has one.
pub(super) fn put<'a>(buffer: &mut Buffer, area: Rect, row: u16, line: impl Into<Line<'a>>) {
    if row < area.height {
        let place = Rect { y: area.y + row, height: 1, ..area };
        line.into().render(place.intersection(buffer.area), buffer);
    }
}

/// Draws `left` and, if there is room behind it, `right` at the other end of the row.
pub(super) fn put_ends<'a>(buffer: &mut Buffer, area: Rect, row: u16, left: Line<'a>, right: Line<'a>) {
    let both = left.width() + right.width() + 2;
    let width = right.width() as u16;
    put(buffer, area, row, left);
    if both <= usize::from(area.width) {
        put(buffer, Rect { x: area.x + area.width - width, width, ..area }, row, right);
    }
}

/// What is left of `area` below its first `rows`.
pub(super) fn below(area: Rect, rows: u16) -> Rect {
    let rows = rows.min(area.height);
    Rect { y: area.y + rows, height: area.height - rows, ..area }
}

/// `area` without its first and last columns.
pub(super) fn inside(area: Rect, columns: u16) -> Rect {
    let columns = columns.min(area.width / 2);
    Rect { x: area.x + columns, width: area.width - 2 * columns, ..area }
}

/// Lines in the middle of an area that has nothing else.
pub(super) fn put_middle(buffer: &mut Buffer, area: Rect, lines: &[String], style: Style) {
    let area = inside(area, 2);
    let wrapped: Vec<String> =
        lines.iter().flat_map(|line| text::wrap(line, usize::from(area.width))).collect();
    let top = area.height.saturating_sub(wrapped.len() as u16) / 3;
    for (row, line) in wrapped.into_iter().enumerate() {
        put(buffer, area, top + row as u16, Line::styled(line, style).centered());
    }
}
