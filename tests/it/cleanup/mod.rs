//! The cleanup from outside: policies over a town, asked through the faces.

mod evidence;
mod guests;
mod limits;
mod modes;
mod notices;
mod packs;
mod seats;
mod thousand;
mod town;
