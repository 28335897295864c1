//! What is found on this machine, where nobody named anything.

use std::path::Path;

use crate::audit;
use crate::model::ServerConfiguration;

/// The inputs that hold this system's mail log; none, where there is neither a known one nor a journal.
pub fn mail_logs() -> Vec<String> {
    crate::input::mail_logs(Path::new("/"))
}

/// The configuration of this system's mail server, and what could not be read of it.
pub fn server() -> Option<Result<ServerConfiguration, String>> {
    let (postfix, sendmail) = (Path::new("/etc/postfix"), Path::new("/etc/mail"));
    let read = if postfix.join("main.cf").exists() {
        audit::postfix::read(postfix)
    } else if sendmail.join("sendmail.cf").exists() {
        audit::sendmail::read(sendmail)
    } else {
        return None;
    };
    Some(read.map_err(|error| error.to_string()))
}
