//! A list that is sorted, filtered and walked through: what most panes are made of.

use std::cell;
use std::cmp::Ordering;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use super::filter::Filter;
use super::keymap::Command;
use super::scene::{Scene, below, put, put_ends, put_middle};
use super::scroll::moved;
use super::text;
use super::theme::Role;

/// What a list shows of its rows.
pub(super) struct Layout<R: 'static> {
    /// What a row is, and what many of them are: `address`, `addresses`.
    pub(super) of: [&'static str; 2],
    pub(super) columns: &'static [Column<R>],
    /// What tells a row from all others: the selection stays with it when others come.
    pub(super) key: fn(&R) -> String,
}

/// One column.
pub(super) struct Column<R: 'static> {
    pub(super) title: &'static str,
    /// Least width.
    pub(super) width: u16,
    /// Its share of what is left over; 0: as wide as `width`.
    pub(super) grow: u16,
    /// Numbers and times: to the right, and sorted from the greatest first.
    pub(super) right: bool,
    /// Where there is no room for all, those with the highest number are left out; 0 stays.
    pub(super) spare: u8,
    pub(super) cell: fn(&R, &Scene) -> (Role, String),
    pub(super) order: fn(&R, &R) -> Ordering,
}

/// How a list is looked at. What was on the screen last (`top`, `page`) is noted while drawing.
#[derive(Debug, Default)]
pub(super) struct Table {
    sort: Option<usize>,
    reversed: bool,
    filter: Filter,
    /// The key of the selected row, and where it was seen last.
    selected: Option<String>,
    at: usize,
    top: cell::Cell<usize>,
    page: cell::Cell<usize>,
    body: cell::Cell<Rect>,
}

impl Table {
    pub(super) fn filter(&self) -> &Filter {
        &self.filter
    }

    pub(super) fn set_filter(&mut self, filter: Filter) {
        self.filter = filter;
    }

    /// Selects the row of this key.
    pub(super) fn select(&mut self, key: String) {
        self.selected = Some(key);
    }

