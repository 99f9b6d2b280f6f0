//! `throng demo`: the main job with a simulated company.

use super::Exit;
use super::output::say;
use crate::app::{self, signals::StopSignal};

#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// End when the story is told.
    #[arg(long)]
    once: bool,
    /// How many people the company has.
    #[arg(long, default_value_t = 2000, value_parser = clap::value_parser!(u32).range(20..=100_000))]
    users: u32,
}

pub(super) async fn run(arguments: Arguments) -> anyhow::Result<Exit> {
    let mut stop = StopSignal::listen()?;
    let users = usize::try_from(arguments.users)?;
    let demo = app::demo::run(users, &mut |line| say(&line)).await?;
    if !arguments.once {
        say("press Ctrl-C to end");
        stop.asked().await;
    }
    demo.end().await;
    Ok(Exit::Done)
}
