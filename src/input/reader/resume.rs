//! Reading what is not finished: from where reading stood, up to what is there for now.

use std::io::Read;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::super::columns::Columns;
use super::super::records::Records;
use super::{Counters, Reader, Skipping};
use crate::model::{FileId, Format};

/// Where a reader stands between two batches: all it takes to go on from there.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(in crate::input) struct Mark {
    /// Bytes in front of it, decompressed, without a byte order mark.
    pub(in crate::input) bytes: u64,
    /// Lines in front of it.
    pub(in crate::input) lines: u64,
    /// How the file is laid out.
    pub(in crate::input) format: Format,
    skipping: Skipping,
    /// What names the columns of what follows.
    header: Option<Vec<u8>>,
}

impl Mark {
    /// The beginning of a file that is laid out so.
    pub(in crate::input) fn beginning(format: Format) -> Self {
        Self { bytes: 0, lines: 0, format, skipping: Skipping::Nothing, header: None }
    }
}

impl Reader {
    /// Reads on from `mark`: `from` gives the bytes behind it, and [`WouldBlock`](std::io::ErrorKind::WouldBlock) where
    /// there are no more for now. `head` is what the file begins with.
    pub(in crate::input) fn resume(
        name: &str,
        file: FileId,
        from: Box<dyn Read + Send>,
        head: &[u8],
        mark: Mark,
        batch_bytes: usize,
    ) -> Self {
        let framing = mark.format.framing();
        Self {
            name: name.to_owned(),
            file,
            from,
            batch_bytes: batch_bytes.max(1),
            rest: Vec::new(),
            skipping: mark.skipping,
            format: mark.format,
            framing,
            records: Records::new(framing, head),
            columns: Columns::new(head, framing).behind(mark.header.map(Arc::from)),
            ended: false,
            growing: true,
            paused: false,
            counters: Counters { bytes: mark.bytes, lines: mark.lines, cut_lines: 0 },
            told_lines: mark.lines,
            expected: None,
            check: None,
            broken: Arc::default(),
            problem: None,
        }
    }

    /// The same of something finished, whose end is one; `check` is the command that checks it, if it is compressed.
    pub(in crate::input) fn finished(self, check: Option<&'static str>) -> Self {
        Self { growing: false, check, ..self }
    }

    /// Where it stands. True behind a batch, until the next one is asked for.
    pub(in crate::input) fn mark(&self) -> Mark {
        Mark {
            bytes: self.counters.bytes,
            lines: self.counters.lines,
            format: self.format,
            skipping: self.skipping,
            header: self.columns.line().map(|line| line.to_vec()),
        }
    }

    /// Whether nothing comes any more.
    pub(in crate::input) fn has_ended(&self) -> bool {
        self.ended
    }

    /// Says whether more may come. Where nothing may, a line that has no end is handed on as it is; where more comes all
    /// the same, it begins a line of its own.
    pub(in crate::input) fn set_ended(&mut self, ended: bool) {
        self.ended = ended;
    }
}

#[cfg(test)]
mod tests {
    use std::collections::VecDeque;
    use std::io;

    use proptest::prelude::*;

    use super::*;
    use crate::model::{Batch, Files};

    /// Parts that come one after the other; between two of them there is nothing for now.
    struct Parts(VecDeque<Vec<u8>>);

