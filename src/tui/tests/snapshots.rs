//! Every pane, empty, busy and hostile, at two sizes, as it looks.

use std::fs;
use std::path::Path;

use super::{app, draw, frames, press, text};
use crate::model::is_unfit;
use crate::tui::{Frame, Options, Reading, Theme};

/// What is shown, and the keys that lead there.
const SCREENS: &[(&str, &str)] = &[
    ("overview", "1"),
    ("alerts", "2"),
    ("alert", "2<Enter>"),
    ("sources", "3"),
    ("networks", "3t"),
    ("accounts", "4"),
    ("flow", "5"),
    ("messages", "6"),
    ("message", "6<Enter>"),
    ("lines", "7"),
    ("help", "7?"),
];

type Made = fn() -> Frame;

const FRAMES: &[(&str, Made)] =
    &[("empty", frames::empty), ("busy", frames::busy), ("hostile", frames::hostile)];

/// After a wanted change of looks, write them anew with `RELAYWATCH_BLESS=1` and look at the difference.
#[test]
fn every_pane_looks_as_it_did() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/tui/snapshots");
    for (kind, frame) in FRAMES {
        for (name, keys) in SCREENS {
            for (width, height) in [(80, 24), (160, 50)] {
                let mut app = app(frame(), Options::default());
                press(&mut app, keys);
                let shown = text(&draw(&app, width, height));
                let path = folder.join(format!("{kind}-{name}-{width}x{height}.txt"));
                if std::env::var_os("RELAYWATCH_BLESS").is_some() {
                    fs::create_dir_all(&folder).unwrap();
                    fs::write(&path, &shown).unwrap();
                }
                let expected = fs::read_to_string(&path).unwrap_or_default();
                assert!(shown == expected, "{}:\n{shown}\nexpected:\n{expected}", path.display());
            }
        }
    }
}

#[test]
fn a_replay_is_not_behind_with_what_it_has_still_to_play() {
    let frame = |state| Frame { state, ..frames::busy() };
    let replay = Reading::Replay { speed: 60.0, at: frames::NOW, paused: false, is_over: false };
    for (state, word, other) in [(replay, "to play", "behind"), (Reading::Live, "behind ", "to play")] {
        let shown = text(&draw(&app(frame(state), Options::default()), 160, 50));
        assert!(shown.contains(&format!("{word}  /var/log/exim4/mainlog  1.4 MB")), "{shown}");
        assert!(!shown.contains(other), "{shown}");
    }
}

#[test]
fn no_size_is_too_small_and_none_too_large() {
    for (_, frame) in FRAMES {
        for (_, keys) in SCREENS {
            let mut app = app(frame(), Options::default());
            press(&mut app, keys);
            let sizes = (1..=200_u16).flat_map(|width| (1..=60_u16).map(move |height| (width, height)));
            // All of the small ones, where things collide, and a net over the others.
            for (width, height) in
                sizes.filter(|&(w, h)| (w <= 30 && h <= 12) || (w % 29 == 0 && h % 7 == 0) || h == w)
            {
                draw(&app, width, height);
            }
        }
    }
}

#[test]
fn nothing_from_a_log_reaches_the_terminal_as_more_than_text() {
    let every = [Options::default(), Options { ascii: true, privacy: true, ..Options::default() }];
    for options in every {
        for (name, keys) in SCREENS {
            let mut app = app(frames::hostile(), options);
            press(&mut app, keys);
            for (width, height) in [(80, 24), (160, 50)] {
                let buffer = draw(&app, width, height);
                for cell in buffer.content() {
                    let symbol = cell.symbol();
                    assert!(!symbol.contains(is_unfit), "{name}: {symbol:?}");
                    assert!(symbol.chars().count() <= 8, "{name}: {symbol:?}");
                    assert!(!options.ascii || symbol.is_ascii(), "{name}: {symbol:?}");
                }
            }
        }
    }
}

#[test]
fn privacy_leaves_no_address_and_no_mailbox_on_the_screen() {
    for (name, keys) in SCREENS {
        let mut app = app(frames::busy(), Options { privacy: true, ..Options::default() });
        press(&mut app, keys);
        let shown = text(&draw(&app, 160, 50));
        for secret in
            ["203.0.113.66", "192.0.2.10", "2001:db8:17::25", "ann@", "bob", "scanner", "support@", "victim@"]
        {
            assert!(!shown.contains(secret), "{name} shows {secret}:\n{shown}");
        }
    }
}

#[test]
fn themes_differ_in_colours_alone_and_no_colour_is_none() {
    for (name, keys) in SCREENS {
        let looks = |options| {
            let mut app = app(frames::busy(), options);
            press(&mut app, keys);
            draw(&app, 120, 40)
        };
        let dark = text(&looks(Options::default()));
        for &(theme, _) in Theme::ALL {
            assert_eq!(text(&looks(Options { theme, ..Options::default() })), dark, "{name}");
        }
        let plain = looks(Options { no_color: true, ..Options::default() });
        assert_eq!(text(&plain), dark, "{name}");
        let reset = ratatui::style::Color::Reset;
        assert!(plain.content().iter().all(|cell| cell.fg == reset && cell.bg == reset), "{name}");
    }
}
