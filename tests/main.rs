//! The one integration binary: everything here sees only what a user sees.

#[cfg(test)]
mod cases;
