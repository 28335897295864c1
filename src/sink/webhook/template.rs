//! A body of one's own: text with placeholders, each filled with a value that cannot leave its place.

use std::fmt::Write;

use super::super::{json, words};
use crate::model::{
    Alert, AlertState, EventTime, Evidence, Mta, News, Notice, Severity, Subject, shown_text,
};

/// How a value is written, by the media type of the body.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Escape {
    /// Within a string of JSON.
    Json,
    /// Within a form (URL Standard, application/x-www-form-urlencoded).
    Form,
    /// Within XML or HTML.
    Markup,
    /// Within plain text.
    Text,
}

/// Declares the placeholders: the name and how its value is found.
macro_rules! placeholders {
    ($($variant:ident $name:literal = $value:expr,)+) => {
        #[derive(Clone, Copy, PartialEq, Eq, Debug)]
        enum Placeholder { $($variant),+ }

        impl Placeholder {
            const NAMES: &'static [&'static str] = &[$($name),+];

            fn from_name(name: &str) -> Option<Self> {
                match name { $($name => Some(Self::$variant),)+ _ => None }
            }

            fn value(self, notice: &Notice) -> String {
                let value: fn(&Notice) -> String = match self { $(Self::$variant => $value),+ };
                value(notice)
            }
        }
    };
}

placeholders! {
    Title "title" = |notice| notice.alert.title.clone(),
    Summary "summary" = |notice| notice.alert.summary.clone(),
    Severity "severity" = |notice| notice.alert.severity.to_string(),
    Subject "subject" = |notice| notice.alert.subject.value.clone(),
    Detector "detector" = |notice| notice.alert.detector.clone(),
    State "state" = |notice| notice.alert.state.to_string(),
    News "news" = |notice| notice.news.to_string(),
    Host "host" = |notice| notice.alert.host.clone(),
    Count "count" = |notice| notice.alert.count.to_string(),
    FirstSeen "first_seen" = |notice| notice.alert.first_seen.to_string(),
    LastSeen "last_seen" = |notice| notice.alert.last_seen.to_string(),
    Remedy "remedy" = |notice| notice.alert.remedy.clone(),
    Id "id" = |notice| notice.alert.id.clone(),
    Evidence "evidence" = |notice| json::to_string(&words::evidence(&notice.alert)),
}

/// A piece of a template.
#[derive(Clone, PartialEq, Eq, Debug)]
enum Piece {
    Literal(String),
    Value(Placeholder),
}

/// A template, read.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Template {
    pieces: Vec<Piece>,
    content_type: String,
    escape: Escape,
}

impl Template {
    /// Reads a template for bodies of a media type.
    ///
    /// # Errors
    /// An unknown placeholder; or what it makes is no JSON though it is called so.
    pub(super) fn parse(text: &str, content_type: Option<&str>) -> Result<Self, String> {
        let content_type = content_type.unwrap_or("application/json");
        let media = content_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
        let escape = match &*media {
            json if json.ends_with("json") => Escape::Json,
            "application/x-www-form-urlencoded" => Escape::Form,
            markup if markup.ends_with("xml") || markup.ends_with("html") => Escape::Markup,
            _ => Escape::Text,
        };
        let template = Self { pieces: pieces(text)?, content_type: content_type.to_owned(), escape };
        if escape == Escape::Json {
            serde_json::from_str::<serde::de::IgnoredAny>(&template.fill(&sample())).map_err(|error| {
                format!(
                    "`template` makes no JSON ({error}, when filled): write texts as \"{{{{title}}}}\" with quotes, \
                     {{{{evidence}}}} without, or set content_type to what it is"
                )
            })?;
        }
        Ok(template)
    }

    /// The media type of what it makes.
    pub(super) fn content_type(&self) -> &str {
        &self.content_type
    }

    /// Fills it.
    pub(super) fn fill(&self, notice: &Notice) -> String {
        let mut out = String::new();
        for piece in &self.pieces {
            match piece {
                Piece::Literal(text) => out += text,
                Piece::Value(placeholder) => self.escape.write(&mut out, *placeholder, notice),
            }
        }
        out
    }
}