    impl Read for Parts {
        fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
            let Some(part) = self.0.front_mut() else { return Ok(0) };
            if part.is_empty() {
                self.0.pop_front();
                return Err(io::ErrorKind::WouldBlock.into());
            }
            let len = part.len().min(out.len());
            out[..len].copy_from_slice(&part[..len]);
            part.drain(..len);
            Ok(len)
        }
    }

    fn reader(content: &[u8], parts: &[usize], mark: Mark, batch_bytes: usize) -> Reader {
        let mut rest = &content[mark.bytes as usize..];
        let mut queue = VecDeque::new();
        for &part in parts {
            let (front, behind) = rest.split_at(part.min(rest.len()));
            queue.push_back(front.to_vec());
            rest = behind;
        }
        queue.push_back(rest.to_vec());
        let file = Files::default().add("x");
        Reader::resume("x", file, Box::new(Parts(queue)), content, mark, batch_bytes)
    }

    /// Every batch, and where the reader stood in front of it.
    fn read(mut reader: Reader) -> Vec<(Mark, Batch)> {
        let mut all = Vec::new();
        let mut mark = reader.mark();
        loop {
            match reader.next(b"recycled\n".repeat(all.len() % 3)) {
                Some(batch) => all.push((std::mem::replace(&mut mark, reader.mark()), batch)),
                None if reader.has_ended() => return all,
                None => {}
            }
        }
    }

    /// Records with their offsets, and line numbers where they are told.
    fn told(batches: &[(Mark, Batch)]) -> Vec<(u64, Vec<u8>, Option<Vec<u8>>)> {
        let mut told = Vec::new();
        for (_, batch) in batches {
            for record in batch.records() {
                told.push((
                    batch.first_offset + record.start as u64,
                    batch.bytes[record].to_vec(),
                    batch.header.as_deref().map(<[u8]>::to_vec),
                ));
            }
        }
        told
    }

    proptest! {
        #[test]
        fn it_does_not_matter_when_bytes_come_nor_where_reading_begins_again(
            pieces in proptest::collection::vec((prop::sample::select(vec![
                &b"\n"[..], b"a,b\n", b"\"x\ny\",z\r\n", b",\"", b"N=1\n\n", b"{\"a\":[1]}", b"\0", b"#Fields: a b\n",
            ]), 1_usize..9), 0..30),
            long in prop::option::of((prop::sample::select(vec![b'y', b'\0']), 65_000_usize..140_000)),
            parts in proptest::collection::vec(0_usize..40_000, 0..12),
            framing in prop::sample::select(vec![
                Format::Syslog, Format::Exchange, Format::ExchangeJson, Format::JournalExport,
            ]),
            batch_bytes in 1_usize..100_000,
            again in any::<prop::sample::Index>(),
        ) {
            let half = pieces.len() / 2;
            let part = |pieces: &[(&[u8], usize)]| -> Vec<u8> {
                pieces.iter().flat_map(|(piece, times)| piece.repeat(*times)).collect()
            };
            let long = long.map_or(Vec::new(), |(byte, times)| vec![byte; times]);
            let content = [part(&pieces[..half]), long, part(&pieces[half..])].concat();
            let whole = read(reader(&content, &[], Mark::beginning(framing), 1 << 20));
            let pieces = read(reader(&content, &parts, Mark::beginning(framing), batch_bytes));
            // The columns are those in front of a batch, so they depend on where it begins.
            let bare = |told: Vec<(u64, Vec<u8>, _)>| -> Vec<(u64, Vec<u8>)> {
                told.into_iter().map(|(offset, record, _)| (offset, record)).collect()
            };
            prop_assert!(bare(told(&whole)) == bare(told(&pieces)));
            if !pieces.is_empty() {
                let at = again.index(pieces.len());
                let mark = pieces[at].0.clone();
                let resumed = read(reader(&content, &[], mark, batch_bytes));
                prop_assert!(bare(told(&pieces[at..])) == bare(told(&resumed)));
                prop_assert_eq!(&pieces[at].1.header, &resumed[0].1.header);
                prop_assert_eq!(pieces[at].1.first_line, resumed[0].1.first_line);
            }
        }
    }

    #[test]
    fn a_line_without_end_waits_for_it_or_for_somebody_to_say_that_none_comes() {
        let file = Files::default().add("x");
        let parts = [&b"one\ntw"[..], b"o\nthr", b""].map(<[u8]>::to_vec);
        let from = Box::new(Parts(parts.into()));
        let mut reader = Reader::resume("x", file, from, b"", Mark::beginning(Format::Syslog), 4096);
        assert_eq!(reader.next(Vec::new()).unwrap().bytes, b"one\n");
        let batch = reader.next(Vec::new()).unwrap();
        assert_eq!((&batch.bytes[..], batch.first_line, batch.first_offset), (&b"two\n"[..], 2, 4));
        assert!(reader.next(Vec::new()).is_none());
        reader.set_ended(true);
        assert_eq!(reader.next(Vec::new()).unwrap().bytes, b"thr");
        assert_eq!((reader.mark().bytes, reader.mark().lines), (11, 3));
    }
}
