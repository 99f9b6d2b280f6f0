//! Loading a directory: values in, rows out, and a tally that tells whether one is missing.

use super::codec::frame::{Assembler, Tally};
use super::codec::{Flaw, records, rows};
use super::files::damaged;
use super::reads::ROWS;
use super::request::Request;
use super::store::EmbeddedStore;
use crate::model::{DirectoryId, Seq};
use crate::store::api::{Result, RowSink, StoreError};

/// Feeds a directory to the sink while the writer keeps it still; other directories go on.
pub(crate) async fn load(
    store: &EmbeddedStore,
    directory: &DirectoryId,
    sink: &mut dyn RowSink,
) -> Result<Seq> {
    let pin = store.pin();
    let head = store.send(|reply| Request::Pin(pin.number(), directory.clone(), reply));
    let Some(head) = store.answer(head).await? else {
        return Ok(Seq(0));
    };
    let rows = |after| store.send(|reply| Request::Rows(head.number, after, reply));
    let mut loading = Loading {
        sink,
        tally: Tally::default(),
        assembler: Assembler::default(),
    };
    let flawed = |flaw: Flaw| {
        damaged(
            &store.file,
            format!("a record of directory `{directory}` that {flaw}"),
        )
    };
    let mut next = rows(None);
    loop {
        let pairs = store.answer(next).await?;
        let Some((last, _)) = pairs.last() else { break };
        // The next values are read while these are decoded.
        next = rows(Some(last.clone()));
        for (key, value) in &pairs {
            loading.take(key, value).map_err(|fault| match fault {
                Fault::Flaw(flaw) => flawed(flaw),
                Fault::Sink(error) => error,
            })?;
        }
        if pairs.len() < ROWS {
            break;
        }
    }
    loading.assembler.finish().map_err(flawed)?;
    if loading.tally != head.rows {
        let (found, expected) = (loading.tally.values, head.rows.values);
        let what = if found == expected {
            format!("rows of another state than the head of directory `{directory}` tells of")
        } else {
            format!("{found} values of directory `{directory}` where there were {expected}")
        };
        return Err(damaged(&store.file, what));
    }
    Ok(head.seq)
}

struct Loading<'a> {
    sink: &'a mut dyn RowSink,
    tally: Tally,
    assembler: Assembler,
}

/// What stops a load.
enum Fault {
    Flaw(Flaw),
    Sink(StoreError),
}

impl Loading<'_> {
    fn take(&mut self, key: &[u8], value: &[u8]) -> Result<(), Fault> {
        self.tally.add(value);
        let Some((_, body)) = self.assembler.push(key, value).map_err(Fault::Flaw)? else {
            return Ok(());
        };
        if body.first() == Some(&rows::CURSOR) {
            let cursor = records::decode_cursor(&body).map_err(Fault::Flaw)?;
            return self.sink.cursor(cursor).map_err(Fault::Sink);
        }
        let row = rows::decode(&body).map_err(Fault::Flaw)?;
        self.sink.row(row).map_err(Fault::Sink)
    }
}
