//! The Crowd face, asked as its clients ask.

mod changes;
mod face;
mod said;
mod schema;
mod signed;
mod socket;

mod access;
mod attributes;
mod bad_input;
mod clients;
mod connections;
mod demands;
mod entities;
mod feed;
mod feed_resets;
mod gate;
mod goldens;
mod marks;
mod membership_listing;
mod memberships;
mod odd_names;
mod queries;
mod race;
mod restrictions;
mod search;
mod search_bounds;
mod session_clients;
mod session_ends;
mod sessions;
mod streams;
mod table;
mod told;
mod waiting;
mod webhooks;
mod writes;
