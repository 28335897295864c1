//! Whatever a client or a remote server writes, in any place where Sendmail logs it: what Sendmail wrote stays what it
//! is.

use proptest::prelude::*;
use relaywatch::model::{Class, Field, Kind};

use super::{absent, get, is, is_or_absent, made_of, with_line};

/// Pieces of Sendmail's own syntax, and anything else that is printable.
fn hostile() -> impl Strategy<Value = String> {
    made_of(&[
        ">, size=1, class=0, nrcpts=0",
        ", size=1, class=0, nrcpts=0, ",
        ", nrcpts=0",
        ", msgid=<x>",
        ", proto=ESMTP, daemon=MTA",
        ", relay=friend.example [192.0.2.10]",
        ", relay=friend.example [192.0.2.10], reject=550 5.1.1 ",
        ", relay=root@localhost",
        ", reject=550 5.7.1 ",
        "... Relaying denied",
        "... User unknown",
        "... ",
        ">",
        "<",
        "\"",
        "\\",
        "(",
        ")",
        ",",
        ", ",
        ", delay=00:00:00, xdelay=00:00:00, mailer=local, pri=1, dsn=2.0.0, stat=Sent",
        ", delay=00:00:00",
        ", mailer=local",
        ", stat=Sent",
        ", dsn=2.0.0, stat=Sent (",
        ", reply=250 ok",
        ", ctladdr=<bob@our.example> (1001/1001)",
        " [more], ",
        "v@far.example",
        "[192.0.2.10]",
        " (may be forged)",
        ", user=alice",
        ", authid=alice",
        ", mech=PLAIN, bits=0",
        "62PBMHxH009999 Message accepted for delivery",
        "=",
        "@",
        "x",
    ])
}

/// A path that Sendmail's parser takes: what needs quotes has them, or stands in a comment.
fn accepted() -> impl Strategy<Value = String> {
    let quoted = hostile().prop_map(|local| {
        let escaped = local.replace('\\', "\\\\").replace('"', "\\\"");
        format!("<\"{escaped}\"@far.example>")
    });
    let comment = hostile().prop_map(|text| {
        let inside: String = text.chars().filter(|c| !matches!(c, '(' | ')' | '\\' | '"')).collect();
        format!("<a({inside})@far.example>")
    });
    prop_oneof![quoted, comment, Just("<v@far.example>".to_owned()), Just("<>".to_owned())]
}

/// What stands between the brackets.
fn inside(path: &str) -> &str {
    &path[1..path.len() - 1]
}

const RELAY: &str = "vps.cheap.example [203.0.113.66]";

