//! One cell of a comma-separated row, RFC 4180: in quotes where it must be.

use std::fmt;

pub(super) struct Cell<'a>(pub(super) &'a str);

impl fmt::Display for Cell<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.contains([',', '"']) {
            write!(f, "\"{}\"", self.0.replace('"', "\"\""))
        } else {
            f.write_str(self.0)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_would_end_a_cell_is_quoted() {
        for (text, cell) in [("", ""), ("a b", "a b"), ("a, b", "\"a, b\""), ("a \"b\"", "\"a \"\"b\"\"\"")] {
            assert_eq!(Cell(text).to_string(), cell);
        }
    }
}
