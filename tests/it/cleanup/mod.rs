//! The cleanup from outside: policies over a town, asked through the faces.

mod evidence;
mod modes;
mod notices;
mod seats;
mod thousand;
mod town;
