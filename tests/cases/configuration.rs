//! The configuration file, the environment and `check-config`, as a user meets them.

use std::fs;

use super::program::{code, err, out, relaywatch, run};

#[test]
fn a_mistake_is_shown_with_its_place_and_what_was_meant() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("config.toml");
    fs::write(&path, "[site]\nlocal_domian = [\"corp.example\"]\n").unwrap();
    let output = run(&["check-config", "--config", path.to_str().unwrap()]);
    assert_eq!(code(&output), 2);
    assert_eq!(out(&output), "");
    let expected = format!(
        "relaywatch: {}, line 2, column 1: unknown key `local_domian`\n  |\n2 | local_domian = [\"corp.example\"]\n  \
         | ^^^^^^^^^^^^\n  = did you mean `local_domains`?\n",
        path.display()
    );
    assert_eq!(err(&output), expected);
}

#[test]
fn a_missing_configuration_is_an_error_only_if_it_was_named() {
    let output = run(&["--config", "/nonexistent/config.toml", "check-config"]);
    assert_eq!(code(&output), 2);
    assert!(
        err(&output).contains("cannot read the configuration /nonexistent/config.toml"),
        "{}",
        err(&output)
    );
    let output = run(&["check-config"]);
    assert_eq!(code(&output), 0);
    assert!(out(&output).contains("Local domains: not stated"), "{}", out(&output));
    let detectors = "Detectors: open-relay, relay-denied-spike, ";
    assert!(out(&output).contains(detectors), "{}", out(&output));
    assert!(out(&output).contains(", outbound-surge\n"), "log-silence is off: {}", out(&output));
}

#[test]
fn the_users_own_file_and_the_environment_count() {
    let home = tempfile::tempdir().unwrap();
    let folder = home.path().join("relaywatch");
    fs::create_dir(&folder).unwrap();
    fs::write(folder.join("config.toml"), "[site]\ntimezone = \"Asia/Tokyo\"\nrelay_domains = []\n").unwrap();
    let mut command = relaywatch();
    let output = command.env("XDG_CONFIG_HOME", home.path()).arg("check-config").output().unwrap();
    assert_eq!(code(&output), 0, "{}", err(&output));
    assert!(out(&output).contains("Time zone: Asia/Tokyo (stated)"), "{}", out(&output));
    assert!(out(&output).contains("Relay domains: none"), "{}", out(&output));
    let output = command.env("RELAYWATCH_TIMEZONE", "Europe/Vienna").output().unwrap();
    assert!(out(&output).contains("Time zone: Europe/Vienna (stated)"), "{}", out(&output));
}

/// The settings that the documentation lists are all there are, with the defaults that hold.
#[test]
fn the_documented_settings_are_the_defaults() {
    let text = fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/detection.md")).unwrap();
    let blocks = text.split("```toml\n").skip(1).map(|block| block.split("```").next().unwrap());
    let tables: toml::Table = toml::from_str(&blocks.collect::<String>()).unwrap();
    let defaults = toml::Table::try_from(relaywatch::detect::Settings::default()).unwrap();
    assert_eq!(tables["detect"].as_table(), Some(&defaults));
    let learn = toml::Table::try_from(relaywatch::learn::Settings::default()).unwrap();
    assert_eq!(tables["learn"].as_table(), Some(&learn));
    for detector in defaults.keys() {
        assert!(text.contains(&format!("\n## {detector}\n")), "{detector} has no page");
    }
}

#[test]
fn the_mail_servers_own_configuration_is_explained() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(
        folder.path().join("main.cf"),
        "compatibility_level = 3.6\nmyhostname = mx1.corp.example\nmynetworks = 127.0.0.0/8, 0.0.0.0/0\n\
         virtual_mailbox_domains = mysql:/etc/postfix/domains.cf\n",
    )
    .unwrap();
    let config = folder.path().join("config.toml");
    fs::write(&config, "[site]\npostfix_config = \".\"\n").unwrap();
    let output = run(&["check-config", "--config", config.to_str().unwrap()]);
    let text = out(&output);
    assert_eq!(code(&output), 0, "{}", err(&output));
    assert!(
        text.contains("  Local domains: mx1.corp.example, localhost.corp.example, localhost\n"),
        "{text}"
    );
    assert!(text.contains("too wide to be believed, and dangerous where strangers reach the server: 0.0.0.0/0 (mynetworks in "), "{text}");
    assert!(text.contains("main.cf, line 3)"), "{text}");
    assert!(text.contains("Not known: ") && text.contains("only the running server can ask it"), "{text}");
}

