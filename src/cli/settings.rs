//! Settings to be tried: a directory's sections out of a file, which may be a whole configuration.

use std::path::Path;

use anyhow::{Context, bail};
use serde_json::{Map, Value};

use crate::config::TRIED;

/// Sections of the directory that can be tried. Of a whole configuration those of the directory of this id; else those at the top.
/// Nothing else leaves the file: a source has secrets.
pub(super) fn read(file: &Path, directory: &str) -> anyhow::Result<Value> {
    let shown = file.display();
    let text = std::fs::read_to_string(file).with_context(|| format!("`{shown}` cannot be read"))?;
    let whole: Value = if file.extension().is_some_and(|extension| extension == "json") {
        serde_json::from_str(&text).with_context(|| format!("`{shown}` is no JSON"))?
    } else {
        toml::from_str(&text).with_context(|| format!("`{shown}` is no TOML"))?
    };
    let Some(directories) = whole.get("directory") else {
        return Ok(whole);
    };
    let mut all = directories.as_array().into_iter().flatten();
    let Some(section) = all.find(|section| section["id"] == directory) else {
        bail!(
            "`{shown}` has no directory `{directory}`; hint: its `id` must be the one of the running daemon"
        );
    };
    let tried = TRIED.iter().filter_map(|name| {
        let value = section.get(*name)?;
        Some(((*name).to_owned(), value.clone()))
    });
    Ok(Value::Object(tried.collect::<Map<_, _>>()))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn of_a_whole_file_only_the_directorys_sections_are_taken_and_no_source() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("new.toml");
        let text = "[[directory]]\nid = \"a\"\n[[directory]]\nid = \"b\"\n[directory.source]\nkind = \"file\"\n[directory.scope]\nguests = \"only\"\n";
        std::fs::write(&file, text).unwrap();
        assert_eq!(
            read(&file, "b").unwrap(),
            json!({ "scope": { "guests": "only" } })
        );
        assert_eq!(read(&file, "a").unwrap(), json!({}));
        assert!(
            read(&file, "c")
                .unwrap_err()
                .to_string()
                .contains("has no directory `c`")
        );
        std::fs::write(&file, "[mapping]\nemail = { from = [\"mail\"] }\n").unwrap();
        assert_eq!(
            read(&file, "a").unwrap(),
            json!({ "mapping": { "email": { "from": ["mail"] } } })
        );
        assert!(read(&folder.path().join("none.toml"), "a").is_err());
    }
}
