//! The settings of type `webhook`.

use std::time::Duration;

use ureq::Proxy;
use ureq::http::{HeaderName, HeaderValue};

use super::super::OpenError;
use super::super::certificates::Files;
use super::super::secret::Secret;
use super::super::settings::missing;
use super::super::table::{Table, Type};
use super::super::text::Text;
use super::Webhook;
use super::body::{Body, BodyName, TemplateText};
use super::client::{Veil, agent};
use super::signature::Key;
use super::template::Template;
use super::url::{Url, describe};
use crate::model::Period;

/// The program's own headers, and those that the protocol needs.
const OURS: [&str; 9] = [
    "connection",
    "content-length",
    "content-type",
    "host",
    "transfer-encoding",
    "user-agent",
    "webhook-id",
    "webhook-signature",
    "webhook-timestamp",
];

/// A webhook as it is configured.
#[derive(Clone, PartialEq, Debug)]
pub(in crate::sink) struct Settings {
    url: Text,
    body: BodyName,
    template: Option<TemplateText>,
    content_type: Option<String>,
    secrets: Vec<Secret>,
    headers: Vec<(String, Text)>,
    proxy: Option<Text>,
    certificates: Files,
    timeout: Duration,
}

impl Settings {
    pub(in crate::sink) fn new(mut table: Table) -> Result<Self, String> {
        let (timeout, certificates) = (table.timeout()?, table.certificates()?);
        let url = table.url.ok_or_else(|| {
            missing(Type::Webhook, "url", "url = \"https://chat.example.com/hooks/alerts\"")
        })?;
        let settings = Self {
            url,
            body: table.body.unwrap_or(BodyName::Standard),
            template: table.template,
            content_type: table.content_type,
            secrets: table.secrets.unwrap_or_default(),
            headers: table.headers.unwrap_or_default().into_iter().collect(),
            proxy: table.proxy,
            certificates,
            timeout,
        };
        settings.check()?;
        Ok(settings)
    }

    /// What can be known without reading a secret or a file.
    fn check(&self) -> Result<(), String> {
        if let Text::Plain(url) = &self.url {
            Url::parse(url)?;
        }
        if let Some(Text::Plain(proxy)) = &self.proxy {
            read_proxy(proxy)?;
        }
        match (self.body, &self.template) {
            (BodyName::Template, None) => {
                return Err(
                    "body = \"template\" needs `template`, the text or { file = \"/path\" }".to_owned()
                );
            }
            (BodyName::Template, Some(TemplateText::Inline(text))) => {
                Template::parse(text, self.content_type.as_deref())?;
            }
            (BodyName::Template, Some(TemplateText::File(_))) => {}
            (_, Some(_)) => return Err("`template` needs body = \"template\" beside it".to_owned()),
            (_, None) if self.content_type.is_some() => {
                return Err("`content_type` goes with body = \"template\" only".to_owned());
            }
            (BodyName::Slack | BodyName::Alertmanager, None) if !self.secrets.is_empty() => {
                let why = "`secrets` sign bodies of body = \"standard\" and \"template\"; this receiver checks none";
                return Err(why.to_owned());
            }
            (_, None) => {}
        }
        if let Some(value) = &self.content_type {
            HeaderValue::from_str(value)
                .map_err(|_| "`content_type` is no media type, like text/plain".to_owned())?;
        }
        for (name, value) in &self.headers {
            let wrong = |why: &str| format!("`{name}` cannot be set in `headers`: {why}");
            HeaderName::try_from(&**name).map_err(|_| wrong("it is no name of a header"))?;
            if OURS.iter().any(|ours| name.eq_ignore_ascii_case(ours)) {
                return Err(wrong("relaywatch sets it"));
            }
            if let Text::Plain(value) = value {
                HeaderValue::from_str(value)
                    .map_err(|_| wrong("its value has characters that no header may have"))?;
            }
        }
        Ok(())
    }

