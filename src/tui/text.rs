//! Text made fit for a cell of the screen: escaped, cut and wrapped by the columns it takes, not by its bytes.

use unicode_segmentation::UnicodeSegmentation;
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use crate::model::shown_text;
pub(super) use crate::model::{counted, size, spoken, thousands};

/// Longer texts are cut before anything is done with them: no screen shows more, and a line may have 65,535 bytes.
const MAX_BYTES: usize = 8_192;
/// Marks on one letter beyond these are left out: real scripts need fewer, and piled up they cover other rows.
const MAX_MARKS: usize = 3;

/// `raw` without anything that moves the cursor, reorders or hides text (`model::shown`). With `ascii`, what such a
/// terminal lacks is a question mark.
pub(super) fn clean(raw: &str, ascii: bool) -> String {
    let raw = at_most(raw, MAX_BYTES);
    let mut marks = 0;
    let mut text = shown_text(raw).to_string();
    text.retain(|character| {
        marks = if character.width() == Some(0) { marks + 1 } else { 0 };
        marks <= MAX_MARKS
    });
    if ascii && !text.is_ascii() {
        text = text.chars().map(|character| if character.is_ascii() { character } else { '?' }).collect();
    }
    text
}

/// The start of `text`, in at most so many bytes.
pub(super) fn at_most(text: &str, bytes: usize) -> &str {
    let mut end = bytes.min(text.len());
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    &text[..end]
}

/// Columns of the screen that `text` takes.
pub(super) fn width(text: &str) -> usize {
    text.width()
}

/// The part of `text` behind its first `from` columns.
pub(super) fn behind(text: &str, from: usize) -> &str {
    let mut columns = 0;
    for (at, grapheme) in text.grapheme_indices(true) {
        if columns >= from {
            return &text[at..];
        }
        columns += grapheme.width();
    }
    ""
}

/// `text` in at most `columns`; `cut` stands at the end of what had to be cut.
pub(super) fn fit(text: &str, columns: usize, cut: &str) -> String {
    if text.width() <= columns {
        return text.to_owned();
    }
    let room = columns.saturating_sub(cut.width());
    let mut taken = head(text, room).to_owned();
    if columns >= cut.width() {
        taken.push_str(cut);
    }
    taken
}

/// The same for names of files, which differ at their ends: `cut` stands at the beginning.
pub(super) fn fit_end(text: &str, columns: usize, cut: &str) -> String {
    let (width, room) = (text.width(), columns.saturating_sub(cut.width()));
    match width {
        _ if width <= columns => text.to_owned(),
        _ if room == 0 => fit(cut, columns, ""),
        _ => format!("{cut}{}", behind(text, width - room)),
    }
}

/// `text` in exactly `columns`: cut, or filled up on the side away from where it belongs.
pub(super) fn cell(text: &str, columns: usize, right: bool, cut: &str) -> String {
    let text = fit(text, columns, cut);
    let blanks = " ".repeat(columns.saturating_sub(text.width()));
    if right { blanks + &text } else { text + &blanks }
}

/// As much of `text` as goes into `columns`.
fn head(text: &str, columns: usize) -> &str {
    let mut taken = 0;
    for (at, grapheme) in text.grapheme_indices(true) {
        taken += grapheme.width();
        if taken > columns {
            return &text[..at];
        }
    }
    text
}

/// `text` in lines of at most `columns`, broken between words where that is possible. Its own line ends, the blanks in
/// front of its lines (a setting to be copied) and those between its words stay.
pub(super) fn wrap(text: &str, columns: usize) -> Vec<String> {
    let columns = columns.max(1);
    let mut lines = Vec::new();
    for paragraph in text.lines() {
        let rest = paragraph.trim_start();
        let indent = head(&paragraph[..paragraph.len() - rest.len()], columns / 2);
        let room = columns - indent.width();
        let mut rest = rest.trim_end();
        loop {
            let (line, behind) = broken(rest, room);
            lines.push(format!("{indent}{line}"));
            if behind.is_empty() {
                break;
            }
            rest = behind;
        }
    }
    lines
}

