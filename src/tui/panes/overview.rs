//! Overview: is it well? The verdict, what fires, what happens when, and how the logs are read.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use super::{Effect, Screen, verdict};
use crate::aggregate::board::{Rates, Step, Want};
use crate::model::{Alert, AlertState, EventTime, Severity};
use crate::tui::engine::{Reading, SourceHealth};
use crate::tui::keymap::Command;
use crate::tui::scene::{Scene, below, inside, put, put_middle, severity};
use crate::tui::theme::Role;
use crate::tui::{chart, text};

/// Columns for what a chart is called and its figures.
const LABEL: u16 = 24;
/// Fewer steps than these are no chart.
const FEWEST_STEPS: i64 = 12;
/// Columns from one time on the axis to the next.
const TICK: u16 = 18;

/// What is counted in one step.
type Count = fn(&Step) -> u64;

const CHARTS: &[(&str, Role, Count)] = &[
    ("Connections", Role::Accent, |step| step.connections),
    ("Relay attempts", Role::Text, |step| step.attempts),
    ("Denied", Role::Warning, |step| step.denied),
    ("Delivered", Role::Good, |step| step.delivered),
];

/// How the overview is looked at.
#[derive(Debug, Default)]
pub(in crate::tui) struct Overview {
    /// Seconds on the axis; `None`: all there is.
    span: Option<i64>,
    /// Where the axis ends; `None`: with the newest step.
    end: Option<EventTime>,
    /// The selected one of the alerts.
    at: usize,
}

/// The part of the rates that is drawn.
struct Window<'r> {
    start: EventTime,
    step: i64,
    steps: &'r [Step],
}

impl Window<'_> {
    fn seconds(&self) -> i64 {
        self.step * self.steps.len() as i64
    }
}

impl Overview {
    fn window<'r>(&self, rates: &'r Rates) -> Option<Window<'r>> {
        let (start, step) = (rates.start?, rates.step_seconds.max(1));
        let all = rates.steps.len() as i64;
        let end = match self.end {
            Some(end) => (end.seconds_since(start) / step + 1).clamp(1, all.max(1)),
            None => all,
        };
        let shown = self.span.map_or(all, |span| (span / step).max(FEWEST_STEPS));
        // An end near the beginning shows the beginning.
        let end = end.max(shown.min(all));
        let first = (end - shown).max(0);
        let steps = rates.steps.get(first as usize..end as usize)?;
        (!steps.is_empty()).then_some(Window { start: start.plus_seconds(first * step), step, steps })
    }

    fn zoom(&mut self, closer: bool, rates: &Rates) -> Effect {
        let step = rates.step_seconds.max(1);
        let all = step * rates.steps.len() as i64;
        let span = self.span.unwrap_or(all).min(all);
        let to = if closer { span / 2 } else { span * 2 };
        if closer && to < step * FEWEST_STEPS {
            return Effect::Say("There is nothing closer.".to_owned());
        }
        if !closer && self.span.is_none() {
            return Effect::Say("All that is known is on the axis.".to_owned());
        }
        self.span = (to < all).then_some(to);
        if self.span.is_none() {
            self.end = None;
        }
        Effect::None
    }

    fn shift(&mut self, later: bool, rates: &Rates) -> Effect {
        let (Some(window), Some(start)) = (self.window(rates), rates.start) else { return Effect::None };
        if self.span.is_none() {
            return Effect::Say("All that is known is on the axis; + zooms in.".to_owned());
        }
        let span = window.seconds();
        let newest = start.plus_seconds(rates.step_seconds.max(1) * rates.steps.len() as i64 - 1);
        let end = window.start.plus_seconds(span - 1).plus_seconds(if later { span / 4 } else { -span / 4 });
        if later && end >= newest {
            let followed = self.end.take().is_none();
            return if followed { Effect::Say("This is the newest.".to_owned()) } else { Effect::None };
        }
        self.end = Some(end.max(start));
        Effect::None
    }
}

impl Screen for Overview {
    fn want(&self) -> Want {
        Want { steps: usize::MAX, ..Want::default() }
    }

