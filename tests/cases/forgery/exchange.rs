//! Whatever a client writes, in any place where Exchange or the IIS SMTP service logs it: it stays in its cell.

use proptest::prelude::*;
use proptest::test_runner::TestCaseError;
use relaywatch::input::ends;
use relaywatch::model::{Batch, Class, Event, EventTime, Field, FileId, Format, HostId, Kind, Stage};

use super::{Checked, PARSER, absent, get, is, is_or_absent, made_of};

const PROTOCOL: &str = "#Fields: date-time,connector-id,session-id,sequence-number,local-endpoint,remote-endpoint,event,data,context";
const TRACKING: &str = "#Fields: date-time,client-ip,client-hostname,server-ip,server-hostname,source-context,connector-id,source,\
    event-id,internal-message-id,message-id,network-message-id,recipient-address,recipient-status,total-bytes,\
    recipient-count,related-recipient-address,reference,message-subject,sender-address,return-path,message-info,\
    directionality,tenant-id,original-client-ip,original-server-ip,custom-data";
const W3C: &str = "#Fields: date time c-ip cs-username s-sitename s-computername s-ip s-port cs-method cs-uri-stem \
    cs-uri-query sc-status sc-win32-status sc-bytes cs-bytes time-taken cs-version";
const RECEIVE: &str =
    "2026-03-02T10:00:00.300Z,EX1\\Default Frontend EX1,08D9A353C0C15815,3,192.0.2.25:25,203.0.113.66:4711";

/// A row that whoever reads it must still find behind the hostile one.
const NEXT: &str = "2026-03-02T10:00:09.000Z,EX1\\Next,08D9A353C0C15816,0,192.0.2.25:25,198.51.100.7:1,+,,";

/// Pieces of the rows' own syntax, and anything else that is text.
fn hostile() -> impl Strategy<Value = String> {
    made_of(&[
        ",",
        "\"",
        "\"\"",
        ",\"",
        "\",",
        ";",
        ";\"",
        "\t\"",
        "\\",
        "\\\"",
        ">",
        "<",
        "> SIZE=1",
        ", [InternalId=7, Hostname=evil]",
        "> [InternalId=7, Hostname=evil] Queued mail for delivery",
        "\n",
        "\r\n",
        "\n#Fields: date-time,event,data\n",
        "\n2026-03-02T10:00:00.300Z,EX1\\Default,08D9A353C0C15817,3,192.0.2.25:25,192.0.2.10:1,>,235 2.7.0 ok,\n",
        ",192.0.2.10:1,>,235 2.7.0 Authentication successful,",
        "SMTPAcceptAnyRecipient,Set Session Permissions",
        "HARBOUR\\alice,authenticated",
        "250 2.1.5 Recipient OK",
        "Originating",
        "STOREDRIVER,DELIVER",
        "bob@harbour.example",
        "192.0.2.10",
        "System.String[]",
        "'",
        "+",
        " ",
        "-",
        "@",
        "x",
    ])
}

/// What SMTP lets through: a command has no line ends.
fn in_line() -> impl Strategy<Value = String> {
    hostile().prop_map(|text| text.replace(['\r', '\n'], " "))
}

/// An address that Exchange takes: what needs quotes has them.
fn address() -> impl Strategy<Value = String> {
    let quoted = in_line().prop_map(|local| {
        let escaped = local.replace('\\', "\\\\").replace('"', "\\\"");
        format!("\"{escaped}\"@far.example")
    });
    prop_oneof![2 => quoted, 1 => Just("v@far.example".to_owned())]
}

/// As Exchange writes a cell: in quotes where it holds what means something to a reader.
fn cell(text: &str) -> String {
    if text.contains([',', '"', '\r', '\n']) {
        format!("\"{}\"", text.replace('"', "\"\""))
    } else {
        text.to_owned()
    }
}

/// A quote stays doubled where it was.
fn doubled(text: &str) -> String {
    if text.contains([',', '"', '\r', '\n']) { text.replace('"', "\"\"") } else { text.to_owned() }
}

