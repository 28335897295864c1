//! A page of text: headings, wrapped paragraphs, aligned rows.
//!
//! Everything put on it goes through `model::shown` here, so that no caller can forget it.

use std::fmt::Write;

use crossterm::style::{ContentStyle, Stylize};

use super::Options;
use crate::model::shown_text;
use crate::report::figures::Figure;
use crate::report::telling::{Advice, advice};

/// Longer lines tire the eye, however wide the terminal.
const MAX_WIDTH: usize = 110;
/// Below, indented text would be a column of single words.
const MIN_WIDTH: usize = 40;

/// What a stretch of text is, which decides its style.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    Heading,
    Good,
    Attention,
    Alarm,
    Quiet,
}

/// The page so far.
pub(super) struct Page {
    text: String,
    width: usize,
    color: bool,
}

impl Page {
    pub(super) fn new(options: &Options) -> Self {
        let width = options.width.clamp(MIN_WIDTH, MAX_WIDTH);
        Self { text: String::new(), width, color: options.color }
    }

    pub(super) fn finish(self) -> String {
        self.text
    }

    /// Starts a section.
    pub(super) fn heading(&mut self, words: &str) {
        self.gap();
        self.styled(Role::Heading, words);
        self.text.push('\n');
    }

    /// An empty line between what stands above, if anything does, and what follows.
    pub(super) fn gap(&mut self) {
        if !self.text.is_empty() {
            self.text.push('\n');
        }
    }

    /// Text on the current line, in the style of `role`.
    pub(super) fn styled(&mut self, role: Role, words: &str) {
        let shown = shown_text(words);
        // Writing into memory cannot fail.
        let _ = if self.color {
            let style = ContentStyle::new();
            let style = match role {
                Role::Heading => style.bold(),
                Role::Good => style.bold().green(),
                Role::Attention => style.bold().yellow(),
                Role::Alarm => style.bold().red(),
                Role::Quiet => style.dim(),
            };
            write!(self.text, "{}", style.apply(shown))
        } else {
            write!(self.text, "{shown}")
        };
    }

    /// Text on the current line.
    pub(super) fn plain(&mut self, words: &str) {
        let _ = write!(self.text, "{}", shown_text(words));
    }

    /// Ends the current line.
    pub(super) fn end(&mut self) {
        self.text.push('\n');
    }

    /// Text wrapped between words, every line indented.
    pub(super) fn paragraph(&mut self, indent: usize, words: &str) {
        self.wrapped(indent, indent, &shown_text(words).to_string(), None);
    }

    /// The same in the style of `role`.
    pub(super) fn styled_paragraph(&mut self, role: Role, indent: usize, words: &str) {
        self.wrapped(indent, indent, &shown_text(words).to_string(), Some(role));
    }

    /// Text wrapped between words, lines after the first indented by `hang` more.
    pub(super) fn hanging(&mut self, indent: usize, hang: usize, words: &str) {
        self.wrapped(indent, indent + hang, &shown_text(words).to_string(), None);
    }

    /// A line that is copied from the terminal: never wrapped here.
    pub(super) fn verbatim(&mut self, indent: usize, text: &str) {
        let _ = writeln!(self.text, "{:indent$}{}", "", shown_text(text));
    }

    /// Text as in [`Self::hanging`], in the style of `role`.
    pub(super) fn styled_hanging(&mut self, role: Role, indent: usize, hang: usize, words: &str) {
        self.wrapped(indent, indent + hang, &shown_text(words).to_string(), Some(role));
    }

    /// Advice: paragraphs are wrapped, indented lines are settings and commands and stay as they are.
    pub(super) fn advice(&mut self, indent: usize, text: &str) {
        for part in advice(text) {
            match part {
                Advice::Verbatim(line) => self.verbatim(indent, line),
                Advice::Prose(line) => self.paragraph(indent, line),
            }
        }
    }

    /// A table of labels, right-aligned numbers and remarks.
    pub(super) fn table(&mut self, rows: &[Figure]) {
        let widest = |cells: &mut dyn Iterator<Item = usize>| cells.max().unwrap_or_default();
        let labels: Vec<String> = rows.iter().map(|row| shown_text(&row.label).to_string()).collect();
        let label_width = widest(&mut labels.iter().map(|label| count(label)));
        let number_width = widest(&mut rows.iter().map(|row| count(&row.number)));
        let remarks = 2 + label_width + 2 + number_width + 3;
        for (label, Figure { number, remark, .. }) in labels.iter().zip(rows) {
            let pad = label_width - count(label);
            let row = format!("  {label}{:pad$}  {number:>number_width$}   {}", "", shown_text(remark));
            self.wrapped(0, remarks.min(self.width / 2), &row, None);
        }
    }

    /// Wraps text that is already fit to be shown. Runs of blanks inside a line stay.
    fn wrapped(&mut self, first: usize, rest: usize, text: &str, role: Option<Role>) {
        let mut text = text.trim_end();
        let mut indent = first;
        while !text.is_empty() {
            let (line, left) = cut(text, self.width.saturating_sub(indent).max(1));
            let _ = write!(self.text, "{:indent$}", "");
            match role {
                Some(role) => self.styled(role, line),
                None => self.text.push_str(line),
            }
            self.text.push('\n');
            (text, indent) = (left, rest);
        }
    }
}

/// Characters of a text.
pub(super) fn count(text: &str) -> usize {
    text.chars().count()
}

/// Cuts a line of at most `width` characters off, at the last blank before; a longer word is cut where the line ends.
fn cut(text: &str, width: usize) -> (&str, &str) {
    let Some((end, _)) = text.char_indices().nth(width) else { return (text, "") };
    // A blank right behind the line ends it as well. Leading blanks are no place to cut.
    let body = text.len() - text.trim_start().len();
    let limit = end + usize::from(text[end..].starts_with(' '));
    match text[..limit].rfind(' ').filter(|&at| at > body) {
        Some(at) => (text[..at].trim_end(), text[at..].trim_start()),
        None => (&text[..end], &text[end..]),
    }
}

#[cfg(test)]
mod unit {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn lines_are_cut_between_words_and_words_only_where_they_must() {
        assert_eq!(cut("one two three", 7), ("one two", "three"));
        assert_eq!(cut("one two three", 6), ("one", "two three"));
        assert_eq!(cut("onetwothree", 6), ("onetwo", "three"));
        assert_eq!(cut("  onetwothree", 6), ("  onet", "wothree"));
        assert_eq!(cut("one", 6), ("one", ""));
    }

    proptest! {
        #[test]
        fn no_line_is_wider_than_the_page_and_no_character_is_lost(text in ".{0,300}", width in 40_usize..110) {
            let mut page = Page::new(&Options { width, ..Options::default() });
            page.hanging(2, 4, &text);
            let out = page.finish();
            prop_assert!(out.lines().all(|line| count(line) <= width), "{}", out);
            let solid = |text: &str| text.chars().filter(|c| !c.is_whitespace()).collect::<String>();
            prop_assert_eq!(solid(&out), solid(&shown_text(&text).to_string()));
        }
    }
}
