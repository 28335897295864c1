//! Logs of the IIS SMTP service (Windows 2000 to 2012, and Exchange 2000/2003 on top of it): W3C extended and NCSA.
//!
//! Both log a command and the code of its reply in one row, but not the reply's words: why a recipient was refused is
//! for the correlator to decide by whose domain it is in. Spaces within a value are written as `+`.

mod ncsa;
mod w3c;

use std::ops::Range;

use crate::model::{Class, Field, Kind, Stage};

use super::scan::address_end;
use super::table::{Output, Said};

pub(super) use ncsa::{looks_like as is_ncsa, read as ncsa};
pub(super) use w3c::read as w3c;

/// A command and the code of its reply, as both formats have them.
struct Exchange {
    verb: Range<usize>,
    argument: Range<usize>,
    code: Range<usize>,
    /// Our own command to another server, or that server's reply.
    outbound: bool,
}

impl Exchange {
    /// What it says; `said` names the client already.
    fn say(&self, line: &[u8], mut said: Said, out: &mut Output<'_>) {
        let code = &line[self.code.clone()];
        let has_code = code.len() == 3 && code.iter().all(u8::is_ascii_digit);
        said.stage = Stage::from_command(&line[self.verb.clone()]);
        if has_code && !self.outbound {
            out.field(Field::ReplyCode, self.code.clone());
            judge(code, &mut said);
        }
        let argument = without_blanks(line, self.argument.clone());
        match said.stage {
            Some(Stage::Mail) => path(line, argument, Field::Sender, out),
            Some(Stage::Rcpt) => path(line, argument, Field::Recipient, out),
            Some(Stage::Data) if !self.outbound => {
                if let [b'<', .., b'>'] = &line[argument.clone()] {
                    out.field(Field::MessageId, argument.start + 1..argument.end - 1);
                }
            }
            _ => {}
        }
        out.say(&said);
    }
}

/// What the code of our reply makes of a command.
fn judge(code: &[u8], said: &mut Said) {
    let refused = code.starts_with(b"4") || code.starts_with(b"5");
    match said.stage {
        Some(Stage::Data) if code.starts_with(b"2") => said.kind = Kind::Accept,
        Some(Stage::Auth) if code == b"235" => said.kind = Kind::Auth,
        Some(Stage::Auth) if refused => (said.kind, said.class) = (Kind::Auth, Some(Class::AuthFailed)),
        None if refused => (said.kind, said.class) = (Kind::Reject, Some(Class::Protocol)),
        _ if refused => (said.kind, said.class) = (Kind::Reject, Some(Class::Other)),
        _ => {}
    }
}

/// The service writes blanks as `+`, and one in front of every argument.
fn without_blanks(line: &[u8], text: Range<usize>) -> Range<usize> {
    let blanks = line[text.clone()].iter().take_while(|byte| **byte == b'+').count();
    text.start + blanks..text.end
}

/// The path of `FROM:+<path>+SIZE=1` or `TO:<path>`.
fn path(line: &[u8], text: Range<usize>, field: Field, out: &mut Output<'_>) {
    let Some(colon) = memchr::memchr(b':', &line[text.clone()]) else { return };
    let rest = without_blanks(line, text.start + colon + 1..text.end);
    if line.get(rest.start) == Some(&b'<') {
        if let Some((_, end)) = address_end(&line[..rest.end], rest.start + 1) {
            out.field(field, rest.start + 1..end);
        }
    } else if !rest.is_empty() {
        out.field(field, rest);
    }
}

/// `-` stands for nothing.
fn some(line: &[u8], cell: Option<Range<usize>>) -> Option<Range<usize>> {
    cell.filter(|cell| &line[cell.clone()] != b"-")
}
