//! Any bytes as a line: the header's parts lie within it, in their order.

#![no_main]

use libfuzzer_sys::fuzz_target;
use relaywatch::parse::{first_stamp, header};

fuzz_target!(|line: &[u8]| {
    if let Some(header) = header::parse(line) {
        assert!(header.host.start <= header.host.end && header.host.end <= header.program.start);
        assert!(header.program.start <= header.program.end);
        assert!(header.program.end <= header.text && header.text <= line.len());
    }
    let _ = first_stamp(line);
});
