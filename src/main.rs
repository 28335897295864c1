//! The program: arguments, the library, an exit code.

fn main() {}