    /// The rows as they are shown: those that pass the filter, sorted.
    pub(super) fn shown<'r, R>(
        &self,
        layout: &Layout<R>,
        rows: impl IntoIterator<Item = &'r R>,
        scene: &Scene,
    ) -> Vec<&'r R> {
        let passes = |row: &&R| {
            self.filter.is_empty() || {
                let cells: Vec<String> =
                    layout.columns.iter().map(|column| (column.cell)(row, scene).1).collect();
                self.filter.passes(&cells.join(" "))
            }
        };
        let mut shown: Vec<&R> = rows.into_iter().filter(passes).collect();
        if let Some(column) = self.sort.and_then(|sort| layout.columns.get(sort)) {
            let falling = column.right != self.reversed;
            shown.sort_by(|a, b| {
                let order = (column.order)(a, b);
                if falling { order.reverse() } else { order }
            });
        } else if self.reversed {
            shown.reverse();
        }
        shown
    }

    /// Where the selection stands among `shown`.
    pub(super) fn position<R>(&self, layout: &Layout<R>, shown: &[&R]) -> usize {
        let last = shown.len().saturating_sub(1);
        let is = |row: &R| self.selected.as_ref().is_some_and(|key| *key == (layout.key)(row));
        match &self.selected {
            None => 0,
            // Mostly it has not moved.
            Some(_) if shown.get(self.at).is_some_and(|row| is(row)) => self.at,
            Some(_) => shown.iter().position(|row| is(row)).unwrap_or(self.at.min(last)),
        }
    }

    /// The selected row.
    pub(super) fn current<'r, R>(&self, layout: &Layout<R>, shown: &[&'r R]) -> Option<&'r R> {
        shown.get(self.position(layout, shown)).copied()
    }

    /// Moves, sorts; whether it was one of these.
    pub(super) fn command<R>(&mut self, layout: &Layout<R>, shown: &[&R], command: Command) -> bool {
        match command {
            Command::Sort => {
                self.sort = match self.sort {
                    None => Some(0),
                    Some(sort) if sort + 1 < layout.columns.len() => Some(sort + 1),
                    Some(_) => None,
                };
                self.reversed = false;
            }
            Command::Reverse => self.reversed = !self.reversed,
            _ => {
                let at = self.position(layout, shown);
                let Some(to) = moved(at, self.page.get(), command) else { return false };
                self.go(layout, shown, to);
            }
        }
        true
    }

    fn go<R>(&mut self, layout: &Layout<R>, shown: &[&R], to: usize) {
        self.at = to.min(shown.len().saturating_sub(1));
        // On the first row nothing is selected: new rows that come before it are seen.
        self.selected = if self.at == 0 { None } else { shown.get(self.at).map(|row| (layout.key)(row)) };
    }

    /// Selects the row that is drawn at this place of the screen; whether there is one.
    pub(super) fn click<R>(&mut self, layout: &Layout<R>, shown: &[&R], column: u16, row: u16) -> bool {
        let body = self.body.get();
        let to = self.top.get() + usize::from(row.saturating_sub(body.y));
        let hit = body.contains((column, row).into()) && to < shown.len();
        if hit {
            self.go(layout, shown, to);
        }
        hit
    }

    /// Takes away the filter; whether there was one.
    pub(super) fn back(&mut self) -> bool {
        !std::mem::take(&mut self.filter).typed().is_empty()
    }

    /// Draws a heading, the titles and the rows. `all`: how many rows there are without the filter.
    pub(super) fn draw<R>(
        &self,
        layout: &Layout<R>,
        shown: &[&R],
        all: usize,
        scene: &Scene,
        area: Rect,
        buffer: &mut Buffer,
    ) {
        let at = self.position(layout, shown);
        self.heading(layout, shown.len(), all, at, scene, area, buffer);
        let body = below(area, 2);
        self.body.set(body);
        if shown.is_empty() {
            put_middle(buffer, body, &scene.nothing(layout.of[1], all > 0), scene.style(Role::Quiet));
            return;
        }
        let widths = widths(layout.columns, area.width.saturating_sub(2));
        put(buffer, below(area, 1), 0, self.titles(layout, &widths, scene));
        let page = usize::from(body.height);
        self.page.set(page);
        let top =
            self.top.get().min(shown.len().saturating_sub(page)).min(at).max((at + 1).saturating_sub(page));
        self.top.set(top);
        for (index, row) in shown.iter().enumerate().skip(top).take(page) {
            let place = (index - top) as u16;
            put(buffer, body, place, self.row(layout, row, &widths, index == at, scene));
            if index == at {
                let strip = Rect { y: body.y + place, height: 1, ..body };
                buffer.set_style(strip.intersection(buffer.area), scene.style(Role::Selected));
            }
        }
    }

    #[allow(clippy::too_many_arguments, reason = "what one row of the screen says, and where it stands")]
    fn heading<R>(
        &self,
        layout: &Layout<R>,
        shown: usize,
        all: usize,
        at: usize,
        scene: &Scene,
        area: Rect,
        buffer: &mut Buffer,
    ) {
        let [one, many] = layout.of;
        let mut left = vec![scene.span(Role::Title, format!(" {}", text::counted(all as u64, one, many)))];
        if !self.filter.typed().is_empty() {
            let typed = text::clean(self.filter.typed(), scene.ascii);
            left.push(scene.span(Role::Quiet, ", filter "));
            left.push(scene.span(Role::Warning, typed));
            left.push(scene.span(Role::Quiet, format!(": {} shown", text::thousands(shown as u64))));
        }
        let right = match shown {
            0 => Line::default(),
            _ => Line::from(scene.span(Role::Quiet, format!("{} of {} ", at + 1, shown))),
        };
        put_ends(buffer, area, 0, Line::from(left), right);
    }

    fn titles<R>(&self, layout: &Layout<R>, widths: &[u16], scene: &Scene) -> Line<'static> {
        let mut spans = vec![Span::raw(" ")];
        for (index, (column, &width)) in layout.columns.iter().zip(widths).enumerate() {
            if width == 0 {
                continue;
            }
            let sorted = self.sort == Some(index);
            let sign = if column.right == self.reversed { scene.signs.rising } else { scene.signs.falling };
            let title = if sorted { format!("{}{sign}", column.title) } else { column.title.to_owned() };
            let title = text::cell(&title, usize::from(width), column.right, scene.signs.cut);
            spans.push(scene.span(if sorted { Role::Title } else { Role::Quiet }, title));
            spans.push(Span::raw("  "));
        }
        Line::from(spans)
    }

    fn row<R>(
        &self,
        layout: &Layout<R>,
        row: &R,
        widths: &[u16],
        selected: bool,
        scene: &Scene,
    ) -> Line<'static> {
        let cursor = if selected { scene.signs.cursor } else { " " };
        let mut spans = vec![scene.span(Role::Accent, cursor)];
        for (column, &width) in layout.columns.iter().zip(widths) {
            if width == 0 {
                continue;
            }
            let (role, words) = (column.cell)(row, scene);
            let cell = text::cell(&words, usize::from(width), column.right, scene.signs.cut);
            let places = self.filter.places(&cell);
            if places.is_empty() {
                spans.push(scene.span(role, cell));
            } else {
                spans.extend(marked(&cell, &places, role, scene));
            }
            spans.push(Span::raw("  "));
        }
        Line::from(spans)
    }
}

/// `text` in the style of `role`, with what stands at `places` marked.
pub(super) fn marked(
    text: &str,
    places: &[std::ops::Range<usize>],
    role: Role,
    scene: &Scene,
) -> Vec<Span<'static>> {
    let mut spans = Vec::new();
    let mut done = 0;
    for place in places {
        spans.push(scene.span(role, text[done..place.start].to_owned()));
        spans.push(scene.span(Role::Match, text[place.clone()].to_owned()));
        done = place.end;
    }
    spans.push(scene.span(role, text[done..].to_owned()));
    spans
}

/// Widths of the columns in `room`, two blanks between them; 0: left out.
fn widths<R>(columns: &[Column<R>], room: u16) -> Vec<u16> {
    let mut kept: Vec<bool> = columns.iter().map(|_| true).collect();
    let needed = |kept: &[bool]| -> u16 {
        let all = columns.iter().zip(kept).filter(|(_, kept)| **kept);
        all.map(|(column, _)| column.width + 2).sum::<u16>().saturating_sub(2)
    };
    while needed(&kept) > room {
        let most = (0..columns.len()).filter(|&at| kept[at] && columns[at].spare > 0);
        let Some(out) = most.max_by_key(|&at| columns[at].spare) else { break };
        kept[out] = false;
    }
    let left = room.saturating_sub(needed(&kept));
    let shares: u16 =
        columns.iter().zip(&kept).filter(|(_, kept)| **kept).map(|(column, _)| column.grow).sum();
    let width = |(column, kept): (&Column<R>, &bool)| match (kept, column.grow) {
        (false, _) => 0,
        (true, 0) => column.width,
        (true, grow) => column.width + left * grow / shares.max(1),
    };
    columns.iter().zip(&kept).map(width).collect()
}
