//! A text that is longer than its place.

use std::cell::Cell;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::Line;

use super::keymap::Command;
use super::scene::{Scene, below, put};
use super::theme::Role;

/// How far a text is scrolled. How much there is and how much is seen is noted while drawing.
#[derive(Debug, Default)]
pub(super) struct Scroll {
    at: usize,
    most: Cell<usize>,
    page: Cell<usize>,
}

impl Scroll {
    /// Moves; whether `command` was about that.
    pub(super) fn command(&mut self, command: Command) -> bool {
        let at = self.at.min(self.most.get());
        let Some(to) = moved(at, self.page.get(), command) else { return false };
        // Drawing knows where the end is, and keys may come before it.
        self.at = to;
        true
    }

    /// Draws the part of `lines` that is seen, and in the last row whether more stands below.
    pub(super) fn draw_all(&self, lines: Vec<Line<'_>>, scene: &Scene, area: Rect, buffer: &mut Buffer) {
        let body = Rect { height: area.height.saturating_sub(1), ..area };
        self.draw(lines, body, buffer);
        self.draw_end(scene, below(area, body.height), buffer);
    }

    /// Says whether more stands below what is seen.
    pub(super) fn draw_end(&self, scene: &Scene, area: Rect, buffer: &mut Buffer) {
        let more = if self.at < self.most.get() { "more below: j, PgDn" } else { "" };
        put(buffer, area, 0, Line::from(scene.span(Role::Quiet, more)));
    }

    /// Draws the part of `lines` that is seen.
    pub(super) fn draw(&self, lines: Vec<Line<'_>>, area: Rect, buffer: &mut Buffer) {
        let page = usize::from(area.height);
        self.page.set(page);
        self.most.set(lines.len().saturating_sub(page));
        for (row, line) in lines.into_iter().skip(self.at.min(self.most.get())).take(page).enumerate() {
            put(buffer, area, row as u16, line);
        }
    }
}

/// Where `command` leads from row `at`, where a screen has `page` rows; the last is beyond all. `None`: it leads nowhere.
pub(super) fn moved(at: usize, page: usize, command: Command) -> Option<usize> {
    // One row of the page before stays, to go on from.
    let page = page.max(2) - 1;
    Some(match command {
        Command::Up => at.saturating_sub(1),
        Command::Down => at + 1,
        Command::PageUp => at.saturating_sub(page),
        Command::PageDown => at + page,
        Command::First => 0,
        Command::Last => usize::MAX,
        _ => return None,
    })
}
