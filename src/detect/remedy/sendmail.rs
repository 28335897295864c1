//! Remedies for Sendmail (cf/README of its distribution, "ANTI-SPAM CONFIGURATION CONTROL").

pub(super) const OPEN_RELAY: &str = "In sendmail.mc, take out what lets anybody relay, or whoever claims to be one of you:\n  \
     FEATURE(`promiscuous_relay'), FEATURE(`relay_local_from'),\n  FEATURE(`relay_mail_from'), \
     FEATURE(`loose_relay_check')\nFEATURE(`relay_entire_domain') and FEATURE(`relay_based_on_MX') leave the decision \
     to what name servers say. In the access map, give RELAY to the addresses of your own hosts and to no network that \
     others share:\n  Connect:192.0.2.10 RELAY\nDomains that you relay for stand in relay-domains; users log in (SMTP \
     AUTH). Then build both, restart, and see what still waits in the queue:\n  make -C /etc/mail\n  makemap hash \
     /etc/mail/access < /etc/mail/access\n  mailq";
