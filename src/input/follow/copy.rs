//! Whether a file may be the copy of another one: many logs have a banner or a list of columns in front of their first
//! line, so that more than their first bytes must be compared.

use std::fs::File;
use std::io::{self, Read};

use super::tail::read_whole_at;

/// So much of two files is compared: banners are shorter. Their ends tell nothing: a copy may be as long as it will be
/// before it is written.
const COMPARED: u64 = 64 * 1024;
/// Bytes compared at a time: most files differ soon.
const BLOCK: usize = 4096;

/// What a file is to a known one that begins like it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Likeness {
    /// They agree as far as both go, or what the known one held is lost, so that only a copy has it.
    Same,
    /// Each has lines of its own.
    Other,
    /// The known one is not where it was.
    Unknown,
}

/// What `file` is to `known`, which began with `head`.
pub(super) fn likeness(known: &File, head: &[u8], file: &File) -> io::Result<Likeness> {
    let likeness = likeness_unpacked(Beginning { file: known, at: 0 }, file)?;
    // Looked at last: one that was emptied and written anew differs from its own copy.
    let mut now = vec![0; head.len()];
    let len = read_whole_at(known, &mut now, 0)?;
    Ok(if now[..len] == *head { likeness } else { Likeness::Same })
}

/// What `file` is to what holds `known`.
pub(super) fn likeness_unpacked(mut known: impl Read, file: &File) -> io::Result<Likeness> {
    let (mut ours, mut theirs) = (Vec::new(), [0; BLOCK]);
    for at in (0..COMPARED).step_by(BLOCK) {
        ours.clear();
        let both = (&mut known).take(BLOCK as u64).read_to_end(&mut ours)?;
        let both = both.min(read_whole_at(file, &mut theirs, at)?);
        if let Some((_, &their)) = ours.iter().zip(&theirs[..both]).find(|(our, their)| our != their) {
            // Zeros are bytes that are still to be written.
            return Ok(if their == 0 { Likeness::Same } else { Likeness::Other });
        }
        if both < BLOCK {
            break;
        }
    }
    Ok(Likeness::Same)
}

/// A file from its beginning, whoever else reads it.
struct Beginning<'a> {
    file: &'a File,
    at: u64,
}

impl Read for Beginning<'_> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let read = read_whole_at(self.file, out, self.at)?;
        self.at += read as u64;
        Ok(read)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_another_one_only_if_the_known_one_still_is_what_it_was() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        let banner = "#".repeat(5000);
        let file = |name: &str, text: &str| {
            std::fs::write(path(name), text).unwrap();
            File::open(path(name)).unwrap()
        };
        let known = file("known", &format!("{banner}\none\ntwo\n"));
        let head = &banner.as_bytes()[..1024];
        for (text, want) in [
            (format!("{banner}\none\n"), Likeness::Same),
            (format!("{banner}\none\ntwo\nthree\n"), Likeness::Same),
            (banner.clone(), Likeness::Same),
            (format!("{banner}\nother\n"), Likeness::Other),
            (format!("{banner}\none\n\0\0\0\0"), Likeness::Same),
        ] {
            assert_eq!(likeness(&known, head, &file("file", &text)).unwrap(), want, "{}", &text[5000..]);
        }
        let copy = file("copy", &format!("{banner}\none\ntwo\n"));
        for emptied in ["", "a new line\n"] {
            file("known", emptied);
            assert_eq!(likeness(&known, head, &copy).unwrap(), Likeness::Same, "{emptied}");
        }
    }
}
