//! How Exim writes a host: `name (helo) [address]:port`, and what may follow it.

use crate::simulation::names;
use crate::simulation::visit::{Authority, Door, Visit};

/// A client during its session.
pub(super) struct Host<'a> {
    visit: &'a Visit,
    port: u32,
}

impl<'a> Host<'a> {
    pub(super) fn new(visit: &'a Visit, port: u32) -> Self {
        Self { visit, port }
    }

    /// Before it said anything: `[address]:port I=[ours]:25`.
    pub(super) fn unnamed(&self) -> String {
        let address = self.visit.client.address;
        format!("[{address}]:{} {}", self.port, self.interface())
    }

    /// `name (helo) [address]:port I=[ours]:25`: the name is verified, the HELO stands there where it is another.
    pub(super) fn named(&self) -> String {
        let Visit { client, helo, .. } = self.visit;
        let name = match (client.name.as_str(), helo.as_str()) {
            ("unknown", helo) => format!("({helo})"),
            (name, helo) if name == helo => name.to_owned(),
            (name, helo) => format!("{name} ({helo})"),
        };
        format!("{name} {}", self.unnamed())
    }

    /// The same as a field, with what is known of its encryption: `H=... X=... CV=no`.
    pub(super) fn field(&self) -> String {
        format!("H={}{}", self.named(), self.encryption())
    }

    /// ` P=esmtpsa X=... CV=no A=plain_login:account`.
    pub(super) fn protocol(&self) -> String {
        let Visit { tls, authority, account, .. } = self.visit;
        let (authenticated, account) = if *authority == Authority::Authenticated {
            ("a", format!(" A={}:{account}", self.authenticator()))
        } else {
            ("", String::new())
        };
        let secure = if *tls { "s" } else { "" };
        format!("P=esmtp{secure}{authenticated}{}{account}", self.encryption())
    }

    /// The authenticator this client uses.
    pub(super) fn authenticator(&self) -> &'static str {
        if self.visit.login_method() == "LOGIN" { "login_server" } else { "plain_server" }
    }

    fn interface(&self) -> String {
        let port = if self.visit.door == Door::Submission { 587 } else { 25 };
        format!("I=[{}]:{port}", names::listener(self.visit.client.address))
    }

    fn encryption(&self) -> &'static str {
        match (self.visit.tls, self.port % 4) {
            (false, _) => "",
            (true, 0) => " X=TLS1.2:ECDHE_RSA_AES_256_GCM_SHA384:256 CV=no",
            (true, _) => " X=TLS1.3:ECDHE_X25519__RSA_PSS_RSAE_SHA256__AES_256_GCM:256 CV=no",
        }
    }
}
