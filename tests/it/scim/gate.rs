//! Who is let in, and how what is refused looks.

use reqwest::Method;

use super::client::OLD_TOKEN;
use super::{Pushed, TOKEN};

#[tokio::test]
async fn a_missing_wrong_or_expired_token_is_challenged() {
    let house = Pushed::start().await;
    let said = house.get("/Users").await.is(200);
    assert_eq!(said.header("content-type"), "application/scim+json");
    for token in ["", "token-of-somebody-else", OLD_TOKEN, &TOKEN[1..]] {
        let request = house.request(Method::GET, "/Users").header("authorization", "");
        let mut request = request.build().unwrap();
        let value = format!("Bearer {token}").parse().unwrap();
        request.headers_mut().insert("authorization", value);
        let response = throng::client::build().unwrap().execute(request).await.unwrap();
        assert_eq!(response.status(), 401, "{token}");
        assert_eq!(response.headers()["www-authenticate"], "Bearer realm=\"SCIM\"");
        assert_eq!(response.headers()["content-type"], "application/scim+json");
    }
    // A day earlier the old one was good still.
    house.clock.advance(-24 * 3_600_000);
    house.by_token(OLD_TOKEN).get("/Users").await.is(200);
}

#[tokio::test]
async fn a_good_token_from_elsewhere_is_forbidden() {
    let house = Pushed::with("allow_from = [\"192.0.2.0/24\"]").await;
    let said = house.get("/Users").await;
    assert_eq!(said.refusal(), (403, ""));
}

#[tokio::test]
async fn paths_and_methods_are_told_apart() {
    let house = Pushed::start().await;
    for (method, path, status) in [
        (Method::GET, "/nothing", 404),
        (Method::GET, "/Users/1/2", 404),
        (Method::GET, "", 404),
        (Method::GET, "/Me", 501),
        (Method::POST, "/Me", 501),
        (Method::POST, "/ServiceProviderConfig", 405),
        (Method::PUT, "/Schemas", 405),
        (Method::DELETE, "/ResourceTypes/User", 405),
        (Method::PATCH, "/Users", 405),
        (Method::POST, "/Users/1", 405),
        (Method::GET, "/Bulk", 405),
        (Method::GET, "/.search", 405),
    ] {
        let said = house.send(house.request(method.clone(), path)).await;
        assert_eq!(said.refusal().0, status, "{method} {path}");
        assert_eq!(said.header("allow").is_empty(), status != 405, "{method} {path}");
    }
    let other = format!("http://{}/scim/v2/other/Users", house.daemon.scim().unwrap());
    let response = throng::client::build().unwrap().get(other).send().await.unwrap();
    assert_eq!(response.status(), 404);
}

/// RFC 9110 §9.3.2.
#[tokio::test]
async fn a_head_request_has_the_headers_of_the_answer_and_nothing_more() {
    let house = Pushed::start().await;
    for (path, status) in [
        ("/Users", 200),
        ("/ServiceProviderConfig", 200),
        ("/Users/1", 404),
    ] {
        let whole = house.request(Method::GET, path).send().await.unwrap();
        let head = house.request(Method::HEAD, path).send().await.unwrap();
        assert_eq!(head.status(), status, "{path}");
        for name in ["content-type", "content-length", "etag"] {
            assert_eq!(
                head.headers().get(name),
                whole.headers().get(name),
                "{path} {name}"
            );
        }
        assert_eq!(head.text().await.unwrap(), "", "{path}");
    }
    assert_eq!(house.send(house.request(Method::HEAD, "/Bulk")).await.status, 405);
}

#[tokio::test]
async fn addresses_are_read_as_administrators_paste_them() {
    let house = Pushed::start().await;
    for path in [
        "/Users/",
        "//Users",
        "/Users?aadOptscim062020",
        "/Users//?aadOptscim062020&count=1",
    ] {
        let said = house.get(path).await;
        assert_eq!(said.status, 200, "{path}");
    }
}

#[tokio::test]
async fn bodies_are_json_of_any_charset_and_of_a_bounded_size() {
    let house = Pushed::start().await;
    let body = r#"{"userName":"a"}"#;
    for (kind, status) in [
        ("application/scim+json", 201),
        ("application/json; charset=utf-8", 409),
        ("Application/SCIM+JSON", 409),
        ("text/plain", 415),
        ("application/xml", 415),
    ] {
        let request = house.request(Method::POST, "/Users").header("content-type", kind);
        let said = house.send(request.body(body)).await;
        assert_eq!(said.status, status, "{kind}: {said:?}");
    }
    for body in ["", "{", "[]", "{\"userName\":\"b\"", "null"] {
        let request = house.request(Method::POST, "/Users");
        let said = house.send(request.body(body)).await;
        assert_eq!(said.refusal(), (400, "invalidSyntax"), "{body}");
    }
    let deep = format!("{{\"userName\":{}", "[".repeat(10_000));
    let said = house.send(house.request(Method::POST, "/Users").body(deep)).await;
    assert_eq!(said.refusal(), (400, "invalidSyntax"));
    let large = format!("{{\"userName\":\"{}\"}}", "x".repeat(11 * 1024 * 1024));
    let said = house
        .send(house.request(Method::POST, "/Users").body(large))
        .await;
    assert_eq!(said.refusal(), (413, ""));
}