    fn draw(&self, scene: &Scene, area: Rect, buffer: &mut Buffer) {
        let area = inside(area, 1);
        let (role, headline, second) = verdict::of(scene);
        let width = usize::from(area.width);
        let mut row = 0;
        for line in text::wrap(&headline, width) {
            put(buffer, area, row, Line::from(scene.span(role, line)));
            row += 1;
        }
        if !second.is_empty() {
            put(
                buffer,
                area,
                row,
                Line::from(scene.span(Role::Quiet, text::fit(&second, width, scene.signs.cut))),
            );
            row += 1;
        }
        let firing = firing(&scene.frame.alerts);
        let rows = firing.len().min(usize::from((area.height / 6).clamp(1, 8)));
        draw_alerts(&firing, self.at, rows, scene, below(area, row), buffer);
        let area = below(area, row + rows as u16 + 1);
        if scene.frame.picture.coverage.lines == 0 {
            put_middle(buffer, area, &scene.starting(), scene.style(Role::Quiet));
            return;
        }
        let foot = (scene.frame.sources.len() as u16 + 1).clamp(4, (area.height / 4).max(4));
        let room = Rect { height: area.height.saturating_sub(foot + 1), ..area };
        let charts = match self.window(&scene.frame.picture.rates) {
            Some(window) => draw_charts(&window, scene, room, buffer),
            None => 0,
        };
        draw_foot(scene, below(area, charts + 1), buffer);
    }

    fn command(&mut self, command: Command, scene: &Scene) -> Effect {
        let firing = firing(&scene.frame.alerts);
        let last = firing.len().saturating_sub(1);
        let rates = &scene.frame.picture.rates;
        self.at = self.at.min(last);
        match command {
            Command::Up | Command::PageUp => self.at = self.at.saturating_sub(1),
            Command::Down | Command::PageDown => self.at = (self.at + 1).min(last),
            Command::First => self.at = 0,
            Command::Last => self.at = last,
            Command::ZoomIn => return self.zoom(true, rates),
            Command::ZoomOut => return self.zoom(false, rates),
            Command::Left => return self.shift(false, rates),
            Command::Right => return self.shift(true, rates),
            Command::Enter => {
                return match firing.get(self.at) {
                    Some(alert) => Effect::Alert(alert.id.clone()),
                    None => Effect::Say("No alert fires; 2 shows those that have ended.".to_owned()),
                };
            }
            _ => {}
        }
        Effect::None
    }

    fn back(&mut self) -> bool {
        let moved = self.span.is_some() || self.end.is_some();
        (self.span, self.end) = (None, None);
        moved
    }

    fn value(&self, scene: &Scene) -> Option<(&'static str, String)> {
        let firing = firing(&scene.frame.alerts);
        firing.get(self.at).map(|alert| ("the subject", alert.subject.value.clone()))
    }

    fn go_to(&mut self, time: EventTime, scene: &Scene) -> bool {
        let rates = &scene.frame.picture.rates;
        let all = rates.step_seconds.max(1) * rates.steps.len() as i64;
        let span = *self.span.get_or_insert((all / 4).max(rates.step_seconds.max(1) * FEWEST_STEPS));
        self.end = Some(time.plus_seconds(span / 2));
        true
    }
}

fn firing(alerts: &[Alert]) -> Vec<&Alert> {
    verdict::ordered(alerts).into_iter().filter(|alert| alert.state == AlertState::Firing).collect()
}

fn draw_alerts(firing: &[&Alert], at: usize, rows: usize, scene: &Scene, area: Rect, buffer: &mut Buffer) {
    let at = at.min(firing.len().saturating_sub(1));
    let top = (at + 1).saturating_sub(rows);
    for (row, (index, alert)) in firing.iter().enumerate().skip(top).take(rows).enumerate() {
        let (role, word) = severity(alert.severity);
        let selected = index == at;
        let cursor = if selected { scene.signs.cursor } else { " " };
        let width = usize::from(area.width);
        let subject = scene.subject(&alert.subject);
        let subject_width = (width / 4).clamp(16, 40);
        let since = scene.when(alert.started_at);
        // The cursor, the severity, and two blanks between columns.
        let room = width.saturating_sub(1 + 8 + subject_width + text::width(&since) + 6);
        let line = Line::from(vec![
            scene.span(Role::Accent, cursor),
            scene.span(role, word),
            Span::raw("  "),
            scene.span(Role::Accent, text::cell(&subject, subject_width, false, scene.signs.cut)),
            Span::raw("  "),
            scene.span(Role::Text, text::cell(&scene.text(&alert.title), room, false, scene.signs.cut)),
            Span::raw("  "),
            scene.span(Role::Quiet, since),
        ]);
        put(buffer, area, row as u16, line);
        if selected {
            let strip = Rect { y: area.y + row as u16, height: 1, ..area };
            buffer.set_style(strip.intersection(area).intersection(buffer.area), scene.style(Role::Selected));
        }
    }
}

