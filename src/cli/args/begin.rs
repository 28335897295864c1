//! Where those that follow a log begin.

use std::str::FromStr;

use crate::cli::when::When;

/// Where reading begins.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(in crate::cli) enum Begin {
    /// At the start of what is there.
    Start,
    /// Behind what is there.
    End,
    /// At a moment.
    Time(When),
}

impl FromStr for Begin {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "start" => Ok(Self::Start),
            "end" => Ok(Self::End),
            time => time
                .parse()
                .map(Self::Time)
                .map_err(|error| format!("expected start, end or a time: {error}")),
        }
    }
}
