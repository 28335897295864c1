//! Exchange: what PowerShell exported of accepted domains, receive connectors and their permissions.
//!
//! A folder holds exports of any name, as CSV, JSON or CLIXML; each object says by its properties what it is. Exchange's
//! own configuration lies in Active Directory, which is not asked.

mod connectors;
mod domains;
mod export;
mod ranges;

use std::path::Path;

use crate::model::{ClientCertificates, Mta, ServerConfiguration};

use super::{Error, files};

/// Reads the exports in `folder`.
///
/// # Errors
/// The folder cannot be listed, or none of its files holds accepted domains or receive connectors.
pub fn read(folder: &Path) -> Result<ServerConfiguration, Error> {
    let unreadable = |source| Error::Read {
        server: "Exchange",
        main: "exports of Get-AcceptedDomain and Get-ReceiveConnector",
        path: folder.to_owned(),
        source,
    };
    let mut paths: Vec<_> = std::fs::read_dir(folder)
        .and_then(|entries| entries.map(|entry| Ok(entry?.path())).collect::<Result<_, _>>())
        .map_err(unreadable)?;
    paths.sort();
    let (mut objects, mut unread) = (Vec::new(), Vec::new());
    for path in paths.iter().filter(|path| path.is_file()) {
        match files::read(path) {
            Ok(text) => objects.extend(export::objects(&text, path, &mut unread)),
            Err(error) => unread.push(format!("{}: {error}", path.display())),
        }
    }
    let domains = domains::accepted(&objects);
    let connectors = connectors::receiving(&objects, &mut unread);
    if domains.is_empty() && connectors.networks.is_empty() && connectors.count == 0 {
        let nothing = "no file in it is an export of accepted domains or receive connectors";
        return Err(unreadable(std::io::Error::new(std::io::ErrorKind::InvalidData, nothing)));
    }
    if domains.is_empty() {
        unread.push(format!("{}: no export of Get-AcceptedDomain", folder.display()));
    }
    Ok(ServerConfiguration {
        mta: Mta::Exchange,
        folder: folder.display().to_string(),
        local_domains: domains.local,
        relay_domains: domains.relayed,
        client_domains: Vec::new(),
        openings: domains.openings,
        networks: connectors.networks,
        client_certificates: ClientCertificates::None,
        unread,
        notes: connectors.notes,
    })
}

#[cfg(test)]
mod tests;