/// Draws the charts and their axis; how many rows they take.
fn draw_charts(window: &Window<'_>, scene: &Scene, area: Rect, buffer: &mut Buffer) -> u16 {
    // The bars, the marks and the times below them, and one row between charts that are high.
    let each = (area.height.saturating_sub(2) / CHARTS.len() as u16).min(10);
    let gap = u16::from(each > 3);
    if each == 0 || area.width < 8 {
        return 0;
    }
    let label = if area.width >= LABEL * 2 { LABEL } else { 0 };
    let bars = Rect { x: area.x + label, width: area.width - label, ..area };
    for (index, &(name, role, count)) in CHARTS.iter().enumerate() {
        let place = below(bars, index as u16 * each);
        let place = Rect { height: (each - gap).min(place.height), ..place };
        let values: Vec<u64> = window.steps.iter().map(count).collect();
        let heights = chart::columns(&values, usize::from(place.width));
        chart::draw(&heights, &scene.signs, scene.style(role), place, buffer);
        let place = Rect { x: area.x, width: label.saturating_sub(2), ..place };
        draw_label(name, &values, window.step, role, scene, place, buffer);
    }
    let axis = below(bars, each * CHARTS.len() as u16);
    draw_axis(window, scene, axis, buffer);
    if label > 0 {
        let place = Rect { x: area.x, width: label - 2, ..axis };
        put(buffer, place, 0, Line::from(scene.span(Role::Quiet, "Alerts")));
        put(buffer, place, 1, Line::from(scene.span(Role::Quiet, "Time, UTC")));
    }
    each * CHARTS.len() as u16 + 2
}

/// The name, how many in all, and how many a minute at the highest.
fn draw_label(
    name: &str,
    values: &[u64],
    step: i64,
    role: Role,
    scene: &Scene,
    area: Rect,
    buffer: &mut Buffer,
) {
    let total: u64 = values.iter().sum();
    let figure = text::thousands(total);
    let room = usize::from(area.width).saturating_sub(figure.len());
    let name = text::cell(name, room, false, scene.signs.cut);
    put(buffer, area, 0, Line::from(vec![scene.span(role, name), scene.span(Role::Text, figure)]));
    let most = values.iter().max().copied().unwrap_or(0);
    let peak = most as f64 * 60.0 / step as f64;
    let peak =
        if peak >= 10.0 || most == 0 { text::thousands(peak.round() as u64) } else { format!("{peak:.1}") };
    let peak = text::cell(&format!("peak {peak}/min"), usize::from(area.width), true, scene.signs.cut);
    put(buffer, area, 1, Line::from(scene.span(Role::Quiet, peak)));
}

/// Alerts where they started, and the times below.
fn draw_axis(window: &Window<'_>, scene: &Scene, area: Rect, buffer: &mut Buffer) {
    let width = i64::from(area.width);
    let seconds = window.seconds().max(1);
    let mut marks: Vec<Option<Severity>> = vec![None; usize::from(area.width)];
    for alert in &scene.frame.alerts {
        let column = alert.started_at.seconds_since(window.start).saturating_mul(width).div_euclid(seconds);
        if let Some(mark) = usize::try_from(column).ok().and_then(|column| marks.get_mut(column)) {
            *mark = (*mark).max(Some(alert.severity));
        }
    }
    let mark = |mark: &Option<Severity>| match mark {
        Some(Severity::Critical) => scene.span(Role::Alarm, scene.signs.marks[0]),
        Some(Severity::Warning) => scene.span(Role::Warning, scene.signs.marks[1]),
        Some(Severity::Info) => scene.span(Role::Quiet, scene.signs.marks[2]),
        None => scene.span(Role::Quiet, scene.signs.rule),
    };
    put(buffer, area, 0, Line::from(marks.iter().map(mark).collect::<Vec<_>>()));
    // Two marks of the axis are never the same.
    let format = match seconds {
        _ if seconds > 36 * 3600 => "%m-%d %H:%M",
        _ if seconds * i64::from(TICK) < 60 * width => "%H:%M:%S",
        _ => "%H:%M",
    };
    let mut column = 0;
    while column + 11 <= area.width {
        let time = window.start.plus_seconds(i64::from(column) * seconds / width);
        let words = time.utc().map(|time| time.format(format).to_string()).unwrap_or_default();
        let place = Rect { x: area.x + column, width: area.width - column, ..area };
        put(buffer, place, 1, Line::from(scene.span(Role::Quiet, words)));
        column += TICK;
    }
}

