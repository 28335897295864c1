//! Tables of Exchange and the IIS SMTP service, and exports of them, that are not as they should be.

use serde_json::Value;

use super::{Folder, clients};

const PROTOCOL: &str = "#Fields: date-time,connector-id,session-id,sequence-number,local-endpoint,remote-endpoint,event,data,context\r\n";
const W3C: &str = "#Fields: date time c-ip cs-username s-sitename s-computername s-ip s-port cs-method cs-uri-stem \
    cs-uri-query sc-status sc-win32-status sc-bytes cs-bytes time-taken cs-version\r\n";

/// A client's greeting, told from others by its name.
fn row(n: usize) -> String {
    format!(
        "2026-03-02T10:{:02}:{:02}.000Z,EX1\\Default EX1,08D9A353C0C{n:05},3,192.0.2.25:25,198.51.100.9:4711,<,EHLO client{n},\r\n",
        n / 60 % 60,
        n % 60
    )
}

fn w3c(n: usize) -> String {
    format!(
        "2026-03-02 10:{:02}:{:02} 198.51.100.9 client{n} SMTPSVC1 MAIL1 192.0.2.25 25 EHLO - +client{n} 250 0 0 34 0 SMTP\r\n",
        n / 60 % 60,
        n % 60
    )
}

fn rows(numbers: std::ops::Range<usize>) -> String {
    numbers.map(row).collect()
}

fn object(n: usize) -> String {
    format!(
        "    {{\r\n        \"Timestamp\":  \"2026-03-02T10:00:{n:02}Z\",\r\n        \"EventId\":  \"RECEIVE\",\r\n        \
         \"Source\":  \"SMTP\",\r\n        \"ClientIp\":  \"198.51.100.9\",\r\n        \"MessageId\":  \
         \"<{n}@partner.example>\",\r\n        \"Recipients\":  [\r\n                           \"client{n}\"\r\n           \
                         ]\r\n    }}"
    )
}

/// What became of a file: the clients that are named in it, its lines, events, and lines that were not understood, and what
/// was said about it.
struct Told {
    clients: Vec<String>,
    input: Value,
    said: String,
}

fn told(content: &[u8]) -> Told {
    let folder = Folder::new(&[("some.log", content)]);
    let (report, exit, said) = folder.analyze(&["some.log"]);
    assert_eq!(exit, 0, "{said}");
    let input = report["input"].clone();
    let by_file = &input["by_file"][0]["file"];
    assert!(by_file.is_null() || by_file.as_str().unwrap().ends_with("some.log"));
    let output = folder.run(&["parse"], &["some.log"]);
    drop(clients(&output));
    let text = std::str::from_utf8(&output.stdout).unwrap();
    let named = |line: &str| {
        let event: Value = serde_json::from_str(line).unwrap();
        let name = event["helo"].as_str().or(event["recipient"].as_str())?.to_owned();
        name.starts_with("client").then_some(name)
    };
    Told { clients: text.lines().filter_map(named).collect(), input, said }
}

fn expected(numbers: impl IntoIterator<Item = usize>) -> Vec<String> {
    numbers.into_iter().map(|n| format!("client{n}")).collect()
}

/// All `good` rows are read in their order, and so many lines were not understood.
#[track_caller]
fn reads(content: &str, good: impl IntoIterator<Item = usize>, unmatched: usize) -> Told {
    let told = told(content.as_bytes());
    assert_eq!(told.clients, expected(good), "{content}");
    assert_eq!(told.input["unmatched"], unmatched, "{content}");
    told
}

