//! A mail server that does as a test says: takes mails, refuses, puts off, hangs, with TLS from the start, later or never.

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncWrite, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;
use tokio_util::sync::{CancellationToken, DropGuard};
use tokio_util::task::TaskTracker;

use crate::tls::peer::vouched;

/// When TLS begins.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Tls {
    Never,
    Whole,
    Begun,
    /// As `Begun`, but the server says more than it was asked, before it.
    Injected,
}

/// A mail that was taken.
#[derive(Clone, Debug)]
pub(crate) struct Taken {
    pub(crate) from: String,
    pub(crate) to: Vec<String>,
    /// Head and text, as they came.
    pub(crate) data: String,
    pub(crate) account: Option<String>,
    pub(crate) secured: bool,
}

impl Taken {
    pub(crate) fn header(&self, name: &str) -> String {
        let (head, _) = self.data.split_once("\r\n\r\n").unwrap();
        let line = head
            .lines()
            .find_map(|line| line.strip_prefix(name)?.strip_prefix(": "));
        line.unwrap_or_else(|| panic!("no {name} in {head}")).to_owned()
    }

    /// The text, decoded.
    pub(crate) fn text(&self) -> String {
        let (_, body) = self.data.split_once("\r\n\r\n").unwrap();
        match self.header("Content-Transfer-Encoding").as_str() {
            "base64" => String::from_utf8(STANDARD.decode(body.replace("\r\n", "")).unwrap()).unwrap(),
            "quoted-printable" => unquoted(body),
            _ => body.to_owned(),
        }
    }
}

fn unquoted(body: &str) -> String {
    let joined = body.replace("=\r\n", "");
    let mut bytes = Vec::new();
    let mut rest = joined.as_bytes();
    while let Some((first, more)) = rest.split_first() {
        if *first == b'=' {
            let hex = std::str::from_utf8(&more[..2]).unwrap();
            bytes.push(u8::from_str_radix(hex, 16).unwrap());
            rest = &more[2..];
        } else {
            bytes.push(*first);
            rest = more;
        }
    }
    String::from_utf8(bytes).unwrap()
}

#[derive(Default)]
struct Says {
    /// Verb and what it is answered, once each, in this order; a reply of nothing is silence.
    script: VecDeque<(&'static str, &'static str)>,
    taken: Vec<Taken>,
    connections: usize,
}

/// Ends when it is dropped.
pub(crate) struct Post {
    address: SocketAddr,
    says: Arc<Mutex<Says>>,
    folder: tempfile::TempDir,
    tls: Tls,
    _stop: DropGuard,
}

impl Post {
    pub(crate) async fn with(tls: Tls, script: &[(&'static str, &'static str)]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let (authority, config) = vouched(None);
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("ca.pem"), authority).unwrap();
        let acceptor = TlsAcceptor::from(Arc::new(config));
        let says = Arc::new(Mutex::new(Says {
            script: script.iter().copied().collect(),
            ..Says::default()
        }));
        let (address, stop, tasks) = (
            listener.local_addr().unwrap(),
            CancellationToken::new(),
            TaskTracker::new(),
        );
        let (serving, inner, known) = (stop.clone(), tasks.clone(), Arc::clone(&says));
        tasks.spawn(async move {
            while let Some(Ok((stream, _))) = serving.run_until_cancelled(listener.accept()).await {
                let one = serve(stream, acceptor.clone(), tls, Arc::clone(&known));
                let stop = serving.clone();
                inner.spawn(async move { stop.run_until_cancelled(one).await });
            }
        });
        Self {
            address,
            says,
            folder,
            tls,
            _stop: stop.drop_guard(),
        }
    }

    /// `[smtp]` for it, with its account.
    pub(crate) fn section(&self) -> String {
        let port = self.address.port();
        let url = match self.tls {
            Tls::Never => format!("smtp://127.0.0.1:{port}"),
            Tls::Whole => format!("smtps://localhost:{port}"),
            Tls::Begun | Tls::Injected => format!("smtp://localhost:{port}?tls=required"),
        };
        let authority = match self.tls {
            Tls::Never => String::new(),
            _ => format!("ca_file = \"{}\"\n", self.authority().display()),
        };
        format!(
            "url = \"{url}\"\nfrom = \"throng <throng@corp.example>\"\nusername = \"throng\"\npassword = {{ value = \"s3cret\" }}\ntimeout = \"1s\"\n{authority}"
        )
    }

    pub(crate) fn authority(&self) -> PathBuf {
        self.folder.path().join("ca.pem")
    }

    pub(crate) fn taken(&self) -> Vec<Taken> {
        self.says.lock().unwrap().taken.clone()
    }

    pub(crate) fn connections(&self) -> usize {
        self.says.lock().unwrap().connections
    }

    /// What verbs are answered from now on, once each.
    pub(crate) fn say(&self, script: &[(&'static str, &'static str)]) {
        self.says.lock().unwrap().script.extend(script);
    }
}

