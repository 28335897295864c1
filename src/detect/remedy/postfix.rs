//! postconf(5), master(5).

pub(super) const OPEN_RELAY: &str = "In main.cf, list in mynetworks the addresses of your own hosts and no others, and \
    let every list of relay restrictions end with a refusal:\n  smtpd_relay_restrictions = permit_mynetworks,\n    \
    permit_sasl_authenticated, reject_unauth_destination\nIn master.cf, look for services that override them: -o \
    mynetworks=, -o smtpd_relay_restrictions=, -o smtpd_recipient_restrictions=\nThen reload, and see what still waits \
    in the queue:\n  postfix reload\n  postqueue -p";

pub(super) const OWN_CONFIGURATION: &str = "On the server itself, one line reads them from its own configuration:\n  postfix_config = \"/etc/postfix\"";
