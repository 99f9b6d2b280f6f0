//! The bodies of details: attributes, passwords, resources beside users and groups.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::Flaw;
use super::keys::{detail_byte, kind_byte};
use super::wire::{Reader, Writer};
use crate::model::{
    Attributes, Credential, Detail, DetailKey, DetailKind, ExternalId, HiddenGroups, Hold, MemberKind,
    Resource,
};

pub(super) fn write(w: &mut Writer, key: DetailKey, detail: &Detail) {
    w.byte(kind_byte(key.of))
        .number(key.id.into())
        .byte(detail_byte(key.kind));
    match detail {
        Detail::Attributes(attributes) | Detail::SourceAttributes(attributes) => {
            write_attributes(w, attributes);
        }
        Detail::Credential(credential) => {
            w.text(&credential.hash)
                .signed(credential.changed_at)
                .flag(credential.expired);
        }
        Detail::Resource(resource) => {
            w.option(resource.external_id.as_ref(), |w, id| {
                w.text(id);
            });
            w.option(resource.name.as_ref(), |w, name| {
                w.text(name);
            });
            texts(w, &resource.emails);
            w.text(&resource.json);
        }
        Detail::Hold(hold) => write_hold(w, hold),
    }
}

pub(super) fn read(r: &mut Reader<'_>) -> Result<(DetailKey, Detail), Flaw> {
    let of = match r.byte()? {
        0 => MemberKind::User,
        1 => MemberKind::Group,
        _ => return Err(Flaw("is beside an unknown kind of row")),
    };
    let id = r.small()?;
    let (kind, detail) = match r.byte()? {
        0 => (
            DetailKind::Attributes,
            Detail::Attributes(Arc::new(read_attributes(r)?)),
        ),
        1 => (
            DetailKind::SourceAttributes,
            Detail::SourceAttributes(Arc::new(read_attributes(r)?)),
        ),
        2 => {
            let credential = Credential {
                hash: r.shared()?,
                changed_at: r.signed()?,
                expired: r.flag()?,
            };
            (DetailKind::Credential, Detail::Credential(Arc::new(credential)))
        }
        3 => {
            let resource = Resource {
                external_id: r.option(Reader::shared)?,
                name: r.option(Reader::shared)?,
                emails: read_texts(r)?,
                json: r.shared()?,
            };
            (DetailKind::Resource, Detail::Resource(Arc::new(resource)))
        }
        4 => (DetailKind::Hold, Detail::Hold(Arc::new(read_hold(r)?))),
        _ => return Err(Flaw("is an unknown detail")),
    };
    Ok((DetailKey { of, id, kind }, detail))
}

fn write_hold(w: &mut Writer, hold: &Hold) {
    w.text(&hold.reason)
        .option(hold.policy.as_ref(), |w, policy| {
            w.text(policy);
        })
        .text(&hold.actor)
        .signed(hold.since)
        .option(hold.until, |w, until| {
            w.signed(until);
        })
        .flag(hold.release_on_return);
    match &hold.groups {
        HiddenGroups::All => {
            w.flag(true);
        }
        HiddenGroups::These(groups) => {
            w.flag(false).number(groups.len() as u64);
            for group in groups.iter() {
                w.text(group.as_str());
            }
        }
    }
    w.flag(hold.anonymised).flag(hold.removed);
}

fn read_hold(r: &mut Reader<'_>) -> Result<Hold, Flaw> {
    Ok(Hold {
        reason: r.shared()?,
        policy: r.option(Reader::shared)?,
        actor: r.shared()?,
        since: r.signed()?,
        until: r.option(Reader::signed)?,
        release_on_return: r.flag()?,
        groups: if r.flag()? {
            HiddenGroups::All
        } else {
            let groups = read_texts(r)?;
            HiddenGroups::These(groups.iter().map(|group| ExternalId::from(&**group)).collect())
        },
        anonymised: r.flag()?,
        removed: r.flag()?,
    })
}

fn write_attributes(w: &mut Writer, attributes: &Attributes) {
    w.number(attributes.0.len() as u64);
    for (name, values) in &attributes.0 {
        texts(w.text(name), values);
    }
}

fn read_attributes(r: &mut Reader<'_>) -> Result<Attributes, Flaw> {
    let count = r.number()?;
    let mut all = BTreeMap::new();
    for _ in 0..count {
        let name = r.shared()?;
        all.insert(name, read_texts(r)?);
    }
    Ok(Attributes(all))
}

fn texts(w: &mut Writer, texts: &[Arc<str>]) {
    w.number(texts.len() as u64);
    for text in texts {
        w.text(text);
    }
}

fn read_texts(r: &mut Reader<'_>) -> Result<Vec<Arc<str>>, Flaw> {
    let count = r.number()?;
    // Grows with what is read, not with what a length claims.
    let mut all = Vec::new();
    for _ in 0..count {
        all.push(r.shared()?);
    }
    Ok(all)
}
