//! The dashboard without a terminal: what it shows, and what keys do.

mod frames;
mod keys;
mod snapshots;

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use ratatui::Terminal;
use ratatui::backend::TestBackend;
use ratatui::buffer::Buffer;

use super::{Act, App, Frame, Options};

/// A dashboard that has got `frame`.
fn app(frame: Frame, options: Options) -> App {
    let mut app = App::new(options);
    app.take(frame);
    app
}

/// Presses keys: characters as they are, and names in angle brackets: `/relay<Enter>`.
fn press(app: &mut App, keys: &str) -> Vec<Act> {
    let mut acts = Vec::new();
    let mut rest = keys;
    while let Some(first) = rest.chars().next() {
        let named = rest.strip_prefix('<').and_then(|rest| rest.split_once('>'));
        let (code, behind) = match named {
            Some(("Enter", behind)) => (KeyCode::Enter, behind),
            Some(("Esc", behind)) => (KeyCode::Esc, behind),
            Some(("Tab", behind)) => (KeyCode::Tab, behind),
            Some(("Back", behind)) => (KeyCode::Backspace, behind),
            _ => (KeyCode::Char(first), &rest[first.len_utf8()..]),
        };
        acts.extend(app.key(KeyEvent::new(code, KeyModifiers::NONE)));
        rest = behind;
    }
    acts
}

fn draw(app: &App, width: u16, height: u16) -> Buffer {
    let mut terminal = Terminal::new(TestBackend::new(width, height)).unwrap();
    terminal.draw(|frame| app.draw(frame)).unwrap();
    terminal.backend().buffer().clone()
}

/// The screen as text. Behind a wide character stands no cell of its own.
fn text(buffer: &Buffer) -> String {
    let mut text = String::new();
    for row in buffer.area.rows() {
        let mut skip = 0;
        let mut line = String::new();
        for position in row.positions() {
            let symbol = buffer[position].symbol();
            if skip == 0 {
                line.push_str(symbol);
                skip = super::text::width(symbol).max(1);
            }
            skip -= 1;
        }
        text.push_str(line.trim_end());
        text.push('\n');
    }
    text
}

fn screen(app: &App) -> String {
    text(&draw(app, 100, 30))
}
