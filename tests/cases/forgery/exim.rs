//! Whatever a client or a remote server writes, in any place where Exim logs it: what Exim wrote stays what it is.

use proptest::prelude::*;
use relaywatch::model::{Class, Field, Kind};

use super::{absent, get, is, is_or_absent, is_unless, made_of, with_line};

/// Pieces of the syntax of Exim's lines, and anything else that is printable.
fn hostile() -> impl Strategy<Value = String> {
    made_of(&[
        ") [192.0.2.1]",
        ":25",
        " H=(x) [192.0.2.1]",
        " I=[192.0.2.2]:25",
        " F=<",
        "> ",
        " rejected RCPT <",
        ">: relay not permitted",
        ">: Unknown user",
        " temporarily",
        " P=esmtpa",
        " P=esmtp",
        " A=plain:admin",
        " S=3",
        " id=y",
        " id=\"",
        " T=\"",
        " from <",
        " for ",
        "\"",
        "\\",
        "@",
        "@far.example",
        "<",
        " <",
        ">",
        ": ",
        " R=local_user",
        " T=mail_spool",
        "bob@our.example",
        "bob <bob@our.example>",
        "|/x <bob@our.example>",
        ":blackhole: <",
        " H=mx [192.0.2.1]",
        " C=\"250 ok",
        " queued as 77B01D2E55\"",
        " id=1wAbCe-000AbE-1y\"",
        " DT=1s",
        " X=TLS:256",
        " CV=yes",
        " DN=\"x",
        " SNI=",
        " U=root",
        " 535 Incorrect authentication data (set_id=",
        " defer (1)",
        "1wAbCe-000AbE-1y ",
        "x",
    ])
}

/// A local part: as it is, and as Exim quotes it.
fn local_part() -> impl Strategy<Value = (String, String)> {
    let quoted = hostile().prop_map(|text| {
        let escaped = text.replace('\\', "\\\\").replace('"', "\\\"");
        (text, format!("\"{escaped}\""))
    });
    prop_oneof![quoted, "[a-z]{1,5}".prop_map(|text| (text.clone(), text))]
}

/// A HELO: such as the default allows, and (true) such as `helo_accept_junk_hosts` does.
fn helo() -> impl Strategy<Value = (String, bool)> {
    prop_oneof![
        "[a-z0-9.-]{1,8}".prop_map(|helo| (helo, false)),
        Just(("[192.0.2.1]".to_owned(), false)),
        hostile().prop_filter("no HELO", |helo| !helo.is_empty()).prop_map(|helo| (helo, true)),
    ]
}

