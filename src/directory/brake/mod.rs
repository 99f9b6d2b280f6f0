//! The brake of a pushed directory: what pushes take away within an hour is judged as a plan would be.
//!
//! Nobody plans a push, so there is nothing to hold as a whole: each push is judged on the picture that it changes, together
//! with the losses of the hour before it. Over the limits it is refused, and so is every later loss until a person says
//! otherwise; what adds, updates or brings back goes on.

mod guard;
mod holding;
mod kept;
mod losses;
mod protected;
mod window;

pub use guard::{Brake, Braked};
pub use holding::{Holding, Standing};
