//! The integration tests: one binary, one file per topic. They see only what a user sees.

#[cfg(test)]
mod cases {
    mod architecture;
    mod commands;
    mod configuration;
    mod program;
}
