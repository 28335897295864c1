//! Every key: one table, from which keys are obeyed, the status line hints and the help is written.

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

use super::panes::Pane;

/// What a key asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Command {
    Help,
    Quit,
    Back,
    NextPane,
    PreviousPane,
    Open(Pane),
    Up,
    Down,
    Left,
    Right,
    PageUp,
    PageDown,
    First,
    Last,
    Filter,
    NextMatch,
    PreviousMatch,
    Sort,
    Reverse,
    ZoomIn,
    ZoomOut,
    Pause,
    Enter,
    Copy,
    Privacy,
    GoTo,
    Acknowledge,
    Silence,
    Networks,
    Around,
    Slower,
    Faster,
    Step,
    Suspend,
    Redraw,
}

/// One or more keys for one command.
pub(super) struct Binding {
    keys: &'static [Key],
    pub(super) command: Command,
    /// The panes in which it means something; empty: all.
    pub(super) panes: &'static [Pane],
    /// What it does, for the help.
    pub(super) help: &'static str,
    /// The same in a word, for the status line.
    pub(super) hint: Option<&'static str>,
}

/// A key, with or without Ctrl.
#[derive(Clone, Copy)]
struct Key(KeyCode, bool);

const fn key(character: char) -> Key {
    Key(KeyCode::Char(character), false)
}

const fn ctrl(character: char) -> Key {
    Key(KeyCode::Char(character), true)
}

const fn code(code: KeyCode) -> Key {
    Key(code, false)
}

const fn all(
    keys: &'static [Key],
    command: Command,
    help: &'static str,
    hint: Option<&'static str>,
) -> Binding {
    Binding { keys, command, panes: &[], help, hint }
}

const fn some(
    panes: &'static [Pane],
    keys: &'static [Key],
    command: Command,
    help: &'static str,
    hint: Option<&'static str>,
) -> Binding {
    Binding { keys, command, panes, help, hint }
}

use Command as C;
use Pane::{Accounts, Alerts, Flow, Lines, Messages, Overview, Sources};

const TABLES: &[Pane] = &[Sources, Accounts, Flow, Messages];
const LISTS: &[Pane] = &[Alerts, Sources, Accounts, Flow, Messages, Lines];

/// All of them. The status line hints those of the pane, in this order.
pub(super) const KEYS: &[Binding] = &[
    all(&[key('?'), code(KeyCode::F(1))], C::Help, "this help", Some("help")),
    all(&[code(KeyCode::Esc), code(KeyCode::Backspace)], C::Back, "back; take a filter away", None),
    some(&[Overview], &[code(KeyCode::Enter)], C::Enter, "the alert: proof and remedy", Some("detail")),
    some(&[Alerts], &[code(KeyCode::Enter)], C::Enter, "the alert: proof and remedy", Some("detail")),
    some(&[Alerts], &[key('a')], C::Acknowledge, "acknowledge: somebody looks after it", Some("ack")),
    some(&[Alerts], &[key('x')], C::Silence, "silence it for an hour (beside a monitor)", Some("silence")),
    some(&[Sources, Accounts, Flow], &[code(KeyCode::Enter)], C::Enter, "its messages", Some("messages")),
    some(&[Sources], &[key('t')], C::Networks, "networks instead of addresses, and back", Some("networks")),
    some(
        &[Messages],
        &[code(KeyCode::Enter)],
        C::Enter,
        "the message from its arrival to its end",
        Some("detail"),
    ),
    some(
        &[Lines],
        &[code(KeyCode::Enter)],
        C::Enter,
        "the message that the line belongs to",
        Some("message"),
    ),
    some(LISTS, &[key('/')], C::Filter, "filter; ! in front: rows without it", Some("filter")),
    some(&[Lines], &[key('c')], C::Around, "the lines around those that match, and back", Some("context")),
    some(&[Lines], &[key('n')], C::NextMatch, "next line that matches", Some("next")),
    some(&[Lines], &[key('N')], C::PreviousMatch, "line before that matches", None),
    some(TABLES, &[key('s')], C::Sort, "sort by the next column", Some("sort")),
    some(TABLES, &[key('S')], C::Reverse, "sort the other way round", None),
    some(&[Overview], &[key('+'), key('=')], C::ZoomIn, "a shorter time, closer", Some("zoom")),
    some(&[Overview], &[key('-')], C::ZoomOut, "a longer time", Some("out")),
    some(&[Overview], &[code(KeyCode::Left), key('h')], C::Left, "earlier", None),
    some(&[Overview], &[code(KeyCode::Right), key('l')], C::Right, "later", None),
    some(&[Lines], &[code(KeyCode::Left), key('h')], C::Left, "towards the start of the lines", None),
    some(&[Lines], &[code(KeyCode::Right), key('l')], C::Right, "towards their end", None),
    all(&[key(' ')], C::Pause, "hold the screen while reading goes on; stop a replay", Some("pause")),
    all(&[key('y')], C::Copy, "copy the selected value (OSC 52)", Some("copy")),
    all(&[code(KeyCode::Tab)], C::NextPane, "next pane", None),
    all(&[code(KeyCode::BackTab)], C::PreviousPane, "pane before", None),
    all(&[key('1')], C::Open(Overview), "Overview: is it well?", None),
    all(&[key('2')], C::Open(Alerts), "Alerts: what is wrong, the proof, the remedy", None),
    all(&[key('3')], C::Open(Sources), "Sources: who connects", None),
    all(&[key('4')], C::Open(Accounts), "Accounts: who logs in", None),
    all(&[key('5')], C::Open(Flow), "Flow: who relays to where, and why he may", None),
    all(&[key('6')], C::Open(Messages), "Messages: each from arrival to end", None),
    all(&[key('7')], C::Open(Lines), "Lines: the log itself", None),
    all(&[code(KeyCode::Up), key('k')], C::Up, "up", None),
    all(&[code(KeyCode::Down), key('j')], C::Down, "down", None),
    all(&[code(KeyCode::PageUp), ctrl('b')], C::PageUp, "a page up", None),
    all(&[code(KeyCode::PageDown), ctrl('f')], C::PageDown, "a page down", None),
    all(&[key('g'), code(KeyCode::Home)], C::First, "the first", None),
    all(&[key('G'), code(KeyCode::End)], C::Last, "the last; in Lines: follow", None),
    all(&[key(':')], C::GoTo, "go to a time (UTC): HH:MM or YYYY-MM-DD HH:MM", None),
    all(&[key('p')], C::Privacy, "privacy: mask addresses, and show them again", None),
    all(&[key('<')], C::Slower, "replay at half the speed", None),
    all(&[key('>')], C::Faster, "replay at twice the speed", None),
    all(&[key('.')], C::Step, "replay one line and stop", None),
    all(&[ctrl('l')], C::Redraw, "draw the screen anew", None),
    all(&[ctrl('z')], C::Suspend, "suspend (fg comes back)", None),
    all(&[key('q'), ctrl('c')], C::Quit, "quit", Some("quit")),
];

