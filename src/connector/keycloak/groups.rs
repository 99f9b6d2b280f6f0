//! The tree of groups, walked level by level.

use std::collections::HashSet;

use futures_util::{StreamExt, stream};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Deserialize;
use serde_json::Value;

use super::config::GroupNames;
use super::list::{End, Pages, Row};
use super::memory::Within;
use super::realm::WHO;
use super::source::{Keycloak, PARALLEL};
use super::subtree::Places;
use crate::connector::api::Batch;
use crate::connector::rest::RestError;
use crate::connector::stream::Out;
use crate::model::MemberKind;
use crate::model::record::{Record, SourceGroup};

/// A group as told.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct GroupRow {
    id: String,
    name: String,
    path: Option<String>,
    description: Option<String>,
    /// Since version 23; without it the groups within are told here.
    sub_group_count: Option<u64>,
    sub_groups: Vec<GroupRow>,
}

impl GroupRow {
    /// Within no other, as its path says.
    pub(super) fn is_on_top(&self) -> bool {
        self.path
            .as_ref()
            .is_some_and(|path| path.strip_prefix('/') == Some(&self.name))
    }
}

impl Row for GroupRow {
    fn id(&self) -> Option<&str> {
        Some(&self.id)
    }
}

/// The groups of one pass.
#[derive(Debug, Default)]
pub(super) struct Tree {
    pub(super) ids: HashSet<String>,
    /// Parents with their children.
    edges: Vec<(String, String)>,
    /// Those whose children are to be asked for.
    open: Vec<String>,
    records: Vec<Record>,
}

impl Tree {
    /// The edges between groups.
    pub(super) fn nesting(&self) -> impl Iterator<Item = Record> + '_ {
        self.edges.iter().map(|(group, member)| Record::Member {
            group: group.as_str().into(),
            member: member.as_str().into(),
            kind: MemberKind::Group,
        })
    }

    /// Where each of the groups is.
    pub(super) fn places(&self) -> Places {
        let mut places: Places = self
            .ids
            .iter()
            .map(|id| (id.as_str().into(), Within::of(None)))
            .collect();
        for (parent, id) in &self.edges {
            let parent = parent.as_str().into();
            if let Some(within) = places.get_mut(id.as_str())
                && !within.parents.contains(&parent)
            {
                within.parents.push(parent);
            }
        }
        places
    }

    /// Notes groups, also those that they tell within themselves.
    fn note(
        &mut self,
        names: GroupNames,
        parent: Option<(&str, &str)>,
        rows: Vec<GroupRow>,
    ) -> Result<(), RestError> {
        let mut todo: Vec<(Option<(String, String)>, GroupRow)> = Vec::new();
        let of = |parent: Option<(&str, &str)>| parent.map(|(id, path)| (id.to_owned(), path.to_owned()));
        todo.extend(rows.into_iter().map(|row| (of(parent), row)));
        while let Some((parent, mut row)) = todo.pop() {
            if row.id.is_empty() || row.name.is_empty() {
                return Err(RestError::Malformed(format!(
                    "{WHO} answered a group without `id` or `name`"
                )));
            }
            if let Some((parent, _)) = &parent {
                self.edges.push((parent.clone(), row.id.clone()));
            }
            if !self.ids.insert(row.id.clone()) {
                continue;
            }
            let above = parent.map_or_else(String::new, |(_, path)| path);
            let path = row.path.take().unwrap_or_else(|| format!("{above}/{}", row.name));
            let told = row.sub_groups.len() as u64;
            if row.sub_group_count.is_some_and(|count| count > told) {
                self.open.push(row.id.clone());
            }
            let within = std::mem::take(&mut row.sub_groups).into_iter();
            todo.extend(within.map(|child| (Some((row.id.clone(), path.clone())), child)));
            self.records.push(Record::Group(SourceGroup {
                id: row.id.as_str().into(),
                name: match names {
                    GroupNames::Name => row.name.as_str().into(),
                    GroupNames::Path => path.as_str().into(),
                },
                nickname: path.into(),
                description: row.description.unwrap_or_default().into(),
                created_at: None,
            }));
        }
        Ok(())
    }

    async fn tell(&mut self, out: &Out) {
        let records = std::mem::take(&mut self.records);
        if !records.is_empty() {
            drop(out.send(Ok(Batch::Records(records))).await);
        }
    }
}

