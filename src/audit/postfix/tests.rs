use std::fs;
use std::path::Path;

use super::read;
use crate::model::{ClientCertificates, ServerConfiguration};

/// Reads a configuration made of these files.
fn configuration(files: &[(&str, &str)]) -> (tempfile::TempDir, ServerConfiguration) {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in files {
        fs::write(folder.path().join(name), text).unwrap();
    }
    let read = read(folder.path()).unwrap();
    (folder, read)
}

fn networks(server: &ServerConfiguration) -> Vec<String> {
    let sign = |excluded| if excluded { "!" } else { "" };
    server.networks.iter().map(|rule| format!("{}{}", sign(rule.excluded), rule.network)).collect()
}

/// A sentence with the folder taken out.
fn sentences(all: &[String], folder: &Path) -> Vec<String> {
    all.iter().map(|text| text.replace(&folder.display().to_string(), "DIR")).collect()
}

#[test]
fn a_usual_configuration_reads_as_postfix_means_it() {
    let (folder, server) = configuration(&[
        (
            "main.cf",
            "# A comment\n\
             compatibility_level = 3.6\n\
             myhostname = mx1.Corp.example\n\
             mydestination = old.example\n\
             mydestination = $myhostname, localhost.$mydomain\n\
             # between\n\
             \t${mydomain} localhost\n\
             inet_interfaces = 127.0.0.1, 192.0.2.25\n\
             mynetworks = 127.0.0.0/8 [::1]/128, !192.0.2.13\n   192.0.2.0/24 [2001:db8::]/32\n\
             relay_domains = branch.example\n",
        ),
        ("master.cf", "smtp inet n - y - - smtpd\n"),
    ]);
    assert_eq!(
        server.local_domains,
        ["mx1.corp.example", "localhost.corp.example", "corp.example", "localhost", "[192.0.2.25]"]
    );
    assert_eq!(server.relay_domains, ["branch.example", ".branch.example"]);
    assert_eq!(
        networks(&server),
        ["127.0.0.0/8", "::1/128", "!192.0.2.13/32", "192.0.2.0/24", "2001:db8::/32"]
    );
    let stated = server.networks[3].stated.replace(&folder.path().display().to_string(), "DIR");
    assert_eq!(stated, "mynetworks in DIR/main.cf, line 9");
    assert_eq!(server.client_certificates, ClientCertificates::None);
    assert!(server.unread.is_empty() && server.notes.is_empty(), "{server:?}");
}

#[test]
fn files_and_tables_are_read_from_their_sources() {
    let (folder, server) = configuration(&[
        (
            "main.cf",
            "myhostname = mx.example\n\
             mydestination = /etc/postfix/destinations, inline:{a.example=1, {b.example = x y}}\n\
             virtual_alias_maps = hash:$config_directory/virtual\n\
             virtual_mailbox_domains = proxy:texthash:/etc/postfix/boxes !gone.example fail:\n\
             mynetworks = /etc/postfix/networks cidr:/etc/postfix/more hash:/etc/postfix/hosts\n\
             relay_domains =\n",
        ),
        ("destinations", "# ours\none.example two.example,\nthree.example\n"),
        ("virtual", "v.example anything\n@w.example who\ninfo@x.example me\n  continued\npostmaster root\n"),
        ("boxes", "box.example OK\n"),
        ("networks", "192.0.2.0/25\n!192.0.2.200\n"),
        ("more", "198.51.100.0/24 OK\n2001:db8::/48 OK\n"),
        ("hosts", "203.0.113.5 OK\n203.0.113 OK\n"),
    ]);
    assert_eq!(
        server.local_domains,
        ["one.example", "two.example", "three.example", "a.example", "b.example", "v.example", "box.example"]
    );
    assert!(server.relay_domains.is_empty());
    assert_eq!(
        networks(&server),
        ["192.0.2.0/25", "!192.0.2.200/32", "198.51.100.0/24", "2001:db8::/48", "203.0.113.5/32"]
    );
    let stated = server.networks[1].stated.replace(&folder.path().display().to_string(), "DIR");
    assert_eq!(stated, "mynetworks in DIR/networks, line 2");
    assert!(server.unread.is_empty(), "{:?}", server.unread);
    assert_eq!(
        sentences(&server.notes, folder.path()),
        ["DIR/hosts, line 2: 203.0.113 is no address, so it never matches in mynetworks"]
    );
}

