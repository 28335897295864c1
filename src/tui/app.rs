//! What is shown, and what a key changes in it. Pure: no terminal, no clock.

use std::cell::Cell;

use crossterm::event::{
    KeyCode, KeyEvent, KeyEventKind, KeyModifiers, MouseButton, MouseEvent, MouseEventKind,
};

use super::engine::{Act, Frame, Marks, Reading};
use super::filter::Filter;
use super::keymap::{self, Command};
use super::panes::{Effect, Help, Pane, Panes, Screen};
use super::prompt::{self, Asks, Prompt, Typed};
use super::scene::Scene;
use super::text;
use super::theme::{Palette, Signs, Theme};
use crate::aggregate::board::{Picture, Want};

/// Rows that one notch of the wheel moves.
const NOTCH: usize = 3;
/// A silence, in seconds.
const SILENCE: i64 = 3_600;

/// How it is shown.
#[derive(Clone, Copy, Debug, Default)]
#[allow(
    clippy::struct_excessive_bools,
    reason = "flags of the command line, each of them independent of the others"
)]
pub struct Options {
    /// The colours.
    pub theme: Theme,
    /// Only signs that every terminal has.
    pub ascii: bool,
    /// The mouse is the dashboard's, not the terminal's.
    pub mouse: bool,
    /// Addresses are masked from the start.
    pub privacy: bool,
    /// No colour at all.
    pub no_color: bool,
}

/// What only the owner of the terminal can do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Request {
    /// Leave.
    Quit,
    /// Hand the terminal back to the shell until it says `fg`.
    Suspend,
    /// Draw every cell anew.
    Redraw,
    /// Put this into the clipboard.
    Copy(String),
}

/// The screen stands still while reading goes on.
#[derive(Debug)]
struct Pause {
    /// Lines that were read when it began.
    lines: u64,
    /// The lists that stood on the screen: they stay as they were.
    seen: Want,
    /// Whether the other lists have come, too, so that any pane may be looked at.
    whole: bool,
    /// What is shown when it ends.
    latest: Option<Frame>,
}

/// What is shown.
pub struct App {
    /// What the panes are drawn from.
    pub(super) scene: Scene,
    panes: Panes,
    pub(super) pane: Pane,
    /// Where Esc leads from what Enter has opened.
    came_from: Option<Pane>,
    pause: Option<Pause>,
    pub(super) prompt: Option<Prompt>,
    pub(super) help: Option<Help>,
    /// What the status line says until the next key.
    pub(super) said: Option<String>,
    /// The number of the answer that was said last.
    answered: u64,
    request: Option<Request>,
    /// Where the names of the panes begin, as they were drawn last.
    pub(super) tabs: Cell<[u16; Pane::ALL.len() + 1]>,
}

impl App {
    /// Nothing known yet.
    pub fn new(options: Options) -> Self {
        let frame = Frame {
            picture: Picture::default(),
            alerts: Vec::new(),
            marks: Marks::default(),
            sources: Vec::new(),
            state: Reading::Starting,
            lines_per_second: 0,
        };
        let scene = Scene {
            frame,
            palette: Palette::new(options.theme, !options.no_color),
            signs: Signs::new(options.ascii),
            ascii: options.ascii,
            privacy: options.privacy,
        };
        Self {
            scene,
            panes: Panes::default(),
            pane: Pane::Overview,
            came_from: None,
            pause: None,
            prompt: None,
            help: None,
            said: None,
            answered: 0,
            request: None,
            tabs: Cell::default(),
        }
    }

    /// What the next frame must hold.
    pub fn want(&self) -> Want {
        match &self.pause {
            None => self.screen().want(),
            Some(Pause { whole: false, .. }) => Want::ALL,
            // How many lines have come is all that is told of it.
            Some(_) => Want::default(),
        }
    }

    /// A new frame has come.
    pub fn take(&mut self, frame: Frame) {
        if let Some(answer) = frame.marks.answer.as_ref().filter(|answer| answer.number > self.answered) {
            self.answered = answer.number;
            self.say(&answer.words);
        }
        let Some(pause) = &mut self.pause else { return self.show(frame) };
        let shown = &mut self.scene.frame;
        (shown.state, shown.lines_per_second) = (frame.state, frame.lines_per_second);
        // What people decide is no part of what stands still.
        shown.marks = frame.marks.clone();
        if !std::mem::replace(&mut pause.whole, true) {
            complete(&mut shown.picture, &frame.picture, pause.seen);
        }
        pause.latest = Some(frame);
    }

