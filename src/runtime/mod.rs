//! runtime
mod clock;
mod order;
mod zone;
