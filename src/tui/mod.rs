//! The terminal dashboard: what is known is drawn, what is typed is obeyed.