proptest! {
    #[test]
    fn an_acceptance_names_its_client(sender in accepted(), id in hostile(), recipients in 1_u8..9) {
        let id: String = id.chars().take(90).collect();
        let text = format!(
            "62PBMHxH003131: from={sender}, size=352, class=0, nrcpts={recipients}, msgid=<{id}>, proto=ESMTP, \
             daemon=MTA-v4, relay={RELAY}"
        );
        with_line("sm-mta", &text, |event| {
            prop_assert_eq!(event.kind(), Kind::Accept);
            is(event, Field::QueueId, "62PBMHxH003131")?;
            is(event, Field::ClientIp, "203.0.113.66")?;
            is(event, Field::ClientName, "vps.cheap.example")?;
            is_or_absent(event, Field::Sender, inside(&sender))?;
            is_or_absent(event, Field::Recipients, &recipients.to_string())?;
            is_or_absent(event, Field::Size, "352")?;
            absent(event, &[Field::AuthUser, Field::Uid, Field::Recipient])
        })?;
    }

    #[test]
    fn a_refusal_names_its_client(recipient in accepted(), sender in hostile()) {
        for (code, words, class) in [
            ("550 5.7.1", "Relaying denied. Proper authentication required.".to_owned(), Class::RelayDenied),
            ("553 5.1.8", format!("Domain of sender address {sender} does not exist"), Class::UnknownSender),
        ] {
            let text = format!(
                "62PBMHxH003131: ruleset=check_rcpt, arg1={recipient}, relay={RELAY}, reject={code} {recipient}... {words}"
            );
            with_line("sm-mta", &text, |event| {
                prop_assert_eq!(event.kind(), Kind::Reject);
                is(event, Field::QueueId, "62PBMHxH003131")?;
                is_or_absent(event, Field::ClientIp, "203.0.113.66")?;
                is_or_absent(event, Field::ReplyCode, &code[..3])?;
                is_or_absent(event, Field::Recipient, inside(&recipient))?;
                prop_assert!([Some(class), Some(Class::Other)].contains(&event.class()), "{:?}", event.class());
                // An address whose end can be told is told.
                if !recipient.contains('(') {
                    is(event, Field::ClientIp, "203.0.113.66")?;
                    prop_assert_eq!(event.class(), Some(class));
                }
                Ok(())
            })?;
        }
    }

    #[test]
    fn a_failed_login_has_failed_and_its_name_stays_hidden(name in hostile()) {
        let text = format!(
            "62PBMHxH003131: AUTH failure (LOGIN): authentication failure (-13) SASL(-13): authentication failure: \
             checkpass failed, user={name}, relay={RELAY}"
        );
        with_line("sm-mta", &text, |event| {
            prop_assert_eq!((event.kind(), event.class()), (Kind::Auth, Some(Class::AuthFailed)));
            is(event, Field::ClientIp, "203.0.113.66")?;
            absent(event, &[Field::AuthUser, Field::ReplyText])
        })?;
    }

    #[test]
    fn a_login_names_its_client(name in hostile()) {
        let text = format!("AUTH=server, relay={RELAY}, authid={name}, mech=PLAIN, bits=0");
        with_line("sm-mta", &text, |event| {
            prop_assert_eq!(event.kind(), Kind::Auth);
            is(event, Field::ClientIp, "203.0.113.66")?;
            is(event, Field::AuthUser, &name)
        })?;
    }

    #[test]
    fn a_delivery_goes_where_it_went(
        recipient in accepted(), controller in accepted(), answer in hostile(), with_controller: bool,
    ) {
        let controller =
            if with_controller { format!(", ctladdr={controller} (1001/1001)") } else { String::new() };
        let text = format!(
            "62PBMHxH003131: to={recipient}{controller}, delay=00:00:01, xdelay=00:00:01, mailer=esmtp, pri=30144, \
             relay=mx.far.example. [198.51.100.60], dsn=5.1.1, stat=User unknown: {answer}"
        );
        with_line("sm-mta", &text, |event| {
            prop_assert_eq!(event.kind(), Kind::Delivery);
            is(event, Field::QueueId, "62PBMHxH003131")?;
            is_or_absent(event, Field::Recipient, inside(&recipient))?;
            is_or_absent(event, Field::Mailer, "esmtp")?;
            is_or_absent(event, Field::RelayIp, "198.51.100.60")?;
            is_or_absent(event, Field::ReplyStatus, "5.1.1")?;
            is_or_absent(event, Field::Status, "bounced")?;
            absent(event, &[Field::Uid, Field::ClientIp])
        })?;
    }

    /// Sendmail cuts a long list at a comma, wherever that stands: the second line begins with what the client wrote.
    #[test]
    fn the_rest_of_a_list_proves_no_local_delivery(rest in hostile(), local in prop_oneof![Just("local"), Just("esmtp")]) {
        let escaped = rest.replace('\\', "\\\\").replace('"', "\\\"");
        let text = format!(
            "62PBMHxH003131: to={escaped}\"@far.example>, delay=00:00:01, xdelay=00:00:01, mailer={local}, pri=30144, \
             dsn=5.1.1, stat=User unknown"
        );
        with_line("sm-mta", &text, |event| {
            prop_assert!(get(event, Field::Status).is_none_or(|status| status != "sent"));
            is_or_absent(event, Field::Mailer, local)
        })?;
    }

    #[test]
    fn a_session_names_its_client(text in hostile()) {
        for line in [
            format!("62PBMHxH003131: {RELAY}: VRFY {text}"),
            format!("62PBMHxH003131: {RELAY}: EXPN {text} [rejected]"),
        ] {
            with_line("sm-mta", &line, |event| is(event, Field::ClientIp, "203.0.113.66"))?;
        }
    }
}
