//! A filter as text, as a client would write it.

use std::fmt;

use super::tree::{Filter, Literal};

impl fmt::Display for Filter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::And(parts) => joined(f, parts, " and "),
            Self::Or(parts) => joined(f, parts, " or "),
            Self::Not(inner) => write!(f, "not ({inner})"),
            Self::Present(name) => write!(f, "{name} pr"),
            Self::Compare(name, operator, literal) => write!(f, "{name} {} {literal}", operator.name()),
            Self::Each(name, inner) => write!(f, "{name}[{inner}]"),
        }
    }
}

fn joined(f: &mut fmt::Formatter<'_>, parts: &[Filter], between: &str) -> fmt::Result {
    for (index, part) in parts.iter().enumerate() {
        if index > 0 {
            f.write_str(between)?;
        }
        if matches!(part, Filter::And(_) | Filter::Or(_)) {
            write!(f, "({part})")?;
        } else {
            write!(f, "{part}")?;
        }
    }
    Ok(())
}

impl fmt::Display for Literal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(text) => write!(f, "{}", serde_json::Value::from(text.as_str())),
            Self::Number(text) | Self::Bare(text) => f.write_str(text),
            Self::Bool(value) => write!(f, "{value}"),
            Self::Null => f.write_str("null"),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::tree::Operator;
    use super::*;

    fn literal() -> impl Strategy<Value = Literal> {
        prop_oneof![
            "\\PC{0,8}".prop_map(Literal::Text),
            any::<i32>().prop_map(|number| Literal::Number(number.to_string())),
            any::<bool>().prop_map(Literal::Bool),
            Just(Literal::Null),
            "[a-z]{3,5}@x".prop_map(Literal::Bare),
        ]
    }

    fn leaf() -> impl Strategy<Value = Filter> {
        let name = prop_oneof![
            Just("userName".to_owned()),
            Just("name.givenName".to_owned()),
            Just("urn:acme:2.0:User:a.b".to_owned())
        ];
        let operator = proptest::sample::select(Operator::ALL.as_slice());
        prop_oneof![
            name.clone().prop_map(Filter::Present),
            (name, operator, literal())
                .prop_map(|(name, (_, operator), literal)| Filter::Compare(name, operator, literal)),
        ]
    }

    fn tree(leaf: impl Strategy<Value = Filter> + 'static) -> impl Strategy<Value = Filter> {
        leaf.prop_recursive(4, 24, 3, |inner| {
            let parts = proptest::collection::vec(inner.clone(), 2..4);
            prop_oneof![
                parts.clone().prop_map(Filter::And),
                parts.prop_map(Filter::Or),
                inner.prop_map(|inner| Filter::Not(Box::new(inner))),
            ]
        })
    }

    fn whole() -> impl Strategy<Value = Filter> {
        let each = tree(leaf()).prop_map(|inner| Filter::Each("emails".to_owned(), Box::new(inner)));
        tree(prop_oneof![3 => leaf(), 1 => each])
    }

    proptest! {
        #[test]
        fn what_is_printed_is_read_back(filter in whole()) {
            prop_assert_eq!(Filter::parse(&filter.to_string()), Ok(filter));
        }

        #[test]
        fn nothing_panics(text in "([a-z]{0,6}|[()\\[\\]\" .\\\\]|and|or|not|eq|pr|emails|é|\\PC){0,30}") {
            drop(Filter::parse(&text));
            drop(super::super::tree::Path::parse(&text));
        }
    }
}
