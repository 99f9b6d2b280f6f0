//! throng: a cloud identity provider as the user directory of Jira, Confluence, Bitbucket and Bamboo.
//!
//! # The map
//!
//! | room | what it is | may import |
//! |---|---|---|
//! | [`model`] | nouns: ids, names, users, groups, memberships, changes, plans, filters | – |
//! | [`directory`] | verbs and rules, the live snapshot, the one writer, limits, views, the event feed, sessions | store |
//! | [`store`] | memory: the Store seam with its backends | model |
//! | [`protocol`] | foreign tongues: pure codecs of Crowd's XML and JSON, SCIM, LDAP | model |
//! | [`client`] | outgoing HTTP: deadlines, caps, limits, retries, TLS | – |
//! | [`connector`] | sources: the Connector seam, one folder each | protocol, client |
//! | [`sync`] | stage, mapping, scope, planner, engine with runs, held plans and what they carry, history (undo) | connector, directory, store |
//! | [`cleanup`] | stale accounts: policies, evidence judged, the planner, runs with plans to approve | directory, store, notify |
//! | [`explain`] | one user's path from the source to an application | sync, directory |
//! | [`notify`] | tells others what happened: the pings of webhooks, an outbox of signed notices and mails | client, store |
//! | [`schedule`] | cron expressions, the job loop; knows no job by name | – |
//! | [`simulator`] | stand-in identity providers, a stand-in Jira, over real HTTP | protocol, client |
//! | [`http`] | faces: Crowd and SCIM (directory, protocol), admin (directory, sync, cleanup, explain, notify) | see left |
//! | [`app`] | composition root: open, build, wire, drain | everything |
//! | [`cli`] | one file per verb; a client of a running daemon's admin face | config, app, client |
//! | [`config`] | composes the rooms' own sections; errors name file, line, key | store, http, sync, cleanup, connector, schedule, notify |
//!
//! Everything may import [`model`], [`clock`], [`secret`], [`telemetry`], [`catalogue`]. Only `app` and `cli` import `config`.
//! `tests/it/house.rs` reads the `use` trees and holds this table. The only traits that rooms meet at are
//! [`store::Store`], [`connector::Connector`] and [`clock::Clock`].
//!
//! # Walkthroughs
//!
//! *A synchronisation.* `schedule::run` or `http::admin` asks [`sync::Engine`] for a run. The engine pulls from the
//! directory's [`connector::Connector`] into a `sync::Stage`, lets `sync::plan` compare it with the
//! [`directory::Snapshot`], and has `directory::limits` judge the plan. A plan within the limits becomes one
//! [`directory::Request`]: the directory's writer drafts it through [`directory::rules`], commits rows, cursor, run and audit
//! records to the [`store::Store`] in one atomic commit, publishes the next snapshot, then acknowledges. Of a plan over the
//! limits only what adds and updates is: what takes away is stored as an entry, with the source's words behind it, carried from
//! read to read and waits for `plan approve`. Whoever waits for a name that another has is planned again by every read.
//!
//! *A plan is undone.* Beside what it commits, a run keeps what its plan changes, before and after, with the plan's head in
//! `sync::history`. An undo holds that against the present snapshot, gives back what nobody has changed since in one more commit,
//! and remembers what it undid: a later plan that does it again waits for a person.
//!
//! *One person in two directories.* A directory of kind `linked` has others as its source: `sync::links` unites their users by
//! explicit rules, never by name, keeps the key that a person once got, and tells the engine what it comes to as any connector would;
//! so limits, held plans, events and `explain` know no links. It is read whenever one of its parts has a new head.
//!
//! *A Jira synchronises.* `http::crowd::front` reads form and version, `gate` finds the application, a resource asks
//! [`directory::Applications`] for the application's [`directory::View`] and answers through [`protocol::crowd`]. A whole user
//! listing sets the mark of its snapshot in a cookie; `GET /event` returns it; `GET /event/{token}` is [`directory::Feed`],
//! computed from the rows' `Seq`s.
//!
//! *Somebody writes.* A face hands a decision to [`directory::Directory::edit`]: the writer runs it on its draft, so that a free
//! name or a version still holds at the commit itself. What it decides is committed and served whole, or refused alone.
//! [`directory::writes`] says which of an application's directories takes what, `directory::rules` what nobody may write.
//!
//! *A user signs in once for all.* `http::crowd::session` makes the client's factors of what the application sent and asks
//! [`directory::Sessions`]: all sessions are in memory, each with an entry in the store. A directory's writer tells whom each
//! commit deactivates or removes; their sessions end.
//!
//! *A user is held.* A [`model::Hold`] is kept beside the row, under the row id that a tombstone keeps, written by
//! [`model::Change::Hold`] and `Release` only. [`directory::LiveUser::active`] is what applications are told, `UserRow::active`
//! what the source says; `directory::shown` leaves out what a hold hides. Sources, planner and SCIM see the facts beneath.
//!
//! *Somebody was seen.* `http::crowd`, the sources' slow lane and scripts tell [`directory::Activity`] when a user was last seen; the newest of
//! each lane is kept in memory, written down once a minute in blocks of users, and moves no `Seq`. Who judges inactivity asks for a
//! [`directory::activity::Picture`], with the health of each lane: no evidence is not inactivity.
//!
//! *Stale accounts are held.* `schedule::run` or `http::admin` asks [`cleanup::Cleaner`] for a run of a policy. It takes a picture of
//! rows, holds and evidence of each directory, lets [`cleanup::plan`] decide about every user, and reports, puts a plan before a person, or
//! hands holds to the directory's writer, which looks once more. Every decision goes into the run's evidence pack.
//!
//! *An identity provider pushes.* `http::scim::front` finds directory and token, reads the body by [`protocol::scim`], and hands
//! the decision to the directory's writer ([`directory::Directory::edit`]): on the very picture that it changes, a name is free, a
//! version matches, a patch is applied. On its way [`directory::brake`] counts what it takes away with the losses of the hour:
//! over the limits it is refused until an operator says otherwise. The resource is kept whole beside its row, members are rows; the answer is read from the
//! next snapshot, as Jira's is.
//!
//! *A start.* [`app::Daemon`] binds its listeners, opens the store (which refuses damage), loads each directory's rows into a
//! snapshot, wires the faces and starts the schedules. A directory of the store that has no section any more is served on as it
//! was, to whoever saw it, until somebody retires it. It ends in the opposite order.
//!
//! # What is deliberately absent
//!
//! - No queries in the store: all reads are answered from snapshots in memory.
//! - No event log: the feed is state, so nothing overflows and nothing has to be kept right beside the rows.
//! - No removal from absence alone: only a read that proved itself complete may take away, and only within limits.
//! - No writing to identity providers, by anything.
//! - No redirects followed, no plain http but to loopback, no `unsafe`.

pub mod app;
pub mod catalogue;
pub mod cleanup;
pub mod cli;
pub mod client;
pub mod clock;
pub mod config;
pub mod connector;
pub mod directory;
pub mod explain;
pub mod http;
pub mod model;
pub mod notify;
pub mod protocol;
pub mod schedule;
pub mod secret;
pub mod simulator;
pub mod store;
pub mod sync;
pub mod telemetry;