#[test]
fn half_a_record_at_the_end_costs_itself_only() {
    for half in [
        "2026-03-02T10:00:03.000Z,EX1\\Def",
        "2026-03-02T10:00:03.000Z,EX1\\Default EX1,08D9,3,a,b,<,\"EHLO x, y",
    ] {
        let told = reads(&format!("{PROTOCOL}{}{half}", rows(0..3)), 0..3, 1);
        assert_eq!((told.said.as_str(), &told.input["lines"]), ("", &5.into()));
    }
    let half = w3c(3);
    reads(&format!("{W3C}{}{}{}", w3c(0), w3c(1), &half[..40]), 0..2, 1);
    let objects = format!("[\r\n{},\r\n{},\r\n", object(0), object(1));
    let half = object(2);
    for cut in [10, 60, 150, half.len() - 2] {
        reads(&format!("{objects}{}", &half[..cut]), 0..2, 1);
    }
}

#[test]
fn a_file_that_is_still_written_is_read_as_far_as_it_goes() {
    let whole = format!("{PROTOCOL}{}", rows(0..4));
    let begin = whole.len() - row(3).len();
    for len in [begin, begin + 1, begin + 30, whole.len() - 3, whole.len() - 1] {
        let told = told(&whole.as_bytes()[..len]);
        // Only what lacks no more than its line's end is whole.
        let good = if len >= whole.len() - 2 { 4 } else { 3 };
        assert_eq!(told.clients, expected(0..good), "{len}");
    }
}

#[test]
fn rows_with_too_few_cells_are_told_and_those_with_more_are_read() {
    let short = "2026-03-02T10:00:03.000Z,EX1\\Default EX1,08D9A353C0C15815,3,<\r\n";
    let long = row(3).replace(",\r\n", ",,added,later\r\n");
    reads(&format!("{PROTOCOL}{}{short}{long}{}", row(0), row(4)), [0, 3, 4], 1);
    let short = "2026-03-02 10:00:02 198.51.100.9 client SMTPSVC1 EHLO\r\n";
    let long = w3c(1).replace(" SMTP\r\n", " SMTP more -\r\n");
    reads(&format!("{W3C}{}{short}{long}", w3c(0)), [0, 1], 1);
}

#[test]
fn unknown_columns_move_no_known_one() {
    let header = PROTOCOL.replace("date-time,", "date-time,new-column,").replace(",data", ",another,data");
    let changed = |n| row(n).replacen(",EX1", ",\"x,y\",EX1", 1).replacen(",<,", ",<,z,", 1);
    reads(&format!("{header}{}{}", changed(0), changed(1)), 0..2, 0);
}

#[test]
fn columns_may_stand_in_any_order() {
    let header = "#Fields: time c-ip cs-username cs-method cs-uri-query sc-status date\r\n";
    let row = "10:00:01 198.51.100.9 client0 EHLO +client0 250 2026-03-02\r\n";
    let told = reads(&format!("{header}{row}"), 0..1, 0);
    assert_eq!(told.input["first_time"], "2026-03-02T10:00:01Z");
}

#[test]
fn a_header_that_lies_hides_no_row_and_panics_nowhere() {
    // One that names nothing known: the rows themselves tell.
    reads(&format!("#Fields: nothing,of,it\r\n{}", rows(0..3)), 0..3, 0);
    reads(&format!("{PROTOCOL}{}#Fields: nothing\r\n{}", rows(0..2), rows(2..4)), 0..4, 0);
    // One that names more than there is: none of its rows is whole, and each is told.
    let more = PROTOCOL.replace("\r\n", ",one,two,three\r\n");
    let told = told(format!("{PROTOCOL}{}{more}{}{PROTOCOL}{}", row(0), rows(1..3), row(3)).as_bytes());
    assert_eq!((told.clients, &told.input["unmatched"]), (expected([0, 3]), &2.into()));
    // One that names other columns: what is read is wrong, but every line is accounted for.
    let other = PROTOCOL.replace("event,data,context", "data,event,context");
    let input = self::told(format!("{other}{}", rows(0..3)).as_bytes()).input;
    let count = |name: &str| input[name].as_u64().unwrap();
    assert_eq!((count("lines"), count("events") + count("ignored") + count("unmatched")), (4, 4));
}

