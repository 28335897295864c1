//! `init`: a configuration to begin with.

use std::fs;
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};

use super::args::Init;
use super::{Error, Exit};
use crate::config::{Environment, OF_SYSTEM, of_user};
use crate::model::{Mta, ServerConfiguration, shown_text};
use crate::runtime::live;

/// Every setting, commented out.
const SETTINGS: &str = include_str!("../../packaging/config.toml");
/// More domains than this are not named one by one.
const NAMED: usize = 3;

/// Writes the configuration, with what this machine's mail server is, and says what comes next.
pub(super) fn run(arguments: &Init, out: &mut impl Write) -> Result<Exit, Error> {
    let server = live::server();
    let known = server.as_ref().and_then(|read| read.as_ref().ok());
    let text = filled_in(known.map(|server| server.mta));
    let path = match &arguments.file {
        Some(path) if path.as_os_str() == "-" => {
            out.write_all(text.as_bytes())?;
            return Ok(Exit::Clean);
        }
        Some(path) => path.clone(),
        None => usual_place()?,
    };
    write(&path, &text)?;
    writeln!(
        out,
        "{}: written, with every setting as it is where nobody sets it",
        shown_text(&path.to_string_lossy())
    )?;
    match server {
        Some(Ok(server)) => writeln!(out, "{}", said_by(&server))?,
        Some(Err(why)) => writeln!(out, "Your domains: not known, because of this: {}", shown_text(&why))?,
        None => writeln!(
            out,
            "Your domains: say them in [site] local_domains. Without them an open relay can only be suspected."
        )?,
    }
    let logs = live::mail_logs();
    let log = logs.first().map_or("FILES", String::as_str);
    let config =
        if arguments.file.is_some() { format!(" --config {}", path.display()) } else { String::new() };
    writeln!(out, "Next:")?;
    for (command, why) in [
        (format!("relaywatch check-config{config}"), "what follows from it"),
        (
            format!("relaywatch analyze{config} {log}"),
            "who abuses the server, and whether it relays for strangers",
        ),
        (format!("relaywatch watch{config}"), "the same as it happens"),
    ] {
        writeln!(out, "  {:<48}  {why}", shown_text(&command).to_string())?;
    }
    Ok(Exit::Clean)
}

/// The settings; where a mail server of this machine is known, it says whose domains are ours.
fn filled_in(server: Option<Mta>) -> String {
    let setting = match server {
        Some(Mta::Postfix) => "postfix_config",
        Some(Mta::Sendmail) => "sendmail_config",
        _ => return SETTINGS.to_owned(),
    };
    let is_meant = |line: &str| line == "[site]" || line.starts_with(setting);
    let lines = SETTINGS.lines().map(|line| match line.strip_prefix('#') {
        Some(stated) if is_meant(stated) => stated,
        _ => line,
    });
    lines.flat_map(|line| [line, "\n"]).collect()
}

fn said_by(server: &ServerConfiguration) -> String {
    let domains = &server.local_domains;
    let more = domains.len().saturating_sub(NAMED);
    let named = domains.iter().take(NAMED).map(String::as_str).collect::<Vec<_>>().join(", ");
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    let text = format!("Your domains: {named}{more}, as {} in {} says", server.mta, server.folder);
    shown_text(&text).to_string()
}

/// The system's for who may write there, else the user's.
fn usual_place() -> Result<PathBuf, Error> {
    if is_root() {
        return Ok(PathBuf::from(OF_SYSTEM));
    }
    of_user(&Environment::of_process())
        .ok_or_else(|| Error::Usage("there is no home folder: name the file to write".to_owned()))
}

#[cfg(unix)]
fn is_root() -> bool {
    rustix::process::geteuid().is_root()
}

#[cfg(not(unix))]
fn is_root() -> bool {
    false
}

fn write(path: &Path, text: &str) -> Result<(), Error> {
    let wrong = |error: std::io::Error| {
        let path = path.display();
        Error::Usage(match error.kind() {
            ErrorKind::AlreadyExists => {
                format!("{path} exists, and is left as it is: edit it, or name another file")
            }
            _ => format!("cannot write {path}: {error}; name another file, or use - for standard output"),
        })
    };
    if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        fs::create_dir_all(folder).map_err(wrong)?;
    }
    let mut file = fs::File::create_new(path).map_err(wrong)?;
    file.write_all(text.as_bytes()).map_err(wrong)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Settings;

    #[test]
    fn what_is_written_is_a_configuration_and_names_the_server() {
        for (server, want) in [
            (Some(Mta::Postfix), "\n[site]\n"),
            (Some(Mta::Postfix), "\npostfix_config = \"/etc/postfix\""),
            (Some(Mta::Sendmail), "\nsendmail_config = \"/etc/mail\""),
            (None, "\n#[site]\n"),
            (Some(Mta::Exchange), "\n#[site]\n"),
        ] {
            let text = filled_in(server);
            assert!(text.contains(want), "{server:?}");
            assert_eq!(text.lines().count(), SETTINGS.lines().count());
        }
        assert!(Settings::parse(&filled_in(None), Path::new("config.toml")).is_ok());
    }
}
