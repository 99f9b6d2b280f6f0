//! The cleanup from outside: policies over a town, asked through the faces.

mod alerts;
mod evidence;
mod guests;
mod limits;
mod modes;
mod notices;
mod packs;
mod seats;
mod thousand;
mod town;
mod warned_year;
mod warnings;
