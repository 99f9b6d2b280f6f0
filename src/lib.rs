//! throng: a cloud identity provider as the user directory of Jira, Confluence, Bitbucket and Bamboo.
//!
//! # The map
//!
//! | room | what it is | may import |
//! |---|---|---|
//! | [`model`] | nouns: ids, names, users, groups, memberships, changes, plans, filters | – |
//! | [`directory`] | verbs and rules, the live snapshot, views, the event feed | store |
//! | [`store`] | memory: the Store seam with its backends | model |
//! | [`protocol`] | foreign tongues: pure codecs of Crowd's XML and JSON | model |
//! | [`client`] | outgoing HTTP: deadlines, caps, retries, TLS | – |
//! | [`connector`] | sources: the Connector seam, one folder each | protocol, client |
//! | [`sync`] | planner, mapping, engine, reports | connector, directory, store |
//! | [`schedule`] | cron expressions, the job loop | – |
//! | [`simulator`] | stand-in identity providers over real HTTP | protocol, client |
//! | [`http`] | faces: Crowd (directory, protocol), admin (also sync, schedule) | see left |
//! | [`app`] | composition root | everything |
//! | [`cli`] | one file per verb | config, app, client |
//! | [`config`] | composes the rooms' own sections | the rooms' sections |
//!
//! Everything may import [`model`], [`clock`], [`secret`], [`telemetry`], [`catalogue`]. Only `app` and `cli` import `config`.
//! `tests/it/house.rs` reads the `use` trees and holds this table.

pub mod app;
pub mod catalogue;
pub mod cli;
pub mod client;
pub mod clock;
pub mod config;
pub mod connector;
pub mod directory;
pub mod http;
pub mod model;
pub mod protocol;
pub mod schedule;
pub mod secret;
pub mod simulator;
pub mod store;
pub mod sync;
pub mod telemetry;
