//! Postfix: `main.cf`, the tables it names and the overrides in `master.cf`, in Postfix's own syntax (postconf(5)).
//!
//! Nothing is executed, so what only the running system knows (its name, its interfaces, a database) is noted.

mod access;
mod domains;
mod expand;
mod lines;
mod list;
mod networks;
mod openings;
mod parameters;
mod restrictions;
mod services;
mod table;

use std::path::Path;

use crate::model::{Mta, ServerConfiguration};

use super::Error;
use super::files::Gaps;
use lines::Files;
use parameters::Parameters;

/// Reads the configuration in `folder` (`/etc/postfix`, or a copy of it).
///
/// Only a `main.cf` that cannot be read is an error: every smaller gap becomes a sentence in `unread` (it bears on
/// what may be claimed) or in `notes` (it is worth knowing), with its file and line.
pub fn read(folder: &Path) -> Result<ServerConfiguration, Error> {
    let path = folder.join("main.cf");
    let text = lines::read(&path).map_err(|source| Error::Read {
        server: "Postfix",
        main: "main.cf",
        path: path.clone(),
        source,
    })?;
    let mut gaps = Gaps::default();
    let parameters = Parameters::parse(&path, &text, &mut gaps);
    let files = Files::new(folder, &parameters.raw("config_directory"));

    let services = services::read_services(&folder.join("master.cf"), &mut gaps);
    let mut networks = Vec::new();
    if restrictions::permit_networks(&parameters, &services, &mut gaps) {
        networks = networks::trusted(&parameters, &files, &mut gaps);
    } else {
        gaps.note(format!(
            "{}: mynetworks lets nobody relay, because no list of restrictions has permit_mynetworks",
            parameters.place("mynetworks")
        ));
    }
    networks.extend(access::permitted(&parameters, &files, &mut gaps));
    let local_domains = domains::local(&parameters, &files, &mut gaps);
    let relay_domains = domains::relayed(&parameters, &files, &mut gaps);
    let mut certificates = restrictions::of_server(&parameters, &mut gaps);
    let mut openings = Vec::from_iter(openings::of_server(&parameters, &files, &mut gaps));
    for service in services {
        let overridden = service.parameters(&parameters);
        certificates = restrictions::stronger(certificates, restrictions::of_service(&service, &overridden));
        networks.extend(networks::of_service(&service, &overridden, &files, &mut gaps));
        openings.extend(openings::of_service(&service, &overridden, &files, &mut gaps));
    }

    Ok(ServerConfiguration {
        mta: Mta::Postfix,
        folder: folder.display().to_string(),
        local_domains,
        relay_domains,
        client_domains: Vec::new(),
        openings,
        networks,
        client_certificates: certificates,
        unread: gaps.unread,
        notes: gaps.notes,
    })
}

#[cfg(test)]
mod tests;
