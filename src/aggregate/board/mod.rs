//! What a person watches: who connects, who logs in, what is relayed, message by message, line by line.

mod picture;

pub use picture::{
    AccountRow, Counts, FlowRow, MessageRow, NetworkRow, Picture, Rates, RecipientRow, SourceRow, Step,
    TailLine,
};
