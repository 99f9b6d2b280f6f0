//! The SCIM face at full size, durable: figures printed beside what is promised; asserts counts and sizes, never times.
//!
//! `cargo bench --bench scim`; a smaller directory by `THRONG_BENCH_USERS`. Server and clients share the machine's cores.
#![allow(
    missing_docs,
    unreachable_pub,
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::allow_attributes,
    reason = "a benchmark"
)]
#![allow(
    clippy::disallowed_methods,
    clippy::cast_precision_loss,
    reason = "its environment is its settings"
)]

mod client;
mod groups;
mod server;
mod users;

use client::Client;
use server::Server;

/// How many users the small measurements have.
const FEW: usize = 10_000;
/// How many users there are in the end, when nobody says.
const MANY: usize = 100_000;

fn main() {
    let many: usize = std::env::var("THRONG_BENCH_USERS")
        .ok()
        .and_then(|size| size.parse().ok())
        .unwrap_or(MANY);
    let few = FEW.min(many);
    let server = Server::start();
    println!("empty: {} MB", server.memory());
    let durable = server.durable_write();
    println!("a durable write of 4 KB to the same disk: {durable:?}");

    let began = users::post(&server, 0..few);
    println!(
        "POST by 16 clients, {few} users: {:.0}/s (promised: 1,500/s)",
        few as f64 / began.as_secs_f64()
    );
    println!("{few} users: {} MB (promised: 100 MB)", server.memory());
    let mut client = Client::new(server.port);
    users::searches(&mut client, few);

    let few_ids = users::ids(&mut client, few);
    let small = groups::Group::filled(&mut client, "small", &few_ids[..few / 2]);
    small.measure(&mut client, &few_ids[few / 2..], durable);

    users::post(&server, few..many);
    println!(
        "{many} users: {} MB, peak {} MB (promised: 450 MB)",
        server.memory(),
        server.peak()
    );
    let ids = users::ids(&mut client, many);
    let most = many.saturating_sub(2_000).max(many / 2);
    let large = groups::Group::filled(&mut client, "large", &ids[..most]);
    large.measure(&mut client, &ids[most..], durable);
    // Once more, on as many users as the large group was measured on.
    small.measure(&mut client, &few_ids[few / 2..], durable);
    println!(
        "with both groups: {} MB, peak {} MB",
        server.memory(),
        server.peak()
    );
    server.stop();
}
