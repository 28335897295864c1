//! Inputs that are archives -> their members. Looks at the first bytes of every file, and into archives.

use std::collections::BTreeMap;
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use super::spool::{LIMIT, Spool, Trouble};
use super::tar::Tar;
use super::zip::Zip;
use super::{Entry, HEAD, Item, Kind, Member};
use crate::input::extent::Extent;
use crate::input::open::{Unpacked, unpacked};
use crate::input::peeked::Peeked;
use crate::input::{Input, Problem, Source};

/// Files that are read out of one archive, those of archives in it included. What backs up the logs of a thousand days
/// has fewer; each costs memory, and a thread while it is read.
const MEMBERS: usize = 20_000;

/// What to do where nothing else helps.
const UNPACK: &str = "unpack it yourself and name the folder";

/// `inputs` with archives replaced by the files in them; and what could not be read of archives.
///
/// An archive is known by its content, compressed or not. Members are named `ARCHIVE/path/inside`; hidden ones, links,
/// sockets and devices are left out. An archive in an archive is looked into, one in that is not. Pipes and standard
/// input are not looked into. Once `stop` is set, nothing more is.
pub fn expand(inputs: Vec<Input>, stop: &AtomicBool) -> (Vec<Input>, Vec<Problem>) {
    expand_into(inputs, Spool::new(LIMIT), stop)
}

pub(super) fn expand_into(inputs: Vec<Input>, spool: Spool, stop: &AtomicBool) -> (Vec<Input>, Vec<Problem>) {
    let mut expander = Expander { spool, stop, room: 0, inputs: Vec::new(), problems: Vec::new() };
    for input in inputs {
        expander.room = MEMBERS;
        expander.input(input, Depth::File);
    }
    (expander.inputs, expander.problems)
}

/// Where an input was found.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Depth {
    File,
    /// In an archive.
    Member,
    /// In an archive in an archive.
    Inner,
}

struct Expander<'a> {
    spool: Spool,
    stop: &'a AtomicBool,
    /// Members that may still come out of this archive.
    room: usize,
    inputs: Vec<Input>,
    problems: Vec<Problem>,
}

/// Members that are not read, by reason: the first one's name, and how many.
type Unread = BTreeMap<String, (String, usize)>;

