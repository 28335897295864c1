//! The whole screen: the panes' names above, the open pane, the status line below.

use ratatui::Frame;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Modifier;
use ratatui::text::{Line, Span};

use super::app::App;
use super::engine::Reading;
use super::keymap::{Binding, Command, KEYS};
use super::panes::Pane;
use super::scene::{Scene, below, put, put_ends};
use super::text;
use super::theme::Role;
use crate::model::{AlertState, EventTime, Severity};

/// Narrower screens show the name of the open pane alone, and the numbers of the others.
const NAMES: u16 = 78;
/// What must not be overlooked.
const BADGE: &str = " PAUSED ";
/// From this width on the status line has room for the date.
const WIDE: u16 = 110;

impl App {
    /// Draws everything.
    pub fn draw(&self, frame: &mut Frame<'_>) {
        let area = frame.area();
        self.draw_on(area, frame.buffer_mut());
    }

    fn draw_on(&self, area: Rect, buffer: &mut Buffer) {
        let scene = &self.scene;
        // On a screen of a row or two the pane comes first.
        let (above, under) = (u16::from(area.height > 2), u16::from(area.height > 1));
        if above > 0 {
            self.draw_tabs(scene, Rect { height: 1, ..area }, buffer);
        }
        let body = below(area, above);
        let body = Rect { height: body.height - under, ..body };
        match &self.help {
            Some(help) => help.draw(self.pane, scene, body, buffer),
            None => self.screen().draw(scene, body, buffer),
        }
        if under > 0 {
            self.draw_status(scene, below(area, area.height - 1), buffer);
        }
    }

    fn draw_tabs(&self, scene: &Scene, area: Rect, buffer: &mut Buffer) {
        let mut tabs = [0; Pane::ALL.len() + 1];
        let mut spans = vec![Span::raw(" ")];
        let mut column = 1;
        for (index, pane) in Pane::ALL.into_iter().enumerate() {
            tabs[index] = column;
            let open = pane == self.pane;
            let name = if open || area.width >= NAMES { pane.title() } else { "" };
            let mut parts = vec![scene.span(Role::Accent, (index + 1).to_string())];
            if !name.is_empty() {
                let role = if open { Role::Title } else { Role::Quiet };
                let style = scene.style(role);
                let style = if open { style.underlined() } else { style };
                parts.push(Span::raw(" "));
                parts.push(Span::styled(name, style));
            }
            if pane == Pane::Alerts {
                parts.extend(firing(scene));
            }
            column += parts.iter().map(|part| part.width() as u16).sum::<u16>() + 2;
            spans.extend(parts);
            spans.push(Span::raw("  "));
        }
        tabs[Pane::ALL.len()] = column;
        self.tabs.set(tabs);
        let badge = if self.stands_still() { BADGE } else { "" };
        put_ends(buffer, area, 0, Line::from(spans), Line::from(scene.span(Role::Badge, badge)));
    }

    fn draw_status(&self, scene: &Scene, area: Rect, buffer: &mut Buffer) {
        let bar = scene.style(Role::Bar);
        buffer.set_style(area.intersection(buffer.area), bar);
        if let Some(prompt) = &self.prompt {
            let label = format!(" {}", prompt.label());
            let typed = text::clean(&prompt.typed, scene.ascii);
            // The end of what is typed is where the typing goes on.
            let all = format!("{label}{typed}");
            let over = (text::width(&all) + 2).saturating_sub(usize::from(area.width));
            let shown = text::behind(&all, over).to_owned();
            let line = Line::from(vec![Span::styled(shown, bar), Span::styled(" ", bar.reversed())]);
            put(buffer, area, 0, line);
            return;
        }
        let mut left = Vec::new();
        if self.stands_still() {
            left.push(scene.span(Role::Badge, BADGE));
        }
        if let Some(lines) = self.paused() {
            left.push(Span::styled(
                format!(" {} more since, Space goes on ", text::counted(lines, "line", "lines")),
                bar,
            ));
        }
        let right = self.reading(scene, area.width);
        let used: usize = left.iter().map(Span::width).sum();
        let room = usize::from(area.width).saturating_sub(used + text::width(&right) + 2);
        match &self.said {
            // What was said matters more than how fast lines come.
            Some(words) => {
                let room = usize::from(area.width).saturating_sub(used + 1);
                let words = text::fit(&format!(" {words}"), room, scene.signs.cut);
                left.push(Span::styled(words, bar.add_modifier(Modifier::BOLD)));
            }
            None => left.extend(self.hints(room, scene)),
        }
        put_ends(buffer, area, 0, Line::from(left), Line::from(Span::styled(right, bar)));
    }

