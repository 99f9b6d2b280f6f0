//! The integration tests: one binary, the real application from outside.
#![allow(missing_docs, clippy::unwrap_used, clippy::allow_attributes, reason = "tests")]

mod crowd;

mod activity;
mod admin;
mod backup;
mod backup_holds;
mod catalogue;
mod check;
mod cleanup;
mod cli;
mod connector;
mod crash;
mod demo;
mod explain;
mod file;
mod google;
mod harness;
mod holds;
mod house;
mod keycloak;
mod ldap;
mod linked;
mod local;
mod mail;
mod model;
mod okta;
mod ports;
mod process;
mod provider_pages;
mod requests;
mod retire;
mod schedule;
mod scim;
mod scim_client;
mod server;
mod sessions;
mod shipped;
mod simulator;
mod skeleton;
mod store;
mod sync;
mod tls;
mod undo;
