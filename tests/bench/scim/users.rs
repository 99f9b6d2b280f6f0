//! Users: made by many clients at once, found, listed.

use std::ops::Range;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use serde_json::json;

use crate::client::{Client, median};
use crate::server::Server;

const CLIENTS: usize = 16;

/// A user as a provider fills all its fields.
fn resource(number: usize) -> String {
    let name = format!("user{number:06}@contoso.example");
    json!({
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User", "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"],
        "externalId": format!("0a21f0f2-8d2a-4f8e-bf98-{number:012}"),
        "userName": name,
        "active": true,
        "displayName": format!("Adele Vance {number}"),
        "title": "Retail Manager",
        "preferredLanguage": "en-GB",
        "name": { "formatted": format!("Adele Vance {number}"), "familyName": "Vance", "givenName": "Adele" },
        "emails": [{ "primary": true, "type": "work", "value": name }, { "type": "other", "value": format!("a{number}@home.example") }],
        "phoneNumbers": [{ "type": "work", "value": "+1 425 555 0109" }, { "type": "mobile", "value": "+1 425 555 0110" }],
        "addresses": [{ "type": "work", "streetAddress": "18/2111", "locality": "Bellevue", "region": "WA", "postalCode": "98004", "country": "US" }],
        "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User": {
            "employeeNumber": number.to_string(), "department": "Retail", "costCenter": "C-1042", "organization": "Contoso", "division": "Stores" },
    })
    .to_string()
}

/// Makes users; answers how long it took.
pub fn post(server: &Server, numbers: Range<usize>) -> Duration {
    let bodies: Vec<String> = numbers.map(resource).collect();
    let next = AtomicUsize::new(0);
    let began = Instant::now();
    std::thread::scope(|scope| {
        for _ in 0..CLIENTS {
            scope.spawn(|| {
                let mut client = Client::new(server.port);
                while let Some(body) = bodies.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let (status, _) = client.ask("POST", "/Users", body);
                    assert_eq!(status, 201);
                }
            });
        }
    });
    began.elapsed()
}

/// What a provider asks in each cycle.
pub fn searches(client: &mut Client, users: usize) {
    let found = median(1001, |time| {
        let number = time * 7919 % users;
        let path = format!("/Users?filter=userName%20eq%20%22USER{number:06}@contoso.example%22");
        assert_eq!(client.json("GET", &path, "")["totalResults"], 1);
    });
    println!("filter by userName at {users} users: {found:?} (promised: 0.5 ms)");
    let listed = median(101, |time| {
        let start = time * 97 % (users - 100) + 1;
        let page = client.json("GET", &format!("/Users?startIndex={start}&count=100"), "");
        assert_eq!(page["itemsPerPage"], 100);
    });
    println!("page of 100 at {users} users: {listed:?} (promised: 3 ms)");
}

/// The ids of all.
pub fn ids(client: &mut Client, users: usize) -> Vec<String> {
    let mut ids = Vec::with_capacity(users);
    while ids.len() < users {
        let path = format!("/Users?attributes=id&count=1000&startIndex={}", ids.len() + 1);
        let page = client.json("GET", &path, "");
        let found = page["Resources"].as_array().unwrap();
        ids.extend(found.iter().map(|user| user["id"].as_str().unwrap().to_owned()));
        assert_eq!(page["totalResults"], users);
    }
    ids
}
