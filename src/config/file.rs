//! The schema of the configuration file.

use std::ops::Range;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use toml::Spanned;

use super::error::{Error, Fault, choices, in_our_words};
use super::{Monitor, Settings, timezone, timezone_hint};
use crate::alert::dispatch::{self, Route};
use crate::audit;
use crate::model::stated::{Wrong, domain, network};
use crate::model::{ServerConfiguration, Site};
use crate::{detect, learn, sink};

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct File {
    site: SiteTable,
    detect: detect::Settings,
    ignore: detect::Ignore,
    learn: learn::Settings,
    monitor: Monitor,
    notify: dispatch::Settings,
    route: Vec<Spanned<Route>>,
    sink: Vec<Spanned<sink::Settings>>,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct SiteTable {
    local_domains: Option<Vec<Spanned<String>>>,
    relay_domains: Option<Vec<Spanned<String>>>,
    trusted_networks: Option<Vec<Spanned<String>>>,
    postfix_config: Option<Spanned<PathBuf>>,
    sendmail_config: Option<Spanned<PathBuf>>,
    exchange_config: Option<Spanned<PathBuf>>,
    timezone: Option<Spanned<String>>,
}

/// Reads a mail server's configuration folder.
type Reader = fn(&Path) -> Result<ServerConfiguration, audit::Error>;

/// Reads `text`, the contents of `path`, and the mail servers' configurations that it names.
pub(super) fn parse(text: &str, path: &Path) -> Result<Settings, Error> {
    let fault = |span: Range<usize>, (message, hint): Wrong| {
        Error::Wrong(Box::new(Fault::new(path, text, span, message, hint)))
    };
    let file: File = toml::from_str(text).map_err(|error| {
        let (span, (message, hint)) = (error.span().unwrap_or_default(), in_our_words(error.message()));
        let is_secret = message.starts_with(sink::Secret::IN_THE_OPEN);
        let fault = Fault::new(path, text, span, message, hint);
        Error::Wrong(Box::new(if is_secret { fault.masked() } else { fault }))
    })?;
    let SiteTable {
        local_domains,
        relay_domains,
        trusted_networks,
        postfix_config,
        sendmail_config,
        exchange_config,
        timezone: zone,
    } = file.site;

    let mut servers = Vec::new();
    for (folder, read) in [
        (postfix_config, audit::postfix::read as Reader),
        (sendmail_config, audit::sendmail::read),
        (exchange_config, audit::exchange::read),
    ] {
        let Some(folder) = folder else { continue };
        // A relative folder lies beside the file that names it, wherever the program is started.
        let full = path.parent().unwrap_or(Path::new("")).join(folder.get_ref());
        servers.push(read(&full).map_err(|error| fault(folder.span(), (error.to_string(), None)))?);
    }
    let timezone = match zone {
        Some(zone) => Some(timezone(zone.get_ref()).map_err(|_| {
            let message = format!("`{}` is no time zone", zone.get_ref());
            fault(zone.span(), (message, Some(timezone_hint(zone.get_ref()))))
        })?),
        None => None,
    };
    let mut sinks: Vec<sink::Settings> = Vec::new();
    for table in file.sink {
        let (span, settings) = (table.span(), table.into_inner());
        if sinks.iter().any(|other| other.name() == settings.name()) {
            let message = format!("there are two sinks of the name `{}`", settings.name());
            return Err(fault(span, (message, Some("give each a name of its own".to_owned()))));
        }
        sinks.push(settings);
    }
    let names: Vec<String> = sinks.iter().map(|sink| sink.name().to_owned()).collect();
    let mut routes = Vec::new();
    for table in file.route {
        let (span, route) = (table.span(), table.into_inner());
        if let Some(unknown) = route.unknown_sink(&names) {
            let known: Vec<&str> = names.iter().map(String::as_str).collect();
            return Err(fault(
                span,
                (format!("there is no sink `{unknown}`"), Some(choices(unknown, &known))),
            ));
        }
        routes.push(route);
    }
    Ok(Settings {
        monitor: file.monitor,
        notify: file.notify,
        routes,
        sinks,
        site: Site {
            local_domains: each(local_domains, domain, &fault)?,
            relay_domains: each(relay_domains, domain, &fault)?,
            trusted_networks: each(trusted_networks, network, &fault)?,
            servers,
        },
        detect: detect::Settings { ignore: file.ignore, ..file.detect },
        learn: file.learn,
        timezone,
        source: Some(path.to_owned()),
    })
}

/// Checks every entry of a list.
fn each<T>(
    list: Option<Vec<Spanned<String>>>,
    check: impl Fn(&str) -> Result<T, Wrong>,
    fault: &impl Fn(Range<usize>, Wrong) -> Error,
) -> Result<Option<Vec<T>>, Error> {
    let check = |entry: Spanned<String>| check(entry.get_ref()).map_err(|wrong| fault(entry.span(), wrong));
    list.map(|entries| entries.into_iter().map(check).collect()).transpose()
}
