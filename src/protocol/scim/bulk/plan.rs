//! The order of a bulk request's work, in which references are known when they are needed.

use std::collections::{BTreeSet, HashMap};

use serde_json::Value;

use super::request::{BulkOperation, BulkRequest, Method, in_path, member_id, references};

/// One step of the work.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// Do this operation; members that are these are left out, since they do not exist yet.
    Do {
        /// Which operation.
        index: usize,
        /// The ids, without prefix, that its members may not name yet.
        later: Vec<String>,
    },
    /// Add the members that were left out.
    Link {
        /// Which operation made the group.
        index: usize,
        /// Whom to add.
        members: Vec<String>,
    },
    /// This one names something that nothing makes.
    Unresolvable {
        /// Which operation.
        index: usize,
        /// The id that nothing makes.
        bulk_id: String,
    },
}

impl BulkRequest {
    /// The order of the work: the client's, but for what needs something that comes later. Groups that contain each other
    /// are made without those edges, which are added when both are there.
    pub fn plan(&self) -> Vec<Step> {
        Planner::new(&self.operations).run()
    }
}

struct Planner<'p> {
    operations: &'p [BulkOperation],
    makers: HashMap<&'p str, usize>,
    /// What each operation still waits for.
    waits: Vec<BTreeSet<usize>>,
    /// Who waits for each operation.
    waiting: Vec<Vec<usize>>,
    /// Whom each would-be group waits for as a member.
    members: Vec<BTreeSet<usize>>,
    left: BTreeSet<usize>,
    refused: Vec<usize>,
    steps: Vec<Step>,
    /// Groups without some of their members, and whom these wait for.
    open: Vec<(usize, BTreeSet<usize>)>,
}

impl<'p> Planner<'p> {
    fn new(operations: &'p [BulkOperation]) -> Self {
        let posted = operations.iter().enumerate();
        let makers = posted
            .filter(|(_, operation)| operation.method == Method::Post)
            .filter_map(|(index, operation)| Some((operation.bulk_id.as_deref()?, index)))
            .collect();
        let mut planner = Self {
            operations,
            makers,
            waits: vec![BTreeSet::new(); operations.len()],
            waiting: vec![Vec::new(); operations.len()],
            members: vec![BTreeSet::new(); operations.len()],
            left: BTreeSet::new(),
            refused: Vec::new(),
            steps: Vec::new(),
            open: Vec::new(),
        };
        for (index, operation) in operations.iter().enumerate() {
            planner.enter(index, operation);
        }
        planner
    }

    fn enter(&mut self, index: usize, operation: &'p BulkOperation) {
        let mut ids: BTreeSet<&str> = in_path(&operation.path).into_iter().collect();
        operation
            .data
            .values()
            .for_each(|value| references(value, &mut ids));
        for id in ids {
            match self.makers.get(id) {
                None => {
                    self.refuse(index, id.to_owned());
                    return;
                }
                Some(maker) => {
                    self.waits[index].insert(*maker);
                    self.waiting[*maker].push(index);
                }
            }
        }
        self.left.insert(index);
        let is_group = operation.method == Method::Post && operation.path.trim_matches('/') == "Groups";
        if let (true, Some(Value::Array(members))) = (is_group, operation.data.get("members")) {
            let ids = members.iter().filter_map(member_id);
            self.members[index] = ids.filter_map(|id| self.makers.get(id).copied()).collect();
        }
    }

    fn refuse(&mut self, index: usize, bulk_id: String) {
        self.left.remove(&index);
        self.refused.push(index);
        self.steps.push(Step::Unresolvable { index, bulk_id });
    }