impl Expander<'_> {
    fn input(&mut self, input: Input, depth: Depth) {
        if input.size.is_none() || self.stop.load(Ordering::Relaxed) {
            return self.inputs.push(input);
        }
        // Reading it will tell what is wrong with it.
        let Ok(Unpacked { bytes, check }) = unpacked(&input, &Arc::default()) else {
            return self.inputs.push(input);
        };
        let mut bytes = Peeked::new(bytes, HEAD);
        let Some(kind) = Kind::of(bytes.head()) else {
            return self.inputs.push(input);
        };
        if depth == Depth::Inner {
            let message =
                format!("it is an archive in an archive in an archive, which is not looked into: {UNPACK}");
            return self.problem(&input.name, message);
        }
        let depth = if depth == Depth::File { Depth::Member } else { Depth::Inner };
        if let (None, Some(extent)) = (check, extent(&input)) {
            return self.archive(&input, kind, &extent, depth, None);
        }
        let (extent, trouble) = self.spool.keep(&mut bytes, self.stop);
        let damage = trouble.and_then(|trouble| told(&trouble, check.unwrap_or_default()));
        match extent {
            Some(extent) => self.archive(&input, kind, &extent, depth, damage),
            None => damage.into_iter().for_each(|damage| self.problem(&input.name, damage)),
        }
    }

    /// Takes the members of an archive of which `extent` is there. `damage` is why that is not all of it.
    fn archive(
        &mut self,
        archive: &Input,
        kind: Kind,
        extent: &Extent,
        depth: Depth,
        damage: Option<String>,
    ) {
        let (inputs, problems) = (self.inputs.len(), self.problems.len());
        let mut unread = Unread::new();
        let listed = extent.open().map_err(|error| error.to_string()).and_then(|window| match kind {
            Kind::Tar => Ok(self.members(archive, extent, &mut Tar::new(window), depth, &mut unread)),
            Kind::Zip => Ok(self.members(archive, extent, &mut Zip::new(window)?, depth, &mut unread)),
        });
        let own = listed.unwrap_or_else(Some);
        if let Some(damage) = damage {
            self.problem(&archive.name, damage);
        } else if let Some(damage) = own {
            let check = kind.check();
            let lost = if self.inputs.len() > inputs {
                "what stands in front of that is read"
            } else {
                "nothing of it is read"
            };
            self.problem(&archive.name, format!("{damage}: {lost}; `{check}` checks the archive"));
        }
        for (why, (first, count)) in unread {
            let more = match count - 1 {
                0 => String::new(),
                1 => format!(", and so is another file in {}", archive.name),
                more => format!(", and so are {more} more files in {}", archive.name),
            };
            self.problem(&first, format!("{why}{more}: {UNPACK}"));
        }
        if self.inputs.len() == inputs && self.problems.len() == problems {
            let kind = kind.name();
            let message =
                format!("there is no file in this {kind} archive (hidden files and links are left out)");
            self.problems.push(Problem { name: archive.name.clone(), message, unreadable: false });
        }
    }

    /// Takes what an archive lists; what is wrong with the archive.
    fn members(
        &mut self,
        archive: &Input,
        extent: &Extent,
        items: &mut dyn Iterator<Item = Item>,
        depth: Depth,
        unread: &mut Unread,
    ) -> Option<String> {
        for item in items {
            match item {
                Item::Damaged(damage) => return Some(damage),
                Item::Unreadable(name, why) => {
                    if let Some(name) = shown(&name) {
                        let name = format!("{}/{name}", archive.name);
                        unread.entry(why).or_insert((name, 0)).1 += 1;
                    }
                }
                Item::File(entry) => {
                    let Some(name) = shown(&entry.name) else { continue };
                    if self.room == 0 {
                        return Some(format!("it holds more than {MEMBERS} files; {UNPACK}"));
                    }
                    self.room -= 1;
                    let Entry { start, len, packing, modified, .. } = entry;
                    let member = Member { extent: extent.part(start, len), packing };
                    let input = Input {
                        name: format!("{}/{name}", archive.name),
                        source: Source::Member(member),
                        size: Some(len),
                        modified: modified.or(archive.modified),
                    };
                    self.input(input, depth);
                }
            }
        }
        None
    }

    fn problem(&mut self, name: &str, message: String) {
        self.problems.push(Problem { name: name.to_owned(), message, unreadable: true });
    }
}

/// Where an input is that is stored as it is.
fn extent(input: &Input) -> Option<Extent> {
    match &input.source {
        Source::Path(path) => Some(Extent::of_path(path, input.size?)),
        Source::Member(member) => Some(member.extent.clone()),
        Source::Stdin => None,
    }
}

/// The name of a member as it is shown, or `None` for a hidden one (macOS keeps what it knows of a file in `._file`). A
/// name is only a name: nothing is ever written there, so it may lead wherever it wants.
fn shown(name: &[u8]) -> Option<String> {
    let name = String::from_utf8_lossy(name);
    let mut parts = name.split('/').filter(|part| !matches!(*part, "" | ".")).peekable();
    parts.peek()?;
    let hidden = |part: &str| part.starts_with('.') && part != "..";
    parts.clone().all(|part| !hidden(part)).then(|| parts.collect::<Vec<_>>().join("/"))
}

/// What to say about an archive that was not, or not completely, unpacked.
fn told(trouble: &Trouble, check: &str) -> Option<String> {
    let gigabytes = LIMIT >> 30;
    Some(match trouble {
        Trouble::Damaged(error) => {
            format!("{error}: what stands in front of that is read; `{check}` checks the file")
        }
        Trouble::Unwritten(error) => format!(
            "cannot unpack it into a temporary file: {}: {UNPACK}, or set TMPDIR to a folder with more room",
            reason(error)
        ),
        Trouble::TooLarge => format!(
            "what is in it takes more than {gigabytes} GiB, and no more than that is unpacked in one run, lest a bomb \
             fill the disk: {UNPACK}"
        ),
        Trouble::Stopped => return None,
    })
}

/// An error of the system without its number, which says nothing to a person.
fn reason(error: &io::Error) -> String {
    error.to_string().split(" (os error ").next().unwrap_or_default().to_owned()
}
