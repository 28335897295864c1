//! Whole lines through the parser.
