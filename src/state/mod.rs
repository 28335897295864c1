//! What survives the process: `service.db`.