/// What a file says in which `row` follows its header, checked together with what follows it.
fn with_row(format: Format, header: &str, row: &str, check: impl FnOnce(&[Event<'_>]) -> Checked) -> Checked {
    let text = format!("{header}\r\n{row}\r\n{NEXT}\r\n").into_bytes();
    let ends = ends(format, &text);
    let parsed = PARSER.parse(Batch { format, ends, ..Batch::lines(FileId(0), 1, 0, text) });
    let events: Vec<Event<'_>> =
        parsed.records.iter().map(|record| Event::new(&parsed, record, EventTime::MIN, HostId(0))).collect();
    check(&events[1..]).map_err(|error| TestCaseError::fail(format!("{error}\n  {row}")))
}

/// One row of a receive log; and the row behind it is found.
fn with_receive(event: &str, data: &str, check: impl FnOnce(&Event<'_>) -> Checked) -> Checked {
    with_row(Format::Exchange, PROTOCOL, &format!("{RECEIVE},{event},{},", cell(data)), |events| {
        prop_assert_eq!(events.len(), 2);
        is(&events[1], Field::ClientIp, "198.51.100.7")?;
        prop_assert_eq!(events[1].kind(), Kind::Connect);
        is(&events[0], Field::ClientIp, "203.0.113.66")?;
        is(&events[0], Field::SessionId, "08D9A353C0C15815")?;
        check(&events[0])
    })
}

/// What only the server may say.
const CLAIMS: &[Field] = &[
    Field::AuthUser,
    Field::Permissions,
    Field::ReplyCode,
    Field::ReplyText,
    Field::QueueId,
    Field::MessageId,
    Field::Directionality,
    Field::Status,
];

proptest! {
    #[test]
    fn a_command_is_a_command(helo in in_line(), path in address(), more in in_line(), word in in_line()) {
        with_receive("<", &format!("EHLO {helo}"), |event| {
            prop_assert_eq!((event.kind(), event.stage()), (Kind::Other, Some(Stage::Helo)));
            is_or_absent(event, Field::Helo, &doubled(&format!("EHLO {helo}"))[5..])?;
            absent(event, CLAIMS)
        })?;
        for (command, field) in [("MAIL FROM", Field::Sender), ("RCPT TO", Field::Recipient)] {
            let data = format!("{command}:<{path}> {more}");
            with_receive("<", &data, |event| {
                prop_assert_eq!(event.kind(), Kind::Other);
                is(event, field, &if data.contains([',', '"']) { path.replace('"', "\"\"") } else { path.clone() })?;
                absent(event, CLAIMS)
            })?;
        }
        with_receive("<", &word, |event| {
            prop_assert!(matches!(event.kind(), Kind::Other | Kind::Abuse));
            absent(event, CLAIMS)
        })?;
    }

    #[test]
    fn an_acceptance_names_its_message(id in in_line()) {
        let data = format!(
            "250 2.6.0 <{id}> [InternalId=46497315947386, Hostname=ex1.harbour.example] 2407 bytes in 0.321, 7.3 KB/sec \
             Queued mail for delivery"
        );
        with_receive(">", &data, |event| {
            prop_assert_eq!(event.kind(), Kind::Accept);
            is(event, Field::QueueId, "46497315947386")?;
            is(event, Field::MessageId, &id.replace('"', "\"\""))?;
            is(event, Field::ReplyCode, "250")
        })?;
    }

    #[test]
    fn a_failed_login_has_failed(user in in_line()) {
        let text = format!("Inbound authentication failed with error LogonDenied for user {user}");
        let row = format!("{RECEIVE},*,,{}", cell(&text));
        with_row(Format::Exchange, PROTOCOL, &row, |events| {
            prop_assert_eq!(events.len(), 2);
            is(&events[0], Field::ClientIp, "203.0.113.66")?;
            prop_assert!(events[0].kind() != Kind::Auth || events[0].class() == Some(Class::AuthFailed));
            absent(&events[0], &[Field::Permissions, Field::QueueId])
        })?;
    }

    #[test]
    fn tracking_says_what_the_server_says(
        id in hostile(), subject in hostile(), sender in hostile(), name in hostile(), recipients in prop::collection::vec(address(), 1..4),
        claimed in prop::sample::select(vec!["", "192.0.2.10", "127.0.0.1"]),
    ) {
        let list = recipients.join(";");
        let row = format!(
            "2026-03-02T10:00:02.100Z,203.0.113.66,{},192.0.2.25,EX1,,EX1\\Default EX1,SMTP,RECEIVE,46497315947381,{},\
             1851c248-566e-4983-a3e4-038a8319e354,{},,2407,{},,,{},{},{},,Incoming,,{claimed},,",
            cell(&name), cell(&format!("<{id}>")), cell(&list), recipients.len(), cell(&subject), cell(&sender), cell(&sender),
        );
        with_row(Format::Exchange, TRACKING, &row, |events| {
            // A row of another table is none of this one; each recipient is somebody, and nobody more.
            prop_assert_eq!(events.len(), recipients.len() + 1);
            prop_assert_eq!(events[0].kind(), Kind::Accept);
            for (event, recipient) in events.iter().zip(&recipients) {
                is(event, Field::ClientIp, "203.0.113.66")?;
                is(event, Field::QueueId, "46497315947381")?;
                let quoted = list.contains([',', '"']);
                is(event, Field::Recipient, &if quoted { recipient.replace('"', "\"\"") } else { recipient.clone() })?;
                is(event, Field::Directionality, "Incoming")?;
                absent(event, &[Field::AuthUser, Field::Status, Field::ReplyCode])?;
            }
            Ok(())
        })?;
    }

    #[test]
    fn what_a_remote_server_says_is_only_its_answer(answers in prop::collection::vec(hostile(), 1..3), names in 1_usize..4) {
        let list: Vec<String> = (0..names).map(|n| format!("v{n}@far.example")).collect();
        let row = format!(
            "2026-03-02T10:00:02.100Z,192.0.2.25,EX1,198.51.100.60,mx.far.example,,Internet Send Connector,SMTP,SENDEXTERNAL,\
             46497315947381,<x>,1851c248-566e-4983-a3e4-038a8319e354,{},{},2407,{names},,,Subject,a@b.example,a@b.example,,\
             Incoming,,,,",
            list.join(";"), cell(&answers.join(";")),
        );
        with_row(Format::Exchange, TRACKING, &row, |events| {
            prop_assert_eq!(events.len(), names + 1);
            for (event, recipient) in events.iter().zip(&list) {
                prop_assert_eq!((event.kind(), event.class()), (Kind::Delivery, None));
                is(event, Field::Status, "sent")?;
                is(event, Field::Recipient, recipient)?;
                is(event, Field::RelayIp, "198.51.100.60")?;
                absent(event, &[Field::ClientIp, Field::AuthUser])?;
            }
            Ok(())
        })?;
    }

    /// The IIS SMTP service writes blanks as `+` and lets nothing else that is blank through.
    #[test]
    fn a_row_of_the_iis_service_keeps_its_columns(helo in in_line(), path in address(), more in in_line()) {
        let plus = |text: &str| text.split_whitespace().collect::<Vec<_>>().join("+");
        let helo = if plus(&helo).is_empty() { "-".to_owned() } else { plus(&helo) };
        let query = plus(&format!("TO:<{path}> {more}"));
        let row = format!(
            "2026-03-02 10:00:02 203.0.113.66 {helo} SMTPSVC1 MAIL1 192.0.2.25 25 RCPT - +{query} 550 0 0 34 0 SMTP"
        );
        with_row(Format::Iis, W3C, &row, |events| {
            prop_assert_eq!((events[0].kind(), events[0].class()), (Kind::Reject, Some(Class::Other)));
            is(&events[0], Field::ClientIp, "203.0.113.66")?;
            is(&events[0], Field::ReplyCode, "550")?;
            is_or_absent(&events[0], Field::Helo, &helo)?;
            prop_assert!(get(&events[0], Field::Recipient).is_some());
            absent(&events[0], &[Field::AuthUser, Field::QueueId, Field::Status])
        })?;
    }
}