impl Keycloak {
    /// One pass over the whole tree.
    pub(super) async fn list_groups(&self, out: &Out) -> Result<Tree, RestError> {
        let mut tree = Tree::default();
        let names = self.config.group_names;
        let query = "briefRepresentation=true&populateHierarchy=false";
        let mut pages = Pages::new(self, "/groups", query, End::Short);
        while let Some(rows) = pages.next::<GroupRow>().await? {
            tree.note(names, None, rows)?;
            tree.tell(out).await;
        }
        self.walk(&mut tree, out, Vec::new()).await?;
        Ok(tree)
    }

    /// Tells these groups and all that is within them, and within those of the tree whose children are to be asked for.
    pub(super) async fn walk(
        &self,
        tree: &mut Tree,
        out: &Out,
        rows: Vec<GroupRow>,
    ) -> Result<(), RestError> {
        let names = self.config.group_names;
        tree.note(names, None, rows)?;
        tree.tell(out).await;
        while !tree.open.is_empty() {
            let open = std::mem::take(&mut tree.open);
            let one = |id: String| async move { (self.children(&id).await, id) };
            let mut level = stream::iter(open).map(one).buffer_unordered(PARALLEL);
            while let Some((rows, id)) = level.next().await {
                match rows {
                    Ok(rows) => tree.note(names, Some((&id, "")), rows)?,
                    // Deleted since it was listed: the count of groups tells.
                    Err(RestError::Absent(_)) => {}
                    Err(error) => return Err(error.within(&format!("the groups within `{id}`"))),
                }
            }
            tree.tell(out).await;
        }
        Ok(())
    }

    async fn children(&self, group: &str) -> Result<Vec<GroupRow>, RestError> {
        let id = utf8_percent_encode(group, NON_ALPHANUMERIC);
        let path = format!("/groups/{id}/children");
        // Ten are told unless more are asked for.
        let mut pages = Pages::new(self, &path, "briefRepresentation=true", End::Short);
        let mut all = Vec::new();
        while let Some(rows) = pages.next::<GroupRow>().await? {
            all.extend(rows);
        }
        Ok(all)
    }

    /// How many groups Keycloak counts, those within others included.
    pub(super) async fn count_groups(&self) -> Result<u64, RestError> {
        let admin = self.admin().await?;
        let count = admin.get::<Value>("/groups/count", &self.clock).await?.body;
        let none = || RestError::Malformed(format!("{WHO} answered no number of groups"));
        count["count"].as_u64().ok_or_else(none)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn note(tree: &mut Tree, parent: Option<(&str, &str)>, text: &str) -> Vec<String> {
        tree.note(GroupNames::Path, parent, serde_json::from_str(text).unwrap())
            .unwrap();
        let records = std::mem::take(&mut tree.records).into_iter();
        let named = records.map(|record| match record {
            Record::Group(group) => group.name.to_string(),
            other => panic!("{other:?}"),
        });
        named.collect()
    }

    #[test]
    fn groups_within_are_found_whatever_the_version() {
        let mut tree = Tree::default();
        let old = r#"[{"id":"a","name":"A","subGroups":[{"id":"b","name":"B","subGroups":[{"id":"c","name":"C"}]}]}]"#;
        assert_eq!(note(&mut tree, None, old), ["/A", "/A/B", "/A/B/C"]);
        assert!(tree.open.is_empty());
        let new = r#"[{"id":"d","name":"D","path":"/D","subGroupCount":2,"subGroups":[]},{"id":"e","name":"E","subGroupCount":0}]"#;
        note(&mut tree, None, new);
        assert_eq!(tree.open, ["d"]);
        note(
            &mut tree,
            Some(("d", "")),
            r#"[{"id":"f","name":"F","path":"/D/F"}]"#,
        );
        let places = tree.places();
        assert_eq!(
            (places["f"].clone(), places["d"].clone()),
            (Within::of(Some("d".into())), Within::of(None))
        );
        assert_eq!(tree.nesting().count(), 3);
        assert!(
            tree.note(GroupNames::Name, None, vec![GroupRow::default()])
                .is_err()
        );
    }
}
