//! Bare sockets: a client that only counts, and a server that only copies.

use std::io::Write as _;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::thread;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

const CHUNK: usize = 64 * 1024;

/// An answer of the Crowd face, as it came.
pub(super) async fn get(address: SocketAddr, path: &str) -> Vec<u8> {
    let mut stream = TcpStream::connect(address).await.unwrap();
    let basic = STANDARD.encode("jira:bench");
    let request = format!(
        "GET /crowd/rest/usermanagement/1{path} HTTP/1.1\r\nhost: x\r\nauthorization: Basic {basic}\r\nconnection: close\r\n\r\n"
    );
    stream.write_all(request.as_bytes()).await.unwrap();
    rest(&mut stream).await
}

/// The body of an answer.
pub(super) fn body(answer: &[u8]) -> Vec<u8> {
    let head = answer.windows(4).position(|end| end == b"\r\n\r\n").unwrap();
    let text = String::from_utf8_lossy(&answer[..head]).to_lowercase();
    assert!(text.starts_with("http/1.1 200"), "{text}");
    if text.contains("transfer-encoding: chunked") {
        unchunk(&answer[head + 4..])
    } else {
        answer[head + 4..].to_vec()
    }
}

fn unchunk(mut rest: &[u8]) -> Vec<u8> {
    let mut body = Vec::with_capacity(rest.len());
    loop {
        let end = rest.windows(2).position(|end| end == b"\r\n").unwrap();
        let size = usize::from_str_radix(std::str::from_utf8(&rest[..end]).unwrap(), 16).unwrap();
        if size == 0 {
            return body;
        }
        body.extend_from_slice(&rest[end + 2..end + 2 + size]);
        rest = &rest[end + 4 + size..];
    }
}

/// Sends `body` to whoever connects, in chunks as large as the face's.
pub(super) fn copier(body: Vec<u8>) -> SocketAddr {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let address = listener.local_addr().unwrap();
    thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            stream.set_nodelay(true).unwrap();
            for chunk in body.chunks(CHUNK) {
                stream.write_all(chunk).unwrap();
            }
        }
    });
    address
}

/// Everything that the copier sends.
pub(super) async fn read_all(address: SocketAddr) -> Vec<u8> {
    rest(&mut TcpStream::connect(address).await.unwrap()).await
}

async fn rest(stream: &mut TcpStream) -> Vec<u8> {
    let mut all = Vec::with_capacity(64 << 20);
    stream.read_to_end(&mut all).await.unwrap();
    all
}