    /// Refuses what waits in a circle that no member can be left out of, and whoever waits for something refused.
    fn refuse_hopeless(&mut self) {
        let hard = |index: usize| self.waits[index].difference(&self.members[index]).copied();
        let mut needs: Vec<BTreeSet<usize>> = (0..self.operations.len())
            .map(|index| hard(index).collect())
            .collect();
        let mut ready: Vec<usize> = self
            .left
            .iter()
            .copied()
            .filter(|index| needs[*index].is_empty())
            .collect();
        let mut circular = self.left.clone();
        while let Some(index) = ready.pop() {
            circular.remove(&index);
            for next in &self.waiting[index] {
                if needs[*next].remove(&index) && needs[*next].is_empty() && self.left.contains(next) {
                    ready.push(*next);
                }
            }
        }
        // Those after something refused already are told with it, below.
        let is_refused = |maker: &usize| !self.left.contains(maker);
        let circular: Vec<(usize, usize)> = circular
            .into_iter()
            .filter(|index| !needs[*index].iter().any(is_refused))
            .filter_map(|index| Some((index, *needs[index].first()?)))
            .collect();
        for (index, maker) in circular {
            self.refuse(index, self.id(maker));
        }
        while let Some(index) = self.refused.pop() {
            for next in std::mem::take(&mut self.waiting[index]) {
                if self.left.contains(&next) {
                    self.refuse(next, self.id(index));
                }
            }
        }
    }

    fn run(mut self) -> Vec<Step> {
        self.refuse_hopeless();
        let mut ready: BTreeSet<usize> = self
            .left
            .iter()
            .copied()
            .filter(|index| self.waits[*index].is_empty())
            .collect();
        while !self.left.is_empty() {
            let (index, later) = match ready.pop_first() {
                Some(index) => (index, BTreeSet::new()),
                None => match self.breakable() {
                    Some(index) => (index, std::mem::take(&mut self.waits[index])),
                    None => break,
                },
            };
            self.left.remove(&index);
            let ids = later.iter().map(|maker| self.id(*maker)).collect();
            self.steps.push(Step::Do { index, later: ids });
            if !later.is_empty() {
                self.open.push((index, later));
            }
            for next in std::mem::take(&mut self.waiting[index]) {
                if self.waits[next].remove(&index) && self.waits[next].is_empty() && self.left.contains(&next)
                {
                    ready.insert(next);
                }
            }
        }
        self.close()
    }

    /// A group to be made that waits for nothing but members which are still to come.
    fn breakable(&self) -> Option<usize> {
        let mut left = self.left.iter().copied();
        left.find(|index| self.waits[*index].is_subset(&self.members[*index]))
    }

    /// What was left out is added at the end.
    fn close(mut self) -> Vec<Step> {
        for (index, members) in std::mem::take(&mut self.open) {
            let members = members.iter().map(|maker| self.id(*maker)).collect();
            self.steps.push(Step::Link { index, members });
        }
        self.steps
    }

