//! A receiver of webhooks that can be told to fail, to hang, and to be gone.

use std::io::Write;
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use serde_json::Value;

use crate::cases::sinks::daemon::until;
use crate::cases::sinks::server::read;

/// What it does with whoever comes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Answer {
    /// An HTTP status.
    Status(u16),
    /// Nothing, for as long as it is so; then it hangs up.
    Hang,
    /// Nothing, for as long as it is so; then what is said from then on.
    Held,
}

/// A request, and how it was answered.
#[derive(Clone, Debug)]
pub(super) struct Heard {
    /// `webhook-id`.
    pub(super) id: String,
    /// `open.relay.firing` or the like.
    pub(super) kind: String,
    /// The alert.
    pub(super) alert: Value,
    pub(super) answer: Answer,
}

impl Heard {
    /// The address that it is about.
    pub(super) fn subject(&self) -> &str {
        self.alert["subject"]["value"].as_str().unwrap()
    }
}

#[derive(Debug)]
struct State {
    answer: Answer,
    heard: Vec<Heard>,
}

/// The receiver. It listens until it is told to leave, or the test ends.
pub(super) struct Hook {
    address: SocketAddr,
    state: Arc<Mutex<State>>,
    listening: Option<(Arc<AtomicBool>, JoinHandle<()>)>,
}

impl Hook {
    pub(super) fn new(answer: Answer) -> Self {
        let state = Arc::new(Mutex::new(State { answer, heard: Vec::new() }));
        let mut hook = Self { address: ([127, 0, 0, 1], 0).into(), state, listening: None };
        hook.come();
        hook
    }

    /// `[[sink]]` with this name.
    pub(super) fn table(&self, name: &str) -> String {
        format!(
            "[[sink]]\nname = \"{name}\"\ntype = \"webhook\"\nurl = \"http://{}/hook\"\ntimeout = \"2s\"\n",
            self.address
        )
    }

    /// Answers so from now on.
    pub(super) fn answer(&self, answer: Answer) {
        self.state.lock().unwrap().answer = answer;
    }

    /// Everything so far.
    pub(super) fn heard(&self) -> Vec<Heard> {
        self.state.lock().unwrap().heard.clone()
    }

    /// What was taken so far.
    pub(super) fn taken(&self) -> Vec<Heard> {
        let mut heard = self.heard();
        heard.retain(|heard| heard.answer == Answer::Status(200));
        heard
    }

    /// The first that is taken of this kind and subject, once it is there.
    pub(super) fn waits_for(&self, kind: &str, subject: &str) -> Heard {
        until(&format!("{kind} about {subject}"), || {
            self.taken().into_iter().find(|heard| heard.kind == kind && heard.subject() == subject)
        })
    }

    /// Nobody listens any more: connections are refused.
    pub(super) fn leave(&mut self) {
        if let Some((leave, thread)) = self.listening.take() {
            leave.store(true, Ordering::SeqCst);
            let _ = thread.join();
        }
    }

    /// Listens, where it listened before.
    pub(super) fn come(&mut self) {
        let listener = TcpListener::bind(self.address).unwrap();
        listener.set_nonblocking(true).unwrap();
        self.address = listener.local_addr().unwrap();
        let leave = Arc::new(AtomicBool::new(false));
        let (state, is_over) = (self.state.clone(), leave.clone());
        let thread = thread::spawn(move || {
            while !is_over.load(Ordering::SeqCst) {
                if let Ok((socket, _)) = listener.accept() {
                    let state = state.clone();
                    thread::spawn(move || serve(socket, &state));
                } else {
                    thread::sleep(Duration::from_millis(5));
                }
            }
        });
        self.listening = Some((leave, thread));
    }
}

impl Drop for Hook {
    fn drop(&mut self) {
        self.answer(Answer::Status(503));
        self.leave();
    }
}

fn serve(mut socket: TcpStream, state: &Mutex<State>) {
    socket.set_nonblocking(false).unwrap();
    let Ok(request) = read(&mut socket) else { return };
    let body: Value = serde_json::from_str(&request.body).unwrap();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let (place, mut answer) = {
        let mut state = state.lock().unwrap();
        let answer = state.answer;
        let id = request.header("webhook-id").unwrap().to_owned();
        let (kind, alert) = (text(&body["type"]), body["data"].clone());
        state.heard.push(Heard { id, kind, alert, answer });
        (state.heard.len() - 1, answer)
    };
    while answer == Answer::Held {
        thread::sleep(Duration::from_millis(20));
        let mut state = state.lock().unwrap();
        answer = state.answer;
        state.heard[place].answer = answer;
    }
    match answer {
        Answer::Status(status) => {
            let _ =
                write!(socket, "HTTP/1.1 {status} Well\r\ncontent-length: 0\r\nconnection: close\r\n\r\n");
        }
        Answer::Hang => {
            while state.lock().unwrap().answer == Answer::Hang {
                thread::sleep(Duration::from_millis(20));
            }
        }
        Answer::Held => unreachable!("it was waited for"),
    }
}
