//! Which configuration file holds.

use std::path::{Path, PathBuf};

/// The variable that names the user's own folder.
pub const HOME: &str = if cfg!(windows) { "USERPROFILE" } else { "HOME" };

/// What the environment says about where configurations lie (XDG Base Directory Specification).
#[derive(Clone, Debug, Default)]
pub struct Environment {
    /// `$XDG_CONFIG_HOME`.
    pub xdg_config_home: Option<PathBuf>,
    /// [`HOME`].
    pub home: Option<PathBuf>,
}

impl Environment {
    /// Of this process.
    pub fn of_process() -> Self {
        let folder = |name| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
        Self { xdg_config_home: folder("XDG_CONFIG_HOME"), home: folder(HOME) }
    }
}

/// The file that holds: `explicit`, else the user's, else the system's; `None` if there is none.
pub fn locate(explicit: Option<&Path>, environment: &Environment) -> Option<PathBuf> {
    if let Some(path) = explicit {
        return Some(path.to_owned());
    }
    // `exists` is false for what this user may not even look at; a file that is there but unreadable is an error later.
    [of_user(environment), Some(PathBuf::from(OF_SYSTEM))].into_iter().flatten().find(|path| path.exists())
}

/// The system's configuration file.
pub const OF_SYSTEM: &str = "/etc/relaywatch/config.toml";

/// Where the user's own lies, or would.
pub fn of_user(environment: &Environment) -> Option<PathBuf> {
    let folder = match (&environment.xdg_config_home, &environment.home) {
        // The specification tells to ignore a relative path.
        (Some(folder), _) if folder.is_absolute() => folder.clone(),
        (_, Some(home)) => home.join(".config"),
        _ => return None,
    };
    Some(folder.join("relaywatch/config.toml"))
}
