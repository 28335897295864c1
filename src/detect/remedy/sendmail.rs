//! Remedies for Sendmail (cf/README of its distribution, "ANTI-SPAM CONFIGURATION CONTROL").

pub(super) const OPEN_RELAY: &str = "In sendmail.mc, take out what lets anybody relay, or whoever claims to be one of you:\n  \
     FEATURE(`promiscuous_relay'), FEATURE(`relay_local_from'),\n  FEATURE(`relay_mail_from'), \
     FEATURE(`loose_relay_check')\nFEATURE(`relay_entire_domain') and FEATURE(`relay_based_on_MX') leave the decision \
     to what name servers say. In the access map, give RELAY to the addresses of your own hosts and to no network that \
     others share:\n  Connect:192.0.2.10 RELAY\nDomains that you relay for stand in relay-domains; users log in (SMTP \
     AUTH). Then build both, restart, and see what still waits in the queue:\n  make -C /etc/mail\n  makemap hash \
     /etc/mail/access < /etc/mail/access\n  mailq";

pub(super) const BRUTE_FORCE: &str = "Offer logins where users need them and nowhere else, and plain ones only behind TLS. In \
     sendmail.mc:\n  DAEMON_OPTIONS(`Name=MTA, Port=25, M=A')\n  DAEMON_OPTIONS(`Name=MSA, Port=587, M=Ea')\n  \
     define(`confAUTH_OPTIONS', `A p y')\nLimit the connections of one client per minute, with a default in the access \
     map:\n  FEATURE(`ratecontrol', `nodelay', `terminate')\n  ClientRate: 20\nThen build both and restart:\n  make -C \
     /etc/mail\n  makemap hash /etc/mail/access < /etc/mail/access";

pub(super) const COMPROMISED_ACCOUNT: &str = "Then see what waits in the queue, and delete what it sent:\n  \
     mailq\n  mailq -qS'bob@' (its senders)\nLimit what one client may send, in sendmail.mc: \
     FEATURE(`ratecontrol'), confMAX_RCPTS_PER_MESSAGE.";

pub(super) const GATEWAY: &str = "In the access map that is its line with RELAY; its name or address must not stand in \
     relay-domains either.";

pub(super) const SENDING: &str = "See what waits and who sent it, and quarantine what must not go out:\n  mailq\n  sendmail \
     -Q\"looked at\" -qSSENDER\nBound the recipients of one message, and what one client may send, in sendmail.mc, then \
     build and restart:\n  define(`confMAX_RCPTS_PER_MESSAGE', `100')\n  FEATURE(`ratecontrol', `nodelay', \
     `terminate')\n  make -C /etc/mail";

pub(super) const WAITING: &str =
    "See what waits and why; once the cause is gone, have it tried again:\n  mailq\n  sendmail -q -v";

pub(super) const BACKSCATTER: &str = "Refuse unknown recipients while the client waits. Domains that you pass on: name their \
     recipients in the access map (with FEATURE(`blocklist_recipients'), blacklist_recipients before 8.16) and refuse the \
     others, or ask the server behind by a milter:\n  To:ann@branch.example OK\n  To:branch.example ERROR:5.1.1:\"550 User \
     unknown\"\nNo catch-all (@domain) in virtusertable but error:nouser. Then build the maps:\n  make -C /etc/mail";

pub(super) const HARVEST: &str = "In sendmail.mc, answer neither VRFY nor EXPN, and slow down clients that ask for many unknown \
     recipients:\n  define(`confPRIVACY_FLAGS', `authwarnings,novrfy,noexpn')\n  define(`confBAD_RCPT_THROTTLE', `3')\nThen \
     build it and restart:\n  make -C /etc/mail";

pub(super) const PROTOCOL_ABUSE: &str = "In sendmail.mc, let strangers wait for the greeting (in milliseconds), which refuses those that do \
     not:\n  FEATURE(`greet_pause', `5000')\nThen build it and restart:\n  make -C /etc/mail";

pub(super) const FORGED_OUTSIDE: &str = "Sendmail leaves that to milters: with an SPF record that ends in -all and a DMARC policy of your own \
     domains, opendmarc refuses such mail (RejectFailures true in its opendmarc.conf). In sendmail.mc:\n  \
     INPUT_MAIL_FILTER(`opendmarc', `S=inet:8893@localhost')\nThen build it and restart:\n  make -C /etc/mail";

pub(super) const FORGED_INSIDE: &str =
    "Which milter refused stands in the line; what an account may send as stands in its configuration.";
