//! From a parser's complaint to a sentence with a hint.

use super::document::{self, Document};
use super::problem::Problem;

/// How unlike two words may be to be taken for a slip of the finger (Jaro-Winkler).
const ALIKE: f64 = 0.8;

/// The known word that was probably meant.
pub(super) fn nearest<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let scored = known
        .into_iter()
        .map(|candidate| (strsim::jaro_winkler(word, candidate), candidate));
    scored
        .filter(|(score, _)| *score >= ALIKE)
        .max_by(|left, right| left.0.total_cmp(&right.0))
        .map(|(_, candidate)| candidate)
}

/// A key that nobody reads.
pub(super) fn unknown_key(line: usize, path: &str, known: &[&str]) -> Problem {
    let (parent, key) = path.rsplit_once('.').unwrap_or(("", path));
    let problem = Problem::new(line, format!("`{path}` is not a known key"));
    problem.hint(match nearest(key, known.iter().copied()) {
        Some(meant) if parent.is_empty() => format!("did you mean `{meant}`?"),
        Some(meant) => format!("did you mean `{parent}.{meant}`?"),
        None => format!("known here: {}", listed(known)),
    })
}

/// A text that is no TOML.
pub(super) fn not_toml(text: &str, error: &toml::de::Error) -> Problem {
    let line = error.span().map_or(1, |span| document::line(text, span.start));
    Problem::new(line, error.message().replace('\n', ", ")).hint("the file must be TOML (https://toml.io)")
}

/// What serde says of a value, with the key's path. `fallback` is the offset of the section, for complaints without
/// a place of their own.
pub(super) fn reworded(document: &Document<'_>, error: &toml::de::Error, fallback: usize) -> Problem {
    let offset = error.span().map_or(fallback, |span| span.start);
    let (line, path) = (document.line(offset), document.path_at(offset));
    let message = error.message();
    let quoted = quoted(message);
    match quoted.split_first() {
        Some((_, known)) if message.starts_with("unknown field") => unknown_key(line, &path, known),
        Some((given, known)) if message.starts_with("unknown variant") => {
            let problem = Problem::new(line, format!("`{path}` cannot be `{given}`"));
            problem.hint(match nearest(given, known.iter().copied()) {
                Some(meant) => format!("did you mean `{meant}`?"),
                None => format!("it is one of {}", listed(known)),
            })
        }
        Some((key, _)) if message.starts_with("missing field") => {
            Problem::new(line, format!("`{path}` lacks the key `{key}`")).hint(format!("add `{key} = …`"))
        }
        _ => wrong_value(line, &path, message),
    }
}

fn wrong_value(line: usize, path: &str, message: &str) -> Problem {
    if let Some(types) = message.strip_prefix("invalid type: ") {
        let (found, expected) = types
            .rsplit_once(", expected ")
            .unwrap_or((types, "something else"));
        // The kind alone: what was found may be a password.
        let found = found.split(' ').next().unwrap_or_default();
        if expected.contains("SecretSource") {
            return Problem::new(
                line,
                format!("`{path}` must say where the secret is, not be a {found}"),
            )
            .hint("write { env = \"NAME\" } or { file = \"/run/secrets/x\" }");
        }
        let what = format!("`{path}` has the wrong type: {found} instead of {expected}");
        return Problem::new(line, what).hint(format!("write {expected} there"));
    }
    Problem::told(line, path, message)
}

fn listed(words: &[&str]) -> String {
    let quoted: Vec<String> = words.iter().map(|word| format!("`{word}`")).collect();
    quoted.join(", ")
}

/// The words in backticks.
fn quoted(message: &str) -> Vec<&str> {
    message.split('`').skip(1).step_by(2).collect()
}
