use std::fs;

use super::read;
use crate::model::{ClientCertificates, ServerConfiguration};

/// Reads a configuration made of these files; the folder is `DIR` in what it says.
fn configuration(files: &[(&str, &str)]) -> ServerConfiguration {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in files {
        fs::write(folder.path().join(name), text).unwrap();
    }
    let mut server = read(folder.path()).unwrap();
    let name = folder.path().display().to_string();
    let stated = server.networks.iter_mut().map(|rule| &mut rule.stated);
    for text in stated.chain(&mut server.unread).chain(&mut server.notes).chain(&mut server.openings) {
        *text = text.replace(&name, "DIR");
    }
    server
}

fn networks(server: &ServerConfiguration) -> Vec<String> {
    let sign = |excluded| if excluded { "!" } else { "" };
    server.networks.iter().map(|rule| format!("{}{}", sign(rule.excluded), rule.network)).collect()
}

const CF: &str = "#####  $Id: use_cw_file.m4,v 8.12 2013-11-22 20:51:11 ca Exp $  #####\n\
                  #####  $Id: access_db.m4,v 8.28 2013-11-22 20:51:11 ca Exp $  #####\n\
                  Cwlocalhost\n\
                  Fw/etc/mail/local-host-names %[^\\#]\n\
                  Djmx1.Harbour.example\n\
                  C{VirtHost}shop.example\n\
                  FR-o /etc/mail/relay-domains %[^\\#]\n\
                  Kaccess hash -T<TMPF> /etc/mail/access\n\
                  SLocal_check_rcpt\n\
                  Scheck_rcpt\n\
                  R$*\t\t$: $1\n";

#[test]
fn a_usual_configuration_reads_as_sendmail_means_it() {
    let server = configuration(&[
        ("sendmail.cf", CF),
        ("local-host-names", "# ours\nharbour.example\nOld.example # long ago\n\n"),
        ("relay-domains", "branch.example\n198.51.100.7\n"),
        (
            "access",
            "# who may relay\n\
             Connect:127.0.0.1\tRELAY\n\
             Connect:192.0.2.10\tRELAY\n\
             Connect:192.0.2.13\tREJECT\n\
             Connect:192.0.2\tRELAY\n\
             Connect:IPv6:2001:db8:1\tRELAY\n\
             Connect:gw.partner.example\tRELAY\n\
             Connect:203.0.113.9\tOK\n\
             From:friend@far.example\tOK\n\
             From:far.example\tRELAY\n\
             To:quay.example\tRELAY\n\
             bad.example\t550 no spam\n\
             GreetPause:192.0.2\t0\n",
        ),
    ]);
    assert_eq!(
        server.local_domains,
        ["localhost", "mx1.harbour.example", "harbour.example", "old.example", "shop.example"]
    );
    assert_eq!(server.relay_domains, ["branch.example", ".branch.example", "quay.example", ".quay.example"]);
    assert_eq!(
        networks(&server),
        [
            "2001:db8:1::/48",
            "!192.0.2.13/32",
            "198.51.100.7/32",
            "127.0.0.1/32",
            "192.0.2.10/32",
            "192.0.2.0/24"
        ]
    );
    assert!(server.client_domains.contains(&"gw.partner.example".to_owned()));
    assert_eq!(server.networks[4].stated, "the access map in DIR/access, line 3");
    assert_eq!(server.client_certificates, ClientCertificates::None);
    assert!(server.openings.is_empty() && server.unread.is_empty() && server.notes.is_empty(), "{server:?}");
}

#[test]
fn features_that_open_the_server_are_named_with_their_line() {
    let mc = "dnl FEATURE(`relay_mail_from')\n\
              FEATURE(`promiscuous_relay')dnl\n\
              FEATURE(relay_local_from)\n";
    let cf = format!("{CF}#####  $Id: promiscuous_relay.m4,v 8.13 2013 ca Exp $  #####\n");
    let files = [("local-host-names", ""), ("access", "Connect:203\tRELAY\n")];
    let server = configuration(&[&[("sendmail.cf", &*cf), ("sendmail.mc", mc)], &files[..]].concat());
    assert_eq!(server.openings, ["FEATURE(promiscuous_relay) in DIR/sendmail.mc, line 2"]);
    assert_eq!(
        server.notes,
        ["DIR/sendmail.mc, line 3: FEATURE(relay_local_from) is not in sendmail.cf, which is older"]
    );
    assert!(!server.networks[0].is_believable(), "{server:?}");

    let alone = configuration(&[("sendmail.mc", mc)]);
    assert_eq!(
        alone.openings,
        [
            "FEATURE(promiscuous_relay) in DIR/sendmail.mc, line 2",
            "FEATURE(relay_local_from) in DIR/sendmail.mc, line 3"
        ]
    );
}

