//! Groups: one member more or less, a thousand at once.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::client::{Client, median};

/// A group with so many members.
pub struct Group {
    path: String,
    members: usize,
}

impl Group {
    /// Makes one.
    pub fn filled(client: &mut Client, name: &str, members: &[String]) -> Self {
        let made = client.json("POST", "/Groups", &json!({ "displayName": name }).to_string());
        let path = format!("/Groups/{}", made["id"].as_str().unwrap());
        let group = Self {
            path,
            members: members.len(),
        };
        let began = Instant::now();
        group.change(client, "add", members);
        println!(
            "group of {} filled by one PATCH: {:?}",
            members.len(),
            began.elapsed()
        );
        group
    }

    /// Adds and removes members from among `others`.
    pub fn measure(&self, client: &mut Client, others: &[String], durable: Duration) {
        let of = self.members;
        let one = |time: usize| &others[time % others.len()..=time % others.len()];
        let added = median(201, |time| {
            self.change(client, "add", one(time));
            self.change(client, "remove", one(time));
        }) / 2;
        let beyond = added.saturating_sub(durable);
        println!(
            "one member of {of} added or removed: {added:?}, {beyond:?} beyond a durable write (promised: 1 ms, and twice that at most for the larger group)"
        );
        let many = &others[..others.len().min(1000)];
        let mut times = Vec::new();
        for _ in 0..5 {
            let began = Instant::now();
            self.change(client, "add", many);
            times.push(began.elapsed());
            self.change(client, "remove", many);
        }
        times.sort();
        println!(
            "{} members added to {of}: {:?} (promised: 60 ms)",
            many.len(),
            times[2]
        );
        let path = format!("{}?attributes=members", self.path);
        let shown = client.json("GET", &path, "");
        assert_eq!(shown["members"].as_array().unwrap().len(), of);
    }

    fn change(&self, client: &mut Client, op: &str, ids: &[String]) {
        let members: Vec<Value> = ids.iter().map(|id| json!({ "value": id })).collect();
        let body = json!({
            "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
            "Operations": [{ "op": op, "path": "members", "value": members }],
        });
        let path = format!("{}?excludedAttributes=members", self.path);
        let (status, answer) = client.ask("PATCH", &path, &body.to_string());
        assert!(status < 300, "{status} {}", String::from_utf8_lossy(&answer));
    }
}
