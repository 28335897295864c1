//! What to change, in each mail server's own words. One file per server.

mod dovecot;
mod exchange;
mod exim;
mod postfix;
mod sendmail;

use std::net::IpAddr;

use crate::model::{Mta, Site, Subject, SubjectKind};

/// What is said under one name in each server's file. Dovecot stands beside Postfix most of the time.
macro_rules! advice {
    ($mta:expr, $what:ident) => {
        match $mta {
            Mta::Postfix | Mta::Dovecot => postfix::$what,
            Mta::Sendmail => sendmail::$what,
            Mta::Exim => exim::$what,
            Mta::Exchange => exchange::$what,
        }
    };
}

/// What lets `ip` relay through a server of kind `mta`, as far as its configuration says, and what to write instead.
pub(super) fn open_relay(mta: Mta, site: &Site, ip: IpAddr) -> String {
    format!("{}{}", cause(mta, site, ip).unwrap_or_default(), closing(mta))
}

/// How a server of kind `mta` is closed to strangers.
pub fn closing(mta: Mta) -> &'static str {
    advice!(mta, OPEN_RELAY)
}

/// The line of the configuration that lets `ip` relay.
fn cause(mta: Mta, site: &Site, ip: IpAddr) -> Option<String> {
    let server = site.servers.iter().find(|server| server.mta == mta)?;
    if let Some(opening) = server.openings.first() {
        return Some(format!("{opening} lets strangers relay. "));
    }
    let rule = server.networks.iter().find(|rule| rule.network.contains(&ip) && !rule.excluded)?;
    Some(format!("{} contains {} and so trusts {ip}. ", rule.stated, rule.network))
}

/// How relaywatch learns the domains from the server's own configuration, where it can.
pub(super) fn own_configuration(mta: Mta) -> String {
    let setting = match mta {
        Mta::Exim => return exim::OWN_CONFIGURATION.to_owned(),
        Mta::Postfix | Mta::Dovecot => "postfix_config = \"/etc/postfix\"",
        Mta::Sendmail => "sendmail_config = \"/etc/mail\"",
        Mta::Exchange => return exchange::OWN_CONFIGURATION.to_owned(),
    };
    format!("On the server itself, one line reads them from its own configuration:\n  {setting}")
}

/// How to make guessing passwords hard on a server of kind `mta`; fail2ban's limits as ours.
pub(super) fn brute_force(mta: Mta, failures: usize, seconds: i64) -> String {
    let (advice, jail) = match mta {
        Mta::Postfix => (postfix::BRUTE_FORCE, Some("postfix-sasl")),
        Mta::Sendmail => (sendmail::BRUTE_FORCE, Some("sendmail-auth")),
        Mta::Exim => (exim::BRUTE_FORCE, Some("exim")),
        Mta::Dovecot => (dovecot::BRUTE_FORCE, Some("dovecot")),
        Mta::Exchange => (exchange::BRUTE_FORCE, None),
    };
    let ban = jail.map_or_else(
        || "Block the addresses at the firewall.".to_owned(),
        |jail| {
            format!(
                "Block the addresses at the firewall; fail2ban does so by itself (maxretry = {failures}, findtime = \
                 {seconds} in its jail {jail})."
            )
        },
    );
    format!("{ban} {advice}")
}

/// What to do about an account in other hands on a server of kind `mta`.
pub(super) fn compromised_account(mta: Mta) -> String {
    let advice = advice!(mta, COMPROMISED_ACCOUNT);
    format!(
        "Lock the account or change its password now, end its sessions, and ask its owner what happened to the old one: the \
         machine it was typed on may be in other hands, too. {advice}"
    )
}

/// What to do about a gateway that makes everybody behind it trusted.
pub(super) fn gateway(mta: Mta) -> String {
    let advice = advice!(mta, GATEWAY);
    format!(
        "Take the address out of the trusted ones, and let the machines behind it log in. {advice} Where a container \
         network hides the clients, publish the port so that their own addresses arrive (Docker: userland-proxy false, or \
         the network of the host)."
    )
}

