//! Lines: the log itself as it is written, and what each line was found to say.

use std::cell::Cell;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use super::{Effect, Of, ROWS, Screen};
use crate::aggregate::board::{TailLine, Want};
use crate::model::{Class, EventTime, Field, Kind, parse_ip};
use crate::tui::filter::Filter;
use crate::tui::keymap::Command;
use crate::tui::scene::{Scene, below, inside, put, put_ends, put_middle};
use crate::tui::scroll::moved;
use crate::tui::table::marked;
use crate::tui::text;
use crate::tui::theme::Role;

/// Columns for what a line says, in a word.
const WORD: usize = 12;
/// From this width on, the fields stand beside the lines.
const WIDE: u16 = 130;
/// Columns of the fields there.
const BESIDE: u16 = 46;
/// Columns that one step to the side moves.
const STEP: usize = 20;

/// How the lines are looked at.
#[derive(Debug, Default)]
pub(in crate::tui) struct Lines {
    filter: Filter,
    /// Lines that do not match are shown as well.
    around: bool,
    /// Number of the selected line; `None`: the newest is followed.
    selected: Option<u64>,
    /// Columns that are scrolled out on the left.
    from: usize,
    top: Cell<usize>,
    body: Cell<Rect>,
}

impl Lines {
    fn shown<'f>(&self, scene: &'f Scene) -> Vec<&'f TailLine> {
        let tail = scene.frame.picture.tail.iter();
        tail.filter(|line| self.around || self.filter.passes(&line.text)).collect()
    }

    /// Where the selection stands; the last line where the newest is followed.
    fn position(&self, shown: &[&TailLine]) -> usize {
        let last = shown.len().saturating_sub(1);
        match self.selected {
            None => last,
            Some(number) => shown.partition_point(|line| line.number < number).min(last),
        }
    }

    fn current<'f>(&self, scene: &'f Scene) -> Option<&'f TailLine> {
        let shown = self.shown(scene);
        shown.get(self.position(&shown)).copied()
    }

    fn go(&mut self, shown: &[&TailLine], to: usize) {
        self.selected = shown.get(to).map(|line| line.number);
        if to >= shown.len() {
            self.selected = None;
        }
    }

    /// The next line that matches, in one direction or the other.
    fn find(&mut self, shown: &[&TailLine], at: usize, forward: bool) -> Effect {
        if self.filter.is_empty() {
            return Effect::Say("Nothing to look for: / takes a text first.".to_owned());
        }
        let is = |&place: &usize| shown.get(place).is_some_and(|line| self.filter.passes(&line.text));
        let found = if forward { (at + 1..shown.len()).find(is) } else { (0..at).rev().find(is) };
        match found {
            Some(to) => self.go(shown, to),
            None => {
                return Effect::Say(format!("No match {} here.", if forward { "below" } else { "above" }));
            }
        }
        Effect::None
    }
}

impl Screen for Lines {
    fn want(&self) -> Want {
        Want { tail: ROWS, ..Want::default() }
    }

    fn draw(&self, scene: &Scene, area: Rect, buffer: &mut Buffer) {
        let shown = self.shown(scene);
        let at = self.position(&shown);
        self.heading(&shown, scene, area, buffer);
        let area = below(area, 1);
        if shown.is_empty() {
            let filtered = !scene.frame.picture.tail.is_empty();
            put_middle(buffer, area, &scene.nothing("lines", filtered), scene.style(Role::Quiet));
            return;
        }
        let (list, fields) = split(area);
        self.body.set(list);
        let page = usize::from(list.height);
        let last = shown.len().saturating_sub(page);
        let top = self.top.get().min(last).min(at).max((at + 1).saturating_sub(page));
        self.top.set(top);
        for (index, line) in shown.iter().enumerate().skip(top).take(page) {
            let row = (index - top) as u16;
            put(buffer, list, row, self.row(line, index == at, scene, usize::from(list.width)));
            if index == at {
                let strip = Rect { y: list.y + row, height: 1, ..list };
                buffer.set_style(strip.intersection(buffer.area), scene.style(Role::Selected));
            }
        }
        if let (Some(line), false) = (shown.get(at), fields.is_empty()) {
            draw_fields(line, scene, fields, buffer);
        }
    }

