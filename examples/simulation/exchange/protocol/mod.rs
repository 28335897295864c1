//! SMTP protocol logs: what the two sides of a session say to each other. The frontend transport service receives, the
//! transport service sends. What becomes of the mail in between, tracking tells.

mod receive;
mod refusal;
mod row;
mod send;

use crate::simulation::layout::Heading;

use super::{Cell, FQDN, Numbers, agent};

pub(super) use receive::{Accepted, Receive};
pub(super) use row::Rows;
pub(super) use send::{Answer, Send, Sent};

/// The columns of both.
const FIELDS: &str =
    "date-time,connector-id,session-id,sequence-number,local-endpoint,remote-endpoint,event,data,context";

/// What stands above the rows of a receive log.
pub(crate) const RECEIVE_HEADING: Heading = Heading::new(
    "#Software: Microsoft Exchange Server\n#Version: 15.0.0.0\n#Log-type: SMTP Receive Protocol Log\n",
    FIELDS,
);

/// What stands above the rows of a send log.
pub(crate) const SEND_HEADING: Heading = Heading::new(
    "#Software: Microsoft Exchange Server\n#Version: 15.0.0.0\n#Log-type: SMTP Send Protocol Log\n",
    FIELDS,
);
