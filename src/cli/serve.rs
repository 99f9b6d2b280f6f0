//! `throng serve`: the daemon, until it is asked to stop.

use std::sync::Arc;

use super::{ConfigArgument, Exit};
use crate::app::Daemon;
use crate::app::signals::StopSignal;
use crate::clock::SystemClock;
use crate::config::Config;
use crate::telemetry::{self, Format};

#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    #[command(flatten)]
    config: ConfigArgument,
    /// How the log is written; what is in it is `THRONG_LOG`'s choice (`info`, `throng=debug`, …).
    #[arg(long, value_enum, default_value_t)]
    log_format: Format,
}

pub(super) async fn run(arguments: Arguments) -> anyhow::Result<Exit> {
    let config = Config::read(&arguments.config.config)?;
    telemetry::start(arguments.log_format);
    let mut stop = StopSignal::listen()?;
    let daemon = Daemon::start(&config, Arc::new(SystemClock)).await?;
    stop.asked().await;
    daemon.stop().await?;
    Ok(Exit::Done)
}
