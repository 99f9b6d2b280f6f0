//! When users were last seen: the slow lane.

use super::config::Flavour;
use super::error::LdapError;
use super::full::controls;
use super::source::LdapSource;
use super::talk::Pages;
use crate::connector::api::Evidence;

pub(super) async fn read(source: &LdapSource) -> Result<Evidence, LdapError> {
    let kept: &[&str] = match source.config.flavour {
        Flavour::Ad => &["lastLogonTimestamp"],
        Flavour::OpenLdap => &["authTimestamp", "pwdLastSuccess"],
    };
    let wanted = [source.rows.id_name()]
        .iter()
        .chain(kept)
        .map(|name| (*name).to_owned())
        .collect();
    let search = source.user_search(None, wanted);
    let (mut talk, size) = (source.talk(), source.config.page_size);
    let mut pages = Pages::new("last logins", search, controls(source.config.flavour), size);
    let mut evidence = Evidence::default();
    while let Some(page) = pages.next(&mut talk).await? {
        for entry in &page {
            if let Some(seen) = source.rows.seen(entry) {
                evidence.seen.push((source.rows.id(entry)?, seen));
            }
        }
    }
    Ok(evidence)
}
