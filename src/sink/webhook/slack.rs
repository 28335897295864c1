//! A message for a Slack room. Mattermost and others read the same, at least its `text`.

use std::fmt::Write;

use serde_json::json;

use super::super::{json, words};
use crate::model::Notice;

/// The body.
pub(super) fn write(notice: &Notice) -> String {
    let alert = &notice.alert;
    let headline = words::headline(notice);
    let summary = escaped(&words::line(&alert.summary, 1000));
    let mut proof = String::new();
    for line in words::evidence(alert) {
        // Writing into memory cannot fail.
        let _ = writeln!(proof, "{}", escaped(&line));
    }
    let remedy = escaped(&words::line(&alert.remedy, 800));
    let about = escaped(&format!(
        "{} · {} · {} · count {} · {}",
        words::line(&alert.detector, 60),
        words::subject(&alert.subject),
        words::line(&alert.host, 100),
        alert.count,
        words::line(&alert.id, 60)
    ));
    let mut text = format!("*{}*\n{summary}\n", escaped(&headline));
    let mut blocks = vec![
        json!({"type": "header", "text": {"type": "plain_text", "text": words::line(&guarded(&headline), 150), "emoji": false}}),
        section(&summary),
    ];
    if !proof.is_empty() {
        let block = format!("```\n{proof}```");
        let _ = writeln!(text, "{block}");
        blocks.push(section(&block));
    }
    if !remedy.is_empty() {
        let _ = writeln!(text, "{remedy}");
        blocks.push(section(&remedy));
    }
    text += &about;
    blocks
        .push(json!({"type": "context", "elements": [{"type": "mrkdwn", "text": about, "verbatim": true}]}));
    json::to_string(&json!({"text": text, "blocks": blocks, "unfurl_links": false, "unfurl_media": false}))
}

/// `verbatim`: no names of rooms or people are looked for in it, no addresses made into links.
fn section(text: &str) -> serde_json::Value {
    json!({"type": "section", "text": {"type": "mrkdwn", "text": text, "verbatim": true}})
}

/// Text with nothing in it that a chat room would act on: `&`, `<` and `>`, which begin mentions and links, are escaped
/// as Slack asks for.
fn escaped(text: &str) -> String {
    guarded(text).replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

/// Mentions (`@channel`) and links (`[..](..)`) of Mattermost are broken by a space of no width. An `@` within an address
/// of mail stays. A backtick would begin or end a block of code.
fn guarded(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut before = ' ';
    for (at, character) in text.char_indices() {
        out.push(if character == '`' { '\'' } else { character });
        let behind = &text[at + character.len_utf8()..];
        let mention = character == '@' && (!before.is_ascii_alphanumeric() || names_all(behind));
        if mention || (character == ']' && behind.starts_with('(')) {
            out.push('\u{200b}');
        }
        before = character;
    }
    out
}

fn names_all(text: &str) -> bool {
    ["channel", "all", "here", "everyone"]
        .iter()
        .any(|name| text.get(..name.len()).is_some_and(|start| start.eq_ignore_ascii_case(name)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_in_a_text_calls_people_or_makes_links() {
        assert_eq!(escaped("<!channel> & <http://x|y>"), "&lt;!channel&gt; &amp; &lt;http://x|y&gt;");
        assert_eq!(escaped("hi @channel, a@b.example"), "hi @\u{200b}channel, a@b.example");
        assert_eq!(escaped("x@HERE ![a](http://x)"), "x@\u{200b}HERE ![a]\u{200b}(http://x)");
        assert_eq!(escaped("```"), "'''");
    }
}