/// What `event` asks for in `pane`.
pub(super) fn command(event: KeyEvent, pane: Pane) -> Option<Command> {
    KEYS.iter().find(|binding| binding.is_for(pane) && binding.is(event)).map(|binding| binding.command)
}

impl Binding {
    /// Whether it means something in `pane`.
    pub(super) fn is_for(&self, pane: Pane) -> bool {
        self.panes.is_empty() || self.panes.contains(&pane)
    }

    fn is(&self, event: KeyEvent) -> bool {
        let control = event.modifiers.contains(KeyModifiers::CONTROL);
        let alt = event.modifiers.contains(KeyModifiers::ALT);
        !alt && self.keys.iter().any(|key| key.0 == event.code && key.1 == control)
    }

    /// Its keys as the help names them: `j, Down`.
    pub(super) fn names(&self) -> String {
        let names: Vec<String> = self.keys.iter().map(|key| key.name()).collect();
        names.join(", ")
    }

    /// Its first key, for the status line.
    pub(super) fn name(&self) -> String {
        self.keys.first().map(|key| key.name()).unwrap_or_default()
    }

    #[cfg(test)]
    pub(super) fn events(&self) -> impl Iterator<Item = KeyEvent> {
        self.keys
            .iter()
            .map(|key| KeyEvent::new(key.0, if key.1 { KeyModifiers::CONTROL } else { KeyModifiers::NONE }))
    }
}

impl Key {
    fn name(self) -> String {
        let name = match self.0 {
            KeyCode::Char(' ') => "Space".to_owned(),
            KeyCode::Char(character) => character.to_string(),
            KeyCode::BackTab => "Shift-Tab".to_owned(),
            KeyCode::PageUp => "PgUp".to_owned(),
            KeyCode::PageDown => "PgDn".to_owned(),
            KeyCode::F(number) => format!("F{number}"),
            other => format!("{other:?}"),
        };
        if self.1 { format!("Ctrl-{}", name.to_uppercase()) } else { name }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_key_means_two_things_in_one_pane() {
        for pane in Pane::ALL {
            let bindings: Vec<&Binding> = KEYS.iter().filter(|binding| binding.is_for(pane)).collect();
            for binding in &bindings {
                for event in binding.events() {
                    let all = bindings.iter().filter(|other| other.is(event)).count();
                    assert_eq!(all, 1, "{pane:?}: {}", binding.names());
                    assert_eq!(command(event, pane), Some(binding.command));
                }
            }
        }
    }
}
