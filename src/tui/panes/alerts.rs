//! Alerts: what is wrong, the lines that prove it, what to change.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use super::{Effect, Screen, verdict};
use crate::aggregate::board::Want;
use crate::model::{Alert, AlertState, Evidence, duration_in_words};
use crate::tui::engine::{Act, Silenced};
use crate::tui::filter::Filter;
use crate::tui::keymap::Command;
use crate::tui::scene::{Scene, below, inside, put, put_middle, severity};
use crate::tui::scroll::Scroll;
use crate::tui::table::{Column, Layout, Table};
use crate::tui::text;
use crate::tui::theme::Role;

/// Rows that must be left below the list for the selected alert to be shown there.
const PREVIEW: u16 = 10;
/// Longer lines tire the eye.
const MAX_WIDTH: u16 = 110;

const LAYOUT: Layout<Alert> = Layout {
    of: ["alert", "alerts"],
    key: |alert| alert.id.clone(),
    columns: &[
        Column {
            title: "severity",
            width: 8,
            grow: 0,
            right: false,
            spare: 0,
            cell: |alert, _| {
                let (role, word) = severity(alert.severity);
                (role, word.to_owned())
            },
            order: |a, b| a.severity.cmp(&b.severity),
        },
        Column {
            title: "state",
            width: 8,
            grow: 0,
            right: false,
            spare: 0,
            cell: |alert, scene| {
                let (role, word) = state(alert, scene);
                (role, word.to_owned())
            },
            order: |a, b| a.state.cmp(&b.state),
        },
        Column {
            title: "about",
            width: 20,
            grow: 2,
            right: false,
            spare: 0,
            cell: |alert, scene| (Role::Accent, scene.subject(&alert.subject)),
            order: |a, b| a.subject.cmp(&b.subject),
        },
        Column {
            title: "what",
            width: 20,
            grow: 4,
            right: false,
            spare: 0,
            cell: |alert, scene| (Role::Text, scene.text(&alert.title)),
            order: |a, b| a.title.cmp(&b.title),
        },
        Column {
            title: "detector",
            width: 20,
            grow: 0,
            right: false,
            spare: 4,
            cell: |alert, scene| (Role::Quiet, scene.text(&alert.detector)),
            order: |a, b| a.detector.cmp(&b.detector),
        },
        Column {
            title: "count",
            width: 8,
            grow: 0,
            right: true,
            spare: 3,
            cell: |alert, _| (Role::Text, text::count(alert.count)),
            order: |a, b| a.count.cmp(&b.count),
        },
        Column {
            title: "last seen",
            width: 11,
            grow: 0,
            right: true,
            spare: 1,
            cell: |alert, scene| (Role::Quiet, scene.when(alert.last_seen)),
            order: |a, b| a.last_seen.cmp(&b.last_seen),
        },
    ],
};

/// Whether somebody has taken it on, or it is over.
fn state(alert: &Alert, scene: &Scene) -> (Role, &'static str) {
    match alert.state {
        AlertState::Resolved => (Role::Quiet, "ended"),
        AlertState::Firing if scene.silenced(alert).is_some() => (Role::Quiet, "silenced"),
        AlertState::Firing if scene.is_acknowledged(alert) => (Role::Good, "taken"),
        AlertState::Firing => (Role::Text, "firing"),
    }
}

/// How the alerts are looked at.
#[derive(Debug, Default)]
pub(in crate::tui) struct Alerts {
    table: Table,
    /// The alert that is open.
    open: Option<String>,
    scroll: Scroll,
}

impl Alerts {
    /// Opens the alert of this id.
    pub(in crate::tui) fn open(&mut self, id: String) {
        self.table.select(id.clone());
        self.scroll = Scroll::default();
        self.open = Some(id);
    }

