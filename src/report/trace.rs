//! Stories of messages, for people and for programs.

use std::io::{self, Write};

use super::events::{origin_members, write_attempt};
use super::object::{key, text, time};
use super::words::{counted, list, span};
use crate::model::{Attempt, EventTime, Files, Hosts, shown};
use crate::trace::{Line, Story};

/// Writes stories as text: of each who sent it, what became of every recipient, and its lines.
///
/// # Errors
///
/// If `out` cannot be written to.
pub fn write(
    stories: &[Story],
    names: (&Files, &Hosts),
    color: bool,
    out: &mut impl Write,
) -> io::Result<()> {
    let (files, hosts) = names;
    for (index, story) in stories.iter().enumerate() {
        if index > 0 {
            writeln!(out)?;
        }
        let (bold, plain) = if color { ("\x1b[1m", "\x1b[0m") } else { ("", "") };
        writeln!(out, "{bold}{}{plain}", title(story, hosts))?;
        for said in said(story) {
            writeln!(out, "  {said}")?;
        }
        for line in &story.lines {
            let place = format!("{}:{}", shown(files.name(line.origin.file).as_bytes()), line.origin.line);
            // A table's columns are parted by tabs, which would be shown as what they are.
            let text: Vec<u8> =
                line.text.iter().map(|&byte| if byte == b'\t' { b' ' } else { byte }).collect();
            writeln!(out, "  {place}  {}", shown(&text))?;
        }
    }
    Ok(())
}

/// Writes stories as objects, one per line: `queue_ids`, `attempts` as `parse --attempts` has them, `lines`.
///
/// # Errors
///
/// If `out` cannot be written to.
pub fn write_ndjson(stories: &[Story], names: (&Files, &Hosts), out: &mut impl Write) -> io::Result<()> {
    let (files, hosts) = names;
    for story in stories {
        let mut object = vec![b'{'];
        key(&mut object, "queue_ids");
        members(&mut object, &story.queue_ids, |object, (host, id)| {
            object.push(b'{');
            text(object, "host", hosts.name(*host));
            text(object, "queue_id", &id.text());
            object.push(b'}');
        });
        key(&mut object, "attempts");
        members(&mut object, &story.fates, |object, fate| {
            write_attempt(object, &fate.attempt(), files, hosts);
            // One object per line is not asked for here.
            object.pop_if(|last| *last == b'\n');
        });
        key(&mut object, "lines");
        members(&mut object, &story.lines, |object, line| write_line(object, line, files));
        object.extend_from_slice(b"}\n");
        out.write_all(&object)?;
    }
    Ok(())
}

fn members<T>(out: &mut Vec<u8>, all: &[T], mut write: impl FnMut(&mut Vec<u8>, &T)) {
    out.push(b'[');
    for (index, one) in all.iter().enumerate() {
        if index > 0 {
            out.push(b',');
        }
        write(out, one);
    }
    out.push(b']');
}

fn write_line(out: &mut Vec<u8>, line: &Line, files: &Files) {
    out.push(b'{');
    if line.time != EventTime::MIN {
        key(out, "time");
        time(out, line.time);
    }
    origin_members(out, line.origin, files);
    text(out, "text", &line.text);
    out.push(b'}');
}

/// `4F2A1B3C5D and 5B3C4F2A1D on mx1, 2026-03-02 16:18:03 to 16:18:08, 16 lines`.
fn title(story: &Story, hosts: &Hosts) -> String {
    let ids: Vec<String> = story.queue_ids.iter().map(|(_, id)| shown(&id.text()).to_string()).collect();
    let what = if ids.is_empty() { "No queue id".to_owned() } else { list(&ids) };
    let mut on: Vec<String> = Vec::new();
    let said = story.queue_ids.iter().map(|&(host, _)| host);
    for host in said.chain(story.fates.iter().map(|fate| fate.attempt().host)) {
        let name = shown(hosts.name(host)).to_string();
        if !name.is_empty() && !on.contains(&name) {
            on.push(name);
        }
    }
    let on = if on.is_empty() { String::new() } else { format!(" on {}", list(&on)) };
    let when = match (story.lines.first(), story.lines.last()) {
        (Some(first), Some(last)) => format!(", {}", span(first.time, last.time)),
        _ => String::new(),
    };
    format!("{what}{on}{when}, {}", counted(story.lines.len() as u64, "line", "lines"))
}

/// More recipients than these are counted, in text.
const TOLD: usize = 200;

/// Who sent, and what became of each recipient; what is the same is said once.
fn said(story: &Story) -> Vec<String> {
    let mut said: Vec<(String, Vec<(String, u64)>)> = Vec::new();
    for fate in story.fates.iter().take(TOLD) {
        let (from, to) = (from(&fate.attempt()), to(&fate.attempt()));
        let at = said.iter().position(|(known, _)| *known == from).unwrap_or_else(|| {
            said.push((from, Vec::new()));
            said.len() - 1
        });
        let all = &mut said[at].1;
        match all.iter_mut().find(|(known, _)| *known == to) {
            Some((_, times)) => *times += 1,
            None => all.push((to, 1)),
        }
    }
    let times = |(words, times)| if times == 1 { words } else { format!("{words} ({times} times)") };
    let told = said.into_iter().flat_map(|(from, to)| [from].into_iter().chain(to.into_iter().map(times)));
    let more = story.fates.len().saturating_sub(TOLD) as u64;
    let more = (more > 0).then(|| format!("and {} more", counted(more, "recipient", "recipients")));
    told.chain(more).collect()
}

/// `from <ann@far.example> by mx.far.example [192.0.2.7], HELO mx.far.example`.
fn from(attempt: &Attempt<'_>) -> String {
    let sender =
        attempt.sender.map_or_else(|| "somebody".to_owned(), |sender| format!("<{}>", shown(sender)));
    let name = attempt.client_name.filter(|name| *name != b"unknown").map(|name| shown(name).to_string());
    let address = attempt.client_ip.map(|ip| format!("[{ip}]"));
    let client: Vec<String> = name.into_iter().chain(address).collect();
    let by = if client.is_empty() { String::new() } else { format!(" by {}", client.join(" ")) };
    let helo = attempt.helo.map(|helo| format!(", HELO {}", shown(helo))).unwrap_or_default();
    let account = attempt.auth_user.map(|user| format!(", logged in as {}", shown(user))).unwrap_or_default();
    let local = attempt.uid.map(|uid| format!(", local user {}", shown(uid))).unwrap_or_default();
    format!("from {sender}{by}{helo}{account}{local}")
}

/// `to <bob@harbour.example>: delivered, 2.0.0, by local; inbound, authority recipient_is_local`.
fn to(attempt: &Attempt<'_>) -> String {
    let recipient = attempt.recipient.map_or_else(|| "anybody".to_owned(), |to| format!("<{}>", shown(to)));
    let original = attempt.original_recipient.filter(|original| Some(*original) != attempt.recipient);
    let original = original.map(|original| format!(" for <{}>", shown(original))).unwrap_or_default();
    let mut outcome = vec![attempt.outcome.name().to_owned()];
    outcome.extend(attempt.class.map(|class| class.name().to_owned()));
    outcome.extend(attempt.reply_code.map(|code| code.to_string()));
    outcome.extend(attempt.reply_status.map(|status| shown(status).to_string()));
    outcome.extend(attempt.next_hop.map(|hop| format!("by {}", shown(hop))));
    let authority = attempt.authority.map_or("not known", |authority| authority.name());
    format!(
        "to {recipient}{original}: {}; {}, authority {authority}",
        outcome.join(", "),
        attempt.direction.name()
    )
}