async fn serve(stream: TcpStream, acceptor: TlsAcceptor, tls: Tls, says: Arc<Mutex<Says>>) -> Option<()> {
    says.lock().unwrap().connections += 1;
    if tls == Tls::Whole {
        let secured = acceptor.accept(stream).await.ok()?;
        return talk(secured, says, true, true).await;
    }
    let begins = matches!(tls, Tls::Begun | Tls::Injected);
    let injected = if tls == Tls::Injected {
        "250 injected\r\n"
    } else {
        ""
    };
    let mut stream = stream;
    if begins {
        stream.write_all(b"220 post\r\n").await.ok()?;
        let mut lines = BufReader::new(&mut stream);
        loop {
            let mut line = String::new();
            lines.read_line(&mut line).await.ok().filter(|read| *read > 0)?;
            if line.starts_with("EHLO") {
                lines
                    .write_all(b"250-post\r\n250-8BITMIME\r\n250 STARTTLS\r\n")
                    .await
                    .ok()?;
            } else if line.starts_with("STARTTLS") {
                lines
                    .write_all(format!("220 go\r\n{injected}").as_bytes())
                    .await
                    .ok()?;
                break;
            }
        }
        let secured = acceptor.accept(stream).await.ok()?;
        return talk(secured, says, true, false).await;
    }
    talk(stream, says, false, true).await
}

/// What one connection has said so far.
#[derive(Default)]
struct Heard {
    from: String,
    to: Vec<String>,
    account: Option<String>,
    secured: bool,
    greets: bool,
}

impl Heard {
    /// What a verb is answered where no script says otherwise; nothing where nothing is said.
    fn answer(&mut self, verb: &str, line: &str, says: &Mutex<Says>) -> &'static str {
        match verb {
            "CONNECT" if !self.greets => "",
            "CONNECT" => "220 post",
            "EHLO" => "250-post\r\n250-8BITMIME\r\n250 AUTH PLAIN LOGIN",
            "AUTH" if is_account(line) => {
                self.account = Some("throng".to_owned());
                "235 welcome"
            }
            "AUTH" => "535 5.7.8 no",
            "MAIL" => {
                self.from = bracketed(line);
                "250 ok"
            }
            "RCPT" => {
                self.to.push(bracketed(line));
                "250 ok"
            }
            "DATA" => "354 go on",
            "MESSAGE" => {
                let mail = Taken {
                    from: self.from.clone(),
                    to: std::mem::take(&mut self.to),
                    data: line.to_owned(),
                    account: self.account.clone(),
                    secured: self.secured,
                };
                says.lock().unwrap().taken.push(mail);
                "250 taken"
            }
            "QUIT" | "NOOP" => "250 ok",
            _ => "500 what?",
        }
    }
}

/// One talk; ends with its connection.
async fn talk(
    stream: impl AsyncRead + AsyncWrite + Unpin,
    says: Arc<Mutex<Says>>,
    secured: bool,
    greets: bool,
) -> Option<()> {
    let mut lines = BufReader::new(stream);
    let mut heard = Heard {
        secured,
        greets,
        ..Heard::default()
    };
    let scripted = |verb: &str| {
        let mut says = says.lock().unwrap();
        let fits = says.script.front().is_some_and(|(of, _)| *of == verb);
        fits.then(|| says.script.pop_front().unwrap().1)
    };
    let (mut verb, mut line) = ("CONNECT".to_owned(), String::new());
    loop {
        let reply = match scripted(&verb) {
            Some("") => std::future::pending().await,
            Some(reply) => reply,
            None => heard.answer(&verb, &line, &says),
        };
        if !reply.is_empty() {
            lines.write_all(format!("{reply}\r\n").as_bytes()).await.ok()?;
            lines.flush().await.ok()?;
        }
        line.clear();
        verb.clear();
        if reply.starts_with("354") {
            line = message(&mut lines).await?;
            verb.push_str("MESSAGE");
            continue;
        }
        lines.read_line(&mut line).await.ok().filter(|read| *read > 0)?;
        verb.push_str(line.split([' ', '\r']).next().unwrap());
    }
}

/// All up to the dot.
async fn message(lines: &mut (impl AsyncBufReadExt + Unpin)) -> Option<String> {
    let mut all = String::new();
    loop {
        let mut line = String::new();
        lines.read_line(&mut line).await.ok().filter(|read| *read > 0)?;
        if line == ".\r\n" {
            return Some(all);
        }
        all.push_str(line.strip_prefix('.').unwrap_or(&line));
    }
}

/// Whether `AUTH PLAIN` names the account.
fn is_account(line: &str) -> bool {
    let coded = line.strip_prefix("AUTH PLAIN ").map(str::trim);
    let decoded = coded.and_then(|coded| STANDARD.decode(coded).ok());
    decoded.as_deref() == Some(b"\0throng\0s3cret")
}

fn bracketed(line: &str) -> String {
    let (_, rest) = line.split_once('<').unwrap();
    rest.split_once('>').unwrap().0.to_owned()
}
