//! The forms that a body can have.

use std::fmt;
use std::fs::File;
use std::io::Read;
use std::path::PathBuf;

use serde::de::value::MapAccessDeserializer;
use serde::de::{self, Deserialize, Deserializer, MapAccess, Visitor};

use super::super::OpenError;
use super::template::Template;
use super::{alertmanager, slack, standard};
use crate::model::Notice;

/// A form, as it is named in the configuration.
#[derive(Clone, Copy, PartialEq, Eq, Debug, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub(in crate::sink) enum BodyName {
    /// Standard Webhooks.
    Standard,
    /// Slack, Mattermost.
    Slack,
    /// Alertmanager.
    Alertmanager,
    /// One's own.
    Template,
}

/// Where a template is.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(in crate::sink) enum TemplateText {
    /// In the configuration.
    Inline(String),
    /// In a file.
    File(PathBuf),
}

/// A longer template is refused. 256 KiB are more than any service takes.
const LONGEST: u64 = 256 * 1024;

impl TemplateText {
    /// The template's text.
    pub(super) fn read(&self) -> Result<String, OpenError> {
        match self {
            Self::Inline(text) => Ok(text.clone()),
            Self::File(path) => {
                let mut text = String::new();
                let read = File::open(path).and_then(|file| file.take(LONGEST).read_to_string(&mut text));
                let what = "the template in";
                read.map_err(|source| OpenError::Read { what, path: path.clone(), source })?;
                Ok(text)
            }
        }
    }
}

/// A form, ready to write.
#[derive(Clone, PartialEq, Debug)]
pub(super) enum Body {
    /// Standard Webhooks.
    Standard,
    /// Slack, Mattermost.
    Slack,
    /// Alertmanager.
    Alertmanager,
    /// One's own.
    Template(Template),
}

impl Body {
    /// How many notices one body can tell.
    pub(super) fn most(&self) -> usize {
        match self {
            Self::Alertmanager => 64,
            Self::Standard | Self::Slack | Self::Template(_) => 1,
        }
    }

    /// Whether the receiver is told the notice's id and, with keys, a signature.
    pub(super) fn is_identified(&self) -> bool {
        matches!(self, Self::Standard | Self::Template(_))
    }

    /// The media type.
    pub(super) fn content_type(&self) -> &str {
        match self {
            Self::Template(template) => template.content_type(),
            Self::Standard | Self::Slack | Self::Alertmanager => "application/json",
        }
    }

    /// Tells `notices`, of which there are no more than [`Body::most`].
    pub(super) fn write(&self, notices: &[Notice]) -> String {
        let each = |write: &dyn Fn(&Notice) -> String| notices.iter().map(write).collect::<String>();
        match self {
            Self::Standard => each(&standard::write),
            Self::Slack => each(&slack::write),
            Self::Alertmanager => alertmanager::write(notices),
            Self::Template(template) => each(&|notice| template.fill(notice)),
        }
    }
}

impl<'de> Deserialize<'de> for TemplateText {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Either)
    }
}

/// Reads a string or `{ file = ".." }`.
struct Either;

impl<'de> Visitor<'de> for Either {
    type Value = TemplateText;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the template itself, or { file = \"/path\" }")
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<TemplateText, E> {
        Ok(TemplateText::Inline(text.to_owned()))
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<TemplateText, A::Error> {
        #[derive(serde::Deserialize)]
        #[serde(deny_unknown_fields)]
        struct Place {
            file: PathBuf,
        }
        let Place { file } = Place::deserialize(MapAccessDeserializer::new(map))?;
        super::super::secret::absolute(file).map(TemplateText::File).map_err(de::Error::custom)
    }
}
