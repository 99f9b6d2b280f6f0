//! One synchronisation, from its request to its end.

use anyhow::{Result, bail};

use crate::model::DirectoryId;
use crate::sync::{Ask, Engine, Run, RunState};

/// Asks for a run and waits for its end.
///
/// # Errors
/// When it cannot be asked for, or did not succeed.
pub async fn sync_once(engine: &std::sync::Arc<Engine>, directory: &DirectoryId, by: &str) -> Result<Run> {
    let ask = Ask {
        by: by.to_owned(),
        ..Ask::default()
    };
    let id = engine.request(directory, ask)?;
    let Some(run) = engine.finished(&id).await else {
        bail!("run `{id}` is lost")
    };
    match (&run.error, run.state) {
        (Some(error), _) => bail!("{} ({})", error.message, error.code),
        (None, RunState::Succeeded) => Ok(run),
        (None, state) => bail!("run `{id}` ended {state:?}"),
    }
}
