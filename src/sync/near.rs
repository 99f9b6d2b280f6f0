//! Attribute names of a mapping that nobody has: probably misspelled, since every source tells some of its own.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::model::record::SourceUser;

/// How far two spellings may be apart, as Jaro-Winkler measures it.
const NEAR: f64 = 0.85;
/// Of how many names that were seen it is remembered.
const SEEN: usize = 500;

/// The name that was probably meant: the one that resembles the wanted one most, if any does.
pub(super) fn nearest<'a>(wanted: &str, seen: impl Iterator<Item = &'a Arc<str>>) -> Option<&'a Arc<str>> {
    let wanted = wanted.to_lowercase();
    let scored = seen.map(|name| (strsim::jaro_winkler(&wanted, &name.to_lowercase()), name));
    let close = scored.filter(|(score, _)| *score >= NEAR);
    close
        .max_by(|one, two| one.0.total_cmp(&two.0))
        .map(|(_, name)| name)
}

/// What a mapping asks for and no user has had so far.
#[derive(Clone, Debug, Default)]
pub(super) struct Unseen {
    wanted: BTreeSet<String>,
    /// Also those that somebody has.
    known: BTreeSet<String>,
    seen: BTreeSet<Arc<str>>,
}

impl Unseen {
    pub(super) fn new(wanted: BTreeSet<String>) -> Self {
        Self {
            known: wanted.clone(),
            wanted,
            seen: BTreeSet::new(),
        }
    }

    /// Looks at a user while anything is missing.
    pub(super) fn look(&mut self, user: &SourceUser) {
        if self.wanted.is_empty() {
            return;
        }
        let has = |name: &str| user.attributes.get(name).is_some_and(|value| !value.is_empty());
        self.wanted.retain(|name| !has(name));
        if self.seen.len() < SEEN {
            let other = user
                .attributes
                .keys()
                .filter(|name| !self.known.contains(&***name));
            self.seen.extend(other.cloned());
        }
    }

    /// A sentence for each name that nobody has and that resembles one that somebody has.
    pub(super) fn hints(&self) -> Vec<String> {
        let near = |wanted: &String| {
            let found = nearest(wanted, self.seen.iter())?;
            Some(format!(
                "no user of the source has a value in `{wanted}`; hint: did you mean `{found}`?"
            ))
        };
        self.wanted.iter().filter_map(near).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_misspelled_attribute_is_told_with_what_was_meant() {
        let wanted = ["mial", "displayname", "officeLocation", "city"].map(str::to_owned);
        let mut unseen = Unseen::new(wanted.into());
        let attributes = [("mail", "a@b"), ("displayName", "A"), ("city", "Oslo")];
        unseen.look(&SourceUser {
            id: "1".into(),
            active: true,
            created_at: None,
            attributes: attributes.map(|(name, value)| (name.into(), value.into())).into(),
        });
        let told = unseen.hints();
        assert_eq!(told.len(), 2, "nothing resembles `officeLocation`: {told:?}");
        assert!(
            told[0].ends_with("`displayname`; hint: did you mean `displayName`?"),
            "{told:?}"
        );
        assert!(
            told[1].ends_with("`mial`; hint: did you mean `mail`?"),
            "{told:?}"
        );
    }
}
