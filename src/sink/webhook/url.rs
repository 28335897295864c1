//! The address of a webhook. What stands behind the host is often the key to a chat room, so it is shown only where it
//! was written into the configuration as no secret.

use std::net::IpAddr;

use ureq::http::Uri;
use ureq::http::uri::PathAndQuery;

use super::super::text::Text;

/// An address, checked.
pub(super) struct Url {
    uri: Uri,
    shown: String,
    secret: bool,
}

impl Url {
    /// Reads an address; `secret`: it is one.
    pub(super) fn parse(text: &str, secret: bool) -> Result<Self, String> {
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
        let path = match (secret, uri.query()) {
            (true, _) => "/***".to_owned(),
            (false, None) => uri.path().to_owned(),
            (false, Some(_)) => format!("{}?***", uri.path()),
        };
        let shown = format!("{scheme}://{authority}{path}");
        Ok(Self { uri, shown, secret })
    }

    /// The address itself.
    pub(super) fn whole(&self) -> &Uri {
        &self.uri
    }

    /// For people.
    pub(super) fn shown(&self) -> &str {
        &self.shown
    }

    /// Whether its path is a secret.
    pub(super) fn is_secret(&self) -> bool {
        self.secret
    }

    /// Whether TLS protects it.
    pub(super) fn is_https(&self) -> bool {
        self.uri.scheme_str() == Some("https")
    }

    /// Whether others could read what is sent there.
    pub(super) fn is_in_the_clear(&self) -> bool {
        !self.is_https() && !is_loopback(self.uri.host().unwrap_or_default())
    }

    /// The part that may give access, and is not shown.
    pub(super) fn key(&self) -> Option<&str> {
        if self.secret { self.uri.path_and_query().map(PathAndQuery::as_str) } else { self.uri.query() }
    }
}

/// What can be shown of an address before a secret is read.
pub(super) fn describe(url: &Text) -> String {
    match url {
        Text::Plain(text) => Url::parse(text, false).map_or_else(|error| error, |url| url.shown),
        Text::Secret(secret) => format!("address in {secret}"),
    }
}

/// Whether a host is this machine.
pub(in crate::sink) fn is_loopback(host: &str) -> bool {
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    bare.eq_ignore_ascii_case("localhost") || bare.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
}