#[test]
fn what_cannot_be_known_is_said_with_file_and_line() {
    let (folder, server) = configuration(&[(
        "main.cf",
        "nonsense\n\
         virtual_mailbox_domains = mysql:/etc/postfix/domains.cf\n\
         virtual_alias_domains = pcre:/etc/postfix/domains.pcre /etc/postfix/missing\n\
         relay_domains = $relay_domains x.example\n\
         mynetworks = 2001:db8::/32 192.0.2.5/24 gw.example static:all\n\
         smtpd_relay_restrictions = permit_mynetworks, permit_mx_backup, reject\n",
    )]);
    let said = sentences(&server.unread, folder.path());
    for expected in [
        "DIR/main.cf, line 1: not of the form `name = value`, so Postfix does not start with it",
        "DIR/main.cf: myhostname is not set and the system's own name is not known here, \
         so names made from it are left out of the local domains",
        "DIR/main.cf, line 2: virtual_mailbox_domains uses mysql:/etc/postfix/domains.cf: \
         only the running server can ask it",
        "DIR/main.cf, line 3: virtual_alias_domains uses pcre:/etc/postfix/domains.pcre: \
         it holds regular expressions, not names",
        "DIR/main.cf, line 3: virtual_alias_domains names the file DIR/missing, which cannot be read: \
         No such file or directory (os error 2)",
        "DIR/main.cf, line 4: relay_domains cannot be expanded: it refers to itself",
        "DIR/main.cf, line 5: Postfix takes 2001:db8::/32 for a lookup table; \
         an IPv6 network is written [2001:db8::]/32",
        "DIR/main.cf, line 5: mynetworks lists 192.0.2.5/24, which has bits set behind its mask, \
         so Postfix refuses it",
        "DIR/main.cf, line 5: mynetworks lists gw.example, which is no address or network; \
         names are not looked up here",
        "DIR/main.cf, line 6: smtpd_relay_restrictions has permit_mx_backup: \
         every domain whose MX records name this host is relayed for",
    ] {
        assert!(said.iter().any(|sentence| sentence == expected), "{expected}\nnot in {said:#?}");
    }
    assert_eq!(said.len(), 10, "{said:#?}");
    assert_eq!(networks(&server), ["0.0.0.0/0", "::/0"], "static: trusts everybody");
    assert_eq!(server.local_domains, ["localhost"]);
}

#[test]
fn networks_that_no_restriction_permits_let_nobody_relay() {
    let (folder, server) = configuration(&[(
        "main.cf",
        "compatibility_level = 2\nmyhostname = mx.example\nmynetworks = 0.0.0.0/0\n\
         smtpd_relay_restrictions = permit_sasl_authenticated, reject_unauth_destination\n",
    )]);
    assert_eq!(networks(&server), [""; 0]);
    assert_eq!(
        sentences(&server.notes, folder.path()),
        [
            "DIR/main.cf, line 3: mynetworks lets nobody relay, because no list of restrictions has permit_mynetworks"
        ]
    );
}

#[test]
fn defaults_follow_the_compatibility_level() {
    let old = configuration(&[("main.cf", "myhostname = mx.corp.example\n")]).1;
    assert_eq!(old.local_domains, ["mx.corp.example", "localhost.corp.example", "localhost"]);
    assert!(old.relay_domains.contains(&".mx.corp.example".to_owned()), "subdomains, before Postfix 3.0");
    assert!(old.unread.iter().any(|gap| gap.contains("the subnet of the host's interfaces")), "{old:?}");

    let text = "compatibility_level = 3.6\nmyhostname = mx.corp.example\ninet_interfaces = 192.0.2.25\n";
    let new = configuration(&[("main.cf", text)]).1;
    assert!(new.relay_domains.is_empty() && new.unread.is_empty(), "{new:?}");
    assert_eq!(networks(&new), ["127.0.0.0/8", "::1/128", "192.0.2.25/32"]);
}

