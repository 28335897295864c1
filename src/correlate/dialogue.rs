//! One SMTP session as Exchange's protocol log tells it: commands and replies in rows of their own, to be joined.
//!
//! RFC 5321 (section 4.1.1) and RFC 2920: a server answers commands in the order in which they came, whether or not the
//! client waited. So replies are taken from a queue of commands.

use std::collections::VecDeque;
use std::net::IpAddr;

use serde::{Deserialize, Serialize};

use crate::aggregate::Reuse;
use crate::model::{HostId, QueueId, Stage};

/// Exchange numbers its sessions per server.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
pub(super) struct DialogueKey {
    pub(super) host: HostId,
    pub(super) session: QueueId,
}

/// Commands that are kept until their replies come. What a client pipelines beyond is only counted: its replies must not
/// be taken for those of others.
const MAX_WAITING: usize = 200;
/// Recipients accepted in one transaction; `MaxRecipientsPerMessage` of a receive connector is 200 unless raised.
const MAX_RECIPIENTS: usize = 1000;
/// RFC 5321, section 4.5.3.1.3: a path has at most 256 octets; longer ones are cut.
const MAX_PATH: usize = 512;

/// A command that its reply will settle.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) enum Command {
    /// MAIL FROM: a new transaction.
    Mail(Box<[u8]>),
    /// RCPT TO.
    Rcpt(Box<[u8]>),
    /// DATA or BDAT, or the end of the data.
    Data,
    /// RSET, HELO, EHLO: the transaction is over.
    Reset,
    /// AUTH by a client.
    Auth,
    /// Another server of the organisation says who it is, or for which client it speaks (`X-EXPS EXCHANGEAUTH`, `XPROXY`).
    Server,
    /// Anything else.
    Other,
}

impl Command {
    pub(super) fn new(stage: Option<Stage>, path: &[u8]) -> Self {
        let path = || Box::from(&path[..path.len().min(MAX_PATH)]);
        match stage {
            Some(Stage::Mail) => Self::Mail(path()),
            Some(Stage::Rcpt) => Self::Rcpt(path()),
            Some(Stage::Data) => Self::Data,
            Some(Stage::Rset | Stage::Helo) => Self::Reset,
            Some(Stage::Auth) => Self::Auth,
            _ => Self::Other,
        }
    }
}

/// What a session has shown so far.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(super) struct Dialogue {
    pub(super) client_ip: Option<IpAddr>,
    pub(super) helo: Vec<u8>,
    pub(super) auth_user: Vec<u8>,
    /// The login succeeded.
    pub(super) logged_in: bool,
    /// Whether the connector lets this session relay (`SMTPAcceptAnyRecipient`); `None`: the log does not show it.
    pub(super) may_relay: Option<bool>,
    pub(super) sender: Option<Vec<u8>>,
    /// Recipients accepted in the current transaction.
    pub(super) recipients: Vec<Box<[u8]>>,
    /// Its peer is another server of the organisation: whose mail it brings, this session's log does not tell.
    pub(super) of_server: bool,
    /// Number of the newest row.
    newest: Option<u64>,
    waiting: VecDeque<Command>,
    /// How many more wait behind them.
    behind: u64,
}

impl Dialogue {
    pub(super) fn ask(&mut self, command: Command) {
        if self.waiting.len() < MAX_WAITING && self.behind == 0 {
            self.waiting.push_back(command);
        } else {
            self.behind += 1;
        }
    }

    /// The row of this number comes. Where rows before it are missing (a file that was lost, or cut), so may be commands
    /// and replies: those that wait are given up rather than paired with replies to others.
    pub(super) fn comes(&mut self, number: u64) {
        if self.newest.is_some_and(|newest| number > newest.saturating_add(1)) {
            self.waiting.clear();
            self.behind = 0;
            self.end();
        }
        self.newest = self.newest.max(Some(number));
    }

    /// Whether a login that the log tells of now is a client's.
    pub(super) fn logs_in(&self) -> bool {
        matches!(self.waiting.front(), None | Some(Command::Auth))
    }

    /// The command that a final reply settles; `None` for the greeting, and for what came before the log began.
    pub(super) fn answered(&mut self) -> Option<Command> {
        let command = self.waiting.pop_front();
        if command.is_none() && self.behind > 0 {
            self.behind -= 1;
            return Some(Command::Other);
        }
        command
    }

    /// `354`: the same command will be answered once more, at the end of the data.
    pub(super) fn goes_on(&self) -> bool {
        matches!(self.waiting.front(), Some(Command::Data))
    }

    /// The server took this sender: a transaction begins.
    pub(super) fn begin(&mut self, sender: &[u8]) {
        self.sender = Some(sender.to_vec());
        self.recipients.clear();
    }

    pub(super) fn accept(&mut self, recipient: Box<[u8]>) {
        if self.recipients.len() < MAX_RECIPIENTS {
            self.recipients.push(recipient);
        }
    }

    /// The transaction is over, however it ended.
    pub(super) fn end(&mut self) {
        self.sender = None;
        self.recipients.clear();
    }
}

impl Reuse for Dialogue {
    fn reuse(&mut self) {
        let Self {
            client_ip,
            helo,
            auth_user,
            logged_in,
            may_relay,
            sender,
            recipients,
            of_server,
            newest,
            waiting,
            behind,
        } = self;
        (*client_ip, *logged_in, *may_relay, *sender) = (None, false, None, None);
        (*of_server, *newest, *behind) = (false, None, 0);
        helo.clear();
        auth_user.clear();
        recipients.clear();
        waiting.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_stands_before_a_gap_is_answered_by_nothing_behind_it() {
        let mut dialogue = Dialogue::default();
        for number in [4, 5, 6] {
            dialogue.comes(number);
            dialogue.ask(Command::Data);
        }
        dialogue.comes(6);
        assert!(matches!(dialogue.answered(), Some(Command::Data)));
        dialogue.comes(9);
        assert!(dialogue.answered().is_none() && dialogue.sender.is_none());
        dialogue.ask(Command::Reset);
        dialogue.comes(u64::MAX);
        assert!(dialogue.answered().is_none());
    }

    #[test]
    fn replies_find_their_commands_however_many_are_pipelined() {
        let mut dialogue = Dialogue::default();
        let rcpt = |n: usize| Command::new(Some(Stage::Rcpt), format!("v{n}@far.example").as_bytes());
        (0..MAX_WAITING + 50).for_each(|n| dialogue.ask(rcpt(n)));
        for n in 0..20 {
            let Some(Command::Rcpt(path)) = dialogue.answered() else { panic!("{n}") };
            assert_eq!(*path, *format!("v{n}@far.example").as_bytes());
        }
        // There is room again, but those that were only counted come first.
        dialogue.ask(Command::Data);
        let rest = std::iter::from_fn(|| dialogue.answered()).collect::<Vec<_>>();
        assert_eq!(rest.len(), MAX_WAITING - 20 + 50 + 1);
        assert!(rest[MAX_WAITING - 20..].iter().all(|command| matches!(command, Command::Other)));
        dialogue.ask(Command::Data);
        assert!(dialogue.goes_on());
    }
}
