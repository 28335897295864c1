//! A message for a Slack room. Mattermost and others read the same, at least its `text`.

use std::fmt::Write;

use serde_json::json;

use super::super::{json, words};
use crate::model::Notice;

/// The body.
pub(super) fn write(notice: &Notice) -> String {
    let alert = &notice.alert;
    let headline = words::headline(notice);
    let (summary, remedy) = (escaped(&alert.summary, 2000), escaped(&alert.remedy, 2000));
    let mut proof = String::new();
    for line in words::evidence(alert) {
        // Writing into memory cannot fail.
        let _ = writeln!(proof, "{}", escaped(&line, 700));
    }
    let (subject, host) = (words::subject(&alert.subject), words::line(&alert.host, 100));
    let about = format!("{} · {subject} · {host} · count {} · {}", alert.detector, alert.count, alert.id);
    let about = escaped(&about, 1000);
    let mut text = format!("*{}*\n{summary}\n", escaped(&headline, 500));
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

/// Text with nothing in it that a chat room would act on, in one line: `&`, `<` and `>`, which begin mentions and links,
/// are escaped as Slack asks for. At most `most` characters, counted when they are escaped: Slack refuses a message with a
/// block of more than 3000 (Block Kit, section block), and nobody may make a text that keeps an alert away.
fn escaped(text: &str, most: usize) -> String {
    let mut out = String::new();
    let mut length = 0;
    for character in guarded(&words::line(text, most)).chars() {
        let mut plain = [0; 4];
        let piece = match character {
            '&' => "&amp;",
            '<' => "&lt;",
            '>' => "&gt;",
            _ => character.encode_utf8(&mut plain),
        };
        length += piece.chars().count();
        if length > most {
            out.push('…');
            break;
        }
        out += piece;
    }
    out
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
        assert_eq!(escaped("<!channel> & <http://x|y>", 99), "&lt;!channel&gt; &amp; &lt;http://x|y&gt;");
        assert_eq!(escaped("hi @channel, a@b.example", 99), "hi @\u{200b}channel, a@b.example");
        assert_eq!(escaped("x@HERE ![a](http://x)", 99), "x@\u{200b}HERE ![a]\u{200b}(http://x)");
        assert_eq!(escaped("```", 99), "'''");
        assert_eq!(escaped("<<<", 9), "&lt;&lt;…");
    }
}