    fn command(&mut self, command: Command, scene: &Scene) -> Effect {
        let shown = self.shown(scene);
        let at = self.position(&shown);
        match command {
            Command::Last => self.selected = None,
            Command::Left => self.from = self.from.saturating_sub(STEP),
            Command::Right => self.from = (self.from + STEP).min(usize::from(u16::MAX)),
            Command::NextMatch => return self.find(&shown, at, true),
            Command::PreviousMatch => return self.find(&shown, at, false),
            Command::Around => {
                // The line that is looked at stays.
                self.selected = self.selected.or_else(|| shown.get(at).map(|line| line.number));
                self.around = !self.around;
                let words = if self.around {
                    "All lines; n and N go to those that match."
                } else {
                    "Only lines that match."
                };
                return Effect::Say(words.to_owned());
            }
            Command::Enter => {
                let id = shown.get(at).and_then(|line| field(line, Field::QueueId));
                return match id {
                    Some(id) => Effect::Messages(Of::Queue(id.to_owned())),
                    None => Effect::Say("This line names no message.".to_owned()),
                };
            }
            _ => {
                if let Some(to) = moved(at, usize::from(self.body.get().height), command) {
                    self.go(&shown, to);
                }
            }
        }
        Effect::None
    }

    fn click(&mut self, column: u16, row: u16, scene: &Scene) {
        let (shown, body) = (self.shown(scene), self.body.get());
        let to = self.top.get() + usize::from(row.saturating_sub(body.y));
        if body.contains((column, row).into()) && to < shown.len() {
            self.go(&shown, to);
        }
    }

    fn back(&mut self) -> bool {
        if !self.filter.typed().is_empty() {
            self.filter = Filter::default();
            self.around = false;
            return true;
        }
        self.selected.take().is_some() || std::mem::take(&mut self.from) > 0
    }

    fn value(&self, scene: &Scene) -> Option<(&'static str, String)> {
        self.current(scene).map(|line| ("the line", line.text.clone()))
    }

    fn filter(&self) -> Option<&Filter> {
        Some(&self.filter)
    }

    fn set_filter(&mut self, filter: Filter) {
        self.filter = filter;
    }

    fn go_to(&mut self, time: EventTime, scene: &Scene) -> bool {
        let shown = self.shown(scene);
        let nearest = shown.iter().min_by_key(|line| line.time.micros().abs_diff(time.micros()));
        self.selected = nearest.map(|line| line.number);
        nearest.is_some()
    }
}

/// The list, and the fields beside or below it; empty where there is no room.
fn split(area: Rect) -> (Rect, Rect) {
    if area.width >= WIDE {
        let list = Rect { width: area.width - BESIDE, ..area };
        return (list, Rect { x: area.x + list.width, width: BESIDE, ..area });
    }
    let rows = if area.height >= 15 { (area.height * 2 / 5).min(12) } else { 0 };
    let list = Rect { height: area.height - rows, ..area };
    (list, below(area, list.height))
}

fn field(line: &TailLine, field: Field) -> Option<&str> {
    line.fields.iter().find(|(name, _)| *name == field.name()).map(|(_, value)| &**value)
}

/// What a line says, in a word, and how loudly.
fn word(line: &TailLine) -> (Role, &'static str) {
    match (line.kind, line.class) {
        (_, Some(Class::RelayDenied)) => (Role::Warning, "denied"),
        (_, Some(Class::AuthFailed)) => (Role::Warning, "login failed"),
        (Kind::Reject, _) => (Role::Warning, "rejected"),
        (Kind::Abuse | Kind::Warning, _) => (Role::Warning, line.kind.name()),
        (Kind::Delivery, _) => match field(line, Field::Status) {
            Some("sent") => (Role::Good, "delivered"),
            Some("deferred") => (Role::Warning, "deferred"),
            Some("bounced") => (Role::Alarm, "bounced"),
            Some("expired") => (Role::Alarm, "expired"),
            _ => (Role::Text, "delivery"),
        },
        (Kind::Accept, _) => (Role::Good, "accepted"),
        (Kind::Auth, _) => (Role::Good, "login"),
        (Kind::MessageId, _) => (Role::Quiet, "message id"),
        (Kind::Unmatched, _) => (Role::Badge, "unknown"),
        (kind, _) => (Role::Quiet, kind.name()),
    }
}

impl Lines {
    fn heading(&self, shown: &[&TailLine], scene: &Scene, area: Rect, buffer: &mut Buffer) {
        let all = scene.frame.picture.tail.len() as u64;
        let lines = match all {
            0 => " No line yet".to_owned(),
            1 => " The newest line".to_owned(),
            _ => format!(" The newest {}", text::counted(all, "line", "lines")),
        };
        let mut left = vec![scene.span(Role::Title, lines)];
        if !self.filter.typed().is_empty() {
            let typed = text::clean(self.filter.typed(), scene.ascii);
            left.push(scene.span(Role::Quiet, ", filter "));
            left.push(scene.span(Role::Warning, typed));
            let matching = shown.iter().filter(|line| self.filter.passes(&line.text)).count();
            let found = if self.around { "found" } else { "shown" };
            left.push(scene.span(Role::Quiet, format!(": {} {found}", text::thousands(matching as u64))));
        }
        if self.from > 0 {
            left.push(scene.span(Role::Quiet, format!(", from column {}", self.from + 1)));
        }
        let right = match self.selected {
            None => scene.span(Role::Good, "following "),
            Some(_) => scene.span(Role::Quiet, "G follows "),
        };
        put_ends(buffer, area, 0, Line::from(left), Line::from(right));
    }

