//! The Crowd face, asked as its clients ask.

mod changes;
mod face;

mod bad_input;
mod entities;
mod gate;
mod memberships;
mod search;
mod streams;
mod waiting;
mod writes;
