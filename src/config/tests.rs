use std::fs;
use std::path::Path;

use super::{Environment, Settings, locate};

#[test]
fn a_full_configuration_loads() {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("postfix")).unwrap();
    fs::write(folder.path().join("postfix/main.cf"), "myhostname = mx.example\nrelay_domains = b.example\n")
        .unwrap();
    let path = folder.path().join("config.toml");
    let text = "[site]\nlocal_domains = [\"Example.COM.\", \".sub.example\"]\nrelay_domains = []\n\
                trusted_networks = [\"192.0.2.10\", \"192.0.2.0/24\", \"2001:db8::/32\"]\n\
                postfix_config = \"postfix\"\ntimezone = \"europe/vienna\"\n";
    fs::write(&path, text).unwrap();
    let settings = Settings::load(Some(&path), &Environment::default()).unwrap();
    assert_eq!(settings.site.local_domains.unwrap(), ["example.com", ".sub.example"]);
    assert_eq!(settings.site.relay_domains.unwrap(), [""; 0]);
    let networks: Vec<String> =
        settings.site.trusted_networks.unwrap().iter().map(ToString::to_string).collect();
    assert_eq!(networks, ["192.0.2.10/32", "192.0.2.0/24", "2001:db8::/32"]);
    assert_eq!(settings.site.servers[0].relay_domains, ["b.example", ".b.example"]);
    assert_eq!(settings.timezone, Some(chrono_tz::Europe::Vienna));
    assert_eq!(settings.source.as_deref(), Some(path.as_path()));
}

#[test]
fn the_first_place_that_has_a_file_holds() {
    let home = tempfile::tempdir().unwrap();
    let environment = Environment { xdg_config_home: None, home: Some(home.path().to_owned()) };
    let user = home.path().join(".config/relaywatch/config.toml");
    assert_ne!(locate(None, &environment), Some(user.clone()));
    fs::create_dir_all(user.parent().unwrap()).unwrap();
    fs::write(&user, "").unwrap();
    assert_eq!(locate(None, &environment), Some(user));
    let explicit = Path::new("missing.toml");
    assert_eq!(locate(Some(explicit), &environment).as_deref(), Some(explicit));
    let message = Settings::load(Some(explicit), &environment).unwrap_err().to_string();
    assert!(message.starts_with("cannot read the configuration missing.toml: "), "{message}");
}

/// Every `tests/config/broken/<name>.toml` is refused with exactly `<name>.expected`.
/// After a wanted change of messages, write them anew with `RELAYWATCH_BLESS=1` and read the difference.
#[test]
fn every_broken_configuration_gets_its_message() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/config/broken");
    let mut seen = 0;
    for entry in fs::read_dir(&folder).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|extension| extension != "toml") {
            continue;
        }
        let name = Path::new(path.file_name().unwrap());
        let message = match Settings::parse(&fs::read_to_string(&path).unwrap(), name) {
            Ok(settings) => panic!("{} was accepted: {settings:?}", path.display()),
            Err(error) => format!("{error}\n"),
        };
        let expected = path.with_extension("expected");
        if std::env::var_os("RELAYWATCH_BLESS").is_some() {
            fs::write(&expected, &message).unwrap();
        }
        assert_eq!(message, fs::read_to_string(&expected).unwrap(), "{}", path.display());
        seen += 1;
    }
    assert!(seen >= 10, "only {seen} cases");
}

proptest::proptest! {
    /// Whatever stands in the file, the answer is settings or a message with a place.
    #[test]
    fn no_configuration_breaks_the_reader(text in "(\\[(site|detect)\\]\n)?(timezone|local_domains|x)?( = )?[\\PC\n\"]{0,40}") {
        if let Err(error) = Settings::parse(&text, Path::new("x.toml")) {
            proptest::prop_assert!(error.to_string().starts_with("x.toml, line "), "{error}");
        }
    }
}
