//! What keys do: every one of the table does something, and the ways people go lead where they should.

use std::collections::BTreeSet;

use crossterm::event::{KeyModifiers, MouseButton, MouseEvent, MouseEventKind};

use super::{app, draw, frames, press, screen, text};
use crate::aggregate::board::Want;
use crate::model::{AlertState, EventTime, Severity};
use crate::tui::keymap::{Command, KEYS};
use crate::tui::panes::Pane;
use crate::tui::{Act, Answer, App, Frame, Options, Reading, Request, Silenced};

fn busy() -> App {
    app(frames::busy(), Options::default())
}

/// The rows of the screen that hold `word`.
fn rows_with(app: &App, word: &str) -> usize {
    screen(app).lines().filter(|line| line.contains(word)).count()
}

#[test]
fn every_key_of_the_table_does_something_in_every_pane_it_is_for() {
    let mut known = BTreeSet::new();
    for (index, pane) in Pane::ALL.into_iter().enumerate() {
        for binding in KEYS.iter().filter(|binding| binding.is_for(pane)) {
            for event in binding.events() {
                known.insert(binding.help);
                // The pane that is open is not opened.
                if binding.command == Command::Open(pane) {
                    continue;
                }
                let mut app = busy();
                // Into the middle of everything, so that there is something in every direction.
                let begin = match pane {
                    Pane::Overview => "++hj",
                    Pane::Alerts => "/2<Back><Enter>jj",
                    Pane::Lines => "/denied<Enter>ckkkkkkkkl",
                    Pane::Accounts => "/a<Enter>sj",
                    _ => "/e<Enter>sjj",
                };
                press(&mut app, &format!("{}{begin}", index + 1));
                app.request();
                let before = draw(&app, 100, 30);
                let act = app.key(event);
                let changed = draw(&app, 100, 30) != before;
                assert!(act.is_some() || changed || app.request().is_some(), "{pane:?}: {}", binding.names());
            }
        }
    }
    assert_eq!(known.len(), KEYS.iter().map(|binding| binding.help).collect::<BTreeSet<_>>().len());
}

#[test]
fn the_help_names_every_key_that_the_table_has() {
    let mut app = busy();
    press(&mut app, "?");
    let shown = text(&draw(&app, 160, 120));
    for binding in KEYS {
        assert!(shown.contains(&binding.names()) && shown.contains(binding.help), "{}", binding.names());
    }
    press(&mut app, "<Esc>");
    assert!(!screen(&app).contains("In every pane"));
}

#[test]
fn a_stranger_finds_attacker_proof_and_remedy_with_enter_alone() {
    let mut app = busy();
    assert!(screen(&app).contains("203.0.113.66 relays through this server without authority."));
    press(&mut app, "<Enter>");
    let shown = text(&draw(&app, 100, 60));
    for words in [
        "got 1,398 recipients accepted",
        "permit_sasl_authenticated, reject_unauth_destination",
        "6A2D94A0D7",
    ] {
        assert!(shown.contains(words), "{words}:\n{shown}");
    }
    press(&mut app, "<Esc>");
    assert!(screen(&app).contains("relays through this server"), "Esc leads back to the overview");
}

#[test]
fn a_filter_narrows_while_it_is_typed_and_esc_gives_the_old_one_back() {
    let mut app = busy();
    press(&mut app, "3/198.51.100.1");
    assert_eq!(rows_with(&app, "203.0.113.66"), 0);
    assert!(screen(&app).contains("filter 198.51.100.1: 11 shown"), "{}", screen(&app));
    press(&mut app, "<Enter>/<Back><Back>9<Esc>");
    assert!(screen(&app).contains("filter 198.51.100.1: 11 shown"));
    press(&mut app, "<Esc>");
    assert!(!screen(&app).contains("filter 198"), "Esc takes it away");
    press(&mut app, "/!198.51<Enter>");
    assert!(screen(&app).contains(": 3 shown"), "a bang turns it round");
}

#[test]
fn sorting_goes_through_the_columns_and_round() {
    let mut app = busy();
    press(&mut app, "4");
    let first = |app: &App| screen(app).lines().nth(3).unwrap().trim_start_matches(['▌', ' ']).to_owned();
    assert!(first(&app).starts_with("ann@"));
    press(&mut app, "s");
    assert!(first(&app).starts_with("ann@") && screen(&app).contains("account▲"), "names from the first on");
    press(&mut app, "S");
    assert!(first(&app).starts_with("scanner") && screen(&app).contains("account▼"));
    press(&mut app, "ss");
    assert!(
        first(&app).starts_with("bob@") && screen(&app).contains("failed▼"),
        "figures from the greatest on"
    );
}

