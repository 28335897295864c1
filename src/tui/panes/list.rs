//! A pane that is one list, each row of which has messages.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::{Effect, Of, Screen};
use crate::aggregate::board::{Picture, Want};
use crate::tui::filter::Filter;
use crate::tui::keymap::Command;
use crate::tui::scene::Scene;
use crate::tui::table::{Layout, Table};

/// What is listed.
pub(super) struct Listed<R: 'static> {
    pub(super) layout: Layout<R>,
    pub(super) want: Want,
    pub(super) rows: fn(&Picture) -> &[R],
    /// Whose messages Enter leads to.
    pub(super) of: fn(&R) -> Of,
    /// What `y` copies: what it is called, and its text.
    pub(super) value: (&'static str, fn(&R) -> String),
}

/// How the list is looked at.
pub(in crate::tui) struct List<R: 'static> {
    listed: &'static Listed<R>,
    table: Table,
}

impl<R> List<R> {
    pub(super) fn new(listed: &'static Listed<R>) -> Self {
        Self { listed, table: Table::default() }
    }

    fn shown<'f>(&self, scene: &'f Scene) -> Vec<&'f R> {
        self.table.shown(&self.listed.layout, (self.listed.rows)(&scene.frame.picture), scene)
    }

    /// The selected row.
    pub(super) fn current<'f>(&self, scene: &'f Scene) -> Option<&'f R> {
        self.table.current(&self.listed.layout, &self.shown(scene))
    }
}

impl<R> Screen for List<R> {
    fn want(&self) -> Want {
        self.listed.want
    }

    fn draw(&self, scene: &Scene, area: Rect, buffer: &mut Buffer) {
        let all = (self.listed.rows)(&scene.frame.picture).len();
        self.table.draw(&self.listed.layout, &self.shown(scene), all, scene, area, buffer);
    }

    fn command(&mut self, command: Command, scene: &Scene) -> Effect {
        if command == Command::Enter
            && let Some(row) = self.current(scene)
        {
            return Effect::Messages((self.listed.of)(row));
        }
        let shown = self.shown(scene);
        self.table.command(&self.listed.layout, &shown, command);
        Effect::None
    }

    fn click(&mut self, column: u16, row: u16, scene: &Scene) {
        let shown = self.shown(scene);
        self.table.click(&self.listed.layout, &shown, column, row);
    }

    fn back(&mut self) -> bool {
        self.table.back()
    }

    fn value(&self, scene: &Scene) -> Option<(&'static str, String)> {
        let (name, text) = self.listed.value;
        self.current(scene).map(|row| (name, text(row)))
    }

    fn filter(&self) -> Option<&Filter> {
        Some(self.table.filter())
    }

    fn set_filter(&mut self, filter: Filter) {
        self.table.set_filter(filter);
    }
}
