//! Webhooks: a notice as an HTTP request, after Standard Webhooks or in the form that a chat room, Alertmanager or
//! something else expects.

mod alertmanager;
mod answer;
mod body;
mod client;
mod settings;
mod signature;
mod slack;
mod standard;
mod template;
mod url;

use std::fmt;
use std::time::Duration;

use ureq::Agent;
use ureq::http::Response;

use self::body::Body;
use self::client::{Exchange, Veil};
use self::signature::Key;
use super::{Failure, Receipt, Sink, clock};
use crate::model::Notice;

pub(super) use self::body::{BodyName, TemplateText};
pub(super) use self::settings::Settings;
pub(super) use self::url::is_loopback;

/// Posts notices.
pub(super) struct Webhook {
    agent: Agent,
    url: url::Url,
    body: Body,
    keys: Vec<Key>,
    /// Name, value, and whether the value is a secret.
    headers: Vec<(String, String, bool)>,
    /// What must not be shown, wherever it turns up.
    veil: Veil,
    timeout: Duration,
}

/// Keys, headers and the proxy's password are nobody's business.
impl fmt::Debug for Webhook {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Webhook").field("url", &self.url.shown()).finish_non_exhaustive()
    }
}

impl Sink for Webhook {
    fn most(&self) -> usize {
        self.body.most()
    }

    fn deliver(&mut self, notices: &[Notice]) -> Result<Receipt, Failure> {
        let Some(first) = notices.first() else { return Ok(Receipt::default()) };
        let exchange = self.exchange(first, self.body.write(notices));
        let mut request = self.agent.post(self.url.whole());
        for (name, value, _) in &exchange.headers {
            request = request.header(name, value);
        }
        match request.send(exchange.body.as_bytes()) {
            Err(error) => Err(Failure::later(format!(
                "cannot post to {}: {}",
                self.url.shown(),
                self.veil.over(&client::explain(&error, self.timeout))
            ))),
            Ok(response) => self.judge(&exchange, response),
        }
    }
}

impl Webhook {
    /// What is to be sent, now.
    fn exchange(&self, notice: &Notice, body: String) -> Exchange {
        let mut headers = vec![
            ("content-type".to_owned(), self.body.content_type().to_owned(), false),
            ("user-agent".to_owned(), concat!("relaywatch/", env!("CARGO_PKG_VERSION")).to_owned(), false),
        ];
        if self.body.is_identified() {
            let (id, timestamp) = (signature::id(&notice.id), clock::now().timestamp());
            if !self.keys.is_empty() {
                let signed = signature::sign(&self.keys, &id, timestamp, &body);
                headers.push(("webhook-signature".to_owned(), signed, true));
            }
            headers.push(("webhook-id".to_owned(), id, false));
            headers.push(("webhook-timestamp".to_owned(), timestamp.to_string(), false));
        }
        headers.extend_from_slice(&self.headers);
        Exchange { headers, body }
    }

    /// What an answer means.
    fn judge(&self, exchange: &Exchange, response: Response<ureq::Body>) -> Result<Receipt, Failure> {
        let (head, body) = response.into_parts();
        let said = self.veil.over(&client::beginning(body));
        if head.status.is_success() {
            let sent = format!("POST {}\n{}", self.url.shown(), exchange.shown(&self.veil));
            return Ok(Receipt { sent, answer: client::answer(&head, &said, &self.veil) });
        }
        Err(answer::failure(&head, &said, &self.url, &self.veil, clock::now()))
    }
}

#[cfg(test)]
mod tests;