    /// Lists that the frame does not hold stay as they were, unless counting has begun anew (a replay that was sent back).
    fn show(&mut self, mut frame: Frame) {
        let (new, old) = (&mut frame.picture, &mut self.scene.frame.picture);
        if new.coverage.lines >= old.coverage.lines {
            keep(&mut new.rates.steps, &mut old.rates.steps);
            if new.rates.start.is_none() {
                (new.rates.start, new.rates.step_seconds) = (old.rates.start, old.rates.step_seconds);
            }
            keep(&mut new.sources, &mut old.sources);
            keep(&mut new.networks, &mut old.networks);
            keep(&mut new.accounts, &mut old.accounts);
            keep(&mut new.flows, &mut old.flows);
            keep(&mut new.messages, &mut old.messages);
            keep(&mut new.tail, &mut old.tail);
        }
        self.scene.frame = frame;
    }

    /// Lines that have come since the screen stands still; `None`: it does not.
    pub(super) fn paused(&self) -> Option<u64> {
        let pause = self.pause.as_ref()?;
        let now = pause.latest.as_ref().map_or(pause.lines, |frame| frame.picture.coverage.lines);
        Some(now.saturating_sub(pause.lines))
    }

    /// What the owner of the terminal is asked for, once.
    pub fn request(&mut self) -> Option<Request> {
        self.request.take()
    }

    /// A key was pressed: changes what is shown, and says what the engine must do.
    pub fn key(&mut self, event: KeyEvent) -> Option<Act> {
        if event.kind == KeyEventKind::Release {
            return None;
        }
        self.said = None;
        if self.prompt.is_some() {
            return self.typed(event);
        }
        let command = keymap::command(event, self.pane)?;
        if let Some(help) = &mut self.help {
            match command {
                Command::Help | Command::Back | Command::Enter => self.help = None,
                Command::Quit | Command::Suspend | Command::Redraw => return self.everywhere(command),
                Command::Open(_) | Command::NextPane | Command::PreviousPane => {
                    self.help = None;
                    return self.everywhere(command);
                }
                _ => {
                    help.command(command);
                }
            }
            return None;
        }
        self.everywhere(command)
    }

    /// The mouse was moved, clicked or its wheel turned.
    pub fn mouse(&mut self, event: MouseEvent) -> Option<Act> {
        let press = |code| KeyEvent::new(code, KeyModifiers::NONE);
        match event.kind {
            MouseEventKind::ScrollUp | MouseEventKind::ScrollDown if self.prompt.is_none() => {
                let up = event.kind == MouseEventKind::ScrollUp;
                for _ in 0..NOTCH {
                    self.key(press(if up { KeyCode::Up } else { KeyCode::Down }));
                }
            }
            MouseEventKind::Down(MouseButton::Left) if self.prompt.is_none() && self.help.is_none() => {
                if event.row == 0 {
                    let tabs = self.tabs.get();
                    let hit = tabs.windows(2).position(|tab| (tab[0]..tab[1]).contains(&event.column));
                    return self.everywhere(Command::Open(*Pane::ALL.get(hit?)?));
                }
                self.panes.get_mut(self.pane).click(event.column, event.row, &self.scene);
            }
            _ => {}
        }
        None
    }

    /// Commands that mean the same in every pane; the others are the pane's.
    fn everywhere(&mut self, command: Command) -> Option<Act> {
        match command {
            Command::Quit => self.request = Some(Request::Quit),
            Command::Suspend => self.request = Some(Request::Suspend),
            Command::Redraw => self.request = Some(Request::Redraw),
            Command::Help => self.help = Some(Help::default()),
            Command::Open(pane) => self.open(pane),
            Command::NextPane => self.open(self.pane.neighbour(1)),
            Command::PreviousPane => self.open(self.pane.neighbour(Pane::ALL.len() - 1)),
            Command::Back => self.back(),
            Command::Privacy => {
                self.scene.privacy = !self.scene.privacy;
                let words = if self.scene.privacy { "Addresses are masked." } else { "Addresses are shown." };
                self.say(words);
            }
            Command::Pause => return self.toggle_pause(),
            Command::Filter => match self.screen().filter().cloned() {
                Some(before) => {
                    let typed = before.typed().to_owned();
                    self.prompt = Some(Prompt::new(Asks::Filter { before }, &typed));
                }
                None => self.say("Here is no list to filter; Esc goes back to it."),
            },
            Command::GoTo => self.prompt = Some(Prompt::new(Asks::Time, "")),
            Command::Copy => match self.screen().value(&self.scene) {
                Some((what, value)) => {
                    self.say(&format!("Copied {what}."));
                    self.request = Some(Request::Copy(value));
                }
                None => self.say("Nothing is selected."),
            },
            Command::Slower | Command::Faster | Command::Step => return self.replay(command),
            _ => {
                let effect = self.panes.get_mut(self.pane).command(command, &self.scene);
                return self.follow(effect);
            }
        }
        None
    }