    /// Whether what is shown stays as it is until Space is pressed.
    fn stands_still(&self) -> bool {
        self.paused().is_some() || matches!(self.scene.frame.state, Reading::Replay { paused: true, .. })
    }

    /// The keys of the pane, as many as there is room for.
    fn hints(&self, room: usize, scene: &Scene) -> Vec<Span<'static>> {
        let bar = scene.style(Role::Bar);
        let bold = bar.add_modifier(Modifier::BOLD);
        let inside = self.help.is_some() || self.screen().is_inside();
        // A text has no rows to open, sort or filter.
        let rows = self.help.is_none() && (self.pane == Pane::Overview || self.screen().filter().is_some());
        let hint = |binding: &Binding| match binding.command {
            Command::Back => inside.then_some("back"),
            Command::Enter | Command::Filter | Command::Sort if !rows => None,
            Command::Silence if scene.frame.marks.no_silence.is_some() => None,
            _ => binding.hint,
        };
        let shown = KEYS.iter().filter(|binding| binding.is_for(self.pane));
        let mut hints: Vec<(String, &str)> =
            shown.filter_map(|binding| hint(binding).map(|hint| (binding.name(), hint))).collect();
        let width = |(name, hint): &(String, &str)| name.len() + hint.len() + 3;
        // How to leave is always said; what stands before it goes first.
        while hints.len() > 2 && hints.iter().map(width).sum::<usize>() > room {
            hints.remove(hints.len() - 2);
        }
        let mut spans = Vec::new();
        for (name, hint) in hints {
            spans.push(Span::styled(format!(" {name}"), bold));
            spans.push(Span::styled(format!(" {hint} "), bar));
        }
        spans
    }

    /// What the reading does, how fast, and where in time it is.
    fn reading(&self, scene: &Scene, width: u16) -> String {
        let state = match self.scene.frame.state {
            Reading::Starting => "starting".to_owned(),
            Reading::CatchingUp { total: 0, done } => format!("reading, {}", text::size(done)),
            Reading::CatchingUp { done, total } => {
                format!("reading {} %", u128::from(done.min(total)) * 100 / u128::from(total))
            }
            Reading::Live => "live".to_owned(),
            Reading::Ended => "all read".to_owned(),
            Reading::Replay { is_over: true, .. } => "replay: the end".to_owned(),
            Reading::Replay { speed, .. } => format!("replay {}x", (speed * 100.0).round() / 100.0),
        };
        let at = match self.scene.frame.state {
            Reading::Replay { at, .. } => Some(at),
            _ => self.scene.frame.picture.now,
        };
        let format = if width < WIDE { "%H:%M:%S" } else { "%Y-%m-%d %H:%M:%S UTC" };
        let clock = at.and_then(EventTime::utc).map(|time| time.format(format).to_string());
        let speed = (self.scene.frame.lines_per_second > 0)
            .then(|| format!("{} lines/s", text::thousands(self.scene.frame.lines_per_second)));
        let privacy = scene.privacy.then(|| "PRIVACY".to_owned());
        let parts: Vec<String> = [privacy, Some(state), speed, clock].into_iter().flatten().collect();
        format!("{} ", parts.join("  "))
    }
}

/// How many alerts fire, in the colour of the gravest.
fn firing(scene: &Scene) -> Option<Span<'static>> {
    let firing = scene.frame.alerts.iter().filter(|alert| alert.state == AlertState::Firing);
    let gravest = firing.clone().map(|alert| alert.severity).max()?;
    let (role, sign) = match gravest {
        Severity::Critical => (Role::Alarm, "!"),
        Severity::Warning => (Role::Warning, ""),
        Severity::Info => (Role::Quiet, ""),
    };
    Some(scene.span(role, format!(" {}{sign}", firing.count())))
}