    fn shown<'f>(&self, scene: &'f Scene) -> Vec<&'f Alert> {
        self.table.shown(&LAYOUT, verdict::ordered(&scene.frame.alerts), scene)
    }

    fn current<'f>(&self, scene: &'f Scene) -> Option<&'f Alert> {
        match &self.open {
            Some(id) => scene.frame.alerts.iter().find(|alert| alert.id == *id),
            None => self.table.current(&LAYOUT, &self.shown(scene)),
        }
    }
}

impl Screen for Alerts {
    fn want(&self) -> Want {
        Want::default()
    }

    fn draw(&self, scene: &Scene, area: Rect, buffer: &mut Buffer) {
        if self.open.is_some() {
            let Some(alert) = self.current(scene) else {
                let gone = "This alert is no longer kept. Esc goes back to the list.".to_owned();
                put_middle(buffer, area, &[gone], scene.style(Role::Quiet));
                return;
            };
            let area = inside(area, 1);
            self.scroll.draw_all(detail(alert, scene, area.width.min(MAX_WIDTH)), scene, area, buffer);
            return;
        }
        let shown = self.shown(scene);
        if scene.frame.alerts.is_empty() && scene.frame.picture.coverage.lines > 0 {
            let words = [
                "No alert so far.".to_owned(),
                "What comes up is listed here, the gravest first.".to_owned(),
            ];
            put_middle(buffer, area, &words, scene.style(Role::Quiet));
            return;
        }
        // A heading, the titles, the alerts, and an empty row.
        let rows = (shown.len() as u16).saturating_add(3).clamp(5, (area.height / 2).max(5));
        let list = if area.height >= rows + PREVIEW { Rect { height: rows, ..area } } else { area };
        self.table.draw(&LAYOUT, &shown, scene.frame.alerts.len(), scene, list, buffer);
        if let (true, Some(alert)) = (list.height < area.height, self.table.current(&LAYOUT, &shown)) {
            let place = below(area, list.height);
            put(
                buffer,
                place,
                0,
                Line::from(scene.span(Role::Quiet, scene.signs.rule.repeat(area.width.into()))),
            );
            let place = inside(below(place, 1), 1);
            for (row, line) in detail(alert, scene, place.width.min(MAX_WIDTH)).into_iter().enumerate() {
                put(buffer, place, row as u16, line);
            }
        }
    }

    fn command(&mut self, command: Command, scene: &Scene) -> Effect {
        let current = self.current(scene);
        match (command, current) {
            (Command::Acknowledge | Command::Silence | Command::Enter, None) => {
                Effect::Say("No alert is selected.".to_owned())
            }
            (Command::Acknowledge, Some(alert)) => Effect::Act(Act::Acknowledge(alert.id.clone())),
            (Command::Silence, Some(_)) if let Some(why) = &scene.frame.marks.no_silence => {
                Effect::Say(scene.text(&format!("Nobody is told of it: {why}.")))
            }
            (Command::Silence, Some(alert)) => {
                let about = format!("{} of {}", scene.text(&alert.detector), scene.subject(&alert.subject));
                Effect::AskSilence { alert: alert.id.clone(), about }
            }
            (Command::Enter, Some(alert)) if self.open.is_none() => {
                self.open(alert.id.clone());
                Effect::None
            }
            (command, _) => {
                if self.open.is_some() {
                    self.scroll.command(command);
                } else {
                    let shown = self.shown(scene);
                    self.table.command(&LAYOUT, &shown, command);
                }
                Effect::None
            }
        }
    }

    fn click(&mut self, column: u16, row: u16, scene: &Scene) {
        let shown = self.shown(scene);
        if self.open.is_none() {
            self.table.click(&LAYOUT, &shown, column, row);
        }
    }

    fn back(&mut self) -> bool {
        self.open.take().is_some() || self.table.back()
    }

    fn is_inside(&self) -> bool {
        self.open.is_some()
    }

