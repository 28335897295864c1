//! What PowerShell makes of a tracking log says what the log says, whichever version exported it and in whatever form.

use std::fs;
use std::path::Path;

use serde_json::ser::PrettyFormatter;
use serde_json::{Map, Serializer, Value, json};

use super::program::{err, out, relaywatch};

/// Columns of the log, and the properties of the objects that `Get-MessageTrackingLog` makes of them.
const PROPERTIES: &[(&str, &str)] = &[
    ("date-time", "Timestamp"),
    ("client-ip", "ClientIp"),
    ("client-hostname", "ClientHostname"),
    ("server-ip", "ServerIp"),
    ("server-hostname", "ServerHostname"),
    ("source-context", "SourceContext"),
    ("connector-id", "ConnectorId"),
    ("source", "Source"),
    ("event-id", "EventId"),
    ("internal-message-id", "InternalMessageId"),
    ("message-id", "MessageId"),
    ("recipient-address", "Recipients"),
    ("recipient-status", "RecipientStatus"),
    ("total-bytes", "TotalBytes"),
    ("recipient-count", "RecipientCount"),
    ("related-recipient-address", "RelatedRecipientAddress"),
    ("message-subject", "MessageSubject"),
    ("sender-address", "Sender"),
    ("return-path", "ReturnPath"),
    ("directionality", "Directionality"),
    ("original-client-ip", "OriginalClientIp"),
];

/// A message with everything that is somebody's to choose, beside those of the sample.
const HOSTILE: &str = "2026-03-02T10:20:02.100Z,192.0.2.25,ex1.harbour.example,192.0.2.25,EX1,,EX1\\Default EX1,SMTP,RECEIVE,\
    46497315947500,\"<a,\"\"}{]\\b@pills.example>\",,\"\"\"v,}\"\"@far.example;w@far.example\",,1,2,,,\"{\"\"EventId\"\": [\",\
    p@pills.example,p@pills.example,,Incoming,,203.0.113.66,,\n";

/// The objects of a tracking log.
fn objects(log: &str) -> Vec<Map<String, Value>> {
    let (_, table) = log.split_once("#Fields: ").unwrap();
    let mut reader = csv::Reader::from_reader(table.as_bytes());
    let names = reader.headers().unwrap().clone();
    reader
        .records()
        .map(|record| {
            let record = record.unwrap();
            let cell = |column: &str| &record[names.iter().position(|name| name == column).unwrap()];
            let value = |&(column, property): &(&str, &str)| {
                let text = cell(column);
                let value = match property {
                    "Recipients" | "RecipientStatus" => json!(text.split_terminator(';').collect::<Vec<_>>()),
                    "TotalBytes" | "RecipientCount" => json!(text.parse::<u64>().unwrap()),
                    _ if text.is_empty() => Value::Null,
                    _ => json!(text),
                };
                (property.to_owned(), value)
            };
            PROPERTIES.iter().map(value).collect()
        })
        .collect()
}

/// As version 5 writes them: milliseconds for a time, and more than the name for an enumeration of another machine.
fn of_version_5(objects: &[Map<String, Value>]) -> Value {
    let of = |object: &Map<String, Value>| {
        let mut object = object.clone();
        let time = chrono::DateTime::parse_from_rfc3339(object["Timestamp"].as_str().unwrap()).unwrap();
        object["Timestamp"] = json!(format!("/Date({})/", time.timestamp_millis()));
        object["EventId"] = json!({ "value": 4, "Value": object["EventId"] });
        Value::Object(object)
    };
    objects.iter().map(of).collect()
}

fn pretty(value: &Value, indent: &str) -> String {
    use serde::Serialize;
    let mut bytes = Vec::new();
    let formatter = PrettyFormatter::with_indent(indent.as_bytes());
    value.serialize(&mut Serializer::with_formatter(&mut bytes, formatter)).unwrap();
    String::from_utf8(bytes).unwrap()
}

fn with_slashes(json: &str) -> String {
    json.replace("/Date(", "\\/Date(").replace(")/\"", ")\\/\"")
}

fn utf16(text: &str) -> Vec<u8> {
    format!("\u{feff}{text}").encode_utf16().flat_map(u16::to_le_bytes).collect()
}

