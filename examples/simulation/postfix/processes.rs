//! How Postfix's master uses processes: a free one is used again, a new one is started when all are busy, and each ends
//! after a hundred uses (`max_use`, postconf(5)).

use crate::simulation::clock::Micros;
use crate::simulation::processes::Processes;
use crate::simulation::random::Random;
use crate::simulation::timeline::Process;

/// `max_use` of postconf(5).
const MAX_USE: u32 = 100;

/// Processes that serve one session at a time.
pub(crate) struct Sessions {
    program: &'static str,
    running: Vec<Session>,
}

struct Session {
    process: Process,
    uses: u32,
    busy_until: Micros,
}

impl Sessions {
    pub(crate) fn new(program: &'static str) -> Self {
        Self { program, running: Vec::new() }
    }

    /// A process that is free at `at`; it is busy until [`Sessions::done`] says when its session ends.
    pub(crate) fn take(&mut self, at: Micros, processes: &mut Processes) -> (usize, Process) {
        let number = self.running.iter().position(|session| session.busy_until < at).unwrap_or_else(|| {
            let process = processes.spawn(self.program);
            self.running.push(Session { process, uses: 0, busy_until: at });
            self.running.len() - 1
        });
        let session = &mut self.running[number];
        if session.uses >= MAX_USE {
            *session = Session { process: processes.spawn(self.program), uses: 0, busy_until: at };
        }
        session.uses += 1;
        session.busy_until = Micros::MAX;
        (number, session.process)
    }

    /// The session of process `number` ends at `at`.
    pub(crate) fn done(&mut self, number: usize, at: Micros) {
        self.running[number].busy_until = at;
    }
}

/// Processes that serve whoever comes, one line or two at a time.
pub(crate) struct Agents {
    running: Vec<(Process, u32)>,
}

impl Agents {
    pub(crate) fn new(program: &'static str, count: usize, processes: &mut Processes) -> Self {
        Self { running: (0..count).map(|_| (processes.spawn(program), 0)).collect() }
    }

    /// One of them.
    pub(crate) fn any(&mut self, random: &mut Random, processes: &mut Processes) -> Process {
        let number = random.below(self.running.len() as u32) as usize;
        let (process, uses) = &mut self.running[number];
        *uses += 1;
        if *uses > MAX_USE {
            (*process, *uses) = (processes.spawn(process.program), 1);
        }
        *process
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::simulation::processes::ALL;

    #[test]
    fn a_busy_process_is_not_given_away() {
        let mut processes = Processes::new(1, ALL);
        let mut smtpd = Sessions::new("postfix/smtpd");
        let (first, process) = smtpd.take(10, &mut processes);
        let (second, other) = smtpd.take(11, &mut processes);
        assert!(first != second && process.pid != other.pid);
        smtpd.done(first, 20);
        assert_eq!(smtpd.take(21, &mut processes).1.pid, process.pid, "a free process is used again");
    }
}
