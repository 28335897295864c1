//! An alert in words, for people: one line each, fit for a terminal, cut to a length.

use crate::model::{Alert, News, Notice, Subject, shown_text};

/// A subject in a sentence, capped: names of accounts are as long as somebody makes them.
pub(super) fn subject(subject: &Subject) -> String {
    line(&subject.to_string(), 200)
}

/// How grave it is, or that it is over: `CRITICAL`, `RESOLVED`, `TEST`.
pub(super) fn standing(notice: &Notice) -> String {
    match notice.news {
        News::Resolved | News::Test => notice.news.name().to_uppercase(),
        News::Firing | News::Updated | News::Repeated => notice.alert.severity.name().to_uppercase(),
    }
}

/// `CRITICAL: Open relay`.
pub(super) fn headline(notice: &Notice) -> String {
    format!("{}: {}", standing(notice), line(&notice.alert.title, 200))
}

/// A few lines that prove it, capped.
pub(super) fn evidence(alert: &Alert) -> Vec<String> {
    alert.evidence.iter().take(3).map(|evidence| line(&evidence.text, 300)).collect()
}

/// `text` made fit for a person's eyes, in one line, at most `most` characters long; `…` stands for the rest.
pub(super) fn line(text: &str, most: usize) -> String {
    let shown = shown_text(text).to_string();
    match shown.char_indices().nth(most) {
        None => shown,
        Some(_) => shown.chars().take(most.saturating_sub(1)).chain(['…']).collect(),
    }
}

/// `text` cut in front of its byte `most`, between two characters.
pub(super) fn cut(text: &str, most: usize) -> &str {
    let end = (0..=most.min(text.len())).rev().find(|&end| text.is_char_boundary(end)).unwrap_or(0);
    &text[..end]
}
