//! Configurations: read again while the service runs, checked, and the commented one that is shipped.

use std::fs;

use relaywatch::config::Settings;
use rustix::process::Signal;

use super::hook::{Answer, Hook};
use super::lines::{AT_ONCE, SITE, at, denials, relay};
use super::service::{Place, told};
use crate::cases::program::{code, err, relaywatch};

const OK: Answer = Answer::Status(200);

#[test]
fn a_new_configuration_holds_once_it_is_read_again() {
    let (old, new) = (Hook::new(OK), Hook::new(OK));
    let place = Place::new(&format!("{SITE}{AT_ONCE}{}", old.table("old")));
    let service = place.started();
    place.write(&(denials(at(-60), "192.0.2.1", 5) + &relay(at(-60), "203.0.113.1", 1)));
    old.waits_for("open.relay.firing", "203.0.113.1");
    let sensitive = "[detect.relay-denied-spike]\nwarning_denials = 3\nsource_denials = 3\n\n";
    place.configure(&format!("{SITE}{AT_ONCE}{sensitive}{}", new.table("new")));
    service.signal(Signal::HUP);
    place.says("the configuration was read again and holds");
    place.write(&(denials(at(-50), "192.0.2.2", 3) + &relay(at(-50), "203.0.113.2", 2)));
    new.waits_for("open.relay.firing", "203.0.113.2");
    new.waits_for("relay.denied.spike.firing", "192.0.2.2");
    // Who is new is told what fires already.
    new.waits_for("open.relay.firing", "203.0.113.1");
    assert_eq!(old.heard().len(), 1, "{:?}", old.heard());
    assert!(service.stop().success());
}

#[test]
fn a_broken_configuration_leaves_the_old_one_in_force() {
    let hook = Hook::new(OK);
    let place = Place::new(&format!("{SITE}{AT_ONCE}{}", hook.table("chat")));
    let service = place.started();
    let broken = format!("{SITE}{AT_ONCE}{}\n[detect.open-relay]\nenabeld = false\n", hook.table("chat"));
    place.configure(&broken);
    service.signal(Signal::HUP);
    place.says("the configuration before this one stays in force");
    let text = fs::read_to_string(place.path("config.toml")).unwrap();
    let line = text.lines().position(|line| line.starts_with("enabeld")).unwrap() + 1;
    let said = place.said();
    assert!(said.contains(&format!("config.toml, line {line}, column 1")), "{said}");
    assert!(said.contains("did you mean `enabled`?"), "{said}");
    place.write(&relay(at(-60), "203.0.113.1", 1));
    hook.waits_for("open.relay.firing", "203.0.113.1");

    let lost = format!(
        "{SITE}{AT_ONCE}[[sink]]\nname = \"chat\"\ntype = \"webhook\"\nurl = {{ file = \"FOLDER/lost\" }}\n"
    );
    place.configure(&lost);
    service.signal(Signal::HUP);
    place.says("lost");
    place.write(&relay(at(-60), "203.0.113.2", 2));
    hook.waits_for("open.relay.firing", "203.0.113.2");
    assert!(service.stop().success());
}

#[test]
fn the_service_is_explained() {
    let place = Place::new(
        "[notify]\nmin_severity = \"info\"\ngroup_wait = \"10s\"\n\n\
         [[sink]]\nname = \"chat\"\ntype = \"webhook\"\nbody = \"slack\"\nurl = \"http://192.0.2.1/hooks/x\"\n\
         [[sink]]\nname = \"file\"\ntype = \"file\"\npath = \"/var/log/alerts.ndjson\"\n\
         [[route]]\nsinks = [\"chat\", \"file\"]\nmin_severity = \"critical\"\ndetectors = [\"open-relay\"]\n\
         subjects = [\"192.0.2.0/24\"]\nhosts = [\"mx1\"]\n[[route]]\nsinks = [\"file\"]\n",
    );
    let text = told(&place.run(&["check-config"]));
    let log = place.log();
    for line in [
        &format!("Follows: {}", log.display()),
        &format!("State: {}", place.path("state").display()),
        "Learns: what is usual, from 14 days of log on; accepted false alarms a month: 1",
        "Serves /metrics and /healthz at 127.0.0.1:",
        "Tells: info and graver, when they are over too; the first of a group after 10s, others after 1m, what still fires every 4h",
        "Sink chat: webhook http://192.0.2.1/… (slack)",
        "  Warning: alerts go to http://192.0.2.1",
        "Sink file: file /var/log/alerts.ndjson",
        "Route to chat, file: critical, of open-relay, about 192.0.2.0/24, on mx1",
        "Route to file: info and graver",
    ] {
        assert!(text.contains(&format!("\n{line}")), "{line}\n{text}");
    }
}

#[test]
fn two_logs_with_the_same_lines_are_warned_of() {
    let folder = tempfile::tempdir().unwrap();
    let [log, info] = ["mail.log", "mail.info"].map(|name| folder.path().join(name));
    for path in [&log, &info] {
        fs::write(path, "Mar  1 12:00:00 mx1 postfix/smtpd[1]: connect from unknown[192.0.2.1]\n").unwrap();
    }
    let config = folder.path().join("config.toml");
    fs::write(&config, format!("[monitor]\ninputs = [{log:?}, {info:?}]\n")).unwrap();
    let output = relaywatch().arg("check-config").arg("--config").arg(&config).output().unwrap();
    let text = told(&output);
    let warning =
        format!("  Warning: {}: it begins with the same lines as {}:", log.display(), info.display());
    assert!(text.contains(&warning), "{text}");
}

