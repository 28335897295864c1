//! A text that is longer than its place.

use std::cell::Cell;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::Line;

use super::keymap::Command;
use super::scene::put;

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
        let page = self.page.get().max(2) - 1;
        let at = self.at.min(self.most.get());
        // Drawing knows where the end is, and keys may come before it.
        self.at = match command {
            Command::Up => at.saturating_sub(1),
            Command::Down => at + 1,
            Command::PageUp => at.saturating_sub(page),
            Command::PageDown => at + page,
            Command::First => 0,
            Command::Last => usize::MAX,
            _ => return false,
        };
        true
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

    /// Whether something stands below what is seen.
    pub(super) fn has_more(&self) -> bool {
        self.at < self.most.get()
    }
}
