//! NCSA common log lines: `192.0.2.1 - mx.far.example [11/Oct/2026:13:16:41 -0600] "RCPT -?+TO:+<bob@our.example> SMTP" 250 32`
//! (NCSA `httpd`, "Common Log Format"; Microsoft, "IIS 6.0 Documentation: NCSA Common Log File Format").
//! The quoted part is the client's, and ends with the last ` SMTP"` of the line.

use chrono::DateTime;

use crate::model::{EventTime, Field, Kind, Stamp, parse_ip};
use crate::parse::table::{Output, Said};

use super::{Exchange, some};

/// `11/Oct/2026:13:16:41 -0600`.
const STAMP: usize = 26;
const STAMP_FORMAT: &str = "%d/%b/%Y:%H:%M:%S %z";

/// Where the parts of a line begin, each behind a blank.
struct Parts {
    name: usize,
    stamp: usize,
    command: usize,
}

/// Three words stand before the stamp: address, `-`, and the name given in HELO, which may be in brackets as the stamp is.
fn parts(line: &[u8]) -> Option<Parts> {
    let name = memchr::memchr(b' ', line)? + " - ".len();
    let stamp = name + memchr::memchr(b' ', line.get(name..)?)? + " [".len();
    let around = line.get(name - " - ".len()..name)? == b" - " && line.get(stamp - 1) == Some(&b'[');
    let close = line.get(stamp + STAMP..)?;
    (around && close.starts_with(b"] \"")).then_some(Parts { name, stamp, command: stamp + STAMP + 3 })
}

/// Whether `line` is one of this format.
pub(in crate::parse) fn looks_like(line: &[u8]) -> bool {
    parts(line).is_some() && memchr::memmem::rfind(line, b" SMTP\" ").is_some()
}

/// Reads one line, if it is one.
pub(in crate::parse) fn read(line: &[u8], out: &mut Output<'_>) -> Option<()> {
    let Parts { name, stamp, command } = parts(line)?;
    let end = memchr::memmem::rfind(line, b" SMTP\" ").filter(|&end| end >= command)?;
    let time = std::str::from_utf8(&line[stamp..stamp + STAMP]).ok()?;
    let time = DateTime::parse_from_str(time, STAMP_FORMAT).ok()?;
    out.stamp(Stamp::Absolute(EventTime::from_micros(time.timestamp_micros())));
    let ip = name - " - ".len();
    let name = name..stamp - " [".len();
    let outbound =
        matches!(line.get(name.clone())?, b"OutboundConnectionCommand" | b"OutboundConnectionResponse");
    out.service(if outbound { "send" } else { "receive" }, 0..0);
    let mut said = Said::kind(Kind::Other);
    if outbound {
        out.field(Field::RelayIp, 0..ip);
    } else {
        said.client_ip = parse_ip(&line[..ip]);
        out.field(Field::ClientIp, 0..ip);
        if let Some(name) = some(line, Some(name)) {
            out.field(Field::Helo, name);
        }
    }
    let verb = line[command..end].iter().position(|byte| *byte == b' ').map_or(end, |len| command + len);
    // ` -?` stands between command and argument, ` -` where there is none.
    let argument = if line[verb..end].starts_with(b" -?") { verb + 3..end } else { end..end };
    let code = end + b" SMTP\" ".len();
    let digits = line[code..].iter().take_while(|byte| byte.is_ascii_digit()).count();
    Exchange { verb: command..verb, argument, code: code..code + digits, outbound }.say(line, said, out);
    Some(())
}
