//! The tenant's own counts, held against what its lists tell.

use super::graph::GraphError;
use super::{Entra, Out};
use crate::connector::api::{Batch, Result};
use crate::connector::tally::{Agreement, Tally, agreement};

/// What Graph is called in messages.
const WHO: &str = "Graph";

/// How many there are, as far as the tenant tells.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Totals {
    users: Option<u64>,
    groups: Option<u64>,
}

/// How many rows the lists told, each object once.
#[derive(Clone, Copy, Debug)]
pub(super) struct Listed {
    pub(super) users: u64,
    pub(super) groups: u64,
}

impl Totals {
    /// Asks for both.
    pub(super) async fn ask(entra: &Entra) -> Result<Self, GraphError> {
        let (users, groups) = tokio::join!(one(entra, "users"), one(entra, "groups"));
        Ok(Self {
            users: users?,
            groups: groups?,
        })
    }

    /// Whether the lists between this and `after` told all, as far as can be told; tells the run either way.
    pub(super) async fn agree(self, after: Self, listed: Listed, out: &Out) -> bool {
        let tally = Tally::totals(after.users.or(self.users), after.groups.or(self.groups));
        drop(out.send(Ok(Batch::Tally(tally))).await);
        let users = agreement(WHO, "users", listed.users, [self.users, after.users]);
        let groups = agreement(WHO, "groups", listed.groups, [self.groups, after.groups]);
        let mut whole = true;
        for verdict in [users, groups] {
            let batch = match verdict {
                Agreement::Agrees => continue,
                Agreement::Long(what) => Batch::Notice(what),
                Agreement::Short(what) => {
                    whole = false;
                    Batch::Incomplete(what)
                }
            };
            drop(out.send(Ok(batch)).await);
        }
        whole
    }
}

/// `$count` of a list. Not every kind of tenant has it (external tenants and B2C have not): then there is nothing to compare with.
async fn one(entra: &Entra, list: &str) -> Result<Option<u64>, GraphError> {
    match entra
        .graph
        .get(&entra.graph.url(&format!("/{list}/$count")))
        .await
    {
        Ok(count) => Ok(Some(count)),
        Err(GraphError::Bad(_) | GraphError::Absent(_)) => Ok(None),
        Err(error) if error.is_refusal() => Ok(None),
        Err(error) => Err(error),
    }
}