    /// Does what a pane has asked for.
    fn follow(&mut self, effect: Effect) -> Option<Act> {
        match effect {
            Effect::None => {}
            Effect::Say(words) => self.said = Some(words),
            Effect::Act(act) => {
                return Some(act);
            }
            Effect::Messages(of) => {
                self.came_from = Some(self.pane);
                self.pane = Pane::Messages;
                self.panes.messages.narrow(of);
            }
            Effect::Alert(id) => {
                self.came_from = Some(self.pane);
                self.pane = Pane::Alerts;
                self.panes.alerts.open(id);
            }
            Effect::AskSilence { alert, about } => {
                self.prompt = Some(Prompt::new(Asks::Silence { alert, about }, ""));
            }
        }
        None
    }

    fn open(&mut self, pane: Pane) {
        self.came_from = None;
        self.pane = pane;
    }

    /// One step back: in the pane, or to the pane that led here.
    fn back(&mut self) {
        let was = self.panes.get_mut(self.pane).back();
        match self.came_from {
            Some(pane) if !self.screen().is_inside() => self.open(pane),
            _ if !was => self.say("This is the top: q quits, ? helps."),
            _ => {}
        }
    }

    fn toggle_pause(&mut self) -> Option<Act> {
        if matches!(self.scene.frame.state, Reading::Replay { .. }) {
            return Some(Act::TogglePlay);
        }
        match self.pause.take() {
            None => {
                let lines = self.scene.frame.picture.coverage.lines;
                self.pause = Some(Pause { lines, seen: self.screen().want(), whole: false, latest: None });
            }
            Some(Pause { latest: Some(frame), .. }) => self.show(frame),
            Some(_) => {}
        }
        None
    }

    fn replay(&mut self, command: Command) -> Option<Act> {
        if !matches!(self.scene.frame.state, Reading::Replay { .. }) {
            self.say("Only a replay has a speed: relaywatch watch --replay 60x FILE.");
            return None;
        }
        Some(match command {
            Command::Slower => Act::Slower,
            Command::Faster => Act::Faster,
            _ => Act::Step,
        })
    }

    /// A key while something is typed.
    fn typed(&mut self, event: KeyEvent) -> Option<Act> {
        let mut prompt = self.prompt.take()?;
        let done = prompt.key(event);
        match (done, &prompt.asks) {
            (Typed::More, asks) => {
                if matches!(asks, Asks::Filter { .. }) {
                    let filter = Filter::new(&prompt.typed);
                    self.panes.get_mut(self.pane).set_filter(filter);
                }
                self.prompt = Some(prompt);
            }
            (Typed::Given, Asks::Filter { before }) => {
                let before = before.clone();
                self.panes.get_mut(self.pane).set_filter(before);
            }
            (Typed::Given, _) | (Typed::Done, Asks::Filter { .. }) => {}
            (Typed::Done, Asks::Time) => return self.go_to(&prompt.typed),
            (Typed::Done, Asks::Silence { alert, .. }) => {
                let (alert, comment) = (alert.clone(), prompt.typed);
                return Some(Act::Silence { alert, seconds: SILENCE, comment });
            }
        }
        None
    }

    fn go_to(&mut self, typed: &str) -> Option<Act> {
        let replayed = match self.scene.frame.state {
            Reading::Replay { at, .. } => Some(at),
            _ => None,
        };
        let time = match prompt::time(typed, replayed.or(self.scene.frame.picture.now), replayed.is_some()) {
            Ok(time) => time,
            Err(why) => {
                self.said = Some(why);
                return None;
            }
        };
        if replayed.is_some() {
            return Some(Act::Seek(time));
        }
        if !self.panes.get_mut(self.pane).go_to(time, &self.scene) {
            self.open(Pane::Overview);
            self.panes.get_mut(self.pane).go_to(time, &self.scene);
        }
        None
    }

    fn say(&mut self, words: &str) {
        self.said = Some(text::clean(words, self.scene.ascii));
    }

    /// The open pane.
    pub(super) fn screen(&self) -> &dyn Screen {
        self.panes.get(self.pane)
    }
}

/// `old` in place of `new` where that is empty.
fn keep<R>(new: &mut Vec<R>, old: &mut Vec<R>) {
    if new.is_empty() {
        std::mem::swap(new, old);
    }
}

/// Lists of `whole` in place of those of `shown`, but for those that were `seen`.
fn complete(shown: &mut Picture, whole: &Picture, seen: Want) {
    if seen.steps == 0 {
        shown.rates = whole.rates.clone();
    }
    fill(&mut shown.sources, &whole.sources, seen.sources);
    fill(&mut shown.networks, &whole.networks, seen.networks);
    fill(&mut shown.accounts, &whole.accounts, seen.accounts);
    fill(&mut shown.flows, &whole.flows, seen.flows);
    fill(&mut shown.messages, &whole.messages, seen.messages);
    fill(&mut shown.tail, &whole.tail, seen.tail);
}

fn fill<R: Clone>(shown: &mut Vec<R>, whole: &[R], seen: usize) {
    if seen == 0 {
        shown.clear();
        shown.extend_from_slice(whole);
    }
}
