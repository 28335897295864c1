//! `audit`: what it says of a configuration, a real server does.

use std::fs;

use serde_json::Value;

use super::monitor::postfix::Postfix;
use super::program::{code, err, out, run};

/// What a configuration is for a stranger, who writes `promo@cheap.example` as sender and `vps.cheap.example` as HELO.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Server {
    Open,
    Closed,
}
use Server::{Closed, Open};

/// Settings of Postfix, and the table that they name.
const CONFIGURATIONS: &[(&str, &str, Server)] = &[
    ("smtpd_relay_restrictions = permit_mynetworks, reject_unauth_destination", "", Closed),
    (
        "smtpd_relay_restrictions = permit, reject_unauth_destination\n\
         smtpd_recipient_restrictions = permit_mynetworks, reject_unauth_destination",
        "",
        Closed,
    ),
    (
        "smtpd_relay_restrictions = check_client_access static:OK, reject_unauth_destination\n\
         smtpd_client_restrictions = permit_mynetworks, reject",
        "",
        Closed,
    ),
    (
        "smtpd_relay_restrictions = warn_if_reject reject_unauth_destination, check_client_access static:OK, reject",
        "",
        Open,
    ),
    (
        "smtpd_restriction_classes = friends\nfriends = permit\n\
         smtpd_relay_restrictions = permit_mynetworks, friends, reject_unauth_destination",
        "",
        Open,
    ),
    ("smtpd_relay_restrictions = check_client_access static:OK, reject_unauth_destination", "", Open),
    (
        "smtpd_relay_restrictions = check_sender_access texthash:FOLDER/access, reject_unauth_destination",
        "cheap.example OK\n",
        Open,
    ),
    (
        "smtpd_relay_restrictions = check_sender_access texthash:FOLDER/access, reject_unauth_destination",
        "cheap.example DUNNO\n",
        Closed,
    ),
    (
        "smtpd_relay_restrictions = permit_mynetworks, reject_unauth_destination\n\
         smtpd_sender_restrictions = check_sender_access texthash:FOLDER/access",
        "cheap.example OK\n",
        Closed,
    ),
    (
        "smtpd_relay_restrictions = check_helo_access texthash:FOLDER/access, defer_unauth_destination",
        "vps.cheap.example permit\n",
        Open,
    ),
    (
        "smtpd_relay_restrictions = permit_mynetworks, reject_unauth_destination\nmynetworks = 0.0.0.0/0",
        "",
        Open,
    ),
];

#[test]
fn a_real_postfix_does_what_is_said_of_it() {
    // A few at a time: each takes its seconds to start and to end.
    for some in CONFIGURATIONS.chunks(4) {
        std::thread::scope(|scope| {
            for &(settings, access, want) in some {
                scope.spawn(move || does_what_is_said(settings, access, want));
            }
        });
    }
}

fn does_what_is_said(settings: &str, access: &str, want: Server) {
    let settings = format!("mynetworks = 127.0.0.1/32\n{settings}\n");
    let Some(postfix) = Postfix::with(&settings, access) else { return };
    let replies = postfix.attack(&["v1@victims1.example".to_owned()]);
    let is = if replies[0].starts_with("250") { Open } else { Closed };
    assert_eq!(is, want, "{settings}{replies:?}");
    let folder = postfix.config();
    let output = run(&["audit", "--fail-on", "critical", folder.to_str().unwrap()]);
    let said = if code(&output) == 1 { Open } else { Closed };
    assert_eq!(said, want, "{settings}{}", out(&output));
    assert_eq!(out(&output).contains("it lets strangers relay"), want == Open, "{}", out(&output));
}

/// A folder with these files.
fn folder(files: &[(&str, &str)]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in files {
        fs::write(folder.path().join(name), text).unwrap();
    }
    folder
}