#[test]
fn drilling_down_leads_to_the_messages_of_one_client_and_back() {
    let mut app = busy();
    press(&mut app, "3<Enter>");
    let shown = screen(&app);
    assert!(shown.contains("Messages of 203.0.113.66 only") && shown.contains("2 messages"), "{shown}");
    press(&mut app, "<Enter>");
    let shown = screen(&app);
    assert!(shown.contains("Recipients") && shown.contains("victim@foreign-one.example"), "{shown}");
    press(&mut app, "<Esc>");
    assert!(screen(&app).contains("2 messages"));
    press(&mut app, "<Esc>");
    assert!(screen(&app).contains("42 addresses"), "{}", screen(&app));
    press(&mut app, "t<Enter>");
    assert!(screen(&app).contains("Messages of 203.0.113.0/24 only"));
    for (keys, words) in [
        ("4<Enter>", "Messages of account ann@corp.example only"),
        ("5j<Enter>", "Messages of 203.0.113.66 to mailprobe.example only"),
        ("7kkk<Enter>", "Messages with queue id 7E4B34A0D8 only"),
    ] {
        press(&mut app, keys);
        assert!(screen(&app).contains(words), "{keys}:\n{}", screen(&app));
    }
}

#[test]
fn the_selection_stays_with_its_row_while_others_come() {
    let mut app = busy();
    press(&mut app, "3jj");
    let mut frame = frames::busy();
    frame.picture.sources.rotate_left(1);
    app.take(frame);
    let selected = screen(&app).lines().find(|line| line.starts_with('▌')).map(str::to_owned).unwrap();
    assert!(selected.contains("192.0.2.10"), "{selected}");
}

#[test]
fn a_paused_screen_stands_still_counts_what_comes_and_shows_every_pane() {
    let mut app = busy();
    press(&mut app, "1 ");
    assert_eq!(app.want(), Want::ALL);
    let mut later = frames::busy();
    later.picture.coverage.lines += 1_234;
    later.alerts.clear();
    app.take(later.clone());
    assert_eq!(app.want(), Want::default(), "nothing more is needed than how many come");
    later.picture.accounts.clear();
    app.take(later);
    let shown = screen(&app);
    assert_eq!(shown.matches("PAUSED").count(), 2, "{shown}");
    assert!(shown.contains("1,234 lines more since") && shown.contains("203.0.113.66 relays"), "{shown}");
    press(&mut app, "4");
    assert!(screen(&app).contains("3 accounts"));
    press(&mut app, "1 ");
    let shown = screen(&app);
    assert!(!shown.contains("PAUSED") && shown.contains("No open relay seen."), "{shown}");
}

#[test]
fn what_stood_on_the_screen_when_space_was_pressed_is_what_stays() {
    // All but the rows that say that it stands still.
    let body = |app: &App| screen(app).lines().skip(1).take(28).map(str::to_owned).collect::<Vec<_>>();
    for (index, pane) in Pane::ALL.into_iter().enumerate() {
        let mut app = busy();
        press(&mut app, &(index + 1).to_string());
        let before = body(&app);
        press(&mut app, " ");
        assert_eq!(body(&app), before, "{pane:?}");
        // What comes next is of another moment, whole or not.
        let mut next = frames::hostile();
        next.picture.coverage.lines += 7;
        next.picture.now = next.picture.now.map(|now| now.plus_seconds(100_000));
        next.picture.rates.steps.truncate(3);
        // What has been decided is no part of the picture.
        next.marks = frames::busy().marks;
        for _ in 0..2 {
            app.take(next.clone());
            assert_eq!(body(&app), before, "{pane:?}");
        }
        press(&mut app, " ");
        assert_ne!(body(&app), before, "{pane:?}");
    }
}

#[test]
fn lines_follow_until_one_is_selected_and_g_follows_again() {
    let mut app = busy();
    press(&mut app, "7");
    assert!(screen(&app).contains("following"));
    press(&mut app, "kk");
    assert!(screen(&app).contains("G follows"));
    let selected =
        |app: &App| screen(app).lines().find(|line| line.starts_with('▌')).map(str::to_owned).unwrap();
    assert!(selected(&app).contains("login failed"), "{}", selected(&app));
    press(&mut app, "G/relay access<Enter>");
    assert!(screen(&app).contains("filter relay access: 8 shown"));
    press(&mut app, "cNN");
    assert!(selected(&app).contains("denied"), "{}", screen(&app));
    press(&mut app, "n");
    assert!(selected(&app).contains("denied"));
}

