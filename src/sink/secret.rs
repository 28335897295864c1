//! Secrets: named in the configuration, read when a sink is opened, never shown.

use std::ffi::OsString;
use std::fmt;
use std::fs::File;
use std::io::Read;
use std::path::PathBuf;

use serde::de::{self, Deserialize, Deserializer, MapAccess, Visitor};

use super::error::OpenError;

/// Longer ones are refused: a path to a wrong file must not fill the memory. 64 KiB, as long as a key can sensibly be.
const LONGEST: u64 = 64 * 1024;

/// Where a secret is to be found: `{ file = "/path" }`, `{ env = "NAME" }`, or `{ credential = "name" }`, which is a file
/// in the folder that the service manager made (`$CREDENTIALS_DIRECTORY`, systemd.exec(5)).
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Secret {
    /// The contents of a file.
    File(PathBuf),
    /// The value of an environment variable.
    Env(String),
    /// The contents of a file that the service manager hands over.
    Credential(String),
}

impl Secret {
    /// What to write where a secret is expected.
    const HINT: &'static str = "{ file = \"/path\" }, { env = \"NAME\" } or { credential = \"name\" }, so that the configuration holds no secret";

    /// What is said where a secret stands in the configuration itself begins so: whoever shows the place must not show it.
    pub const IN_THE_OPEN: &str = "a secret does not stand here itself";

    /// Reads it, without the line end at its end.
    ///
    /// # Errors
    /// It is not there, or empty, or no text. The error names the place, never the contents.
    pub fn read(&self) -> Result<Revealed, OpenError> {
        self.read_in(&|name| std::env::var_os(name))
    }

    fn read_in(&self, environment: &dyn Fn(&str) -> Option<OsString>) -> Result<Revealed, OpenError> {
        let text = match self {
            Self::Env(name) => environment(name)
                .ok_or_else(|| {
                    OpenError::Wrong(format!("{self} is not set; set it where the service starts"))
                })?
                .into_string()
                .map_err(|_| OpenError::Wrong(format!("{self} is no UTF-8 text")))?,
            Self::File(path) => read_file(path.clone())?,
            Self::Credential(name) => {
                let folder = environment("CREDENTIALS_DIRECTORY").ok_or_else(|| {
                    OpenError::Wrong(format!(
                        "{self} needs a service manager that hands it over; with systemd, put \
                         LoadCredential={name}:/path into the unit"
                    ))
                })?;
                read_file(PathBuf::from(folder).join(name))?
            }
        };
        let value = text.strip_suffix('\n').map_or(&*text, |text| text.strip_suffix('\r').unwrap_or(text));
        if value.is_empty() {
            return Err(OpenError::Wrong(format!("{self} is empty; it must hold the secret")));
        }
        Ok(Revealed(value.to_owned()))
    }

    /// What is wrong with the way in which it is kept: a file that every user of the machine may read.
    pub fn exposed(&self) -> Option<String> {
        match self {
            Self::File(path) => exposed(path),
            Self::Env(_) | Self::Credential(_) => None,
        }
    }
}

/// Says so if everybody may read the file, which holds a secret.
#[cfg(unix)]
pub(super) fn exposed(path: &std::path::Path) -> Option<String> {
    use std::os::unix::fs::PermissionsExt;

    // S_IROTH of stat(2).
    let everybody = std::fs::metadata(path).ok()?.permissions().mode() & 0o004 != 0;
    everybody.then(|| {
        let path = path.display();
        format!("{path} holds a secret, and every user of this machine may read it; chmod o-r {path}")
    })
}

/// Permissions of other systems are not known here.
#[cfg(not(unix))]
pub(super) fn exposed(_: &std::path::Path) -> Option<String> {
    None
}

fn read_file(path: PathBuf) -> Result<String, OpenError> {
    let mut text = String::new();
    match File::open(&path).and_then(|file| file.take(LONGEST + 1).read_to_string(&mut text)) {
        Ok(length) if length as u64 > LONGEST => {
            Err(OpenError::Wrong(format!("{} is longer than 64 KiB, which is no secret", path.display())))
        }
        Ok(_) => Ok(text),
        Err(source) => Err(OpenError::Read { what: "the secret in", path, source }),
    }
}

/// The place, in words.
impl fmt::Display for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path) => write!(f, "file {}", path.display()),
            Self::Env(name) => write!(f, "environment variable {name}"),
            Self::Credential(name) => write!(f, "credential {name}"),
        }
    }
}

impl<'de> Deserialize<'de> for Secret {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Place)
    }
}

/// Reads the table.
struct Place;

