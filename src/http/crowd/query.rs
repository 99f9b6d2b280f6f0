//! The query of a request: parameters, paging, expansion.

use std::ops::Range;

use super::error::Refusal;
use crate::protocol::crowd::Entity;

/// Entries of a list when the client names no number.
const DEFAULT_RESULTS: usize = 1000;

/// The decoded parameters, in order.
#[derive(Clone, Debug, Default)]
pub(super) struct Query(Vec<(String, String)>);

/// Which part of a list is wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Page {
    pub(super) start: usize,
    /// `None`: all.
    pub(super) results: Option<usize>,
}

/// What of an entity is told.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Expand {
    /// Whole entities in lists, rather than names.
    pub(super) entity: bool,
    /// Custom attributes of whole entities.
    pub(super) attributes: bool,
}

impl Page {
    /// The wanted part of a list; empty beyond its end.
    pub(super) fn range(self, len: usize) -> Range<usize> {
        let end = self
            .results
            .map_or(len, |results| self.start.saturating_add(results).min(len));
        self.start.min(end)..end
    }
}

impl Query {
    pub(super) fn parse(query: Option<&str>) -> Self {
        let pairs = url::form_urlencoded::parse(query.unwrap_or_default().as_bytes());
        Self(
            pairs
                .map(|(name, value)| (name.into_owned(), value.into_owned()))
                .collect(),
        )
    }

    /// A parameter's first value, unless it is empty.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        let (_, value) = self.0.iter().find(|(given, _)| given == name)?;
        (!value.is_empty()).then_some(value)
    }

    pub(super) fn need(&self, name: &str) -> Result<&str, Refusal> {
        self.get(name).ok_or_else(|| Refusal::missing(name))
    }

    /// What `expand` asks for: comma separated or repeated, `*` for all.
    ///
    /// Clients write `user,attributes`; the reference server also reads `user.attributes` and `user[0:9]`.
    pub(super) fn expand(&self, kind: Entity) -> Expand {
        let wanted = match kind {
            Entity::User => "user",
            Entity::Group => "group",
        };
        let mut expand = Expand::default();
        let values = self.0.iter().filter(|(name, _)| name == "expand");
        for part in values.flat_map(|(_, value)| value.split(',')) {
            for (at, step) in part.trim().split('.').enumerate() {
                let step = step.split('[').next().unwrap_or_default();
                expand.entity |= at == 0 && (step == "*" || step == wanted);
                expand.attributes |= step == "*" || step == "attributes";
            }
        }
        expand
    }

    pub(super) fn page(&self) -> Result<Page, Refusal> {
        let start = match self.number("start-index")? {
            None => 0,
            Some(start) => usize::try_from(start)
                .map_err(|_| Refusal::Illegal(format!("`start-index` is {start}, less than 0")))?,
        };
        let results = match self.number("max-results")? {
            None => Some(DEFAULT_RESULTS),
            Some(-1) => None,
            Some(results) => Some(
                usize::try_from(results)
                    .map_err(|_| Refusal::Illegal(format!("`max-results` is {results}, less than -1")))?,
            ),
        };
        Ok(Page { start, results })
    }

    pub(super) fn number(&self, name: &str) -> Result<Option<i64>, Refusal> {
        let Some(text) = self.get(name) else {
            return Ok(None);
        };
        let number = text
            .trim()
            .parse()
            .map_err(|_| Refusal::Illegal(format!("`{name}` is not a number")))?;
        Ok(Some(number))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_end_where_the_list_ends() {
        let page = |query| {
            Query::parse(Some(query))
                .page()
                .map(|page| [1, 2, 3][page.range(3)].to_vec())
        };
        assert_eq!(page("").unwrap(), [1, 2, 3]);
        assert_eq!(page("start-index=1&max-results=1").unwrap(), [2]);
        assert_eq!(page("start-index=9&max-results=-1").unwrap(), [0; 0]);
        assert_eq!(
            page("start-index=1&max-results=9223372036854775807").unwrap(),
            [2, 3]
        );
        assert_eq!(page("max-results=0").unwrap(), [0; 0]);
        assert!(page("start-index=-1").is_err());
        assert!(page("max-results=-2").is_err());
        assert!(page("max-results=99999999999999999999").is_err());
    }

    #[test]
    fn expansion_is_a_list() {
        for (query, entity, attributes) in [
            ("", false, false),
            ("expand=users", false, false),
            ("expand=group", false, false),
            ("expand=user", true, false),
            ("expand=group&expand=user", true, false),
            ("expand=user[0:9]", true, false),
            ("expand=attributes", false, true),
            ("expand=user,attributes", true, true),
            ("expand=user%2C+attributes", true, true),
            ("expand=x&expand=user.attributes", true, true),
            ("expand=user.attributes[0]", true, true),
            ("expand=*", true, true),
            ("expand=user.*", true, true),
            ("expand=attribute&expands=*", false, false),
        ] {
            let expand = Query::parse(Some(query)).expand(Entity::User);
            assert_eq!(expand, Expand { entity, attributes }, "{query}");
        }
    }

    #[test]
    fn plus_is_a_blank() {
        let query = Query::parse(Some("username=a+b%2Bc%20d&empty="));
        assert_eq!(query.get("username"), Some("a b+c d"));
        assert!(query.need("empty").is_err());
    }
}
