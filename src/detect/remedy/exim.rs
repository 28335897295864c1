//! The Exim specification, "Access control lists" and "The default configuration file"; update-exim4.conf(8) of Debian.

pub(super) const OPEN_RELAY: &str = "Ask Exim what it would do for a stranger, and which rule lets him through (put his \
    address for IP; then EHLO x, MAIL FROM:<a@b.example>, RCPT TO:<v@far.example>):\n  exim -bh IP\nLook for the \
    lists and rules in:\n  exim -bP config\nThe list of hosts that may relay names your own and no others; never \
    *, 0.0.0.0/0 or the network of a router that hides the outside:\n  hostlist relay_from_hosts = 127.0.0.1 : \
    192.0.2.0/28\nThe list of recipients (acl_smtp_rcpt, usually acl_check_rcpt) refuses behind these two, and no \
    accept without a condition stands before:\n  accept hosts = +relay_from_hosts\n  accept authenticated = *\n  \
    require message = relay not permitted\n          domains = +local_domains : +relay_to_domains\nOn Debian with \
    debconf, the list is dc_relay_nets in /etc/exim4/update-exim4.conf.conf, the domains dc_relay_domains; then:\n  \
    update-exim4.conf\nReload (systemctl reload exim4, or SIGHUP), and see what still waits in the queue:\n  exim -bp";

pub(super) const OWN_CONFIGURATION: &str =
    "On the server itself, its own lists are shown by:\n  exim -bP config | grep domainlist";

pub(super) const BRUTE_FORCE: &str = "Offer logins behind TLS only:\n  auth_advertise_hosts = ${if eq{$tls_in_cipher}{}{}{*}}\n\
    Limit the tries of one address in the list for AUTH (acl_smtp_auth = acl_check_auth):\n  acl_check_auth:\n    deny \
    message = too many logins\n         ratelimit = 10 / 10m / per_cmd / strict / auth:$sender_host_address\n    \
    accept\nReload (systemctl reload exim4, or SIGHUP).";

pub(super) const COMPROMISED_ACCOUNT: &str = "Then see what waits in the queue, and delete what it sent (here \
     for the sender bob@example.org):\n  exiqgrep -f bob@example.org\n  exiqgrep -i -f bob@example.org | xargs exim \
     -Mrm\nLimit what one account may send, in acl_check_rcpt:\n  deny authenticated = *\n    ratelimit = 100 / 1h / \
     per_rcpt / $authenticated_id";

pub(super) const GATEWAY: &str = "In the configuration that is hostlist relay_from_hosts.";

pub(super) const SENDING: &str = "See what waits and who sent it, and freeze what must not go out:\n  exim -bp | exiqsumm\n  \
    exiqgrep -i -f SENDER | xargs exim -Mf\nBound what one account may send in the list for RCPT (acl_smtp_rcpt):\n  deny \
    authenticated = *\n       ratelimit = 200 / 1h / per_rcpt / strict / $authenticated_id\nReload (systemctl reload exim4, \
    or SIGHUP).";

pub(super) const WAITING: &str = "See what waits and why; once the cause is gone, have it tried again:\n  exim -bp | exiqsumm\n  \
    exim -Mvl MESSAGE_ID\n  exim -qff";

pub(super) const BACKSCATTER: &str = "Refuse unknown recipients while the client waits: in the list for RCPT (acl_smtp_rcpt), for your \
    own domains, and with a callout for those that you pass on:\n  require verify = recipient\n  deny message = unknown \
    user\n       domains = +relay_to_domains\n       !verify = recipient/callout=30s,defer_ok\nReload (systemctl reload \
    exim4, or SIGHUP).";

pub(super) const HARVEST: &str = "In the list for RCPT (acl_smtp_rcpt, usually acl_check_rcpt), hang up on clients that have asked for \
    many unknown recipients; without lists of their own (acl_smtp_vrfy, acl_smtp_expn), VRFY and EXPN are refused:\n  drop \
    message = too many unknown recipients\n       condition = ${if >{$rcpt_fail_count}{5}}\nReload (systemctl reload exim4, \
    or SIGHUP).";

pub(super) const PROTOCOL_ABUSE: &str = "Clients that do not wait are refused where smtp_enforce_sync is true, as it is by default. Hang up \
    earlier on those that make errors:\n  smtp_enforce_sync = true\n  smtp_max_unknown_commands = 1\n  \
    smtp_max_synprot_errors = 1\nReload (systemctl reload exim4, or SIGHUP).";

pub(super) const FORGED_OUTSIDE: &str = "In the list for RCPT (acl_smtp_rcpt, usually acl_check_rcpt), behind the rules for your own hosts and for those who \
    are logged in, refuse your own domains as senders, except from services that write in your name:\n  deny message = \
    log in to send in our name\n       sender_domains = +local_domains\n       !hosts = +relay_from_hosts : \
    192.0.2.80\n       !authenticated = *\nReload (systemctl reload exim4, or SIGHUP).";

pub(super) const FORGED_INSIDE: &str = "Which rule refused stands in the line; what an account may send as stands in the lists for MAIL and RCPT \
    (acl_smtp_mail, acl_smtp_rcpt):\n  exim -bP config";
