//! What goes wrong between throng and any source: no name, nobody there, no TLS, a certificate that is not good.

use std::net::TcpListener as Blocking;
use std::path::PathBuf;
use std::sync::Arc;

use tokio::io::AsyncWriteExt;
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;
use tokio_util::sync::{CancellationToken, DropGuard};
use tokio_util::task::TaskTracker;

use super::row::Row;
use crate::tls::peer::vouched;

/// A server that gets as far as its greeting; ends when it is dropped.
struct Front {
    port: u16,
    authority: PathBuf,
    _folder: tempfile::TempDir,
    _stop: DropGuard,
}

/// How a server greets.
#[derive(Clone, Copy)]
enum Greeting {
    /// In plain words.
    Plain,
    /// With a certificate of its own authority, good until this year.
    Tls(Option<i32>),
}

impl Front {
    async fn greeting(how: Greeting) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let (port, stop) = (listener.local_addr().unwrap().port(), CancellationToken::new());
        let until = if let Greeting::Tls(until) = how {
            until
        } else {
            None
        };
        let (authority, config) = vouched(until);
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("ca.pem"), authority).unwrap();
        let (acceptor, tasks) = (TlsAcceptor::from(Arc::new(config)), TaskTracker::new());
        let (serving, connections) = (stop.clone(), tasks.clone());
        tasks.spawn(async move {
            while let Some(Ok((mut stream, _))) = serving.run_until_cancelled(listener.accept()).await {
                let acceptor = acceptor.clone();
                connections.spawn(async move {
                    match how {
                        Greeting::Plain => stream.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n").await.ok(),
                        // Who does not like the certificate goes away.
                        Greeting::Tls(_) => acceptor.accept(stream).await.ok().map(drop),
                    }
                });
            }
        });
        Self {
            port,
            authority: folder.path().join("ca.pem"),
            _folder: folder,
            _stop: stop.drop_guard(),
        }
    }
}

/// A row for each; `at` writes the source at an address (`https://…`), with more keys.
pub(super) async fn rows(of: &'static str, at: impl Fn(&str, &str) -> String) -> Vec<Row> {
    let closed = Blocking::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let plain = Front::greeting(Greeting::Plain).await;
    let expired = Front::greeting(Greeting::Tls(Some(2020))).await;
    let unknown = Front::greeting(Greeting::Tls(None)).await;
    let authority = format!("ca_file = \"{}\"\n", expired.authority.display());
    let url = |front: &Front| format!("https://localhost:{}", front.port);
    let (remedy, unreachable) = ("the name in the message", "SOURCE_UNREACHABLE");
    vec![
        Row::new(of, "refused", at(&format!("http://{closed}"), "")).expect(
            unreachable,
            &["127.0.0.1", "refused", "nobody listens there"],
            remedy,
        ),
        Row::new(of, "name", at("https://idp.invalid", "")).expect(
            unreachable,
            &["idp.invalid", "DNS", "spelling"],
            remedy,
        ),
        Row::new(of, "no TLS", at(&url(&plain), "")).keep(plain).expect(
            unreachable,
            &["localhost", "speak TLS", "port"],
            remedy,
        ),
        Row::new(of, "server expired", at(&url(&expired), &authority))
            .keep(expired)
            .expect("SOURCE_SERVER_EXPIRED", &["localhost", "xpired"], "renewed"),
        Row::new(of, "server untrusted", at(&url(&unknown), ""))
            .keep(unknown)
            .expect(
                "SOURCE_UNTRUSTED",
                &["localhost", "UnknownIssuer", "`ca_file`"],
                "ca_file",
            ),
    ]
}
