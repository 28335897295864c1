//! Remedies for Postfix (postconf(5), master(5)).

pub(super) const OPEN_RELAY: &str = "In main.cf, list in mynetworks the addresses of your own hosts and no others, and let every list \
     of relay restrictions end with a refusal:\n  smtpd_relay_restrictions = permit_mynetworks,\n    \
     permit_sasl_authenticated, reject_unauth_destination\nIn master.cf, look for services that override \
     them: -o mynetworks=, -o smtpd_relay_restrictions=, -o smtpd_recipient_restrictions=\nThen reload, and \
     see what still waits in the queue:\n  postfix reload\n  postqueue -p";

pub(super) const BRUTE_FORCE: &str = "Offer logins where users need them and nowhere else: in main.cf none, in master.cf for \
     submission and submissions alone, and only behind TLS:\n  smtpd_sasl_auth_enable = no\n  submission inet n - y - - \
     smtpd -o smtpd_sasl_auth_enable=yes\n    -o smtpd_tls_security_level=encrypt\nLimit the tries of one client per minute \
     (Postfix 3.1 and later):\n  smtpd_client_auth_rate_limit = 10\nThen reload:\n  postfix reload";

pub(super) const COMPROMISED_ACCOUNT: &str = "Then see what waits in the queue, and delete what it sent (here for \
     the account bob):\n  postqueue -j | jq -r 'select(.sender | startswith(\"bob@\")) | .queue_id' | postsuper -d -\nLet \
     nobody use another sender than his own: smtpd_sender_login_maps and, before permit_sasl_authenticated, \
     reject_sender_login_mismatch. Limit what one client may send: smtpd_client_recipient_rate_limit.";

pub(super) const GATEWAY: &str = "In main.cf that is mynetworks (mynetworks_style = host trusts this machine alone); \
     logins go to the service submission.";

pub(super) const SENDING: &str = "See who sends, by the domains of senders, and what waits:\n  qshape -s active deferred\n  \
     postqueue -p\nHold what must not go out (ALL holds everything; -H releases), then bound what one client may send in \
     main.cf (mynetworks are excepted by smtpd_client_event_limit_exceptions), and reload:\n  postsuper -h QUEUE_ID\n  \
     smtpd_client_message_rate_limit = 100\n  smtpd_client_recipient_rate_limit = 200\n  postfix reload";

pub(super) const WAITING: &str = "See what waits, by destination and age, and why; once the cause is gone, have it tried \
     again:\n  qshape deferred\n  postqueue -p\n  postqueue -f";

pub(super) const BACKSCATTER: &str = "Refuse unknown recipients while the client waits. In main.cf, say who exists: \
     local_recipient_maps for mydestination, virtual_mailbox_maps for virtual domains, relay_recipient_maps for domains that \
     you pass on; where you have no list of these, ask the server behind:\n  smtpd_recipient_restrictions = ..., \
     reject_unverified_recipient\nNo catch-all (@domain) in virtual_alias_maps. Then:\n  postfix reload";

pub(super) const HARVEST: &str = "In main.cf, answer no VRFY, and let clients that only make errors wait and then go:\n  \
     disable_vrfy_command = yes\n  smtpd_soft_error_limit = 3\n  smtpd_hard_error_limit = 10\nThen reload:\n  postfix \
     reload";

pub(super) const PROTOCOL_ABUSE: &str = "postscreen(8) keeps such clients from the server itself; in main.cf, then in master.cf in the \
     place of smtpd at port 25 (POSTSCREEN_README):\n  postscreen_greet_action = enforce\n  smtp inet n - y - 1 \
     postscreen\n  smtpd pass - - y - - smtpd\nWithout it, in main.cf (the first of them since Postfix 3.9):\n  smtpd_forbid_unauth_pipelining = yes\n  \
     smtpd_hard_error_limit = 10\nThen reload:\n  postfix reload";

pub(super) const FORGED_OUTSIDE: &str = "In main.cf, behind those who may send in your name, refuse your own domains from anybody else, and check what \
     SPF says of the others:\n  smtpd_sender_restrictions = permit_mynetworks, permit_sasl_authenticated,\n    \
     check_sender_access hash:/etc/postfix/own_domains\nwith a line `your.domain REJECT` for each domain in own_domains, and one \
     for each service that writes in your name in a check_client_access before it. Then:\n  postmap \
     /etc/postfix/own_domains\n  postfix reload";

pub(super) const FORGED_INSIDE: &str = "What an account may send as stands in smtpd_sender_login_maps; add the address there if it is \
     rightly used:\n  postconf smtpd_sender_login_maps smtpd_sender_restrictions";
