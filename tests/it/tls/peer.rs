//! A TLS server with an authority of its own, for `localhost` and `idp.example`; notes what was agreed on.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::Request;
use axum::response::Response;
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::service::TowerToHyperService;
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair, date_time_ymd};
use rustls::pki_types::PrivateKeyDer;
use rustls::{ServerConfig, crypto};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;
use tokio_util::sync::{CancellationToken, DropGuard};
use tokio_util::task::TaskTracker;

/// Ends when it is dropped.
pub(super) struct Peer {
    address: SocketAddr,
    folder: tempfile::TempDir,
    versions: Arc<Mutex<Vec<&'static str>>>,
    _stop: DropGuard,
}

impl Peer {
    pub(super) async fn serving(router: Router) -> Self {
        let (authority, config) = certified();
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("ca.pem"), authority).unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let (address, stop) = (listener.local_addr().unwrap(), CancellationToken::new());
        let versions = Arc::<Mutex<Vec<_>>>::default();
        let (acceptor, noted, tasks) = (
            TlsAcceptor::from(Arc::new(config)),
            Arc::clone(&versions),
            TaskTracker::new(),
        );
        let serving = stop.clone();
        let connections = tasks.clone();
        tasks.spawn(async move {
            while let Some(Ok((stream, _))) = serving.run_until_cancelled(listener.accept()).await {
                let one = talk(acceptor.clone(), stream, router.clone(), Arc::clone(&noted));
                let stop = serving.clone();
                connections.spawn(async move { stop.run_until_cancelled(one).await });
            }
        });
        Self {
            address,
            folder,
            versions,
            _stop: stop.drop_guard(),
        }
    }

    /// Hands all that it is asked to a plain server of this machine.
    pub(super) async fn before(plain: &str) -> Self {
        let (http, plain) = (throng::client::build_direct().unwrap(), plain.to_owned());
        let pass = move |request: Request| {
            let (http, plain) = (http.clone(), plain.clone());
            async move {
                let path = request.uri().path_and_query().unwrap().to_string();
                let (head, body) = request.into_parts();
                let mut passed = http.request(head.method, format!("{plain}{path}"));
                for name in ["authorization", "content-type", "accept"] {
                    if let Some(value) = head.headers.get(name) {
                        passed = passed.header(name, value);
                    }
                }
                let body = to_bytes(body, 1 << 20).await.unwrap();
                let answer = passed.body(body).send().await.unwrap();
                let mut response = Response::builder().status(answer.status());
                for (name, value) in answer
                    .headers()
                    .iter()
                    .filter(|(name, _)| *name != "transfer-encoding")
                {
                    response = response.header(name, value);
                }
                let stream = answer.bytes_stream();
                response.body(Body::from_stream(stream)).unwrap()
            }
        };
        Self::serving(Router::new().fallback(pass)).await
    }

    pub(super) fn address(&self) -> SocketAddr {
        self.address
    }

    /// Its address under one of its names.
    pub(super) fn url(&self, name: &str) -> String {
        format!("https://{name}:{}", self.address.port())
    }

    /// The file of its authority.
    pub(super) fn authority(&self) -> PathBuf {
        self.folder.path().join("ca.pem")
    }

    /// What each connection agreed on so far.
    pub(super) fn versions(&self) -> Vec<&'static str> {
        self.versions.lock().unwrap().clone()
    }
}

/// One connection, to its end.
async fn talk(
    acceptor: TlsAcceptor,
    stream: TcpStream,
    router: Router,
    noted: Arc<Mutex<Vec<&'static str>>>,
) {
    // Who does not like the certificate goes away.
    let Ok(stream) = acceptor.accept(stream).await else {
        return;
    };
    let by_two = stream.get_ref().1.alpn_protocol() == Some(b"h2");
    noted.lock().unwrap().push(if by_two { "h2" } else { "http/1.1" });
    let (io, service) = (TokioIo::new(stream), TowerToHyperService::new(router));
    // A client that leaves is no error here.
    if by_two {
        hyper::server::conn::http2::Builder::new(TokioExecutor::new())
            .serve_connection(io, service)
            .await
            .ok();
    } else {
        hyper::server::conn::http1::Builder::new()
            .serve_connection(io, service)
            .await
            .ok();
    }
}

/// A new authority as PEM, with a server that it vouches for.
fn certified() -> (String, ServerConfig) {
    let (authority, mut config) = vouched(None);
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    (authority, config)
}

/// The same without a word on versions of HTTP; its certificate ends in this year.
pub(crate) fn vouched(until: Option<i32>) -> (String, ServerConfig) {
    let mut params = CertificateParams::default();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let authority = CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap();
    let key = KeyPair::generate().unwrap();
    let names = ["localhost".to_owned(), "idp.example".to_owned()];
    let mut params = CertificateParams::new(names).unwrap();
    if let Some(year) = until {
        params.not_after = date_time_ymd(year, 1, 1);
    }
    let certificate = params.signed_by(&key, &authority).unwrap();
    let key = PrivateKeyDer::Pkcs8(key.serialize_der().into());
    let config = ServerConfig::builder_with_provider(Arc::new(crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate.der().clone()], key)
        .unwrap();
    (authority.pem(), config)
}