#[test]
fn the_source_alone_says_most() {
    let server = configuration(&[
        (
            "sendmail.mc",
            "define(`confDOMAIN_NAME', `mx1.harbour.example')dnl\n\
             LOCAL_DOMAIN(`harbour.example')\n\
             RELAY_DOMAIN(`branch.example 192.0.2.77')\n\
             FEATURE(`use_cw_file')\n\
             FEATURE(`relay_hosts_only')\n\
             FEATURE(`access_db', `hash -T<TMPF> -o /etc/mail/who.db')\n\
             FEATURE(`relay_entire_domain')\n",
        ),
        ("local-host-names", "old.example\n"),
        ("who", "CERTIssuer:/CN=Branch+20CA\tRELAY\n192.0.2.0/24\tRELAY\n"),
    ]);
    assert_eq!(server.local_domains, ["localhost", "mx1.harbour.example", "harbour.example", "old.example"]);
    assert_eq!(server.relay_domains, ["branch.example", "harbour.example", ".harbour.example"]);
    assert_eq!(networks(&server), ["192.0.2.77/32"]);
    assert_eq!(server.client_certificates, ClientCertificates::AllTrusted);
    assert_eq!(server.notes.len(), 2, "{:?}", server.notes);
    assert!(
        server.notes[0].starts_with("DIR/who, line 1: some certificates may relay"),
        "{:?}",
        server.notes
    );
    assert_eq!(server.notes[1], "DIR/who, line 2: Sendmail knows no masks, so 192.0.2.0/24 never matches");
}

#[test]
fn what_cannot_be_known_is_said_with_file_and_line() {
    let server = configuration(&[(
        "sendmail.cf",
        "Fw|/usr/bin/names\n\
         FR/etc/mail/missing\n\
         F{VirtHost}-o /etc/mail/none\n\
         FR@ldap:-k x\n\
         Kaccess ldap -h db.example\n\
         #####  $Id: relay_based_on_MX.m4,v 8.1 $  #####\n\
         #####  $Id: relay_entire_domain.m4,v 8.1 $  #####\n\
         SLocal_check_rcpt\n\
         R$*\t\t$@ RELAY\n",
    )]);
    for expected in [
        "DIR/sendmail.cf, line 1: names come from the program /usr/bin/names, which is not run",
        "DIR/sendmail.cf, line 2: the file DIR/missing cannot be read: No such file or directory (os error 2)",
        "DIR/sendmail.cf, line 4: names come from the map @ldap:-k, which only the running server can ask",
        "DIR/sendmail.cf, line 5: the access map is of type ldap, which only the running server can ask",
        "DIR/sendmail.cf, line 6: FEATURE(relay_based_on_MX) relays for every domain whose MX records name this host",
        "DIR/sendmail.cf, line 7: FEATURE(relay_entire_domain) relays for the host's own domain, \
         which only the host knows",
        "DIR/sendmail.cf, line 9: rules of its own in Local_check_rcpt are not followed here",
    ] {
        assert!(server.unread.iter().any(|said| said == expected), "{expected}\n{:#?}", server.unread);
    }
    assert_eq!(server.unread.len(), 7, "{:#?}", server.unread);
}

#[test]
fn an_empty_folder_is_an_error_that_says_what_to_do() {
    let folder = tempfile::tempdir().unwrap();
    let message = read(folder.path()).unwrap_err().to_string();
    assert!(message.starts_with("cannot read the Sendmail configuration "), "{message}");
    assert!(
        message.ends_with("name the folder that holds sendmail.cf, and check that this user may read it")
    );
}
