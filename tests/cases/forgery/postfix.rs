//! Whatever a client or a remote server writes, in any place where Postfix logs it: what Postfix wrote stays what it is.

use proptest::prelude::*;
use relaywatch::model::{Class, Event, Field, Kind, Stage};

use super::{Checked, absent, get, is, is_or_absent, made_of, with_line};

fn with_event(daemon: &str, text: &str, check: impl FnOnce(&Event<'_>) -> Checked) -> Checked {
    with_line(&format!("postfix/{daemon}"), text, check)
}

/// Pieces of the syntax of Postfix' lines, and anything else that is printable.
fn hostile() -> impl Strategy<Value = String> {
    made_of(&[
        "; from=<",
        "> to=<",
        ">, to=<",
        "> proto=ESMTP helo=<x>",
        " from evil.example[192.0.2.1]: 250 2.0.0 ",
        " from evil.example[192.0.2.1]; from=<",
        ">: Relay access denied",
        ">: User unknown",
        ">: ",
        "\"",
        "\\",
        "@",
        ": ",
        "; ",
        "@a:",
        "v@far.example",
        ">, relay=",
        ", delay=1, delays=",
        "local",
        ", dsn=2.0.0, status=",
        "sent (",
        ">, orig_to=<",
        " queued as 77B01D2E55",
        ", sasl_username=",
        ", sasl_method=PLAIN",
        ", orig_client=localhost[127.0.0.1]",
        "[192.0.2.1]",
        ">, size=1, nrcpt=1 (queue active)",
        "> orig_id=",
        "77B01D2E55",
        "77B01D2E55: ",
        "NOQUEUE: ",
        "=",
        "message-id=<",
        "(in reply to RCPT TO command)",
        ", status=expired, returned to sender",
        "; to=<",
        "; proto=SMTP",
        "x",
        "Helo command rejected: ",
    ])
}

/// An address of `domain` in internal form.
fn address(domain: &'static str) -> impl Strategy<Value = String> {
    prop_oneof![
        hostile().prop_map(move |local| format!("{local}@{domain}")),
        Just(format!("v@{domain}")),
        "[a-z.]{1,6}".prop_map(move |local| format!("{local}@{domain}")),
    ]
}

/// How Postfix logs an address: bare, as before 3.5, or quoted where RFC 5322 asks for it, but for a source route.
fn logged(address: &str, quoted: bool) -> String {
    if !quoted || address.is_empty() {
        return address.to_owned();
    }
    let route = if address.starts_with('@') { address.find(':').map_or(0, |colon| colon + 1) } else { 0 };
    let (local, domain) = address[route..].rsplit_once('@').unwrap_or((&address[route..], ""));
    let is_dotted = local.split('.').all(|atom| !atom.is_empty())
        && !local.contains([' ', '(', ')', '<', '>', '@', ',', ';', ':', '\\', '"', '[', ']']);
    if is_dotted {
        return address.to_owned();
    }
    let escaped = local.replace('\\', "\\\\").replace('"', "\\\"");
    format!("{}\"{escaped}\"@{domain}", &address[..route])
}

/// What Postfix leaves of a HELO.
fn masked(helo: &str) -> String {
    helo.replace(['<', '>', '(', ')', '\\', '"', ';', '@', ' '], "?")
}

/// A reply as Postfix logs it: at most 510 bytes.
fn cut(reply: &str) -> String {
    let mut end = reply.len().min(510);
    while !reply.is_char_boundary(end) {
        end -= 1;
    }
    reply[..end].to_owned()
}

const CLIENT: &str = "unknown[203.0.113.66]";

proptest! {
    #![proptest_config(ProptestConfig { cases: 1000, ..ProptestConfig::default() })]

    #[test]
    fn refusals_stay_what_they_are(
        sender in address("bulk.example"), recipient in address("far.example"), helo in hostile(),
        quoted in any::<bool>(), echo in 0_u8..4, queued in any::<bool>(),
    ) {
        let (s, r, h) = (logged(&sender, quoted), logged(&recipient, quoted), masked(&helo));
        let (says, class) = match echo {
            0 => (format!("<{recipient}>: Relay access denied"), Class::RelayDenied),
            1 => (format!("<{sender}>: Sender address rejected: Access denied"), Class::SenderPolicy),
            2 => (format!("<{h}>: Helo command rejected: Host not found"), Class::HeloInvalid),
            _ => (format!("<{CLIENT}>: Client host rejected: Access denied"), Class::Blocklisted),
        };
        let id = if queued { "3F2A91C0D4" } else { "NOQUEUE" };
        let reply = cut(&format!("554 5.7.1 {says}"));
        let text = format!(
            "{id}: reject: RCPT from {CLIENT}: {reply}; from=<{s}> to=<{r}> proto=ESMTP helo=<{h}>"
        );
        with_event("smtpd", &text, |event| {
            prop_assert_eq!((event.kind(), event.stage()), (Kind::Reject, Some(Stage::Rcpt)));
            is(event, Field::ClientIp, "203.0.113.66")?;
            prop_assert_eq!(get(event, Field::QueueId), queued.then(|| "3F2A91C0D4".to_owned()));
            is(event, Field::ReplyCode, "554")?;
            is(event, Field::ReplyStatus, "5.7.1")?;
            is(event, Field::Action, "reject")?;
            // Text behind the last quotation decides; where it cannot be found, nothing does.
            prop_assert!([Some(class), Some(Class::Other)].contains(&event.class()), "{:?}", event.class());
            is_or_absent(event, Field::Sender, &s)?;
            is_or_absent(event, Field::Recipient, &r)?;
            is_or_absent(event, Field::Helo, &h)?;
            absent(event, &[Field::Status, Field::AuthUser, Field::RelayIp, Field::NextQueueId])
        })?;
    }

    #[test]
    fn a_refused_sender_brings_no_recipient(sender in address("bulk.example"), quoted in any::<bool>()) {
        let s = logged(&sender, quoted);
        let reply = cut(&format!("554 5.7.1 <{sender}>: Sender address rejected: Access denied"));
        let text = format!("NOQUEUE: reject: MAIL from {CLIENT}: {reply}; from=<{s}> proto=ESMTP helo=<h>");
        with_event("smtpd", &text, |event| {
            is(event, Field::ClientIp, "203.0.113.66")?;
            prop_assert!([Some(Class::SenderPolicy), Some(Class::Other)].contains(&event.class()));
            is_or_absent(event, Field::Sender, &s)?;
            absent(event, &[Field::Recipient, Field::QueueId])
        })?;
    }

    #[test]
    fn an_acceptance_names_the_peer(user in hostile(), quoted in any::<bool>(), sender in address("our.example")) {
        let text = format!("3F2A91C0D4: client={CLIENT}, sasl_method=PLAIN, sasl_username={user}");
        with_event("smtpd", &text, |event| {
            prop_assert_eq!(event.kind(), Kind::Accept);
            is(event, Field::QueueId, "3F2A91C0D4")?;
            is(event, Field::ClientIp, "203.0.113.66")?;
            is(event, Field::AuthMethod, "PLAIN")?;
            absent(event, &[Field::OrigClientIp, Field::OrigQueueId, Field::Uid])
        })?;
        let s = logged(&sender, quoted);
        with_event("pickup", &format!("3F2A91C0D4: uid=33 from=<{s}>"), |event| {
            prop_assert_eq!(event.kind(), Kind::Accept);
            is(event, Field::Uid, "33")?;
            is(event, Field::Sender, &s)?;
            absent(event, &[Field::OrigQueueId, Field::ClientIp])
        })?;
        let text = format!("3F2A91C0D4: from=<{s}>, size=5360, nrcpt=2 (queue active)");
        with_event("qmgr", &text, |event| {
            prop_assert_eq!(event.kind(), Kind::Envelope);
            is(event, Field::Sender, &s)?;
            is(event, Field::Size, "5360")?;
            is(event, Field::Recipients, "2")
        })?;
        with_event("qmgr", &format!("3F2A91C0D4: from=<{s}>, status=expired, returned to sender"), |event| {
            is(event, Field::Status, "expired")?;
            is(event, Field::Sender, &s)
        })?;
    }

    #[test]
    fn a_delivery_goes_where_it_went(
        recipient in address("far.example"), alias in proptest::option::of(address("our.example")),
        reply in hostile(), quoted in any::<bool>(), by_cleanup in any::<bool>(),
    ) {
        let r = logged(&recipient, quoted);
        let alias = alias.map(|alias| logged(&alias, quoted));
        let orig_to = alias.as_ref().map_or(String::new(), |alias| format!("orig_to=<{alias}>, "));
        let text = format!(
            "3F2A91C0D4: to=<{r}>, {orig_to}relay=mx.far.example[198.51.100.25]:25, delay=0.1, \
             delays=0.1/0/0/0, dsn=5.1.1, status=bounced (host mx.far.example[198.51.100.25] said: 550 5.1.1 \
             {reply} (in reply to RCPT TO command))"
        );
        with_event(if by_cleanup { "cleanup" } else { "smtp" }, &text, |event| {
            prop_assert_eq!(event.kind(), Kind::Delivery);
            is(event, Field::QueueId, "3F2A91C0D4")?;
            // A bare recipient may look like one that an alias led to. Then both are his, and the one he asked for,
            // the last, is where the mail goes.
            if let Some(found) = get(event, Field::Recipient) {
                let before = get(event, Field::OriginalRecipient);
                let join = |address: &str, before: Option<&String>| {
                    before.map_or(address.to_owned(), |before| format!("{address}>, orig_to=<{before}"))
                };
                prop_assert_eq!(join(&found, before.as_ref()), join(&r, alias.as_ref()));
            }
            is_or_absent(event, Field::RelayName, "mx.far.example")?;
            is_or_absent(event, Field::RelayIp, "198.51.100.25")?;
            is_or_absent(event, Field::Status, "bounced")?;
            is_or_absent(event, Field::ReplyStatus, "5.1.1")?;
            absent(event, &[Field::ClientIp, Field::AuthUser, Field::NextQueueId, Field::ReplyCode])?;
            prop_assert_eq!(event.class(), None);
            Ok(())
        })?;
    }

    #[test]
    fn a_failed_login_has_failed(user in hostile(), method in "[!-~]{1,20}", named in any::<bool>()) {
        let user: String = user.chars().take(100).collect();
        let tail = if named { format!(", sasl_username={user}") } else { String::new() };
        let text = format!("warning: {CLIENT}: SASL {method} authentication failed: authentication failure{tail}");
        with_event("smtpd", &text, |event| {
            prop_assert_eq!((event.kind(), event.class()), (Kind::Auth, Some(Class::AuthFailed)));
            is(event, Field::ClientIp, "203.0.113.66")?;
            is(event, Field::AuthMethod, &method)?;
            if user != "(unavailable)" && named {
                is(event, Field::AuthUser, &user)?;
            }
            absent(event, &[Field::QueueId, Field::Sender, Field::Recipient])
        })?;
    }

    #[test]
    fn commands_that_are_none_say_nothing(text in hostile()) {
        for (daemon, line) in [
            ("smtpd", format!("warning: Illegal address syntax from {CLIENT} in RCPT command: {text}")),
            ("smtpd", format!("warning: non-SMTP command from {CLIENT}: {text}")),
            ("smtpd", format!("improper command pipelining after RCPT from {CLIENT}: {text}")),
            ("smtpd", format!("warning: NOQUEUE: malformed BDAT command syntax from {CLIENT}: {text}")),
            ("postscreen", format!("PREGREET 14 after 0.08 from [203.0.113.66]:59415: {text}")),
            ("postscreen", format!("NON-SMTP COMMAND from [203.0.113.66]:45284 after CONNECT: {text}")),
            ("postscreen", format!("COMMAND PIPELINING from [203.0.113.66]:42606 after RCPT: {text}")),
        ] {
            with_event(daemon, &line, |event| {
                prop_assert_eq!(event.kind(), Kind::Abuse);
                is(event, Field::ClientIp, "203.0.113.66")?;
                absent(event, &[Field::QueueId, Field::AuthUser, Field::ReplyCode, Field::Sender, Field::Recipient])
            })?;
        }
        with_event("smtpd", &format!("warning: reject: ETRN {text}... from {CLIENT}"), |event| {
            is(event, Field::ClientIp, "203.0.113.66")
        })?;
    }

    #[test]
    fn headers_are_no_evidence(
        text in hostile(), sender in address("bulk.example"), recipient in address("our.example"),
        quoted in any::<bool>(), says in prop_oneof![Just(""), Just(": 5.7.1 no")], action in prop_oneof![
            Just("reject"), Just("warning"), Just("milter-header-redirect"),
        ],
    ) {
        with_event("cleanup", &format!("3F2A91C0D4: message-id={text}"), |event| {
            prop_assert_eq!(event.kind(), Kind::MessageId);
            is(event, Field::QueueId, "3F2A91C0D4")?;
            absent(event, &[Field::ClientIp, Field::Action, Field::Sender, Field::Status])
        })?;
        let (s, r) = (logged(&sender, quoted), logged(&recipient, quoted));
        let header: String = format!("Subject: {text}").chars().take(200).collect();
        let line = format!(
            "3F2A91C0D4: {action}: header {header} from {CLIENT}; from=<{s}> to=<{r}> proto=ESMTP helo=<h>{says}"
        );
        with_event("cleanup", &line, |event| {
            is(event, Field::QueueId, "3F2A91C0D4")?;
            is_or_absent(event, Field::ClientIp, "203.0.113.66")?;
            is_or_absent(event, Field::Action, action)?;
            prop_assert_eq!(event.kind() == Kind::Reject, action == "reject");
            is_or_absent(event, Field::Recipient, &r)?;
            is_or_absent(event, Field::Sender, &s)
        })?;
        let line = format!(
            "3F2A91C0D4: milter-reject: END-OF-MESSAGE from {CLIENT}: 5.7.1 Blocked; from=<{s}> to=<{r}> \
             proto=ESMTP helo=<h>"
        );
        with_event("cleanup", &line, |event| {
            prop_assert_eq!((event.kind(), event.class()), (Kind::Reject, Some(Class::Content)));
            is(event, Field::ClientIp, "203.0.113.66")?;
            is(event, Field::ReplyStatus, "5.7.1")?;
            is_or_absent(event, Field::Recipient, &r)?;
            is_or_absent(event, Field::Sender, &s)
        })?;
    }

    #[test]
    fn postscreen_knows_its_client(sender in hostile(), recipient in hostile(), helo in hostile()) {
        let text = format!(
            "NOQUEUE: reject: RCPT from [203.0.113.66]:60591: 550 5.7.1 Service unavailable; client \
             [203.0.113.66] blocked using dnsbl.example; from=<{sender}>, to=<{recipient}>, proto=ESMTP, helo=<{}>",
            masked(&helo)
        );
        with_event("postscreen", &text, |event| {
            prop_assert_eq!(event.kind(), Kind::Reject);
            is(event, Field::ClientIp, "203.0.113.66")?;
            is(event, Field::ReplyCode, "550")?;
            prop_assert_eq!(event.class(), Some(Class::Blocklisted));
            absent(event, &[Field::QueueId])?;
            is_or_absent(event, Field::Sender, &sender)?;
            is_or_absent(event, Field::Recipient, &recipient)
        })?;
    }
}