/// The first line of `text`, and what stands behind it.
fn broken(text: &str, columns: usize) -> (&str, &str) {
    let line = head(text, columns);
    if line.len() == text.len() {
        return (text, "");
    }
    if text[line.len()..].starts_with(' ') {
        return (line.trim_end(), text[line.len()..].trim_start());
    }
    match line.rfind(' ') {
        // A short rest of a line is not worth a long word: it is broken where the line ends.
        Some(blank) if line[blank..].width() <= columns / 2 => (line[..blank].trim_end(), &text[blank + 1..]),
        _ if line.is_empty() => {
            // Not even one character fits: it is shown all the same, or nothing ever would be.
            let first = text.graphemes(true).next().unwrap_or_default();
            text.split_at(first.len())
        }
        _ => text.split_at(line.len()),
    }
}

/// A count for a narrow column: nothing for none, `12,345`, `1.2M`.
pub(super) fn count(number: u64) -> String {
    match number {
        0 => String::new(),
        1..1_000_000 => thousands(number),
        1_000_000..1_000_000_000 => format!("{:.1}M", number as f64 / 1e6),
        _ => format!("{:.1}G", number as f64 / 1e9),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_hostile_is_left_and_marks_do_not_pile_up() {
        assert_eq!(clean("a\x1b[2Jb\nc\u{202e}d", false), "a\\u{1b}[2Jb\\u{a}c\\u{202e}d");
        assert_eq!(clean(&format!("e{}x", "\u{301}".repeat(500)), false), "e\u{301}\u{301}\u{301}x");
        assert_eq!(clean("日本 ü", true), "?? ?");
        assert!(clean(&"ä".repeat(70_000), false).len() <= MAX_BYTES);
    }

    #[test]
    fn cells_are_as_wide_as_asked_whatever_is_in_them() {
        for text in ["", "abc", "日本語のメール", "e\u{301}tude", "👩‍💻 x", "a日b本c"] {
            for columns in 0..12 {
                for cut in ["…", "~"] {
                    assert_eq!(
                        cell(text, columns, columns % 2 == 0, cut).width(),
                        columns,
                        "{text:?} {columns}"
                    );
                }
            }
        }
        assert_eq!(fit("203.0.113.66", 8, "…"), "203.0.1…");
        assert_eq!(fit_end("/var/log/mail.log", 9, "…"), "…mail.log");
        assert_eq!(fit_end("日本語.log", 7, "..."), "....log");
        assert_eq!(
            (fit_end("mail.log", 8, "…").as_str(), fit_end("mail.log", 1, "...").as_str()),
            ("mail.log", ".")
        );
        assert_eq!(behind("日本語", 2), "本語");
    }

    #[test]
    fn wrapped_lines_fit_and_lose_nothing() {
        let text = "Set in main.cf:\n    mynetworks = 127.0.0.0/8\n\nThen reload.";
        assert_eq!(wrap(text, 40), ["Set in main.cf:", "    mynetworks = 127.0.0.0/8", "", "Then reload."]);
        assert_eq!(wrap("aa bb cc", 5), ["aa bb", "cc"]);
        assert_eq!(wrap("Mar  3 03:01:02 mx", 40), ["Mar  3 03:01:02 mx"]);
        for columns in 1..20 {
            let lines = wrap("a 日本語日本語 verylongwordthatdoesnotfit    x", columns);
            let all: String = lines.concat().split_whitespace().collect();
            assert_eq!(all, "a日本語日本語verylongwordthatdoesnotfitx", "{columns}");
            assert!(
                lines.iter().all(|line| line.width() <= columns.max(2)) || columns == 1,
                "{columns}: {lines:?}"
            );
        }
    }

    #[test]
    fn figures_are_short() {
        assert_eq!(
            (count(0), count(999_999), count(1_234_567)),
            (String::new(), "999,999".into(), "1.2M".into())
        );
        assert_eq!(size(1_440_000), "1.4 MB");
    }
}
