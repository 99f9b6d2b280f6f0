//! What Graph says of a property that a user does not have, with the one that was probably meant.

/// Properties of a user that a mapping may want. Graph has more: this list only serves hints.
const KNOWN: [&str; 40] = [
    "accountEnabled",
    "ageGroup",
    "businessPhones",
    "city",
    "companyName",
    "country",
    "createdDateTime",
    "creationType",
    "department",
    "displayName",
    "employeeHireDate",
    "employeeId",
    "employeeType",
    "externalUserState",
    "faxNumber",
    "givenName",
    "id",
    "imAddresses",
    "jobTitle",
    "mail",
    "mailNickname",
    "mobilePhone",
    "officeLocation",
    "onPremisesDistinguishedName",
    "onPremisesDomainName",
    "onPremisesImmutableId",
    "onPremisesSamAccountName",
    "onPremisesSecurityIdentifier",
    "onPremisesUserPrincipalName",
    "otherMails",
    "postalCode",
    "preferredLanguage",
    "proxyAddresses",
    "state",
    "streetAddress",
    "surname",
    "usageLocation",
    "userPrincipalName",
    "userType",
    "preferredDataLocation",
];
/// How far two spellings may be apart, as Jaro-Winkler measures it.
const NEAR: f64 = 0.85;

/// The sentence's hint, where Graph did not find a property: `; hint: …`, else nothing.
pub(super) fn hint(message: &str) -> String {
    let named = message
        .split_once("property named '")
        .and_then(|(_, rest)| rest.split_once('\''));
    let Some((wanted, _)) = named else {
        return String::new();
    };
    let folded = wanted.to_lowercase();
    let scored = KNOWN
        .iter()
        .map(|name| (strsim::jaro_winkler(&folded, &name.to_lowercase()), name));
    let near = scored
        .filter(|(score, _)| *score >= NEAR)
        .max_by(|one, two| one.0.total_cmp(&two.0));
    match near {
        Some((_, name)) => format!("; hint: did you mean `{name}`? See `from` in `[directory.mapping]`"),
        None => "; hint: see `from` in `[directory.mapping]`".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_property_that_nobody_has_is_told_with_the_one_that_was_meant() {
        let of = |name: &str| {
            hint(&format!(
                "Could not find a property named '{name}' on type 'microsoft.graph.user'."
            ))
        };
        assert_eq!(
            of("mial"),
            "; hint: did you mean `mail`? See `from` in `[directory.mapping]`"
        );
        assert_eq!(of("samAcountName"), "; hint: see `from` in `[directory.mapping]`");
        assert!(of("onPremiseSamAccountName").contains("`onPremisesSamAccountName`"));
        assert_eq!(hint("The token has expired."), "");
    }
}