#[test]
fn going_to_a_time_moves_what_is_looked_at_or_the_replay() {
    let mut app = busy();
    press(&mut app, "6:02:52<Enter>");
    let selected = screen(&app).lines().find(|line| line.starts_with('▌')).map(str::to_owned).unwrap();
    assert!(selected.contains("02:52:03"), "{selected}");
    press(&mut app, "3:02:00<Enter>");
    assert!(screen(&app).contains("01:59") && screen(&app).contains("Connections"), "{}", screen(&app));
    press(&mut app, ":nonsense<Enter>");
    assert!(screen(&app).contains("`nonsense` is no time"));
    let mut frame = frames::busy();
    frame.state = Reading::Replay { speed: 60.0, at: frames::NOW, paused: false, is_over: false };
    let mut app = self::app(frame, Options::default());
    let seek = EventTime::from_seconds(frames::NOW.seconds() - 3_667);
    assert_eq!(press(&mut app, ":02:00<Enter>"), [Act::Seek(seek)]);
    assert!(screen(&app).contains("replay 60x") && !screen(&app).contains("PAUSED"));
    let mut stopped = frames::busy();
    stopped.state = Reading::Replay { speed: 60.0, at: frames::NOW, paused: true, is_over: false };
    assert!(screen(&self::app(stopped, Options::default())).contains("PAUSED"));
    assert_eq!(press(&mut app, " <>."), [Act::TogglePlay, Act::Slower, Act::Faster, Act::Step]);
}

#[test]
fn an_alert_is_acknowledged_and_silenced_and_the_list_says_so() {
    let mut app = busy();
    assert_eq!(press(&mut app, "2a"), [Act::Acknowledge("a1".to_owned())]);
    assert!(press(&mut app, "jxno<Esc>").is_empty());
    let silence = Act::Silence { alert: "b2".to_owned(), seconds: 3_600, comment: "known".to_owned() };
    assert_eq!(press(&mut app, "xknown<Enter>"), [silence]);
    // Until the engine says that it is so, it is not.
    let state = |app: &App, about: &str| {
        let shown = screen(app);
        let row = shown.lines().skip(3).find(|line| line.contains(about)).unwrap();
        ["firing", "taken", "silenced"].into_iter().find(|word| row.contains(word)).unwrap()
    };
    assert_eq!((state(&app, "203.0.113.66 "), state(&app, "203.0.113.0/24")), ("firing", "firing"));
    let mut frame = frames::busy();
    frame.marks.acknowledged.push("a1".to_owned());
    let silenced = Silenced { alert: "b2".to_owned(), seconds: 3_541, comment: "known".to_owned() };
    frame.marks.silenced = vec![silenced];
    frame.marks.answer = Some(Answer { number: 1, words: "The monitor is silent about it.".to_owned() });
    app.take(frame.clone());
    assert_eq!((state(&app, "203.0.113.66 "), state(&app, "203.0.113.0/24")), ("taken", "silenced"));
    let shown = screen(&app);
    assert!(shown.contains("Silenced for 1 h more: known"), "{shown}");
    assert!(shown.contains("The monitor is silent about it."), "{shown}");
    // An answer is said once.
    press(&mut app, "j");
    app.take(frame);
    assert!(!screen(&app).contains("The monitor is silent about it."));
}

#[test]
fn what_cannot_be_silenced_is_not_offered_and_says_why() {
    let mut app = busy();
    press(&mut app, "2");
    assert!(screen(&app).contains("x silence"));
    let mut frame = frames::busy();
    frame.marks.no_silence = Some("there is no state in /var\u{1b}[2J".to_owned());
    app.take(frame);
    let shown = screen(&app);
    assert!(shown.contains("a ack") && !shown.contains("x silence"), "{shown}");
    assert!(press(&mut app, "x").is_empty());
    let said = r"Nobody is told of it: there is no state in /var\u{1b}[2J.";
    assert!(screen(&app).contains(said), "{}", screen(&app));
    assert!(press(&mut app, "<Enter>").is_empty(), "nothing was asked");
}