/// Of a TLS session: what Exim logs of the name that the client asked for.
fn sni() -> impl Strategy<Value = String> {
    prop_oneof![
        Just(String::new()),
        hostile().prop_map(|name| format!(" X=TLS1.3:ECDHE:256 CV=no SNI={}", name.replace(' ', "\\040"))),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1000, ..ProptestConfig::default() })]

    #[test]
    fn a_refusal_names_whom_it_was_told(
        (helo, junk) in helo(), sni in sni(), sender in local_part(), recipient in local_part(), ours in any::<bool>(),
    ) {
        let (sender, recipient) = (format!("{}@bulk.example", sender.1), format!("{}@far.example", recipient.1));
        let (says, class) = if ours { ("Unknown user", Class::UnknownRecipient) } else { ("relay not permitted", Class::RelayDenied) };
        let text = format!(
            "H=vps.bulk.example ({helo}) [203.0.113.66]:4711 I=[192.0.2.25]:25{sni} F=<{sender}> rejected RCPT \
             <{recipient}>: {says}"
        );
        // A quoted address that holds what Exim writes of a TLS session could be two halves of something else, and one with
        // `>, ` in it two addresses.
        let looks_split = [" SNI=", " DN=\"", " U=", " A=", ">, "].iter().any(|key| (sender.clone() + &recipient).contains(key));
        let unclear = junk || looks_split || !sni.is_empty() || text.matches(") [").count() > 1;
        with_line("exim", &text, |event| {
            is_unless(unclear, event, Field::ClientIp, "203.0.113.66")?;
            is_unless(unclear, event, Field::ClientPort, "4711")?;
            is_unless(unclear, event, Field::ClientName, "vps.bulk.example")?;
            is_unless(unclear, event, Field::Sender, &sender)?;
            is_unless(unclear, event, Field::Recipient, &recipient)?;
            let told = event.class() == Some(class);
            // Of what looks like two addresses, nobody can tell which one was refused, nor why.
            prop_assert!(
                told || unclear && (event.kind() == Kind::Unmatched || event.class() == Some(Class::Other)),
                "{:?}",
                event.class()
            );
            absent(event, &[Field::QueueId, Field::Status, Field::AuthUser, Field::RelayIp, Field::Uid])
        })?;
    }

    #[test]
    fn an_arrival_names_the_peer_and_his_login(
        (helo, junk) in helo(), sni in sni(), sender in local_part(), id in local_part(), subject in hostile(),
        recipient in local_part(), login in any::<bool>(), logs in any::<[bool; 3]>(),
    ) {
        let (sender, id) = (format!("{}@bulk.example", sender.1), format!("{}@bulk.example", id.1));
        let (protocol, auth) = if login { ("esmtpa", " A=login:alice") } else { ("esmtp", "") };
        let mut text = format!(
            "1wAbCd-000AbC-1x <= {sender} H=({helo}) [203.0.113.66]:4711 P={protocol}{sni}{auth} S=352"
        );
        let mut item = |shown: bool, item: String| text.push_str(if shown { &item } else { "" });
        item(logs[0], format!(" id={id}"));
        item(logs[1], format!(" T=\"{}\"", subject.replace('\\', "\\\\").replace('"', "\\\"")));
        item(logs[2], format!(" from <{sender}> for {}@far.example w@far.example", recipient.1));
        // What imitates a client within a quoted text may make a second reading.
        let unclear = junk || text.matches(") [").count() > 1;
        with_line("exim", &text, |event| {
            prop_assert_eq!(event.kind(), Kind::Accept);
            is(event, Field::QueueId, "1wAbCd-000AbC-1x")?;
            is(event, Field::Sender, &sender)?;
            is_unless(unclear, event, Field::ClientIp, "203.0.113.66")?;
            is_unless(unclear, event, Field::Size, "352")?;
            if login {
                is_unless(unclear, event, Field::AuthUser, "alice")?;
            } else {
                absent(event, &[Field::AuthUser])?;
            }
            if logs[0] {
                is_unless(unclear, event, Field::MessageId, &id)?;
            }
            absent(event, &[Field::Uid, Field::OrigQueueId, Field::Recipient, Field::RelayIp])
        })?;
    }

    #[test]
    fn a_delivery_goes_where_it_went(recipient in local_part(), reply in hostile(), fails in any::<bool>()) {
        let (plain, quoted) = (format!("{}@far.example", recipient.0), format!("{}@far.example", recipient.1));
        let named = if recipient.0 == recipient.1 { String::new() } else { format!(" <{quoted}>") };
        let answer = if fails {
            format!(": SMTP error from remote mail server after RCPT TO:<{quoted}>: 550 5.1.1 {reply}")
        } else {
            format!(" C=\"250 {}\"", reply.replace('\\', "\\\\").replace('"', "\\\""))
        };
        let sign = if fails { "**" } else { "=>" };
        let text = format!(
            "1wAbCd-000AbC-1x {sign} {plain}{named} R=dnslookup T=remote_smtp H=mx.far.example [198.51.100.60]{answer}"
        );
        with_line("exim", &text, |event| {
            prop_assert_eq!(event.kind(), Kind::Delivery);
            is(event, Field::QueueId, "1wAbCd-000AbC-1x")?;
            // An address as it is, or as it was named; of an odd one nothing may be known.
            let odd = !named.is_empty();
            if get(event, Field::Recipient).is_none_or(|found| found != plain) {
                is_unless(odd || reply.contains(" <\""), event, Field::Recipient, &quoted)?;
            }
            is_or_absent(event, Field::Mailer, "remote_smtp")?;
            is_or_absent(event, Field::RelayIp, "198.51.100.60")?;
            is_or_absent(event, Field::RelayName, "mx.far.example")?;
            is_or_absent(event, Field::Status, if fails { "bounced" } else { "sent" })?;
            absent(event, &[Field::ClientIp, Field::AuthUser, Field::Sender])
        })?;
    }

    #[test]
    fn a_failed_login_has_failed((helo, junk) in helo(), user in hostile()) {
        let text = format!(
            "login authenticator failed for ({helo}) [203.0.113.66]: 535 Incorrect authentication data (set_id={user})"
        );
        with_line("exim", &text, |event| {
            prop_assert_eq!((event.kind(), event.class()), (Kind::Auth, Some(Class::AuthFailed)));
            is_unless(junk || user.contains(") ["), event, Field::ClientIp, "203.0.113.66")?;
            is(event, Field::AuthMethod, "login")?;
            absent(event, &[Field::QueueId, Field::Sender, Field::Recipient])
        })?;
    }

    #[test]
    fn commands_that_are_none_say_nothing((helo, _) in helo(), command in hostile(), next in hostile()) {
        for text in [
            format!("SMTP syntax error in \"{command}\" H=({helo}) [203.0.113.66] unrecognized command"),
            format!("SMTP protocol error in \"{command}\" H=({helo}) [203.0.113.66] AUTH command used when not advertised"),
            format!(
                "SMTP protocol synchronization error (next input sent too soon: pipelining was not advertised): \
                 rejected \"{command}\" H=({helo}) [203.0.113.66] next input=\"{next}\""
            ),
            format!("SMTP call from ({helo}) [203.0.113.66] dropped: too many unrecognized commands (last was \"{next}\")"),
        ] {
            with_line("exim", &text, |event| {
                prop_assert_eq!(event.kind(), Kind::Abuse);
                is_or_absent(event, Field::ClientIp, "203.0.113.66")?;
                absent(event, &[Field::QueueId, Field::AuthUser, Field::Sender, Field::Recipient, Field::Status])
            })?;
        }
    }
}