impl<'de> Visitor<'de> for Place {
    type Value = Secret;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(Secret::HINT)
    }

    fn visit_str<E: de::Error>(self, _: &str) -> Result<Secret, E> {
        // The usual message would quote the text, which is the secret.
        Err(E::custom(format!("{}: write {}", Secret::IN_THE_OPEN, Secret::HINT)))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Secret, A::Error> {
        let wrong = || de::Error::custom(format!("expected one key: {}", Secret::HINT));
        let (key, value) = map.next_entry::<String, String>()?.ok_or_else(wrong)?;
        if map.next_key::<String>()?.is_some() || value.is_empty() {
            return Err(wrong());
        }
        match &*key {
            "file" => absolute(PathBuf::from(value)).map(Secret::File).map_err(de::Error::custom),
            "env" => Ok(Secret::Env(value)),
            // A name, as systemd's `LoadCredential=` takes it, leads to no other folder.
            "credential" if value.contains(['/', '\\']) || value.starts_with('.') => {
                Err(de::Error::custom("a credential is named without a path, like `chat-url`"))
            }
            "credential" => Ok(Secret::Credential(value)),
            _ => Err(de::Error::unknown_field(&key, &["file", "env", "credential"])),
        }
    }
}

/// A service has no folder of its own from which a relative path could start.
pub(super) fn absolute(path: PathBuf) -> Result<PathBuf, String> {
    if path.is_absolute() {
        return Ok(path);
    }
    Err(format!("`{}` is a relative path: write the whole path, from the root", path.display()))
}

/// A secret, read. Its debug output is `***`.
#[derive(Clone, PartialEq, Eq)]
pub struct Revealed(String);

impl Revealed {
    /// The secret itself.
    pub fn reveal(&self) -> &str {
        &self.0
    }

    /// Text of the configuration that may be a secret.
    pub(super) fn plain(text: &str) -> Self {
        Self(text.to_owned())
    }
}

impl fmt::Debug for Revealed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[derive(serde::Deserialize, Debug)]
    struct File {
        key: Secret,
    }

    fn parse(value: &str) -> Result<Secret, String> {
        toml::from_str::<File>(&format!("key = {value}"))
            .map(|file| file.key)
            .map_err(|error| error.message().to_owned())
    }

    #[test]
    fn a_secret_is_named_and_never_written_down() {
        assert_eq!(parse("{ env = \"KEY\" }"), Ok(Secret::Env("KEY".to_owned())));
        assert_eq!(parse("{ credential = \"key\" }"), Ok(Secret::Credential("key".to_owned())));
        let plain = parse("\"hunter2\"").unwrap_err();
        assert!(plain.contains("{ file = \"/path\" }") && !plain.contains("hunter2"), "{plain}");
        for (wrong, hint) in [
            ("{}", "one key"),
            ("{ env = \"A\", file = \"/b\" }", "one key"),
            ("{ path = \"/b\" }", "unknown field `path`, expected one of `file`"),
            ("{ credential = \"../b\" }", "without a path"),
            ("{ file = \"b\" }", "from the root"),
            ("7", "{ file = \"/path\" }"),
        ] {
            let message = parse(wrong).unwrap_err();
            assert!(message.contains(hint), "{wrong}: {message}");
        }
    }

    #[test]
    fn it_is_read_from_its_place_without_the_line_end() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("key");
        let read = |text: &str| {
            fs::write(&path, text).unwrap();
            Secret::File(path.clone()).read().map(|value| value.reveal().to_owned())
        };
        assert_eq!(read("hunter2\n").unwrap(), "hunter2");
        assert_eq!(read("hunter2\r\n").unwrap(), "hunter2");
        assert_eq!(read(" two\nlines\n\n").unwrap(), " two\nlines\n");
        assert!(read("\n").unwrap_err().to_string().contains("is empty"));
        assert!(read(&"x".repeat(70_000)).unwrap_err().to_string().contains("64 KiB"));
        fs::write(&path, "hunter2\n").unwrap();
        let environment = |name: &str| match name {
            "CREDENTIALS_DIRECTORY" => Some(folder.path().as_os_str().to_owned()),
            "KEY" => Some("hunter3".into()),
            _ => None,
        };
        let value = Secret::Credential("key".to_owned()).read_in(&environment).unwrap();
        assert_eq!((value.reveal(), &*format!("{value:?}")), ("hunter2", "***"));
        assert_eq!(Secret::Env("KEY".to_owned()).read_in(&environment).unwrap().reveal(), "hunter3");
        let unset = Secret::Env("OTHER".to_owned()).read_in(&environment).unwrap_err().to_string();
        assert!(unset.contains("environment variable OTHER is not set"), "{unset}");
        let no_manager = Secret::Credential("key".to_owned()).read_in(&|_| None).unwrap_err().to_string();
        assert!(no_manager.contains("LoadCredential=key:"), "{no_manager}");
    }

    #[cfg(unix)]
    #[test]
    fn a_file_that_everybody_may_read_is_told() {
        use std::os::unix::fs::PermissionsExt;
        let file = tempfile::NamedTempFile::new().unwrap();
        let secret = Secret::File(file.path().to_owned());
        fs::set_permissions(file.path(), fs::Permissions::from_mode(0o644)).unwrap();
        assert!(secret.exposed().unwrap().contains("chmod o-r"));
        fs::set_permissions(file.path(), fs::Permissions::from_mode(0o640)).unwrap();
        assert_eq!(secret.exposed(), None);
    }
}
