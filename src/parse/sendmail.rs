//! Sendmail's program names. It is one program under many names: whatever it was started as (`sendmail`, `sm-mta`), or
//! `-L` of sendmail(8) gave it.

/// Names that distributions and the installation guide use.
const NAMES: [&[u8]; 6] =
    [b"sendmail", b"sm-mta", b"sm-msp", b"sm-msp-queue", b"sm-acceptingconnections", b"sm-que"];

/// Whether `program` is Sendmail by its name.
pub(super) fn recognise(program: &[u8]) -> bool {
    NAMES.contains(&program)
}
