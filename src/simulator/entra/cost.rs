//! What requests cost of the units that Graph gives an application for ten seconds.

use super::query::Query;

/// Units of ten seconds, by the number of the tenant's users.
pub(super) fn units(users: usize) -> u32 {
    match users {
        0..50 => 3500,
        50..=500 => 5000,
        _ => 8000,
    }
}

/// What a request of this kind costs; a batch costs what is within it.
pub(super) fn cost(class: &str, query: &str) -> u32 {
    let base: u32 = match class {
        "batch" => return 0,
        "users" => 2,
        "members" => 3,
        _ => 1,
    };
    let query = Query::parse(query);
    let narrow = query.get("$top").and_then(|top| top.parse::<u32>().ok());
    let less = u32::from(query.get("$select").is_some()) + u32::from(narrow.is_some_and(|top| top < 20));
    (base + u32::from(query.get("$expand").is_some()))
        .saturating_sub(less)
        .max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_asked_for_decides_what_it_costs() {
        let costs = [
            ("users", "", 2),
            ("users", "$select=id&$top=999", 1),
            ("members", "", 3),
            ("members", "$select=id&$top=999", 2),
            ("members", "$select=id&$top=1", 1),
            ("groups/delta", "$select=id", 1),
            ("batch", "", 0),
        ];
        for (class, query, expected) in costs {
            assert_eq!(cost(class, query), expected, "{class}?{query}");
        }
        assert_eq!([49, 50, 501].map(units), [3500, 5000, 8000]);
    }
}