    fn value(&self, scene: &Scene) -> Option<(&'static str, String)> {
        let alert = self.current(scene)?;
        Some(if self.open.is_some() {
            ("the remedy", alert.remedy.clone())
        } else {
            ("the subject", alert.subject.value.clone())
        })
    }

    fn filter(&self) -> Option<&Filter> {
        self.open.is_none().then(|| self.table.filter())
    }

    fn set_filter(&mut self, filter: Filter) {
        self.table.set_filter(filter);
    }
}

/// The whole alert, for `width` columns: what, what to change, the proof, when, what belongs to it.
fn detail(alert: &Alert, scene: &Scene, width: u16) -> Vec<Line<'static>> {
    let width = usize::from(width);
    let (role, word) = severity(alert.severity);
    let (state_role, state) = state(alert, scene);
    let head = vec![
        scene.span(role, word.trim_end()),
        Span::raw("  "),
        scene.span(Role::Title, scene.subject(&alert.subject)),
        Span::raw("  "),
        scene.span(state_role, state),
        scene.span(
            Role::Quiet,
            format!("  {} on {} ({})", scene.text(&alert.detector), scene.text(&alert.host), alert.mta),
        ),
    ];
    let mut lines = vec![Line::from(head)];
    let paragraph = |lines: &mut Vec<Line<'static>>, role, indent: usize, words: &str| {
        for line in text::wrap(words, width.saturating_sub(indent)) {
            lines.push(Line::from(scene.span(role, format!("{}{line}", " ".repeat(indent)))));
        }
    };
    let heading = |lines: &mut Vec<Line<'static>>, words: &'static str| {
        lines.push(Line::default());
        lines.push(Line::from(scene.span(Role::Title, words)));
    };
    paragraph(&mut lines, role, 0, &format!("{}.", scene.text(alert.title.trim_end_matches('.'))));
    paragraph(&mut lines, Role::Text, 0, &scene.text(&alert.summary));
    let span = match alert.last_seen.seconds_since(alert.first_seen) {
        ..=0 => String::new(),
        seconds => format!(" within {}", duration_in_words(seconds)),
    };
    let times = format!(
        "First seen {}, alert since {}, last seen {}: {}{span}.",
        scene.when(alert.first_seen),
        scene.when(alert.started_at),
        scene.when(alert.last_seen),
        text::counted(alert.count, "time", "times")
    );
    paragraph(&mut lines, Role::Quiet, 0, &times);
    if let Some(Silenced { seconds, comment, .. }) = scene.silenced(alert) {
        // Whole minutes are said, and the last of them is one, too.
        let left = duration_in_words((seconds + 59) / 60 * 60);
        let why = if comment.is_empty() { String::new() } else { format!(": {}", scene.text(comment)) };
        paragraph(&mut lines, Role::Quiet, 0, &format!("Silenced for {left} more{why}"));
    }
    if !alert.remedy.is_empty() {
        heading(&mut lines, "What to change");
        // What stands further in is to be typed or written into a file.
        for line in scene.paragraphs(&alert.remedy).lines() {
            let role = if line.starts_with(' ') { Role::Accent } else { Role::Text };
            paragraph(&mut lines, role, 2, line);
        }
    }
    heading(&mut lines, "The lines that prove it");
    for Evidence { file, line, text: proof, .. } in &alert.evidence {
        lines.push(Line::from(scene.span(Role::Quiet, format!("  {}:{line}", scene.text(file)))));
        paragraph(&mut lines, Role::Text, 4, &scene.text(proof));
    }
    if !alert.related.is_empty() {
        heading(&mut lines, "About the same");
    }
    for id in &alert.related {
        let Some(other) = scene.frame.alerts.iter().find(|other| other.id == *id) else { continue };
        let (role, word) = severity(other.severity);
        let words = format!("  {}: {}", scene.subject(&other.subject), scene.text(&other.title));
        lines.push(Line::from(vec![Span::raw("  "), scene.span(role, word), scene.span(Role::Text, words)]));
    }
    lines
}