#[test]
fn values_that_make_no_sense_are_usage_errors() {
    for (arguments, expected) in [
        (&["check-config", "--timezone", "Vienna"][..], "did you mean `Europe/Vienna`?"),
        (&["check-config", "--since", "yesterday"], "expected 2h, 30m or 7d"),
        (&["check-config", "--since", "2026-03-02", "--until", "2026-03-01"], "is not before --until"),
        (&["check-config", "--output", "json"], "check-config has no output form json; possible: text"),
        (&["check-config", "--threads", "0"], "0 is not in 1..=1024"),
        (
            &["alerts", "silence", "--subject", "192.0.2.5/24", "--for", "1h", "--comment", "x"],
            "did you mean `192.0.2.0/24`",
        ),
        (&["alerts", "silence", "--for", "1h", "--comment", "x", "--state", "/nonexistent"], "/nonexistent"),
        (&["analyze"], "<FILES>"),
        (&["analyse", "x"], "analyze"),
        (&["analyze", "x", "--fail-on", "grave"], "possible values: none, info, warning, critical"),
    ] {
        let output = run(arguments);
        assert_eq!(code(&output), 2, "{arguments:?}");
        assert!(err(&output).contains(expected), "{arguments:?}: {}", err(&output));
        assert_eq!(out(&output), "", "{arguments:?}");
    }
}

#[test]
fn what_could_not_be_read_of_a_configuration_stands_in_the_report() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    fs::write(
        path("main.cf"),
        "compatibility_level = 3.6\nmyhostname = mx1.corp.example\nvirtual_mailbox_domains = mysql:/etc/postfix/domains.cf\n",
    )
    .unwrap();
    fs::write(path("config.toml"), format!("[site]\npostfix_config = {:?}\n", folder.path())).unwrap();
    fs::write(
        path("mail.log"),
        "2026-03-01T12:00:00Z mx1 postfix/smtpd[1]: connect from a.example[192.0.2.1]\n",
    )
    .unwrap();
    let output = run(&["--config", &path("config.toml"), "analyze", &path("mail.log")]);
    assert_eq!(code(&output), 0, "{}", err(&output));
    let text = out(&output).split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(text.contains("configuration: ") && text.contains("mysql:/etc/postfix/domains.cf"), "{text}");
}

#[test]
fn a_configuration_to_begin_with_is_written_once() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("etc/relaywatch/config.toml");
    let path = path.to_str().unwrap();
    let output = run(&["init", path]);
    assert_eq!((code(&output), err(&output)), (0, String::new()));
    assert!(out(&output).contains(&format!("relaywatch check-config --config {path}")), "{}", out(&output));
    let text = fs::read_to_string(path).unwrap();
    // What this machine has is in it.
    let has_postfix = std::path::Path::new("/etc/postfix/main.cf").exists();
    assert_eq!(text.contains("\npostfix_config = "), has_postfix);
    assert_eq!(out(&output).contains("as postfix in /etc/postfix says"), has_postfix, "{}", out(&output));
    assert_eq!(code(&run(&["check-config", "--config", path])), 0);
    // Whatever somebody has made of it stays.
    fs::write(path, "# mine\n").unwrap();
    let again = run(&["init", path]);
    assert_eq!(code(&again), 2);
    assert!(err(&again).contains("exists, and is left as it is"), "{}", err(&again));
    assert_eq!(fs::read_to_string(path).unwrap(), "# mine\n");
    assert_eq!(out(&run(&["init", "-"])), text);
}

#[test]
fn whoever_is_not_root_begins_at_home() {
    let home = tempfile::tempdir().unwrap();
    let mut command = relaywatch();
    command.arg("init").env("HOME", home.path()).env_remove("XDG_CONFIG_HOME");
    #[cfg(unix)]
    {
        use std::os::unix::fs::{PermissionsExt, chown};
        use std::os::unix::process::CommandExt;
        if rustix::process::geteuid().is_root() {
            // `nobody`, and a program that everybody may run.
            let program = home.path().join("relaywatch");
            fs::copy(env!("CARGO_BIN_EXE_relaywatch"), &program).unwrap();
            fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).unwrap();
            fs::set_permissions(home.path(), fs::Permissions::from_mode(0o755)).unwrap();
            chown(home.path(), Some(65_534), Some(65_534)).unwrap();
            command = std::process::Command::new(program);
            command
                .arg("init")
                .env("HOME", home.path())
                .env_remove("XDG_CONFIG_HOME")
                .uid(65_534)
                .gid(65_534);
        }
    }
    let output = command.output().unwrap();
    assert_eq!((code(&output), err(&output)), (0, String::new()));
    assert!(home.path().join(".config/relaywatch/config.toml").exists());
}
