//! The help: made from the table of keys.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::Line;

use super::Pane;
use crate::tui::keymap::{Binding, Command, KEYS};
use crate::tui::scene::{Scene, below, inside, put};
use crate::tui::scroll::Scroll;
use crate::tui::text;
use crate::tui::theme::Role;

/// From this width on the keys of the pane and those of all panes stand side by side.
const WIDE: u16 = 100;
/// Columns of the keys' names.
const NAMES: usize = 16;

/// The help, as far as it is scrolled.
#[derive(Debug, Default)]
pub(in crate::tui) struct Help {
    scroll: Scroll,
}

impl Help {
    /// Scrolls; whether `command` was about that.
    pub(in crate::tui) fn command(&mut self, command: Command) -> bool {
        self.scroll.command(command)
    }

    pub(in crate::tui) fn draw(&self, pane: Pane, scene: &Scene, area: Rect, buffer: &mut Buffer) {
        let area = inside(area, 1);
        let body = Rect { height: area.height.saturating_sub(1), ..area };
        if body.width >= WIDE {
            let (left, right) = (body.width / 2 - 1, body.width / 2);
            self.scroll.draw(general(scene, usize::from(left)), Rect { width: left, ..body }, buffer);
            let right = Rect { x: body.x + body.width - right, width: right, ..body };
            let lines = [
                of_pane(pane, scene, usize::from(right.width)),
                of_others(pane, scene, usize::from(right.width)),
            ];
            for (row, line) in lines.concat().into_iter().enumerate() {
                put(buffer, right, row as u16, line);
            }
        } else {
            let width = usize::from(body.width);
            let lines =
                [of_pane(pane, scene, width), general(scene, width), of_others(pane, scene, width)].concat();
            self.scroll.draw(lines, body, buffer);
        }
        self.scroll.draw_end(scene, below(area, body.height), buffer);
    }
}

/// Keys that mean something everywhere.
fn general(scene: &Scene, width: usize) -> Vec<Line<'static>> {
    section("In every pane", KEYS.iter().filter(|binding| binding.panes.is_empty()), scene, width)
}

fn of_pane(pane: Pane, scene: &Scene, width: usize) -> Vec<Line<'static>> {
    section(pane.title(), own(pane), scene, width)
}

fn of_others(pane: Pane, scene: &Scene, width: usize) -> Vec<Line<'static>> {
    let others = Pane::ALL.into_iter().filter(|&other| other != pane);
    others.flat_map(|other| section(other.title(), own(other), scene, width)).collect()
}

fn own(pane: Pane) -> impl Iterator<Item = &'static Binding> {
    KEYS.iter().filter(move |binding| binding.panes.contains(&pane))
}

fn section<'k>(
    title: &'static str,
    bindings: impl Iterator<Item = &'k Binding>,
    scene: &Scene,
    width: usize,
) -> Vec<Line<'static>> {
    let mut lines = vec![Line::from(scene.span(Role::Title, title))];
    for binding in bindings {
        let help = text::fit(binding.help, width.saturating_sub(NAMES + 2), scene.signs.cut);
        lines.push(Line::from(vec![
            scene.span(
                Role::Accent,
                format!("  {}", text::cell(&binding.names(), NAMES, false, scene.signs.cut)),
            ),
            scene.span(Role::Text, help),
        ]));
    }
    lines.push(Line::default());
    lines
}
