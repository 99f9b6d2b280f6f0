//! Outgoing requests over TLS: a private authority, HTTP/2, a proxy of the environment, what is refused.

pub(crate) mod peer;
mod proxy;

use std::path::PathBuf;

use axum::Router;
use axum::http::{StatusCode, header};
use axum::routing::get;
use serde_json::Value;
use throng::client::{Api, CallError, Limiter, Settings};
use throng::simulator::scim::{Options, start};

use crate::process::{run, throng};
use peer::Peer;
use proxy::Proxy;

/// The most of an answer that is read.
const CAP: usize = 1 << 20;

fn api(peer: &Peer, settings: &Settings) -> Api {
    Api::new(&peer.url("localhost"), Limiter::adaptive(), CAP, settings).unwrap()
}

fn trusting(peer: &Peer) -> Settings {
    Settings::trusting(Some(&peer.authority())).unwrap()
}

async fn ask(api: &Api, path: &str) -> Result<(StatusCode, usize), CallError> {
    let request = api.request(reqwest::Method::GET, &api.url(path))?;
    let answer = api.send(request, "test").await?;
    Ok((answer.status, answer.body.len()))
}

#[tokio::test]
async fn a_private_authority_is_trusted_where_it_is_named_and_http2_is_spoken() {
    let peer = Peer::serving(Router::new().route("/", get(|| async { "hello" }))).await;
    assert_eq!(
        ask(&api(&peer, &trusting(&peer)), "/").await,
        Ok((StatusCode::OK, 5))
    );
    assert_eq!(peer.versions(), ["h2"]);
    let refused = ask(&api(&peer, &Settings::default()), "/").await.unwrap_err();
    assert!(refused.to_string().contains("UnknownIssuer"), "{refused}");
    // Of another authority, though of one that signs the same names.
    let other = Peer::serving(Router::new()).await;
    let refused = ask(&api(&peer, &trusting(&other)), "/").await.unwrap_err();
    assert!(
        matches!(refused, CallError::Untrusted { .. }) && refused.to_string().contains("certificate"),
        "{refused}"
    );
}

#[tokio::test]
async fn a_private_authority_does_not_answer_for_other_names() {
    let peer = Peer::serving(Router::new()).await;
    let elsewhere = Api::new(&peer.url("127.0.0.1"), Limiter::adaptive(), CAP, &trusting(&peer)).unwrap();
    let refused = ask(&elsewhere, "/").await.unwrap_err();
    assert!(refused.to_string().contains("not valid for name"), "{refused}");
}

#[test]
fn a_file_without_a_certificate_is_no_authority() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("empty.pem");
    std::fs::write(&file, "nothing\n").unwrap();
    for (file, why) in [
        (file, "holds no certificate"),
        (PathBuf::from("/nowhere.pem"), "No such file"),
    ] {
        let refused = Settings::trusting(Some(&file)).unwrap_err();
        assert_eq!(refused.code(), "CLIENT_TLS");
        assert!(refused.to_string().contains(why), "{refused}");
    }
}

#[tokio::test]
async fn a_redirect_is_an_answer_and_is_not_followed() {
    let away = (StatusCode::FOUND, [(header::LOCATION, "/there")]);
    let router = Router::new()
        .route("/", get(move || async move { away }))
        .route("/there", get(|| async { "somebody else" }));
    let peer = Peer::serving(router).await;
    let told = ask(&api(&peer, &trusting(&peer)), "/").await;
    assert_eq!(told, Ok((StatusCode::FOUND, 0)));
}

#[tokio::test]
async fn an_answer_that_swells_is_read_up_to_the_cap_only() {
    // 64 MB of zeros, in 64 KB.
    let bomb = include_bytes!("zeros.gz");
    let router = Router::new()
        .route(
            "/bomb",
            get(move || async move { ([(header::CONTENT_ENCODING, "gzip")], &bomb[..]) }),
        )
        .route("/plain", get(|| async { vec![b' '; CAP + 1] }))
        .route("/fits", get(|| async { vec![b' '; CAP] }));
    let peer = Peer::serving(router).await;
    let api = api(&peer, &trusting(&peer));
    for path in ["/bomb", "/plain"] {
        let told = ask(&api, path).await;
        assert!(
            matches!(told, Err(CallError::TooLong { cap: CAP, .. })),
            "{path}: {told:?}"
        );
    }
    assert_eq!(ask(&api, "/fits").await, Ok((StatusCode::OK, CAP)));
}

/// The configuration of a SCIM source at a name that only the proxy knows.
fn configuration(url: &str, authority: &str) -> String {
    format!(
        "store = {{ engine = \"memory\" }}\n[[directory]]\nid = \"corp\"\n[directory.source]\nkind = \"scim\"\nurl = \"{url}/scim/v2\"\n\
         token = {{ value = \"{}\" }}\nca_file = \"{authority}\"\n",
        Options::default().token
    )
}

#[tokio::test]
async fn a_source_behind_a_proxy_with_a_private_authority_is_read() {
    let scim = start(Options::default()).await.unwrap();
    scim.tenant().keep_time(0);
    let peer = Peer::before(scim.url().trim_end_matches("/scim/v2")).await;
    let proxy = Proxy::to(peer.address()).await;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("throng.toml");
    let authority = peer.authority();
    std::fs::write(
        &file,
        configuration("https://idp.example", authority.to_str().unwrap()),
    )
    .unwrap();
    let check = |proxy: String, none: &'static str| {
        let mut command = throng();
        command.env("HTTPS_PROXY", proxy).env("NO_PROXY", none);
        command
            .args(["check", "--online", "--output", "json", "--config"])
            .arg(&file);
        command
    };
    let (code, out, err) = run(&mut check(proxy.url(), "")).await;
    assert_eq!(code, 0, "{out}{err}");
    let told: Value = serde_json::from_str(&out).unwrap();
    assert!(told.to_string().contains("read users"), "{told}");
    assert!(proxy.asked().iter().all(|asked| asked == "idp.example:443"));
    assert!(!proxy.asked().is_empty());
    assert!(
        peer.versions().iter().all(|version| *version == "h2"),
        "{:?}",
        peer.versions()
    );
    // Exempted from the proxy the name means nothing, and the proxy is left in peace.
    let before = proxy.asked().len();
    let (code, out, _) = run(&mut check(proxy.url(), "idp.example")).await;
    assert_eq!((code, proxy.asked().len()), (1, before), "{out}");
    assert!(out.contains("SOURCE_UNREACHABLE"), "{out}");
}
