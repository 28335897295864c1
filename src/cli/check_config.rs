//! `check-config`: whether the configuration holds, and what follows from it.

use std::io::Write;

use super::args::Output;
use super::context::Context;
use super::{Error, Exit, check_service};
use crate::model::{ClientCertificates, ServerConfiguration, shown_text};

/// Says which file holds and what it states. Loading it has checked it already.
pub(super) fn run(context: &Context, out: &mut impl Write) -> Result<Exit, Error> {
    context.output("check-config", &[Output::Text])?;
    let settings = &context.settings;
    match &settings.source {
        Some(path) => writeln!(out, "{}: no mistakes", shown_text(&path.to_string_lossy()))?,
        None => writeln!(out, "No configuration file: defaults hold. See --config.")?,
    }
    let site = &settings.site;
    let said_by = if context.zone_stated { "stated" } else { "this machine's" };
    writeln!(out, "Time zone: {} ({said_by})", context.zone.name())?;
    list(out, "Local domains", site.local_domains.as_deref())?;
    list(out, "Relay domains", site.relay_domains.as_deref())?;
    let networks = site.trusted_networks.as_ref();
    let networks: Option<Vec<String>> = networks.map(|all| all.iter().map(ToString::to_string).collect());
    list(out, "Trusted networks", networks.as_deref())?;
    writeln!(out, "Detectors: {}", settings.detect.enabled().join(", "))?;
    check_service::describe(settings, out)?;
    for server in &site.servers {
        describe(server, out)?;
    }
    Ok(Exit::Clean)
}

fn list(out: &mut impl Write, name: &str, entries: Option<&[String]>) -> Result<(), Error> {
    match entries {
        None => writeln!(out, "{name}: not stated")?,
        Some([]) => writeln!(out, "{name}: none")?,
        Some(entries) => writeln!(out, "{name}: {}", shown_text(&entries.join(", ")))?,
    }
    Ok(())
}

fn describe(server: &ServerConfiguration, out: &mut impl Write) -> Result<(), Error> {
    writeln!(out, "\n{} configuration in {}", server.mta, shown_text(&server.folder))?;
    list(out, "  Local domains", Some(&server.local_domains))?;
    list(out, "  Relay domains", Some(&server.relay_domains))?;
    for opening in &server.openings {
        writeln!(out, "  lets strangers relay: {}", shown_text(opening))?;
    }
    for rule in &server.networks {
        let verb = match rule.excluded {
            true => "not trusted",
            false if rule.is_believable() => "trusted",
            false => "too wide to be believed, and dangerous where strangers reach the server",
        };
        writeln!(out, "  {verb}: {} ({})", rule.network, shown_text(&rule.stated))?;
    }
    writeln!(
        out,
        "  Client certificates that may relay: {}",
        match server.client_certificates {
            ClientCertificates::None => "none",
            ClientCertificates::Listed => "listed ones",
            ClientCertificates::AllTrusted => "all that a trusted authority signed",
        }
    )?;
    for gap in &server.unread {
        writeln!(out, "  Not known: {}", shown_text(gap))?;
    }
    for note in &server.notes {
        writeln!(out, "  Note: {}", shown_text(note))?;
    }
    Ok(())
}
