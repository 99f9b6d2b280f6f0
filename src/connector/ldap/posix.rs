//! Members by user names: a `posixGroup` has no entries' names (RFC 2307). Each is written as a name that no entry has.

use super::config::Flavour;
use crate::protocol::ldap::Entry;

/// What groups have of their members.
pub(super) const MEMBER: &str = "memberUid";
/// What it is at the user.
pub(super) const UID: &str = "uid";

/// A user name as if it were an entry's.
pub(super) fn name(uid: &str) -> String {
    let mut name = format!("{MEMBER}=");
    for letter in uid.chars() {
        if " ,+\"\\<>;=#".contains(letter) {
            name.push('\\');
        }
        name.push(letter);
    }
    name
}

/// The user name of such a name.
pub(super) fn uid(name: &str) -> Option<String> {
    let rest = name.strip_prefix(MEMBER)?.strip_prefix('=')?;
    let mut letters = rest.chars();
    let mut uid = String::new();
    while let Some(letter) = letters.next() {
        uid.push(if letter == '\\' { letters.next()? } else { letter });
    }
    Some(uid)
}

/// The names that a user has for such groups.
pub(super) fn names(flavour: Flavour, user: &Entry) -> Vec<String> {
    if flavour == Flavour::Ad {
        return Vec::new();
    }
    let texts = user
        .values(UID)
        .iter()
        .filter_map(|uid| std::str::from_utf8(uid).ok());
    texts.map(name).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::ldap::dn;

    #[test]
    fn a_user_name_survives_whatever_is_in_it() {
        for own in [
            "ada",
            "ada.lovelace",
            "a,b=c",
            " space ",
            "#1",
            "x\\y",
            "å+ß",
            "\"q\"",
        ] {
            assert_eq!(uid(&name(own)).as_deref(), Some(own));
            assert_eq!(
                dn::key(&name(own)),
                dn::key(&name(&own.to_uppercase().replace("SS", "ß"))),
                "{own}"
            );
        }
        assert_ne!(dn::key(&name("ada")), dn::key(&name("adb")));
        assert_eq!(uid("cn=ada,dc=x"), None);
    }
}
