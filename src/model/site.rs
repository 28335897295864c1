//! What somebody said about the site: the administrator in `[site]`, or the mail server's own configuration.

use ipnet::IpNet;
use serde::{Deserialize, Serialize};

use super::{Mta, is_private};

/// Who is local and who is trusted, as stated. Nothing in here is a guess.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Site {
    /// Domains delivered here, lower case. `None`: nobody said.
    pub local_domains: Option<Vec<String>>,
    /// Domains relayed for, lower case.
    pub relay_domains: Option<Vec<String>>,
    /// Networks that may relay. They always win; loopback needs no mention.
    pub trusted_networks: Option<Vec<IpNet>>,
    /// The mail servers' own configurations.
    pub servers: Vec<ServerConfiguration>,
}

/// What a mail server's configuration says about relaying.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ServerConfiguration {
    /// The mail server.
    pub mta: Mta,
    /// The folder it was read from.
    pub folder: String,
    /// Domains delivered on this host, lower case.
    pub local_domains: Vec<String>,
    /// Domains it relays for, lower case. A leading dot stands for all subdomains.
    pub relay_domains: Vec<String>,
    /// Names of clients that may relay, lower case, where the server goes by names. A leading dot stands for all below.
    pub client_domains: Vec<String>,
    /// Settings that let strangers relay whatever their address, with file and line: `FEATURE(promiscuous_relay) in
    /// /etc/mail/sendmail.mc, line 12`.
    pub openings: Vec<String>,
    /// Networks that may relay, in the order the server tries them: first match decides.
    pub networks: Vec<NetworkRule>,
    /// Which client certificates may relay.
    pub client_certificates: ClientCertificates,
    /// What could not be read (`virtual_mailbox_domains = mysql:...`), one sentence each. While this is not empty
    /// a domain outside the lists is unknown, not foreign.
    pub unread: Vec<String>,
    /// What is worth knowing but takes nothing from a claim (a service with networks of its own), one sentence each.
    pub notes: Vec<String>,
}

/// One entry of a list of networks.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NetworkRule {
    /// The network.
    pub network: IpNet,
    /// Listed with `!`: not trusted.
    pub excluded: bool,
    /// Where it stands, for people: `mynetworks in /etc/postfix/main.cf, line 10`.
    pub stated: String,
}

/// A configured network wider than this is the fault this program exists to find, not a proof of trust.
const WIDEST_V4: u8 = 24;
/// The same for IPv6.
const WIDEST_V6: u8 = 48;

impl NetworkRule {
    /// Loopback, private, or narrow: only then does a configured network prove that its addresses are meant to relay.
    pub fn is_believable(&self) -> bool {
        let widest = if self.network.addr().is_ipv4() { WIDEST_V4 } else { WIDEST_V6 };
        let (first, last) = (self.network.network(), self.network.broadcast());
        self.network.prefix_len() >= widest || (is_private(first) && is_private(last))
    }
}

/// Which client certificates give the right to relay.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum ClientCertificates {
    /// None does.
    #[default]
    None,
    /// Those whose fingerprint is listed (`permit_tls_clientcerts`).
    Listed,
    /// Every one a known authority signed (`permit_tls_all_clientcerts`).
    AllTrusted,
}