#[test]
fn services_are_looked_at_one_by_one() {
    let folder = folder(&[
        (
            "main.cf",
            "compatibility_level = 3.6\nmyhostname = mx1.harbour.example\nmynetworks = 127.0.0.0/8\n",
        ),
        (
            "master.cf",
            "smtp inet n - y - - smtpd\n\
             2525 inet n - y - - smtpd -o smtpd_relay_restrictions=check_client_access,static:OK,reject\n\
             submission inet n - y - - smtpd -o smtpd_relay_restrictions=permit_sasl_authenticated,reject\n\
             127.0.0.1:10025 inet n - y - - smtpd -o smtpd_relay_restrictions=check_client_access,static:OK,reject\n",
        ),
    ]);
    let output = run(&["audit", "--fail-on", "critical", folder.path().to_str().unwrap()]);
    let text = out(&output);
    assert_eq!(code(&output), 1, "{text}");
    let faults: Vec<&str> = text.lines().filter(|line| line.starts_with("  critical")).collect();
    assert_eq!(faults.len(), 1, "{text}");
    assert!(faults[0].contains("Service 2525 (") && faults[0].contains("master.cf, line 2"), "{text}");
    assert!(text.contains("smtpd_relay_restrictions = permit_mynetworks"), "what to write instead: {text}");
}

#[test]
fn a_server_that_takes_no_mail_is_not_open() {
    for restrictions in ["permit_mynetworks, permit, reject_unauth_destination", "warn_if_reject reject", ""]
    {
        let main = format!("myhostname = mx1.harbour.example\nsmtpd_relay_restrictions = {restrictions}\n");
        let folder = folder(&[("main.cf", &main)]);
        let output = run(&["audit", "--fail-on", "warning", folder.path().to_str().unwrap()]);
        assert_eq!(code(&output), 0, "{}", out(&output));
        assert!(out(&output).contains("so Postfix takes no mail at all"), "{}", out(&output));
    }
}

#[test]
#[allow(clippy::disallowed_methods, reason = "how long it takes is what is asked")]
fn classes_that_name_each_other_come_to_an_end() {
    let again = "a, b, ".repeat(50);
    let main = format!(
        "smtpd_restriction_classes = a, b\na = {again}\nb = {again}\nsmtpd_relay_restrictions = {again} reject\n"
    );
    let folder = folder(&[("main.cf", &main)]);
    let start = std::time::Instant::now();
    assert_eq!(code(&run(&["audit", folder.path().to_str().unwrap()])), 0);
    assert!(start.elapsed().as_secs() < 10, "{:?}", start.elapsed());
}

#[test]
fn every_server_is_known_by_its_files() {
    let sendmail = folder(&[("sendmail.mc", "FEATURE(`promiscuous_relay')dnl\n")]);
    let exchange = folder(&[("d.csv", "\"DomainName\",\"DomainType\"\n\"*\",\"ExternalRelay\"\n")]);
    let folders = [&sendmail, &exchange].map(|folder| folder.path().to_str().unwrap().to_owned());
    let output = run(&["audit", "--output", "json", &folders[0], &folders[1]]);
    assert_eq!(code(&output), 0, "{}", err(&output));
    let told: Value = serde_json::from_str(&out(&output)).unwrap();
    assert_eq!(told["schema"], "relaywatch.audit/1");
    for (server, mta, what) in
        [(0, "sendmail", "FEATURE(promiscuous_relay)"), (1, "exchange", "accepted domain `*`")]
    {
        let server = &told["servers"][server];
        assert_eq!(server["mta"], mta);
        assert_eq!(server["faults"][0]["severity"], "critical");
        assert!(server["faults"][0]["what"].as_str().unwrap().contains(what), "{server}");
        assert!(!server["remedy"].as_str().unwrap().is_empty());
    }
}

#[test]
fn what_is_no_configuration_is_said_to_be_none() {
    let empty = folder(&[("notes.txt", "nothing")]);
    for (path, want) in [
        (empty.path().to_str().unwrap(), "holds no mail server's configuration"),
        ("/no/such/folder", "/no/such/folder"),
    ] {
        let output = run(&["audit", path]);
        assert_eq!(code(&output), 2);
        assert!(err(&output).contains(want), "{}", err(&output));
    }
}