#[test]
fn one_is_no_plural() {
    let mut frame = frames::busy();
    frame.alerts.truncate(1);
    let picture = &mut frame.picture;
    picture.sources.truncate(1);
    picture.networks.truncate(1);
    picture.accounts.truncate(1);
    picture.flows.truncate(1);
    picture.messages.truncate(1);
    picture.tail.truncate(1);
    let mut app = self::app(frame, Options::default());
    for (keys, words) in [
        ("2", " 1 alert "),
        ("3", " 1 address "),
        ("t", " 1 network "),
        ("4", " 1 account "),
        ("5", " 1 way "),
        ("6", " 1 message "),
        ("7", " The newest line "),
    ] {
        press(&mut app, keys);
        assert!(screen(&app).contains(words), "{words}:\n{}", screen(&app));
    }
}

#[test]
fn what_is_copied_is_the_selected_value_itself() {
    let mut app = busy();
    let mut copied = |keys: &str| {
        press(&mut app, keys);
        match app.request() {
            Some(Request::Copy(text)) => text,
            other => panic!("{keys}: {other:?}"),
        }
    };
    assert_eq!(copied("3y"), "203.0.113.66");
    assert_eq!(copied("3p4y"), "ann@corp.example", "masked is what is seen, not what is copied");
    assert!(copied("2<Enter>y").starts_with("In main.cf"));
    assert_eq!(copied("6y"), "7E4B34A0D8");
}

#[test]
fn lists_that_a_frame_does_not_hold_stay_until_counting_begins_anew() {
    let mut app = busy();
    let mut frame = frames::busy();
    frame.picture.sources.clear();
    frame.picture.rates = crate::aggregate::board::Rates::default();
    app.take(frame.clone());
    press(&mut app, "3");
    assert!(screen(&app).contains("42 addresses"));
    frame.picture.coverage.lines = 1;
    app.take(frame);
    assert!(screen(&app).contains("0 addresses"));
}

#[test]
fn the_wheel_moves_and_a_click_opens_and_selects() {
    let mut app = busy();
    let mouse = |kind, column, row| MouseEvent { kind, column, row, modifiers: KeyModifiers::NONE };
    let click = MouseEventKind::Down(MouseButton::Left);
    let tab = screen(&app).lines().next().unwrap().find("3 Sources").unwrap() as u16;
    app.mouse(mouse(click, tab + 3, 0));
    assert!(screen(&app).contains("42 addresses"));
    let selected =
        |app: &App| screen(app).lines().find(|line| line.starts_with('▌')).map(str::to_owned).unwrap();
    app.mouse(mouse(click, 10, 5));
    assert!(selected(&app).contains("192.0.2.10"), "{}", screen(&app));
    app.mouse(mouse(MouseEventKind::ScrollDown, 10, 5));
    assert!(selected(&app).contains("198.51.100.3 "), "{}", screen(&app));
    app.mouse(mouse(click, 10, 29));
    assert!(selected(&app).contains("198.51.100.3 "), "no row is there");
}

#[test]
fn the_first_words_say_what_holds_now() {
    let headline = |change: &dyn Fn(&mut Frame)| {
        let mut frame = frames::busy();
        change(&mut frame);
        screen(&app(frame, Options::default())).lines().nth(1).unwrap().trim().to_owned()
    };
    assert_eq!(headline(&|_| ()), "203.0.113.66 relays through this server without authority.");
    assert_eq!(headline(&|frame| frame.alerts.clear()), "No open relay seen.");
    let reading = |frame: &mut Frame| {
        frame.alerts.clear();
        frame.state = Reading::CatchingUp { done: 1, total: 2 };
    };
    assert_eq!(headline(&reading), "No open relay seen so far; what is there is still being read.");
    let ended =
        |frame: &mut Frame| frame.alerts.iter_mut().for_each(|alert| alert.state = AlertState::Resolved);
    assert_eq!(headline(&ended), "No open relay now: 203.0.113.66 relayed without authority until 03:01:05.");
    let unsure = |frame: &mut Frame| {
        let relay = frame.alerts.iter_mut().find(|alert| alert.detector == "open-relay");
        relay.unwrap().severity = Severity::Warning;
    };
    assert_eq!(headline(&unsure), "203.0.113.66 may relay here without authority: it cannot be told yet.");
    assert_eq!(headline(&|frame| *frame = frames::empty()), "Nothing was read yet.");
}
