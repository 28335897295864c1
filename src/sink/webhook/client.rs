//! The exchange with a server: the client, what is kept of the answer, and how both are shown.

use std::fmt::Write;
use std::io::{ErrorKind, Read};
use std::time::Duration;

use ureq::http::response::Parts;
use ureq::tls::{Certificate, ClientCert, PrivateKey, RootCerts, TlsConfig};
use ureq::{Agent, Body, Error, Proxy};

use super::super::OpenError;
use super::super::certificates::{self, Certificates};
use crate::model::{shown, shown_text};

/// So much of an answer is read, in bytes.
const ANSWER: u64 = 4096;

/// A client that follows nothing and keeps no connection: alerts are rare, and an old connection is a dead one.
pub(super) fn agent(
    tls: Option<&Certificates>,
    proxy: Option<Proxy>,
    timeout: Duration,
) -> Result<Agent, OpenError> {
    let mut config = Agent::config_builder()
        .http_status_as_error(false)
        .max_redirects(0)
        .max_idle_connections(0)
        .proxy(proxy)
        .timeout_global(Some(timeout));
    if let Some(certificates) = tls {
        // Says what is wrong with them; the client would not start, or would panic.
        certificates.client_config()?;
        config = config.tls_config(tls_config(certificates)?);
    }
    Ok(config.build().new_agent())
}

fn tls_config(certificates: &Certificates) -> Result<TlsConfig, OpenError> {
    let owned = |der: &[u8]| Certificate::from_der(der).to_owned();
    let roots: Vec<_> = certificates.authorities.iter().map(|der| owned(der)).collect();
    let client = match &certificates.client {
        None => None,
        Some(client) => {
            let key = PrivateKey::from_pem(&client.key_pem)
                .map_err(|_| OpenError::Wrong("client_key is of a kind that is not known".to_owned()))?;
            let chain: Vec<_> = client.chain.iter().map(|der| owned(der)).collect();
            Some(ClientCert::new_with_certs(&chain, key))
        }
    };
    Ok(TlsConfig::builder().root_certs(RootCerts::from(roots)).client_cert(client).build())
}

/// What went wrong before there was an answer, and what to do.
pub(super) fn explain(error: &Error, timeout: Duration) -> String {
    let tls = match error {
        Error::Rustls(tls) => Some(tls),
        Error::Io(io) => certificates::tls_error(io),
        _ => None,
    };
    if let Some(tls) = tls {
        let hint = certificates::hint(tls).map_or_else(String::new, |hint| format!("; {hint}"));
        return format!("{}{hint}", shown_text(&tls.to_string()));
    }
    let hint = match error {
        Error::Timeout(_) => {
            let seconds = timeout.as_secs();
            return format!(
                "no answer within {seconds} s; is the server alive, and does a firewall let us through?"
            );
        }
        Error::HostNotFound => Some("correct the host's name, or look after this machine's DNS"),
        Error::ConnectProxyFailed(_) => Some("look after the proxy, or correct `proxy`"),
        Error::Io(io) => match io.kind() {
            ErrorKind::ConnectionRefused => Some("does the server listen there?"),
            ErrorKind::BrokenPipe | ErrorKind::ConnectionReset | ErrorKind::UnexpectedEof => {
                Some(certificates::HUNG_UP)
            }
            ErrorKind::TimedOut => {
                return format!("no answer within {} s; does a firewall let us through?", timeout.as_secs());
            }
            _ => None,
        },
        _ => None,
    };
    let what = shown_text(&error.to_string()).to_string();
    hint.map_or_else(|| what.clone(), |hint| format!("{what}; {hint}"))
}

/// The beginning of an answer's body, fit for eyes. That it is cut off in the middle changes nothing.
pub(super) fn beginning(body: Body) -> String {
    let mut read = Vec::new();
    let _ = body.into_reader().take(ANSWER).read_to_end(&mut read);
    shown(read.trim_ascii()).to_string()
}

/// An answer, for people who test a sink.
pub(super) fn answer(head: &Parts, said: &str, veil: &Veil) -> String {
    let mut text = status(head);
    for name in ["content-type", "date", "server", "x-request-id"] {
        if let Some(value) = head.headers.get(name) {
            // Writing into memory cannot fail.
            let _ = write!(text, "\n{name}: {}", veil.over(&shown(value.as_bytes()).to_string()));
        }
    }
    if said.is_empty() { text } else { format!("{text}\n\n{said}") }
}

/// `HTTP 404 Not Found`.
pub(super) fn status(head: &Parts) -> String {
    format!("HTTP {} {}", head.status.as_u16(), head.status.canonical_reason().unwrap_or_default())
        .trim_end()
        .to_owned()
}

/// What is sent.
pub(super) struct Exchange {
    /// Name, value, and whether the value is a secret.
    pub(super) headers: Vec<(String, String, bool)>,
    pub(super) body: String,
}

impl Exchange {
    /// For people who test a sink.
    pub(super) fn shown(&self, veil: &Veil) -> String {
        let mut text = String::new();
        for (name, value, secret) in &self.headers {
            let value = if *secret { "***" } else { value };
            let _ = writeln!(text, "{name}: {}", veil.over(&shown_text(value).to_string()));
        }
        text + "\n" + &veil.over(&self.body)
    }
}

/// Hides secrets in whatever text they turn up: servers like to repeat what they were asked.
#[derive(Default)]
pub(super) struct Veil(Vec<String>);

impl Veil {
    /// Adds a secret. What is very short would hide half of any text.
    pub(super) fn add(&mut self, secret: &str) {
        if secret.len() >= 4 {
            self.0.push(secret.to_owned());
        }
    }

    /// `text` with `***` for every secret.
    pub(super) fn over(&self, text: &str) -> String {
        self.0.iter().fold(text.to_owned(), |text, secret| text.replace(secret, "***"))
    }
}