/// How the logs are read, and how much of them was understood.
fn draw_foot(scene: &Scene, area: Rect, buffer: &mut Buffer) {
    let half = (area.width * 3 / 5).max(area.width.saturating_sub(60));
    let (left, right) = if area.width >= 60 {
        let right = Rect { x: area.x + half, width: area.width - half, ..area };
        (Rect { width: half.saturating_sub(2), ..area }, right)
    } else {
        (area, Rect { height: 0, ..area })
    };
    put(buffer, left, 0, Line::from(scene.span(Role::Title, "Logs")));
    let rows = usize::from(left.height.saturating_sub(1));
    let sources = &scene.frame.sources;
    let shown = if sources.len() > rows { rows.saturating_sub(1) } else { sources.len() };
    for (row, source) in sources.iter().take(shown).enumerate() {
        put(buffer, left, row as u16 + 1, source_line(source, scene, usize::from(left.width)));
    }
    if sources.len() > shown {
        let more = format!("and {} more", sources.len() - shown);
        put(buffer, left, shown as u16 + 1, Line::from(scene.span(Role::Quiet, more)));
    }
    put(buffer, right, 0, Line::from(scene.span(Role::Title, "Read")));
    let coverage = scene.frame.picture.coverage;
    let share = coverage.unmatched as f64 * 100.0 / coverage.lines.max(1) as f64;
    let unmatched = match coverage.unmatched {
        0 => "none".to_owned(),
        some => format!("{} ({share:.2} %)", text::thousands(some)),
    };
    let figures = [
        ("Lines", text::thousands(coverage.lines), Role::Text),
        ("Not understood", unmatched, if share >= 1.0 { Role::Warning } else { Role::Text }),
        ("Of other programs", text::thousands(coverage.ignored), Role::Text),
    ];
    for (row, (name, figure, role)) in figures.into_iter().enumerate() {
        let line = vec![
            scene.span(Role::Quiet, text::cell(name, 19, false, scene.signs.cut)),
            scene.span(role, figure),
        ];
        put(buffer, right, row as u16 + 1, Line::from(line));
    }
}

fn source_line(source: &SourceHealth, scene: &Scene, width: usize) -> Line<'static> {
    let (role, word, more) = match source {
        SourceHealth { problem: Some(problem), .. } => (Role::Alarm, "PROBLEM", scene.text(problem)),
        SourceHealth { exists: false, .. } => (Role::Warning, "MISSING", "read once it exists".to_owned()),
        SourceHealth { behind_bytes: 0, .. } => (Role::Good, "ok     ", String::new()),
        source => {
            // Whoever plays an archive is not late with what comes next.
            let is_replay = matches!(scene.frame.state, Reading::Replay { .. });
            (Role::Text, if is_replay { "to play" } else { "behind " }, text::size(source.behind_bytes))
        }
    };
    let name = scene.text(&source.name);
    let room = width.saturating_sub(9);
    let words = if more.is_empty() {
        text::fit_end(&name, room, scene.signs.cut)
    } else {
        // What is wrong is no use without the name of the file, nor the other way round.
        let left = room.saturating_sub(text::width(&more) + 2).max(room / 2);
        format!("{}  {more}", text::fit_end(&name, left, scene.signs.cut))
    };
    let words = text::fit(&words, room, scene.signs.cut);
    Line::from(vec![scene.span(role, word), Span::raw("  "), scene.span(Role::Text, words)])
}