    pub(in crate::sink) fn open(&self) -> Result<Webhook, OpenError> {
        let mut veil = Veil::default();
        let url = self.url.read()?;
        let url = Url::parse(url.reveal()).map_err(|why| wrong(&self.url, &why))?;
        url.keys().into_iter().for_each(|key| veil.add(key));
        let mut keys = Vec::new();
        for secret in &self.secrets {
            let text = secret.read()?;
            veil.add(text.reveal());
            keys.push(Key::read(secret, &text)?);
        }
        let mut headers = Vec::new();
        for (name, value) in &self.headers {
            let text = value.read()?;
            let (name, secret) = (name.to_ascii_lowercase(), value.secret().is_some() || is_telling(name));
            if HeaderValue::from_str(text.reveal()).is_err() {
                return Err(wrong(value, "it has characters that no header may have"));
            }
            if secret {
                veil.add(text.reveal());
            }
            headers.push((name, text.reveal().to_owned(), secret));
        }
        let proxy = match &self.proxy {
            None => None,
            Some(text) => Some(read_proxy(text.read()?.reveal()).map_err(|why| wrong(text, &why))?),
        };
        let certificates = if url.is_https() { Some(self.certificates.read()?) } else { None };
        let agent = agent(certificates.as_ref(), proxy, self.timeout)?;
        let body = self.open_body()?;
        Ok(Webhook { agent, url, body, keys, headers, veil, timeout: self.timeout })
    }

    fn open_body(&self) -> Result<Body, OpenError> {
        Ok(match (self.body, &self.template) {
            (BodyName::Slack, _) => Body::Slack,
            (BodyName::Alertmanager, _) => Body::Alertmanager,
            (BodyName::Template, Some(template)) => {
                let read = Template::parse(&template.read()?, self.content_type.as_deref());
                Body::Template(read.map_err(|why| match template {
                    TemplateText::File(path) => OpenError::Wrong(format!("{}: {why}", path.display())),
                    TemplateText::Inline(_) => OpenError::Wrong(why),
                })?)
            }
            (BodyName::Standard | BodyName::Template, _) => Body::Standard,
        })
    }

    pub(in crate::sink) fn describe(&self) -> String {
        let body = match self.body {
            BodyName::Standard => "standard",
            BodyName::Slack => "slack",
            BodyName::Alertmanager => "alertmanager",
            BodyName::Template => "template",
        };
        format!("webhook {} ({body})", describe(&self.url))
    }

    /// Alertmanager's `resolve_timeout` is 5 minutes unless somebody changes it; it is told a few times within that.
    pub(in crate::sink) fn forgets_after(&self) -> Option<Period> {
        (self.body == BodyName::Alertmanager).then_some(Period::of_seconds(60))
    }

    pub(in crate::sink) fn warnings(&self) -> Vec<String> {
        let mut warnings = Vec::new();
        if let Text::Plain(text) = &self.url
            && let Ok(url) = Url::parse(text)
            && url.is_in_the_clear()
        {
            warnings.push(format!("alerts go to {} in the clear; use https", url.shown()));
        }
        let texts = self.headers.iter().map(|(_, value)| value).chain([&self.url]).chain(&self.proxy);
        let secrets = texts.filter_map(Text::secret).chain(&self.secrets);
        warnings.extend(secrets.filter_map(Secret::exposed));
        warnings.extend(self.certificates.exposed());
        warnings
    }
}

/// A value that turned out wrong when it was read, with its place.
fn wrong(text: &Text, why: &str) -> OpenError {
    match text.secret() {
        Some(secret) => OpenError::Wrong(format!("{secret}: {why}")),
        None => OpenError::Wrong(why.to_owned()),
    }
}

/// Whether a header's value should not be shown, though it stands in the configuration.
fn is_telling(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    ["auth", "cookie", "key", "password", "secret", "token"].iter().any(|word| name.contains(word))
}

/// A proxy that is asked to open a tunnel. The message does not quote it: it may hold a password.
fn read_proxy(text: &str) -> Result<Proxy, String> {
    let wrong = "`proxy` is no address of a proxy; write one like http://proxy.example.com:3128";
    let known = text.starts_with("http://") || text.starts_with("https://");
    Proxy::new(text).ok().filter(|_| known).ok_or_else(|| wrong.to_owned())
}