#[test]
fn a_header_may_be_missing_or_come_again() {
    reads(&rows(0..3), 0..3, 0);
    reads(&format!("{}{PROTOCOL}{}{PROTOCOL}{}", rows(0..2), rows(2..3), rows(3..5)), 0..5, 0);
    reads(&[w3c(0), W3C.to_owned(), w3c(1), W3C.to_owned(), w3c(2)].concat(), 0..3, 0);
    // Other columns from here on.
    let fewer = "#Fields: session-id,date-time,event,data,sequence-number,remote-endpoint,connector-id\r\n";
    let row_of_fewer =
        "08D9A353C0C15815,2026-03-02T10:00:05.000Z,<,EHLO client5,1,198.51.100.9:4711,EX1\\Default EX1\r\n";
    reads(&format!("{PROTOCOL}{}{fewer}{row_of_fewer}{PROTOCOL}{}", row(0), row(6)), [0, 5, 6], 0);
    let only_header = Folder::new(&[("some.log", PROTOCOL.as_bytes())]);
    let (report, exit, said) = only_header.analyze(&["some.log"]);
    assert_eq!((exit, &report["input"]["unmatched"]), (0, &0.into()), "{said}");
}

#[test]
fn line_ends_may_be_mixed() {
    let mixed: String = (0..6).map(|n| if n % 2 == 0 { row(n) } else { row(n).replace('\r', "") }).collect();
    reads(&format!("{PROTOCOL}{mixed}"), 0..6, 0);
    let mixed: String = (0..6).map(|n| if n % 2 == 0 { w3c(n) } else { w3c(n).replace('\r', "") }).collect();
    reads(&format!("{}{mixed}", W3C.replace('\r', "")), 0..6, 0);
}

#[test]
fn an_encoding_that_breaks_costs_what_it_breaks() {
    let wide = |text: &str| text.encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<u8>>();
    // Half a character in a row, and an odd byte at the end.
    let broken = [
        wide(&format!("\u{feff}{PROTOCOL}{}", rows(0..2))),
        vec![0x3d, 0xd8],
        wide("\r\n"),
        wide(&rows(2..4)),
        vec![b'x'],
    ];
    let told = told(&broken.concat());
    assert_eq!(told.clients, expected(0..4));
    assert!(told.said.contains("some.log: 2 of its characters are no UTF-16"), "{}", told.said);
    assert_eq!(told.input["unmatched"], 2);
    // Bytes of a code page, and a file that another program goes on with in another encoding.
    let page = row(1).replace("client1", "client1-\u{fc}");
    let page: Vec<u8> = page.chars().map(|c| u8::try_from(u32::from(c)).unwrap()).collect();
    let told = self::told(&[format!("{PROTOCOL}{}", row(0)).as_bytes(), &page, row(2).as_bytes()].concat());
    assert_eq!((told.clients.len(), &told.input["unmatched"]), (3, &0.into()));
    let told = self::told(
        &[format!("{PROTOCOL}{}", rows(0..3)).as_bytes(), &wide(&row(3)), b"\n", row(4).as_bytes()].concat(),
    );
    assert!(
        told.clients[..3] == expected(0..3) && told.clients.contains(&"client4".to_owned()),
        "{:?}",
        told.clients
    );
}

#[test]
fn a_stray_quote_hides_no_row() {
    let stray = row(1).replace("EHLO client1", "\"EHLO x");
    reads(&format!("{PROTOCOL}{}{stray}{}", row(0), rows(2..9)), [0].into_iter().chain(2..9), 1);
}

#[test]
fn objects_with_something_between_them_are_all_read() {
    let one = object(1).replace("\"Source\"", "\"NoSuchProperty\":  {\"a\": [1]},\r\n        \"Source\"");
    let text = format!(
        "[\r\n{},\r\nnoise\r\n{one},\r\n    {{\r\n        \"Timestamp\":  \"x\r\n{}\r\n]\r\n",
        object(0),
        object(2)
    );
    reads(&text, 0..3, 2);
}
