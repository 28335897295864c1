//! `audit`: whether a mail server's configuration lets strangers relay.

use std::io::Write;

use serde::Serialize;

use super::args::{Audit, Output};
use super::context::Context;
use super::{Error, Exit};
use crate::model::{ServerConfiguration, Severity, counted, shown_text};
use crate::runtime;

/// Version of the object that is written.
const SCHEMA: &str = "relaywatch.audit/1";

/// Reads configurations, and judges them by `--fail-on`.
pub(super) fn run(arguments: &Audit, context: &Context, out: &mut impl Write) -> Result<Exit, Error> {
    let output = context.output("audit", &[Output::Text, Output::Json])?;
    let audits: Vec<runtime::Audit> =
        configurations(arguments, context)?.into_iter().map(runtime::audit).collect();
    match output {
        Output::Json => write_json(&audits, out)?,
        _ => {
            for (index, audit) in audits.iter().enumerate() {
                if index > 0 {
                    writeln!(out)?;
                }
                write_text(audit, out)?;
            }
        }
    }
    let worst = audits.iter().flat_map(|audit| &audit.faults).map(|fault| fault.severity).max();
    let failed = arguments.fail_on.severity().is_some_and(|least| worst.is_some_and(|worst| worst >= least));
    Ok(if failed { Exit::Findings } else { Exit::Clean })
}

/// Those that were named; else those that the site's own configuration names; else this machine's.
fn configurations(arguments: &Audit, context: &Context) -> Result<Vec<ServerConfiguration>, Error> {
    if !arguments.folders.is_empty() {
        let read = |folder: &std::path::PathBuf| runtime::read_configuration(folder).map_err(Error::Usage);
        return arguments.folders.iter().map(read).collect();
    }
    let stated = &context.settings.site.servers;
    if !stated.is_empty() {
        return Ok(stated.clone());
    }
    match runtime::live::server() {
        Some(read) => read.map(|server| vec![server]).map_err(Error::Usage),
        None => Err(Error::Usage(
            "this machine has no mail server whose configuration is known here (/etc/postfix/main.cf, \
             /etc/mail/sendmail.cf): name a folder"
                .to_owned(),
        )),
    }
}

fn write_text(audit: &runtime::Audit, out: &mut impl Write) -> Result<(), Error> {
    let runtime::Audit { configuration, faults, remedy } = audit;
    let folder = shown_text(&configuration.folder);
    let is_open = faults.iter().any(|fault| fault.severity == Severity::Critical);
    let unknown = faults.iter().filter(|fault| fault.severity == Severity::Info).count() as u64;
    let verdict = match (is_open, unknown) {
        (true, _) => "it lets strangers relay".to_owned(),
        (false, 0) => "strangers may not relay".to_owned(),
        (false, more) => {
            format!(
                "nothing lets strangers relay, as far as it can be read ({} not known or worth knowing)",
                counted(more, "thing", "things")
            )
        }
    };
    writeln!(out, "{} configuration in {folder}: {verdict}", configuration.mta)?;
    for fault in faults {
        writeln!(out, "  {:8}  {}", fault.severity.name(), shown_text(&fault.what))?;
    }
    if let Some(remedy) = remedy {
        writeln!(out)?;
        for line in remedy.lines() {
            writeln!(out, "  {line}")?;
        }
    }
    Ok(())
}

#[derive(Serialize)]
struct Object<'a> {
    schema: &'static str,
    servers: Vec<Server<'a>>,
}

#[derive(Serialize)]
struct Server<'a> {
    #[serde(flatten)]
    configuration: &'a ServerConfiguration,
    faults: Vec<Fault<'a>>,
    remedy: Option<&'a str>,
}

#[derive(Serialize)]
struct Fault<'a> {
    severity: &'static str,
    what: &'a str,
}

impl<'a> Server<'a> {
    fn of(audit: &'a runtime::Audit) -> Self {
        let faults = audit.faults.iter();
        let faults =
            faults.map(|fault| Fault { severity: fault.severity.name(), what: &fault.what }).collect();
        Self { configuration: &audit.configuration, faults, remedy: audit.remedy }
    }
}

fn write_json(audits: &[runtime::Audit], out: &mut impl Write) -> Result<(), Error> {
    let object = Object { schema: SCHEMA, servers: audits.iter().map(Server::of).collect() };
    serde_json::to_writer(&mut *out, &object).map_err(std::io::Error::from)?;
    writeln!(out)?;
    Ok(())
}