impl Escape {
    fn write(self, out: &mut String, placeholder: Placeholder, notice: &Notice) {
        let value = placeholder.value(notice);
        match self {
            // A list, not a text.
            Self::Json if placeholder == Placeholder::Evidence => *out += &value,
            Self::Json => {
                let quoted = json::to_string(&value);
                *out += quoted.strip_prefix('"').and_then(|text| text.strip_suffix('"')).unwrap_or_default();
            }
            Self::Form => {
                for byte in value.bytes() {
                    match byte {
                        b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'*' => {
                            out.push(char::from(byte));
                        }
                        // Writing into memory cannot fail.
                        _ => _ = write!(out, "%{byte:02X}"),
                    }
                }
            }
            Self::Markup => {
                for character in shown_text(&value).to_string().chars() {
                    match character {
                        '&' => *out += "&amp;",
                        '<' => *out += "&lt;",
                        '>' => *out += "&gt;",
                        '"' => *out += "&quot;",
                        '\'' => *out += "&#39;",
                        _ => out.push(character),
                    }
                }
            }
            Self::Text => _ = write!(out, "{}", shown_text(&value)),
        }
    }
}

/// Cuts a template at its placeholders.
fn pieces(text: &str) -> Result<Vec<Piece>, String> {
    let mut pieces = Vec::new();
    let mut rest = text;
    while let Some((literal, behind)) = rest.split_once("{{") {
        let (name, behind) = behind
            .split_once("}}")
            .ok_or("a placeholder in `template` is not closed: write it like {{title}}")?;
        let placeholder = Placeholder::from_name(name.trim()).ok_or_else(|| {
            format!(
                "`{{{{{}}}}}` in `template` is no placeholder; possible: {}",
                words::line(name.trim(), 40),
                Placeholder::NAMES.join(", ")
            )
        })?;
        pieces.push(Piece::Literal(literal.to_owned()));
        pieces.push(Piece::Value(placeholder));
        rest = behind;
    }
    pieces.push(Piece::Literal(rest.to_owned()));
    Ok(pieces)
}

/// A notice to try a template with: its texts are such that they can only stand in strings.
fn sample() -> Notice {
    let time = EventTime::from_seconds(0);
    let word = || "a \"word\"".to_owned();
    Notice {
        id: word(),
        news: News::Test,
        time,
        alert: Alert {
            id: word(),
            detector: word(),
            subject: Subject::source("a \"word\""),
            severity: Severity::Info,
            state: AlertState::Firing,
            title: word(),
            summary: word(),
            count: 1,
            first_seen: time,
            last_seen: time,
            started_at: time,
            host: word(),
            mta: Mta::Postfix,
            evidence: vec![Evidence { file: word(), line: 1, offset: 0, text: word() }],
            remedy: word(),
            related: Vec::new(),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filled(text: &str, content_type: &str, title: &str) -> String {
        let mut notice = sample();
        title.clone_into(&mut notice.alert.title);
        Template::parse(text, Some(content_type)).unwrap().fill(&notice)
    }

    #[test]
    fn values_cannot_leave_their_places() {
        let hostile = "a\"b<c>&'\n\u{1b}\u{202e}é";
        let json =
            filled(r#"{"t":"{{ title }}","e":{{evidence}},"n":{{count}}}"#, "application/json", hostile);
        let read: serde_json::Value = serde_json::from_str(&json).unwrap();
        assert_eq!((&read["t"], &read["n"]), (&hostile.into(), &1.into()));
        assert_eq!(read["e"][0], "a \"word\"");
        assert!(!json.chars().any(crate::model::is_unfit));
        assert_eq!(
            filled("t={{title}}&x=1", "application/x-www-form-urlencoded", "a&b=é"),
            "t=a%26b%3D%C3%A9&x=1"
        );
        assert_eq!(filled("<t>{{title}}</t>", "text/xml", "<a b='\"&"), "<t>&lt;a b=&#39;&quot;&amp;</t>");
        assert_eq!(filled("{{title}}!", "text/plain; charset=utf-8", "a\u{1b}b"), "a\\u{1b}b!");
    }

    #[test]
    fn mistakes_are_told_with_what_is_possible() {
        let wrong = |text: &str| Template::parse(text, None).unwrap_err();
        let unknown = wrong(r#"{"a": "{{titel}}"}"#);
        assert!(unknown.contains("`{{titel}}`") && unknown.contains("possible: title, summary"), "{unknown}");
        assert!(wrong(r#"{"a": "{{title"}"#).contains("not closed"));
        for bad in [r#"{"a": {{title}}}"#, r#"{"a": "{{evidence}}"}"#, "{{title}}", r#"{"a": 1,}"#] {
            let message = wrong(bad);
            assert!(
                message.contains("makes no JSON") && message.contains("\"{{title}}\""),
                "{bad}: {message}"
            );
        }
    }
}