#[test]
fn services_override_networks_and_certificates() {
    let (folder, server) = configuration(&[
        (
            "main.cf",
            "compatibility_level = 2\nmyhostname = mx.example\nmynetworks = 127.0.0.0/8\n\
             smtpd_relay_restrictions = permit_mynetworks, reject_unauth_destination, permit_tls_all_clientcerts\n",
        ),
        (
            "master.cf",
            "smtp      inet  n - y - - smtpd\n\
             submission inet n - y - - smtpd\n  -o smtpd_tls_security_level=encrypt\n\
             \x20 -o { smtpd_relay_restrictions = permit_tls_clientcerts, reject }\n\
             10.0.0.1:10025 inet n - n - - smtpd -o mynetworks=10.0.0.0/24\n\
             pickup    unix  n - y 60 1 pickup -o mynetworks=0.0.0.0/0\n",
        ),
    ]);
    assert_eq!(server.client_certificates, ClientCertificates::Listed);
    assert_eq!(networks(&server), ["127.0.0.0/8", "10.0.0.0/24"]);
    assert_eq!(
        sentences(&server.notes, folder.path()),
        ["DIR/master.cf, line 5: service 10.0.0.1:10025 has mynetworks of its own: 10.0.0.0/24"]
    );
}

#[test]
fn a_folder_without_main_cf_is_an_error_that_says_what_to_do() {
    let folder = tempfile::tempdir().unwrap();
    let message = read(folder.path()).unwrap_err().to_string();
    assert!(message.starts_with("cannot read the Postfix configuration "), "{message}");
    assert!(message.contains("main.cf") && message.contains("name the folder"), "{message}");
}

#[test]
fn access_tables_that_let_clients_relay_count() {
    let (folder, server) = configuration(&[
        (
            "main.cf",
            "compatibility_level = 2\nmyhostname = mx.example\nmynetworks = 127.0.0.0/8\n\
             smtpd_relay_restrictions = permit_mynetworks, check_client_access hash:/etc/postfix/access,\n\
             \x20 check_client_access cidr:/etc/postfix/access.cidr,\n\
             \x20 reject_unauth_destination, check_client_access mysql:late\n",
        ),
        (
            "access",
            "192.0.2 OK\n198.51.100.7 1234\n203.0.113.5 550 go away\npartner.example OK\nx.example REJECT\n10.1 DUNNO\n",
        ),
        ("access.cidr", "2001:db8:1::/48 permit\n2001:db8::/32 REJECT\n"),
    ]);
    assert_eq!(
        networks(&server),
        [
            "127.0.0.0/8",
            "192.0.2.0/24",
            "198.51.100.7/32",
            "!203.0.113.5/32",
            "2001:db8:1::/48",
            "!2001:db8::/32"
        ]
    );
    assert_eq!(
        sentences(&server.unread, folder.path()),
        ["DIR/access, line 4: partner.example may relay by its name, and names are not looked up here"]
    );
}

proptest::proptest! {
    /// Whatever stands in `main.cf`, reading it ends, and says something or nothing.
    #[test]
    fn no_configuration_breaks_the_reader(
        lines in proptest::collection::vec("(mynetworks|mydestination|relay_domains|myhostname|a|b)? ?=?[ $!/{}()?:<=,.#a-b0-9\\[\\]]{0,40}", 0..12),
    ) {
        let (_folder, server) = configuration(&[("main.cf", &lines.join("\n")), ("master.cf", &lines.join("\n "))]);
        proptest::prop_assert!(server.networks.len() < 1000);
    }
}