/// `Export-Csv`, with the lists joined before.
fn csv_of(objects: &[Map<String, Value>]) -> String {
    let mut writer = csv::WriterBuilder::new().quote_style(csv::QuoteStyle::Always).from_writer(Vec::new());
    writer.write_record(PROPERTIES.iter().map(|(_, property)| property)).unwrap();
    for object in objects {
        let text = |value: &Value| match value {
            Value::Array(list) => {
                list.iter().map(|item| item.as_str().unwrap()).collect::<Vec<_>>().join(";")
            }
            Value::Null => String::new(),
            Value::String(text) => text.clone(),
            other => other.to_string(),
        };
        writer.write_record(object.values().map(text)).unwrap();
    }
    String::from_utf8(writer.into_inner().unwrap()).unwrap()
}

/// The attempts that a file tells, without the places where it tells them.
fn attempts(content: &[u8]) -> Vec<Value> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("export");
    fs::write(&path, content).unwrap();
    let config = Path::new(env!("CARGO_MANIFEST_DIR")).join("samples/config.toml");
    let output =
        relaywatch().args(["parse", "--attempts", "--config"]).arg(config).arg(&path).output().unwrap();
    assert_eq!(err(&output), "");
    let mut attempts: Vec<Value> =
        out(&output).lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    for attempt in &mut attempts {
        attempt.as_object_mut().unwrap().remove("lines");
    }
    attempts.sort_by_key(ToString::to_string);
    attempts
}

#[test]
fn every_export_gives_the_attempts_of_the_log() {
    let sample = Path::new(env!("CARGO_MANIFEST_DIR")).join("samples/exchange/MSGTRK2026030210-1.LOG");
    let log = fs::read_to_string(sample).unwrap() + HOSTILE;
    let objects = objects(&log);
    let want = attempts(log.as_bytes());
    assert!(want.len() >= 7, "{want:#?}");
    let list = |objects: &[Map<String, Value>]| Value::from(objects.to_vec());
    let (old, new) = (of_version_5(&objects), list(&objects));
    let line = |object: &Map<String, Value>| Value::Object(object.clone()).to_string() + "\r\n";
    for (name, content) in [
        ("csv", csv_of(&objects).into_bytes()),
        (
            "csv with a type",
            format!("#TYPE Selected.MessageTrackingEvent\r\n{}", csv_of(&objects)).into_bytes(),
        ),
        ("csv of a culture", csv_of(&objects).replace("\",\"", "\";\"").into_bytes()),
        ("5", utf16(&with_slashes(&pretty(&old, "    ").replace('\n', "\r\n")))),
        ("5, compressed", with_slashes(&old.to_string()).into_bytes()),
        ("7", format!("{}\n", pretty(&new, "  ")).into_bytes()),
        ("7, compressed", format!("{new}\r\n").into_bytes()),
        ("an object in each line", objects.iter().map(line).collect::<String>().into_bytes()),
    ] {
        assert_eq!(attempts(&content), want, "{name}");
    }
    let one = Value::Object(objects[0].clone());
    assert_eq!(attempts(pretty(&one, "  ").as_bytes()), attempts(csv_of(&objects[..1]).as_bytes()));
}

#[test]
fn a_trace_is_read_in_both_forms() {
    let rows = json!([{
        "Received": "2026-03-02T10:00:01Z", "SenderAddress": "promo@pills.example", "RecipientAddress": "bob@harbour.example",
        "Status": "Delivered", "FromIP": "203.0.113.66", "ToIP": null, "Size": 2407, "MessageId": "<d1@pills.example>",
    }]);
    let csv = "Received,SenderAddress,RecipientAddress,Status,FromIP,ToIP,Size,MessageId\n\
        2026-03-02T10:00:01Z,promo@pills.example,bob@harbour.example,Delivered,203.0.113.66,,2407,<d1@pills.example>\n";
    let told = attempts(csv.as_bytes());
    assert_eq!((told.len(), told[0]["client_ip"].as_str()), (1, Some("203.0.113.66")));
    assert_eq!(attempts(pretty(&rows, "  ").as_bytes()), told);
}

/// "The time stamps on the output are in UTC time format" (Microsoft Learn, "Get-MessageTraceV2"), whoever exports them.
#[test]
fn a_trace_states_its_times_in_utc() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("trace.csv");
    let csv = "\"MessageId\",\"Received\",\"SenderAddress\",\"RecipientAddress\",\"Status\",\"ToIP\",\"FromIP\",\"Size\"\n\
        \"<d1@pills.example>\",\"3/2/2026 10:00:01 AM\",\"a@pills.example\",\"bob@harbour.example\",\"Delivered\",\"\",\"203.0.113.66\",\"9\"\n";
    fs::write(&path, csv).unwrap();
    let output = relaywatch().args(["parse", "--timezone", "America/New_York"]).arg(&path).output().unwrap();
    assert!(out(&output).contains("2026-03-02T10:00:01Z"), "{}", out(&output));
}