/// What to do about a trusted machine, or a local user, that sends what it should not.
pub(super) fn trusted_source(mta: Mta, subject: &Subject) -> String {
    let queue = match mta {
        Mta::Postfix | Mta::Dovecot => "postqueue -p",
        Mta::Sendmail => "mailq",
        Mta::Exim => "exim -bp",
        Mta::Exchange => "Get-Queue | Get-Message",
    };
    let place = match subject.kind {
        SubjectKind::LocalUser => {
            "Find out which program runs as this user: most often it is a script of a web site that strangers fill in or have \
             replaced. Stop it, look at the files that were changed last, and take it into use again when the hole is \
             closed."
        }
        _ => {
            "Look at the machine: a form on a web site, malware, or a relay of its own that is open to strangers. Take it out \
             of the trusted addresses until that is known."
        }
    };
    format!("{place} Then see what waits in the queue:\n  {queue}")
}

/// How to see on a server of kind `mta` who sends much, and to bound it.
pub(super) fn sending(mta: Mta) -> &'static str {
    advice!(mta, SENDING)
}

/// How to see on a server of kind `mta` what waits and why, and to have it tried again.
pub(super) fn waiting(mta: Mta) -> &'static str {
    advice!(mta, WAITING)
}

/// How to make a server of kind `mta` refuse unknown recipients instead of returning their mail.
pub(super) fn backscatter(mta: Mta) -> &'static str {
    advice!(mta, BACKSCATTER)
}

/// How to make guessing recipients slow on a server of kind `mta`.
pub(super) fn harvest(mta: Mta) -> String {
    let advice = advice!(mta, HARVEST);
    format!(
        "The server refused, so nothing has to be changed. If it is a server that passes on your mail (a backup MX), give it \
         the list of your recipients, or name it in [site] trusted_networks. Otherwise, if it costs too much, block the \
         address at the firewall. {advice}"
    )
}

/// How to be rid of clients that do not speak SMTP to a server of kind `mta`.
pub(super) fn protocol_abuse(mta: Mta) -> String {
    let advice = advice!(mta, PROTOCOL_ABUSE);
    format!("Nothing has to be changed. If it costs too much, block the address at the firewall. {advice}")
}

/// How to keep strangers from writing in one's own name to a server of kind `mta`.
pub(super) fn forged_outside(mta: Mta) -> String {
    let advice = advice!(mta, FORGED_OUTSIDE);
    format!(
        "If it is a service that writes in your name, name it in [ignore.forged-local-sender] sources and in your SPF record. \
         {advice}"
    )
}

/// What an account may send as, on a server of kind `mta`.
pub(super) fn forged_inside(mta: Mta) -> String {
    let advice = advice!(mta, FORGED_INSIDE);
    format!(
        "Ask its user what he wanted to send; if he knows nothing of it, somebody else does it: change the password. {advice}"
    )
}

/// Where a server of kind `mta` keeps the domains that it takes mail for.
pub(super) fn add_domain(mta: Mta) -> &'static str {
    match mta {
        Mta::Postfix | Mta::Dovecot => {
            "add it to mydestination, virtual_mailbox_domains or relay_domains in main.cf"
        }
        Mta::Sendmail => "add it to local-host-names or relay-domains in /etc/mail",
        Mta::Exim => "add it to domainlist local_domains or relay_to_domains",
        Mta::Exchange => "add it with New-AcceptedDomain",
    }
}

/// The jail of fail2ban that bans for refusals by this server.
pub(super) fn jail(mta: Mta) -> &'static str {
    match mta {
        Mta::Sendmail => "sendmail-reject",
        Mta::Exim => "exim",
        Mta::Postfix | Mta::Exchange | Mta::Dovecot => "postfix",
    }
}
