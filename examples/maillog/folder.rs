//! A log in a folder, which begins a new file every day, as Exchange's do: `RECV20260302-1.LOG`. Sessions and messages
//! go on in the next file.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::PathBuf;

/// Bytes that are written at a time.
pub(crate) const CHUNK: usize = 1 << 20;
/// What a heading begins with, and what stands before its day.
const BEGINS: &str = "#Software: ";
const DATE: &str = "#Date: ";

/// The files of one log.
pub(crate) struct Daily {
    folder: PathBuf,
    /// What their names begin with.
    name: &'static str,
    file: Option<BufWriter<File>>,
}

impl Daily {
    pub(crate) fn new(folder: PathBuf, name: &'static str) -> Self {
        Self { folder, name, file: None }
    }
}

impl Write for Daily {
    /// Takes whole lines: those that begin with a heading begin a file.
    fn write(&mut self, lines: &[u8]) -> io::Result<usize> {
        if let Some(day) = day_of_heading(lines) {
            self.flush()?;
            let path = self.folder.join(format!("{}{day}-1.LOG", self.name));
            self.file = Some(BufWriter::with_capacity(CHUNK, File::create(path)?));
        }
        if let Some(file) = &mut self.file {
            file.write_all(lines)?;
        }
        Ok(lines.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.as_mut().map_or(Ok(()), Write::flush)
    }
}

/// The day, without hyphens, of the heading that stands in front of `lines`.
fn day_of_heading(lines: &[u8]) -> Option<String> {
    let heading = lines.strip_prefix(BEGINS.as_bytes())?;
    let (_, date) = std::str::from_utf8(heading).ok()?.split_once(DATE)?;
    Some(date.get(.."2026-03-02".len())?.replace('-', ""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_heading_begins_a_file_that_is_named_by_its_day() {
        let folder = tempfile::tempdir().unwrap();
        let mut daily = Daily::new(folder.path().to_owned(), "RECV");
        let heading = |day: &str| format!("#Software: x\n#Date: {day}T00:00:01.000Z\n#Fields: a,b\n");
        for lines in [heading("2026-03-02") + "1,2\n", "3,4\n".to_owned(), heading("2026-03-03") + "5,6\n"] {
            daily.write_all(lines.as_bytes()).unwrap();
        }
        daily.flush().unwrap();
        let read = |name: &str| std::fs::read_to_string(folder.path().join(name)).unwrap();
        assert!(read("RECV20260302-1.LOG").ends_with("a,b\n1,2\n3,4\n"));
        assert!(read("RECV20260303-1.LOG").ends_with("a,b\n5,6\n"));
    }
}
