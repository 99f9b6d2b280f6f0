//! Controls: pages (RFC 2696), content synchronisation (RFC 4533), what Active Directory adds.

use super::ber::{BOOLEAN, BerError, ENUMERATED, INTEGER, OCTETS, Reader, SEQUENCE, SET, Writer};

/// Simple paged results.
pub const PAGES: &str = "1.2.840.113556.1.4.319";
/// Active Directory: deleted objects are shown.
pub const SHOW_DELETED: &str = "1.2.840.113556.1.4.417";
/// Active Directory: no referrals are made.
pub const DOMAIN_SCOPE: &str = "1.2.840.113556.1.4.1339";
/// The request to synchronise.
pub const SYNC_REQUEST: &str = "1.3.6.1.4.1.4203.1.9.1.1";
/// What became of an entry.
pub const SYNC_STATE: &str = "1.3.6.1.4.1.4203.1.9.1.2";
/// The end of a synchronisation.
pub const SYNC_DONE: &str = "1.3.6.1.4.1.4203.1.9.1.3";
/// A message between entries.
pub const SYNC_INFO: &str = "1.3.6.1.4.1.4203.1.9.1.4";

/// A control of a request or an answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Control {
    /// Which.
    pub oid: String,
    /// Whether a server that does not know it must refuse.
    pub critical: bool,
    /// What it says.
    pub value: Option<Vec<u8>>,
}

impl Control {
    /// One without a value.
    pub fn plain(oid: &str, critical: bool) -> Self {
        Self {
            oid: oid.to_owned(),
            critical,
            value: None,
        }
    }

    pub(super) fn write(&self, out: &mut Writer) {
        out.nest(SEQUENCE, |out| {
            out.put(OCTETS, self.oid.as_bytes());
            if self.critical {
                out.truth(BOOLEAN, true);
            }
            if let Some(value) = &self.value {
                out.put(OCTETS, value);
            }
        });
    }

    pub(super) fn read(reader: &mut Reader<'_>) -> Result<Self, BerError> {
        let mut inner = reader.within(SEQUENCE)?;
        let oid = inner.text(OCTETS)?;
        let critical = inner.peek() == Some(BOOLEAN) && inner.truth(BOOLEAN)?;
        let value = inner.optional(OCTETS)?.map(<[u8]>::to_vec);
        Ok(Self { oid, critical, value })
    }

    fn content(&self) -> Result<Reader<'_>, BerError> {
        let value = self.value.as_deref().ok_or(BerError("a control has no value"))?;
        Reader::new(value).within(SEQUENCE)
    }
}

/// The control of this kind among those of an answer.
pub fn find<'a>(controls: &'a [Control], oid: &str) -> Option<&'a Control> {
    controls.iter().find(|control| control.oid == oid)
}

/// A page asked for or given: how many objects, and where to go on; at the end there is nowhere.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Page {
    /// How many; 0 where a server does not know.
    pub size: i64,
    /// Where to go on.
    pub cookie: Vec<u8>,
}

impl Page {
    /// As a control that must be understood.
    pub fn control(&self) -> Control {
        let mut value = Writer::default();
        value.nest(SEQUENCE, |out| {
            out.number(INTEGER, self.size);
            out.put(OCTETS, &self.cookie);
        });
        Control {
            oid: PAGES.to_owned(),
            critical: true,
            value: Some(value.finish()),
        }
    }

    /// Of a control.
    pub fn read(control: &Control) -> Result<Self, BerError> {
        let mut content = control.content()?;
        Ok(Self {
            size: content.number(INTEGER)?,
            cookie: content.content(OCTETS)?.to_vec(),
        })
    }
}

/// Asks for what changed since a cookie, once (`refreshOnly`).
pub fn sync_request(cookie: &[u8]) -> Control {
    let mut value = Writer::default();
    value.nest(SEQUENCE, |out| {
        out.number(ENUMERATED, 1);
        out.put(OCTETS, cookie);
    });
    Control {
        oid: SYNC_REQUEST.to_owned(),
        critical: true,
        value: Some(value.finish()),
    }
}

/// What became of an entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// It is there, unchanged; nothing else is told of it.
    Present,
    /// It is new or changed.
    Changed,
    /// It is gone.
    Gone,
}

/// The state of an entry in a synchronisation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SyncState {
    /// What became of it.
    pub state: State,
    /// Its UUID.
    pub uuid: Vec<u8>,
}

impl SyncState {
    /// Of a control.
    pub fn read(control: &Control) -> Result<Self, BerError> {
        let mut content = control.content()?;
        let state = match content.number(ENUMERATED)? {
            0 => State::Present,
            1 | 2 => State::Changed,
            3 => State::Gone,
            _ => return Err(BerError("the state of an entry is unknown")),
        };
        let uuid = content.content(OCTETS)?.to_vec();
        Ok(Self { state, uuid })
    }
}

/// The end of a synchronisation.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SyncDone {
    /// Where to go on.
    pub cookie: Option<Vec<u8>>,
    /// What is gone was told; else what was not told as present is gone.
    pub deletes: bool,
}

impl SyncDone {
    /// Of a control.
    pub fn read(control: &Control) -> Result<Self, BerError> {
        let mut content = control.content()?;
        let cookie = content.optional(OCTETS)?.map(<[u8]>::to_vec);
        let deletes = content.peek() == Some(BOOLEAN) && content.truth(BOOLEAN)?;
        Ok(Self { cookie, deletes })
    }
}

/// A message between the entries of a synchronisation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SyncInfo {
    /// A phase has ended, or a newer cookie; told again by what follows.
    Passing,
    /// These entries are gone, or present.
    Set {
        /// They are gone.
        gone: bool,
        /// Their UUIDs.
        uuids: Vec<Vec<u8>>,
    },
}

impl SyncInfo {
    /// Of an intermediate message's value.
    pub fn read(value: &[u8]) -> Result<Self, BerError> {
        let (tag, content) = Reader::new(value).element()?;
        if tag != 0xa3 {
            return Ok(Self::Passing);
        }
        let mut content = Reader::new(content);
        content.optional(OCTETS)?;
        let gone = content.peek() == Some(BOOLEAN) && content.truth(BOOLEAN)?;
        let (mut set, mut uuids) = (content.within(SET)?, Vec::new());
        while !set.is_empty() {
            uuids.push(set.content(OCTETS)?.to_vec());
        }
        Ok(Self::Set { gone, uuids })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_survives_its_way() {
        let page = Page {
            size: 1000,
            cookie: vec![1, 2, 3],
        };
        assert_eq!(Page::read(&page.control()), Ok(page));
        assert!(Page::read(&Control::plain(PAGES, true)).is_err());
    }

    #[test]
    fn a_set_of_ids_says_whether_they_are_gone() {
        let mut value = Writer::default();
        value.nest(0xa3, |out| {
            out.put(OCTETS, b"cookie");
            out.truth(BOOLEAN, true);
            out.nest(SET, |out| out.put(OCTETS, &[7; 16]));
        });
        let read = SyncInfo::read(&value.finish());
        let uuids = vec![vec![7; 16]];
        assert_eq!(read, Ok(SyncInfo::Set { gone: true, uuids }));
        assert_eq!(SyncInfo::read(&[0x80, 0]), Ok(SyncInfo::Passing));
    }
}
