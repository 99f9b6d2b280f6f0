//! Entity tags and what a request says of them (RFC 7232, RFC 7644 §3.14).

/// A weak tag: `W/"…"`.
pub fn weak(version: &str) -> String {
    format!("W/\"{version}\"")
}

/// `If-Match` or `If-None-Match`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Tags {
    /// `*`.
    Any,
    /// One of these, without `W/` and quotes.
    These(Vec<String>),
}

impl Tags {
    /// Reads a header. A tag without quotes is one: `meta.version` is often copied without them.
    pub fn parse(header: &str) -> Self {
        let bare = |tag: &str| {
            let tag = tag.trim();
            let tag = tag.strip_prefix("W/").or(tag.strip_prefix("w/")).unwrap_or(tag);
            tag.trim_matches('"').to_owned()
        };
        if header.trim() == "*" {
            return Self::Any;
        }
        Self::These(
            header
                .split(',')
                .map(bare)
                .filter(|tag| !tag.is_empty())
                .collect(),
        )
    }

    /// Whether a resource of this tag is meant; tags are compared weakly.
    pub fn include(&self, tag: &str) -> bool {
        match self {
            Self::Any => true,
            Self::These(tags) => {
                let Self::These(own) = Self::parse(tag) else {
                    return false;
                };
                tags.iter().any(|known| own.contains(known))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_are_compared_weakly_in_any_spelling() {
        let tag = weak("7-a");
        for header in ["W/\"7-a\"", "\"7-a\"", "7-a", "*", " \"x\" , W/\"7-a\""] {
            assert!(Tags::parse(header).include(&tag), "{header}");
        }
        for header in ["W/\"7-b\"", "\"\"", "", "7"] {
            assert!(!Tags::parse(header).include(&tag), "{header}");
        }
    }
}