    fn row(&self, line: &TailLine, selected: bool, scene: &Scene, width: usize) -> Line<'static> {
        let (role, word) = word(line);
        let cursor = if selected { scene.signs.cursor } else { " " };
        let shown = scene.text(&line.text);
        let part = text::behind(&shown, self.from);
        let part = text::fit(part, width.saturating_sub(WORD + 3), scene.signs.cut);
        let mut spans = vec![
            scene.span(Role::Accent, cursor),
            scene.span(role, text::cell(word, WORD, false, scene.signs.cut)),
            Span::raw("  "),
        ];
        let places = self.filter.places(&part);
        if places.is_empty() {
            spans.extend(highlighted(&part, line, scene));
        } else {
            spans.extend(marked(&part, &places, Role::Text, scene));
        }
        Line::from(spans)
    }
}

/// The text of a line with its addresses in their colour; what no pattern or another program says is quiet.
fn highlighted(shown: &str, line: &TailLine, scene: &Scene) -> Vec<Span<'static>> {
    let base = if line.kind == Kind::Ignored { Role::Quiet } else { Role::Text };
    let mut spans = Vec::new();
    let mut plain = String::new();
    for word in shown.split_inclusive(|character: char| !is_part(character)) {
        let core = word.trim_end_matches(|character: char| !is_part(character));
        let core = core.trim_end_matches([':', '.']);
        if core.contains('@') || parse_ip(core.as_bytes()).is_some() {
            spans.push(scene.span(base, std::mem::take(&mut plain)));
            spans.push(scene.span(Role::Accent, core.to_owned()));
            plain.push_str(&word[core.len()..]);
        } else {
            plain.push_str(word);
        }
    }
    spans.push(scene.span(base, plain));
    spans
}

/// What a name, an address or a mail address is made of.
fn is_part(character: char) -> bool {
    character.is_alphanumeric() || ".:-_@+%!".contains(character)
}

fn draw_fields(line: &TailLine, scene: &Scene, area: Rect, buffer: &mut Buffer) {
    let beside = area.x > 0;
    let area = if beside {
        for row in 0..area.height {
            put(buffer, area, row, Line::from(scene.span(Role::Quiet, scene.signs.bar)));
        }
        inside(area, 2)
    } else {
        let rule = scene.signs.rule.repeat(area.width.into());
        put(buffer, area, 0, Line::from(scene.span(Role::Quiet, rule)));
        inside(below(area, 1), 1)
    };
    let class = line.class.map(|class| format!(", {}", text::spoken(class.name()))).unwrap_or_default();
    let server = line.mta.map(|mta| format!(" ({mta})")).unwrap_or_default();
    let mut facts =
        vec![("says".to_owned(), Role::Title, format!("{}{class}{server}", text::spoken(line.kind.name())))];
    facts.push(("time".to_owned(), Role::Text, line.time.to_string()));
    facts.extend(
        line.fields.iter().map(|(name, value)| (scene.text(name), Role::Text, value_of(name, value, scene))),
    );
    if line.fields.is_empty() {
        facts.push(("fields".to_owned(), Role::Quiet, "none".to_owned()));
    }
    // The whole line first: in the list it is cut.
    let whole = text::wrap(&scene.text(&line.text), usize::from(area.width));
    let rows = whole.len().min(usize::from(area.height / 2)) as u16;
    for (row, part) in whole.into_iter().take(usize::from(rows)).enumerate() {
        put(buffer, area, row as u16, Line::from(highlighted(&part, line, scene)));
    }
    let area = below(area, rows + u16::from(beside));
    // Below the lines there are few rows: two facts stand in each.
    let across = if beside || area.width < 70 { 1 } else { 2 };
    let each = area.width / across;
    let most = usize::from(area.height) * usize::from(across);
    for (index, (name, role, value)) in facts.into_iter().take(most).enumerate() {
        let (row, column) = (index as u16 / across, index as u16 % across);
        let place = Rect { x: area.x + column * each, width: each.saturating_sub(1), ..area };
        let value = text::fit(&value, usize::from(place.width).saturating_sub(15), scene.signs.cut);
        let name = scene.span(Role::Quiet, text::cell(&name, 15, false, scene.signs.cut));
        put(buffer, place, row, Line::from(vec![name, scene.span(role, value)]));
    }
}

/// A field's text, masked by what it is.
fn value_of(name: &str, value: &str, scene: &Scene) -> String {
    match Field::from_name(name) {
        Some(Field::AuthUser | Field::Sender | Field::Recipient | Field::OriginalRecipient | Field::Uid) => {
            scene.mailbox(value)
        }
        _ => scene.text(value),
    }
}
