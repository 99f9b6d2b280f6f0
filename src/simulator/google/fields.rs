//! Partial responses: only what `fields` names, as `kind,users(id,name/givenName)`.

use serde_json::{Map, Value};

/// What is wanted of an object.
#[derive(Debug, Default, PartialEq, Eq)]
struct Mask(Vec<(String, Mask)>);

/// What is left of a value; `None` where the expression is none.
pub(super) fn select(fields: &str, value: Value) -> Option<Value> {
    let mut rest = fields;
    let mask = mask(&mut rest, 0)?;
    rest.is_empty().then(|| prune(&mask, value))
}

fn mask(rest: &mut &str, depth: u32) -> Option<Mask> {
    let mut mask = Mask::default();
    if depth > 8 {
        return None;
    }
    loop {
        let end = rest.find([',', '(', ')', '/']).unwrap_or(rest.len());
        let (name, after) = rest.split_at(end);
        if name.is_empty() {
            return None;
        }
        *rest = after;
        let inner = if let Some(after) = rest.strip_prefix('(') {
            *rest = after;
            let inner = self::mask(rest, depth + 1)?;
            *rest = rest.strip_prefix(')')?;
            inner
        } else if let Some(after) = rest.strip_prefix('/') {
            *rest = after;
            let end = rest.find([',', ')']).unwrap_or(rest.len());
            let (path, after) = rest.split_at(end);
            *rest = after;
            path.rsplit('/').fold(Mask::default(), |inner, name| {
                Mask(vec![(name.to_owned(), inner)])
            })
        } else {
            Mask::default()
        };
        mask.0.push((name.to_owned(), inner));
        match rest.strip_prefix(',') {
            Some(after) => *rest = after,
            None => return Some(mask),
        }
    }
}

fn prune(mask: &Mask, value: Value) -> Value {
    match value {
        _ if mask.0.is_empty() => value,
        Value::Array(list) => list.into_iter().map(|one| prune(mask, one)).collect(),
        Value::Object(mut object) => {
            let wanted = mask.0.iter();
            let kept =
                wanted.filter_map(|(name, inner)| Some((name.clone(), prune(inner, object.remove(name)?))));
            Value::Object(kept.collect::<Map<_, _>>())
        }
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn only_what_is_named_is_left() {
        let page = || json!({ "kind": "k", "nextPageToken": "t", "users": [{ "id": "1", "name": { "a": 1, "b": 2 } }] });
        assert_eq!(
            select("kind,users(id,name/a)", page()).unwrap(),
            json!({ "kind": "k", "users": [{ "id": "1", "name": { "a": 1 } }] })
        );
        assert_eq!(
            select("users/id", page()).unwrap(),
            json!({ "users": [{ "id": "1" }] })
        );
        for wrong in ["", "users(", "users(id", "a,,b", "a)", &"a(".repeat(1000)] {
            assert_eq!(select(wrong, page()), None, "{wrong}");
        }
    }
}
