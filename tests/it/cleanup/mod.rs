//! The cleanup from outside: policies over a town, asked through the faces.

mod evidence;
mod modes;
mod seats;
mod thousand;
mod town;
