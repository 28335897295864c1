//! What is wrong with a configuration: who may relay who should not.

use crate::model::{ClientCertificates, ServerConfiguration, Severity};

/// Something in a configuration that somebody should look at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// How grave it is: `critical`, strangers may relay; `warning`, more may than anybody can know; `info`, it could not be
    /// told.
    pub severity: Severity,
    /// What is wrong, and where it stands.
    pub what: String,
}

/// The faults of `server`, the gravest first.
pub fn faults(server: &ServerConfiguration) -> Vec<Fault> {
    let mut all = Vec::new();
    let mut say = |severity, what: String| all.push(Fault { severity, what });
    for opening in &server.openings {
        say(Severity::Critical, format!("{opening} lets strangers relay"));
    }
    for rule in server.networks.iter().filter(|rule| !rule.excluded && !rule.is_believable()) {
        let addresses =
            if rule.network.prefix_len() == 0 { "every address there is" } else { "all of its addresses" };
        say(Severity::Critical, format!("{} has {}: {addresses} may relay", rule.stated, rule.network));
    }
    let whose = [
        (&server.relay_domains, "mail to every domain of it is relayed"),
        (&server.client_domains, "every client with a name in it may relay"),
    ];
    for (domains, what) in whose {
        for domain in domains.iter().filter(|domain| is_everybodys(domain)) {
            let name = domain.trim_start_matches('.');
            say(Severity::Critical, format!("`{name}` is nobody's domain, but a registry's: {what}"));
        }
    }
    if server.client_certificates == ClientCertificates::AllTrusted {
        let what = "Every client with a certificate that a known authority signed may relay, whoever it is";
        say(Severity::Warning, what.to_owned());
    }
    for gap in &server.unread {
        say(Severity::Info, gap.clone());
    }
    for note in &server.notes {
        say(Severity::Info, note.clone());
    }
    all.sort_by_key(|fault| std::cmp::Reverse(fault.severity));
    all.dedup();
    all
}

/// Whether anybody may register a name below `domain` (publicsuffix.org): `com`, `co.uk`. A name that is on no list may well
/// be a site's own (`lan`).
fn is_everybodys(domain: &str) -> bool {
    let name = domain.trim_start_matches('.');
    psl::suffix(name.as_bytes()).is_some_and(|suffix| suffix.is_known() && suffix == name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Mta, NetworkRule};

    fn server() -> ServerConfiguration {
        ServerConfiguration {
            mta: Mta::Postfix,
            folder: "/etc/postfix".to_owned(),
            local_domains: Vec::new(),
            relay_domains: Vec::new(),
            client_domains: Vec::new(),
            openings: Vec::new(),
            networks: Vec::new(),
            client_certificates: ClientCertificates::None,
            unread: Vec::new(),
            notes: Vec::new(),
        }
    }

    fn told(server: &ServerConfiguration) -> Vec<String> {
        faults(server).iter().map(|fault| format!("{}: {}", fault.severity, fault.what)).collect()
    }

    #[test]
    fn a_usual_configuration_has_no_fault() {
        let rule = |network: &str, excluded| NetworkRule {
            network: network.parse().unwrap(),
            excluded,
            stated: "mynetworks in main.cf, line 1".to_owned(),
        };
        let networks =
            vec![rule("127.0.0.0/8", false), rule("192.0.2.0/24", false), rule("203.0.0.0/8", true)];
        let relay_domains = ["branch.example", ".branch.example", "lan", "harbour.co.uk"];
        let relay_domains = relay_domains.map(str::to_owned).to_vec();
        assert_eq!(told(&ServerConfiguration { relay_domains, networks, ..server() }), [""; 0]);
    }

    #[test]
    fn whoever_may_relay_and_should_not_is_a_fault() {
        let rule = |network: &str| NetworkRule {
            network: network.parse().unwrap(),
            excluded: false,
            stated: "mynetworks in main.cf, line 1".to_owned(),
        };
        let faulty = ServerConfiguration {
            openings: vec!["FEATURE(promiscuous_relay) in sendmail.mc, line 3".to_owned()],
            networks: vec![rule("0.0.0.0/0"), rule("198.51.0.0/16"), rule("10.0.0.0/8")],
            relay_domains: vec!["com".to_owned(), ".co.uk".to_owned()],
            client_domains: vec![".net".to_owned()],
            client_certificates: ClientCertificates::AllTrusted,
            unread: vec!["relay_domains = mysql:x".to_owned()],
            ..server()
        };
        assert_eq!(
            told(&faulty),
            [
                "critical: FEATURE(promiscuous_relay) in sendmail.mc, line 3 lets strangers relay",
                "critical: mynetworks in main.cf, line 1 has 0.0.0.0/0: every address there is may relay",
                "critical: mynetworks in main.cf, line 1 has 198.51.0.0/16: all of its addresses may relay",
                "critical: `com` is nobody's domain, but a registry's: mail to every domain of it is relayed",
                "critical: `co.uk` is nobody's domain, but a registry's: mail to every domain of it is relayed",
                "critical: `net` is nobody's domain, but a registry's: every client with a name in it may relay",
                "warning: Every client with a certificate that a known authority signed may relay, whoever it is",
                "info: relay_domains = mysql:x",
            ]
        );
    }
}
