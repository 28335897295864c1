//! Any bytes as a line: the header's parts lie within it, in their order.

use relaywatch::parse::{first_stamp, header};

pub(crate) fn holds(line: &[u8]) {
    if let Some(header) = header::parse(line) {
        assert!(header.host.start <= header.host.end && header.host.end <= header.program.start);
        assert!(header.program.start <= header.program.end);
        assert!(header.program.end <= header.text && header.text <= line.len());
    }
    let _ = first_stamp(line);
}