#[test]
fn without_sinks_and_inputs_it_says_what_happens() {
    let folder = tempfile::tempdir().unwrap();
    let config = folder.path().join("config.toml");
    fs::write(&config, "").unwrap();
    let output = relaywatch().arg("check-config").arg("--config").arg(&config).output().unwrap();
    let text = told(&output);
    assert!(text.contains("\nFollows: the system's mail log\n"), "{text}");
    assert!(text.contains("\nSinks: none; alerts are kept, and sent nowhere\n"), "{text}");
}

/// The shipped configuration with everything in it taken as stated: `#key = value` and `#[table]` without the `#`.
fn uncommented() -> String {
    let text = fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/packaging/config.toml")).unwrap();
    let lines = text.lines().map(|line| match line.strip_prefix('#') {
        Some(setting) if !setting.starts_with(' ') => setting,
        _ => line,
    });
    lines.flat_map(|line| [line, "\n"]).collect()
}

#[test]
fn the_shipped_configuration_can_be_taken_as_it_stands() {
    let shipped = concat!(env!("CARGO_MANIFEST_DIR"), "/packaging/config.toml");
    let output = relaywatch().args(["check-config", "--config", shipped]).output().unwrap();
    assert_eq!((code(&output), err(&output)), (0, String::new()));

    let folder = tempfile::tempdir().unwrap();
    // What it takes from this machine is made here.
    for server in ["postfix", "mail", "exports"] {
        fs::create_dir(folder.path().join(server)).unwrap();
    }
    fs::write(
        folder.path().join("postfix/main.cf"),
        "compatibility_level = 3.6\nmyhostname = mx1.corp.example\n",
    )
    .unwrap();
    fs::write(folder.path().join("mail/sendmail.cf"), "DSx\n").unwrap();
    let text = uncommented()
        .replace("\"/etc/postfix\"", &format!("{:?}", folder.path().join("postfix")))
        .replace("\"/etc/mail\"", &format!("{:?}", folder.path().join("mail")));
    let text: String = text
        .lines()
        .filter(|line| !line.starts_with("exchange_config"))
        .flat_map(|line| {
            [
                line, "
",
            ]
        })
        .collect();
    let config = folder.path().join("config.toml");
    fs::write(&config, &text).unwrap();
    let output = relaywatch().args(["check-config", "--config"]).arg(&config).output().unwrap();
    assert_eq!((code(&output), err(&output)), (0, String::new()));
    assert!(told(&output).contains("\nSink chat: webhook "), "{}", told(&output));
}

/// What stands there as "where nobody sets it" is what holds where nobody sets it.
#[test]
fn the_shipped_configuration_states_the_defaults() {
    let mut table: toml::Table = toml::from_str(&uncommented()).unwrap();
    let detect = table["detect"].as_table_mut().unwrap();
    for (_, detector) in detect.iter_mut() {
        detector.as_table_mut().unwrap().remove("override");
    }
    let defaults = toml::Table::try_from(relaywatch::detect::Settings::default()).unwrap();
    assert_eq!(table["detect"].as_table(), Some(&defaults));

    let part = |name: &str| {
        let mut only = toml::Table::new();
        only.insert(name.to_owned(), table[name].clone());
        Settings::parse(&only.to_string(), "config.toml".as_ref()).unwrap()
    };
    let defaults = Settings::default();
    assert_eq!(part("notify").notify, defaults.notify);
    assert_eq!(part("learn").learn, defaults.learn);
    let mut monitor = part("monitor").monitor;
    // Examples: the one is found by itself, the other is not served.
    assert_eq!(monitor.state.take().unwrap(), std::path::Path::new("/var/lib/relaywatch"));
    assert!(monitor.listen.take().unwrap().ip().is_loopback());
    assert_eq!(monitor, defaults.monitor);
}

/// All settings that there are stand in it.
#[test]
fn the_shipped_configuration_states_everything() {
    let text = uncommented();
    let keys = |error: &str| -> Vec<String> {
        let (_, known) = error.split_once("expected one of ").unwrap_or_else(|| panic!("{error}"));
        known.split('`').skip(1).step_by(2).map(str::to_owned).collect()
    };
    let table: toml::Table = toml::from_str(&text).unwrap();
    for name in ["learn", "monitor", "notify"] {
        // serde tells all keys where one is wrong.
        let error = match name {
            "learn" => toml::from_str::<relaywatch::learn::Settings>("x = 1").unwrap_err().to_string(),
            "monitor" => toml::from_str::<relaywatch::config::Monitor>("x = 1").unwrap_err().to_string(),
            "notify" => {
                toml::from_str::<relaywatch::alert::dispatch::Settings>("x = 1").unwrap_err().to_string()
            }
            _ => unreachable!(),
        };
        for key in keys(&error) {
            assert!(table[name].get(&key).is_some(), "[{name}] {key} is not in packaging/config.toml");
        }
    }
}