    fn id(&self, maker: usize) -> String {
        self.operations[maker].bulk_id.clone().unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;
    use serde_json::json;

    use super::super::request::{leave_out, resolve};
    use super::*;
    use crate::protocol::scim::tolerances::Tolerances;

    fn request(operations: &Value) -> BulkRequest {
        let body = json!({ "schemas": [], "Operations": operations });
        BulkRequest::read(body.as_object().unwrap().clone(), Tolerances::default()).unwrap()
    }

    fn user(id: &str) -> Value {
        json!({ "method": "POST", "path": "/Users", "bulkId": id, "data": { "userName": id } })
    }

    fn group(id: &str, members: &[&str]) -> Value {
        let members: Vec<Value> = members
            .iter()
            .map(|id| json!({ "value": format!("bulkId:{id}") }))
            .collect();
        json!({ "method": "POST", "path": "/Groups", "bulkId": id, "data": { "displayName": id, "members": members } })
    }

    fn told(steps: &[Step]) -> String {
        let tell = |step: &Step| match step {
            Step::Do { index, later } if later.is_empty() => index.to_string(),
            Step::Do { index, later } => format!("{index}-{}", later.join(",")),
            Step::Link { index, members } => format!("{index}+{}", members.join(",")),
            Step::Unresolvable { index, bulk_id } => format!("{index}?{bulk_id}"),
        };
        steps.iter().map(tell).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn forward_references_wait_and_circles_are_linked_afterwards() {
        let plan = |operations: Value| told(&request(&operations).plan());
        assert_eq!(
            plan(json!([user("a"), user("b"), group("g", &["a", "b"])])),
            "0 1 2"
        );
        assert_eq!(plan(json!([group("g", &["a"]), user("b"), user("a")])), "1 2 0");
        assert_eq!(plan(json!([group("g", &["h"]), group("h", &["g"])])), "0-h 1 0+h");
        assert_eq!(
            plan(json!([group("g", &["h", "a"]), group("h", &["g"]), user("a")])),
            "2 0-h 1 0+h"
        );
        assert_eq!(plan(json!([group("g", &["zz"]), group("h", &["g"])])), "0?zz 1?g");
        let patch = json!({ "method": "PATCH", "path": "/Users/bulkId:a", "data": {} });
        assert_eq!(plan(json!([patch, user("a")])), "1 0");
        let manager = |id: &str, of: &str| json!({ "method": "POST", "path": "/Users", "bulkId": id, "data": { "manager": format!("bulkId:{of}") } });
        assert_eq!(plan(json!([manager("a", "b"), manager("b", "a")])), "0?b 1?a");
        let behind = json!([
            manager("a", "b"),
            manager("b", "a"),
            group("g", &["a"]),
            user("c")
        ]);
        assert_eq!(plan(behind), "0?b 1?a 2?a 3");
    }

    #[test]
    fn references_become_ids_wherever_they_stand() {
        let mut operation = request(&json!([group("g", &["a", "h"])])).operations.remove(0);
        leave_out(&mut operation.data, &["h".to_owned()]);
        let known = BTreeMap::from([("a".to_owned(), "id-1".to_owned())]);
        resolve(&mut operation, &known).unwrap();
        assert_eq!(operation.data["members"], json!([{ "value": "id-1" }]));
        let delete = json!([{ "method": "delete", "path": "/Users/bulkId:a" }]);
        let mut delete = request(&delete).operations.remove(0);
        resolve(&mut delete, &known).unwrap();
        assert_eq!(delete.path, "/Users/id-1");
        delete.path = "/Users/bulkId:b".to_owned();
        assert_eq!(resolve(&mut delete, &known), Err("b".to_owned()));
    }

    #[test]
    fn what_is_no_bulk_request_is_refused_whole() {
        for operations in [
            json!([{ "method": "POST", "path": "/Users", "data": {} }]),
            json!([{ "method": "GET", "path": "/Users" }]),
            json!([{ "method": "PUT", "path": "/Users/1" }]),
            json!([{ "method": "DELETE" }]),
            json!([user("a"), user("a")]),
            json!("x"),
        ] {
            let body = json!({ "Operations": operations });
            let body = body.as_object().unwrap().clone();
            assert!(
                BulkRequest::read(body, Tolerances::default()).is_err(),
                "{operations}"
            );
        }
        let stop = json!({ "failOnErrors": 0, "Operations": [] });
        assert!(BulkRequest::read(stop.as_object().unwrap().clone(), Tolerances::default()).is_err());
    }

    proptest! {
        #[test]
        fn everything_is_done_once_and_after_what_it_needs(
            edges in proptest::collection::vec(proptest::collection::vec(0_usize..12, 0..4), 1..10)
        ) {
            let operations: Vec<Value> = edges.iter().enumerate().map(|(index, members)| {
                let names: Vec<String> = members.iter().map(ToString::to_string).collect();
                group(&index.to_string(), &names.iter().map(String::as_str).collect::<Vec<_>>())
            }).collect();
            let request = request(&json!(operations));
            let (mut seen, mut done) = (Vec::new(), BTreeSet::new());
            for step in request.plan() {
                match step {
                    Step::Do { index, later } => {
                        for member in &edges[index] {
                            prop_assert!(done.contains(member) || later.contains(&member.to_string()));
                        }
                        done.insert(index);
                        seen.push(index);
                    }
                    Step::Link { members, .. } => {
                        for member in members {
                            prop_assert!(done.contains(&member.parse::<usize>().unwrap()));
                        }
                    }
                    Step::Unresolvable { index, .. } => seen.push(index),
                }
            }
            seen.sort_unstable();
            prop_assert_eq!(seen, (0..edges.len()).collect::<Vec<_>>());
        }
    }
}
