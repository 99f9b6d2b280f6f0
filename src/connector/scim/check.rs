//! The check: one small request for each right that is needed.

use super::Scim;
use super::page::Page;
use crate::connector::api::{CheckItem, ConnectorError, Report, Result};
use crate::connector::resource::Resource;
use crate::connector::rest::RestError;

pub(super) async fn run(scim: &Scim) -> Report {
    let mut report = Report::default();
    match scim.abilities().await {
        Ok(abilities) => {
            let paging = if abilities.cursor { "cursors" } else { "index" };
            let filter = if abilities.filter { "can" } else { "cannot" };
            tell(
                &mut report,
                "server",
                Ok(format!("pages by {paging}, {filter} filter")),
            );
        }
        Err(error) => {
            tell(
                &mut report,
                "server",
                Err(hinted(error, "/ServiceProviderConfig")),
            );
            return report;
        }
    }
    for (path, what) in [("/Users", "read users"), ("/Groups", "read groups")] {
        let asked = format!("{path}?startIndex=1&count=1");
        let got = scim.rest.get::<Page<Resource>>(&asked, &scim.clock).await;
        let outcome = match got {
            Ok(got) => match got.body.total {
                Some(0) => Ok("allowed, but there are none".to_owned()),
                Some(total) => Ok(format!("allowed, there are {total}")),
                None => Ok("allowed".to_owned()),
            },
            Err(error) => Err(hinted(error, path)),
        };
        tell(&mut report, what, outcome);
    }
    report.server_time = scim.rest.api.server_time();
    report
}

fn tell(report: &mut Report, what: &str, outcome: Result<String>) {
    report.items.push(CheckItem {
        what: what.to_owned(),
        outcome,
    });
}

/// What a person can do about it.
fn hinted(error: RestError, path: &str) -> ConnectorError {
    let hint = match &error {
        RestError::Unauthorised(_) => "the token, or name and password, is wrong or has expired",
        RestError::Refused(_) => "let this client read the list",
        _ => "check `url`, which usually ends in `/scim/v2`",
    };
    error.hinting(hint).within(&format!("`{path}`")).into()
}
