//! The slow lane: when users last logged in, of an attribute that the server tells of each.

use super::Scim;
use super::pass::{IDS, walk};
use crate::connector::api::Evidence;
use crate::connector::resource::{Resource, id, last_login};
use crate::connector::rest::RestError;

/// Reads all users once more. Of a user that comes twice the newest time counts, whoever is missed is told tomorrow.
pub(super) async fn read(scim: &Scim, attribute: &str) -> Result<Evidence, RestError> {
    let abilities = scim.abilities().await?;
    let mut evidence = Evidence::default();
    let mut take = |rows: Vec<Resource>| {
        for row in rows {
            if let Some(at) = last_login(&row, attribute) {
                let id = id(&row, &IDS);
                let id = id.map_err(|why| {
                    RestError::Malformed(format!("the SCIM server answered users of which {why}"))
                })?;
                evidence.seen.push((id, at));
            }
        }
        Ok(Vec::new())
    };
    let list = scim.list("Users", "users", abilities);
    walk(scim, &list, None, &mut take).await?;
    Ok(evidence)
}
