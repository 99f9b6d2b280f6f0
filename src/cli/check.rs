//! `throng check`: whether the configuration can be used, and whether its sources let us in.

use std::sync::Arc;

use serde_json::{Value, json};

use super::output::{Output, document, say};
use super::{ConfigArgument, Exit};
use crate::app;
use crate::catalogue;
use crate::clock::SystemClock;
use crate::config::Config;

#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    #[command(flatten)]
    config: ConfigArgument,
    /// Also ask every source, one small request for each needed permission.
    #[arg(long)]
    online: bool,
}

pub(super) async fn run(arguments: Arguments, output: Output) -> anyhow::Result<Exit> {
    let config = Config::read(&arguments.config.config)?;
    let checked = app::check::run(&config, arguments.online, Arc::new(SystemClock)).await;
    if output == Output::Json {
        let lines: Vec<Value> = checked
            .iter()
            .map(|line| match &line.outcome {
                Ok(detail) => json!({ "of": line.of, "what": line.what, "ok": true, "detail": detail }),
                Err(wrong) => json!({
                    "of": line.of, "what": line.what, "ok": false, "detail": wrong.sentence, "code": wrong.code,
                    "remedy": remedy(wrong.code),
                }),
            })
            .collect();
        document(&json!({ "checks": lines }));
    } else {
        for line in &checked {
            match &line.outcome {
                Ok(detail) => say(&format!("ok      {}: {}: {detail}", line.of, line.what)),
                Err(wrong) => say(&format!(
                    "FAILED  {}: {}: {} [{}]\n        remedy: {}",
                    line.of,
                    line.what,
                    wrong.sentence,
                    wrong.code,
                    remedy(wrong.code).unwrap_or("none is known"),
                )),
            }
        }
    }
    let failed = checked.iter().any(|line| line.outcome.is_err());
    Ok(if failed { Exit::Failed } else { Exit::Done })
}

/// What the catalogue says that a person can do.
fn remedy(code: &str) -> Option<&'static str> {
    catalogue::find(code).map(|entry| entry.remedy)
}
