//! The address of a webhook. What stands behind the host is often the key to a chat room, so it is never shown, wherever
//! it was written.

use std::net::IpAddr;

use ureq::http::Uri;

use super::super::text::Text;

/// A part of an address that is so long, in bytes, may be a key: Slack's have 24, words have fewer.
const KEY: usize = 16;

/// An address, checked.
pub(super) struct Url {
    uri: Uri,
    shown: String,
}

impl Url {
    /// Reads an address.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        let example = "write one like https://chat.example.com/hooks/alerts";
        // The text itself may be a secret, so that no message quotes it.
        let uri: Uri = text.trim().parse().map_err(|_| format!("`url` is no address; {example}"))?;
        let scheme = uri.scheme_str().unwrap_or_default();
        let (Some(authority), "http" | "https") = (uri.authority(), scheme) else {
            return Err(format!("`url` must begin with http:// or https://; {example}"));
        };
        if authority.as_str().contains('@') {
            let instead = "headers = { authorization = { file = \"/path\" } }";
            return Err(format!("`url` must hold no user name or password; write {instead}"));
        }
        let is_bare = matches!(uri.path(), "" | "/") && uri.query().is_none();
        let shown = format!("{scheme}://{authority}/{}", if is_bare { "" } else { "…" });
        Ok(Self { uri, shown })
    }

    /// The address itself.
    pub(super) fn whole(&self) -> &Uri {
        &self.uri
    }

    /// For people: scheme and host.
    pub(super) fn shown(&self) -> &str {
        &self.shown
    }

    /// Whether TLS protects it.
    pub(super) fn is_https(&self) -> bool {
        self.uri.scheme_str() == Some("https")
    }

    /// Whether others could read what is sent there.
    pub(super) fn is_in_the_clear(&self) -> bool {
        !self.is_https() && !is_loopback(self.uri.host().unwrap_or_default())
    }

    /// What may give access, and is not shown: all that stands behind the host, and each part of it that is long enough to
    /// be a key.
    pub(super) fn keys(&self) -> Vec<&str> {
        let Some(all) = self.uri.path_and_query() else { return Vec::new() };
        let parts = all.as_str().split(['/', '?', '&', '=']).filter(|part| part.len() >= KEY);
        [all.as_str()].into_iter().chain(parts).collect()
    }
}

/// What can be shown of an address before a secret is read.
pub(super) fn describe(url: &Text) -> String {
    match url {
        Text::Plain(text) => Url::parse(text).map_or_else(|error| error, |url| url.shown),
        Text::Secret(secret) => format!("address in {secret}"),
    }
}

/// Whether a host is this machine.
pub(in crate::sink) fn is_loopback(host: &str) -> bool {
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    bare.eq_ignore_ascii_case("localhost") || bare.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
}
