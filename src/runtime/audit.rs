//! `audit`: a mail server's configuration, judged before any log is.

use std::path::Path;

use crate::audit::{self, Fault};
use crate::detect;
use crate::model::{ServerConfiguration, Severity};

/// A configuration, and what is wrong with it.
#[derive(Clone, Debug)]
pub struct Audit {
    /// What it says.
    pub configuration: ServerConfiguration,
    /// What is wrong, the gravest first.
    pub faults: Vec<Fault>,
    /// What to do about whatever lets strangers relay, if anything does.
    pub remedy: Option<&'static str>,
}

/// Judges a configuration.
pub fn audit(configuration: ServerConfiguration) -> Audit {
    let faults = audit::faults(&configuration);
    let is_open = faults.iter().any(|fault| fault.severity == Severity::Critical);
    Audit { remedy: is_open.then(|| detect::closing(configuration.mta)), faults, configuration }
}

/// Reads the configuration in a folder, of whatever server it is.
///
/// # Errors
/// It holds none, or it cannot be read.
pub fn read_configuration(folder: &Path) -> Result<ServerConfiguration, String> {
    audit::read(folder).map_err(|error| error.to_string())
}
