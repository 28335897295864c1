//! Values of the configuration that may be secrets, but need not: the address of a chat room, a header.

use std::fmt;

use serde::de::value::MapAccessDeserializer;
use serde::de::{self, Deserialize, Deserializer, MapAccess, Visitor};

use super::error::OpenError;
use super::secret::{Revealed, Secret};

/// A text, written down or kept elsewhere.
#[derive(Clone, PartialEq, Eq)]
pub(super) enum Text {
    /// Stands in the configuration.
    Plain(String),
    /// Is kept elsewhere.
    Secret(Secret),
}

impl Text {
    /// Its value.
    pub(super) fn read(&self) -> Result<Revealed, OpenError> {
        match self {
            Self::Plain(text) => Ok(Revealed::plain(text)),
            Self::Secret(secret) => secret.read(),
        }
    }

    /// Whether it is kept elsewhere.
    pub(super) fn secret(&self) -> Option<&Secret> {
        match self {
            Self::Plain(_) => None,
            Self::Secret(secret) => Some(secret),
        }
    }
}

/// What people write down may be a secret all the same.
impl fmt::Debug for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Plain(_) => f.write_str("***"),
            Self::Secret(secret) => fmt::Debug::fmt(secret, f),
        }
    }
}

impl<'de> Deserialize<'de> for Text {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Either)
    }
}

/// Reads a string or a secret's table.
struct Either;

impl<'de> Visitor<'de> for Either {
    type Value = Text;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a string, { file = \"/path\" }, { env = \"NAME\" } or { credential = \"name\" }")
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Text, E> {
        Ok(Text::Plain(text.to_owned()))
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Text, A::Error> {
        Secret::deserialize(MapAccessDeserializer::new(map)).map(Text::Secret)
    }
}
