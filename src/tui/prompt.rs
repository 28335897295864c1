//! What is being typed on the status line.

use chrono::{NaiveDateTime, NaiveTime};
use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

use super::filter::Filter;
use crate::model::EventTime;

/// Nobody types more; what is pasted by mistake is.
const MAX_LENGTH: usize = 200;

/// What is asked for, and what was typed so far.
#[derive(Debug)]
pub(super) struct Prompt {
    pub(super) asks: Asks,
    pub(super) typed: String,
}

/// What it is for.
#[derive(Debug)]
pub(super) enum Asks {
    /// A filter; with the one that holds again after Esc.
    Filter { before: Filter },
    /// A time to go to.
    Time,
    /// Why the alert of this id is silenced.
    Silence { alert: String, about: String },
}

/// What a key did to it.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Typed {
    /// It goes on.
    More,
    /// It holds.
    Done,
    /// It was given up.
    Given,
}

impl Prompt {
    pub(super) fn new(asks: Asks, typed: &str) -> Self {
        Self { asks, typed: typed.to_owned() }
    }

    pub(super) fn key(&mut self, event: KeyEvent) -> Typed {
        let control = event.modifiers.contains(KeyModifiers::CONTROL);
        match event.code {
            KeyCode::Enter => return Typed::Done,
            KeyCode::Esc => return Typed::Given,
            KeyCode::Char('c') if control => return Typed::Given,
            KeyCode::Char('u') if control => self.typed.clear(),
            KeyCode::Backspace => {
                self.typed.pop();
            }
            KeyCode::Char(character) if !control && self.typed.len() < MAX_LENGTH => {
                self.typed.push(character);
            }
            _ => {}
        }
        Typed::More
    }

    /// What stands in front of what is typed.
    pub(super) fn label(&self) -> String {
        match &self.asks {
            Asks::Filter { .. } => "Filter (! inverts): ".to_owned(),
            Asks::Time => "Go to, UTC (HH:MM or YYYY-MM-DD HH:MM): ".to_owned(),
            Asks::Silence { about, .. } => {
                format!("Silence {about} for an hour. Why (Enter: silence, Esc: no)? ")
            }
        }
    }
}

/// The time that `typed` names. A time of day is that of the day of `now`, or, unless `ahead` is within reach, of the day
/// before if it is still to come.
pub(super) fn time(typed: &str, now: Option<EventTime>, ahead: bool) -> Result<EventTime, String> {
    let typed = typed.trim();
    for format in ["%Y-%m-%d %H:%M", "%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%SZ"] {
        if let Ok(time) = NaiveDateTime::parse_from_str(typed, format) {
            return Ok(time.and_utc().into());
        }
    }
    let clock = ["%H:%M", "%H:%M:%S"].iter().find_map(|format| NaiveTime::parse_from_str(typed, format).ok());
    let Some(clock) = clock else {
        return Err(format!("`{typed}` is no time; 14:05 or 2026-03-02 14:05 are."));
    };
    let Some(now) = now.and_then(EventTime::utc) else {
        return Err("No line was read yet, so no day is known; type it: 2026-03-02 14:05.".to_owned());
    };
    let time = EventTime::from(now.date_naive().and_time(clock).and_utc());
    Ok(if !ahead && time > now.into() { time.plus_seconds(-86_400) } else { time })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_of_day_is_the_last_one_there_was() {
        let now = time("2026-03-02 14:05", None, false).unwrap();
        assert_eq!(time("14:00", Some(now), false).unwrap().to_string(), "2026-03-02T14:00:00Z");
        assert_eq!(time("14:06:10", Some(now), false).unwrap().to_string(), "2026-03-01T14:06:10Z");
        assert_eq!(time("14:06", Some(now), true).unwrap().to_string(), "2026-03-02T14:06:00Z");
        assert!(time("25:00", Some(now), false).unwrap_err().contains("14:05"));
        assert!(time("14:00", None, false).unwrap_err().contains("day"));
    }

    #[test]
    fn what_is_typed_is_edited_and_has_an_end() {
        let press = |code| KeyEvent::new(code, KeyModifiers::NONE);
        let mut prompt = Prompt::new(Asks::Time, "1");
        assert_eq!(prompt.key(press(KeyCode::Char('2'))), Typed::More);
        prompt.key(press(KeyCode::Backspace));
        assert_eq!(prompt.typed, "1");
        for _ in 0..1_000 {
            prompt.key(press(KeyCode::Char('x')));
        }
        assert_eq!(prompt.typed.len(), MAX_LENGTH);
        prompt.key(KeyEvent::new(KeyCode::Char('u'), KeyModifiers::CONTROL));
        assert_eq!(prompt.typed, "");
        assert_eq!(prompt.key(press(KeyCode::Esc)), Typed::Given);
    }
}
