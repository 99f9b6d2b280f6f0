//! A real OpenLDAP, started by a test on this machine with a folder of its own; `None`, said aloud, where it is not installed.

use std::fmt::Write as _;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use tempfile::TempDir;
use throng::connector::conformance::Picture;
use throng::model::MemberKind;

use crate::ports::own_port;

/// Below what everything is.
pub(super) const BASE: &str = "dc=corp,dc=example";
/// The account that reads.
pub(super) const READER: &str = "cn=throng,dc=corp,dc=example";
/// Its password, and everybody's.
pub(super) const PASSWORD: &str = "a-password-of-tests";
const ADMIN: &str = "cn=admin,dc=corp,dc=example";
const SLAPD: &str = "/usr/sbin/slapd";

/// The server, ended when it is dropped.
pub(super) struct Slapd {
    child: Child,
    pub(super) folder: TempDir,
    pub(super) port: u16,
    pub(super) tls_port: u16,
}

impl Drop for Slapd {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

/// What differs between servers.
pub(super) struct Options {
    pub(super) users: usize,
    pub(super) syncprov: bool,
    /// Deletions are remembered, so that they can be told.
    pub(super) log: bool,
    pub(super) limits: &'static str,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            users: 60,
            syncprov: true,
            log: true,
            limits: "limits dn.exact=\"cn=throng,dc=corp,dc=example\" size=unlimited time=unlimited",
        }
    }
}

fn run(command: &mut Command) -> String {
    let output = command.output().unwrap();
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(
        output.status.success(),
        "{text}{}",
        String::from_utf8_lossy(&output.stderr)
    );
    text
}

impl Slapd {
    #[expect(clippy::print_stderr, reason = "a test that skips itself says so")]
    pub(super) fn start(options: &Options) -> Option<Self> {
        if !Path::new(SLAPD).exists() || Command::new("ldapsearch").arg("-VV").output().is_err() {
            eprintln!("skipped: slapd and ldap-utils are not installed");
            return None;
        }
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path();
        std::fs::create_dir(path.join("db")).unwrap();
        certificates(path);
        std::fs::write(path.join("slapd.conf"), configuration(path, options)).unwrap();
        std::fs::write(path.join("all.ldif"), company(options.users)).unwrap();
        run(Command::new("/usr/sbin/slapadd")
            .args(["-q", "-w", "-f"])
            .arg(path.join("slapd.conf"))
            .arg("-l")
            .arg(path.join("all.ldif")));
        let (port, tls_port) = (own_port(), own_port());
        let child = Command::new(SLAPD)
            .arg("-h")
            .arg(format!("ldap://127.0.0.1:{port} ldaps://127.0.0.1:{tls_port}"))
            .arg("-f")
            .arg(path.join("slapd.conf"))
            .args(["-d", "0"])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let began = Instant::now();
        while std::net::TcpStream::connect(("127.0.0.1", port)).is_err() {
            assert!(began.elapsed() < Duration::from_secs(30), "slapd does not start");
            std::thread::yield_now();
        }
        Some(Self {
            child,
            folder,
            port,
            tls_port,
        })
    }

    /// Ends the server.
    pub(super) fn stop(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    pub(super) fn url(&self) -> String {
        format!("ldap://127.0.0.1:{}", self.port)
    }

    /// Changes, as LDIF, made by OpenLDAP's own tool.
    pub(super) fn change(&self, ldif: &str) {
        let file = self.folder.path().join("change.ldif");
        std::fs::write(&file, ldif).unwrap();
        run(Command::new("ldapmodify")
            .args([
                "-x",
                "-H",
                &self.url(),
                "-D",
                ADMIN,
                "-w",
                PASSWORD,
                "-e",
                "relax",
                "-f",
            ])
            .arg(file));
    }

    /// What OpenLDAP's own tool finds: each entry's attributes, the name as `dn`.
    pub(super) fn search(&self, filter: &str, attributes: &[&str]) -> Vec<Vec<(String, String)>> {
        let text = run(Command::new("ldapsearch")
            .args(["-x", "-LLL", "-o", "ldif-wrap=no", "-H", &self.url(), "-D", ADMIN])
            .args(["-w", PASSWORD, "-b", BASE, filter])
            .args(attributes));
        let blocks = text.split("\n\n").filter(|block| !block.trim().is_empty());
        blocks
            .map(|block| block.lines().filter_map(line).collect())
            .collect()
    }

    /// What a complete, correct reader would see, by OpenLDAP's own tool.
    pub(super) fn truth(&self) -> Picture {
        let mut picture = Picture::default();
        let mut names = std::collections::BTreeMap::new();
        let one = |entry: &[(String, String)], name: &str| {
            let found = entry.iter().find(|(own, _)| own == name);
            found.map(|(_, value)| value.clone()).unwrap_or_default()
        };
        for entry in self.search(
            "(objectClass=inetOrgPerson)",
            &["entryUUID", "uid", "pwdAccountLockedTime"],
        ) {
            let id = one(&entry, "entryUUID");
            let active = one(&entry, "pwdAccountLockedTime") != "000001010000Z";
            names.insert(folded(&one(&entry, "dn")), (MemberKind::User, id.clone()));
            picture
                .users
                .insert(id.as_str().into(), (active, one(&entry, "uid")));
        }
        let groups = self.search("(objectClass=groupOfNames)", &["entryUUID", "cn", "member"]);
        for entry in &groups {
            let id = one(entry, "entryUUID");
            names.insert(folded(&one(entry, "dn")), (MemberKind::Group, id.clone()));
            picture.groups.insert(id.as_str().into(), one(entry, "cn"));
        }
        for entry in &groups {
            let group = one(entry, "entryUUID");
            for (_, member) in entry.iter().filter(|(name, _)| name == "member") {
                if let Some((kind, id)) = names.get(&folded(member)) {
                    picture
                        .edges
                        .insert((group.as_str().into(), id.as_str().into(), *kind));
                }
            }
        }
        picture
    }
}

/// OpenLDAP tells the names of members as they were written, with their case, spaces and escapes.
fn folded(dn: &str) -> String {
    let dn = dn.to_lowercase().replace("  ", " ");
    dn.replace("\\,", "\\2c")
        .replace("\\+", "\\2b")
        .replace('\u{e9}', "\\c3\\a9")
}

fn line(line: &str) -> Option<(String, String)> {
    if let Some((name, value)) = line.split_once(":: ") {
        let value = String::from_utf8(STANDARD.decode(value).unwrap()).unwrap();
        return Some((name.to_owned(), value));
    }
    let (name, value) = line.split_once(": ")?;
    Some((name.to_owned(), value.to_owned()))
}

/// An authority of our own, and one more that has nothing to do with the server.
fn certificates(path: &Path) {
    for (name, server) in [("ca", true), ("other", false)] {
        let key = KeyPair::generate().unwrap();
        let mut authority = CertificateParams::new(Vec::new()).unwrap();
        authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        authority.distinguished_name.push(rcgen::DnType::CommonName, name);
        let certificate = authority.self_signed(&key).unwrap();
        std::fs::write(path.join(format!("{name}.pem")), certificate.pem()).unwrap();
        if server {
            let own = KeyPair::generate().unwrap();
            let names = vec!["127.0.0.1".to_owned(), "localhost".to_owned()];
            let signed = CertificateParams::new(names).unwrap();
            let signed = signed.signed_by(&own, &Issuer::new(authority, key)).unwrap();
            std::fs::write(path.join("server.pem"), signed.pem()).unwrap();
            std::fs::write(path.join("server.key"), own.serialize_pem()).unwrap();
        }
    }
}

fn configuration(path: &Path, options: &Options) -> String {
    let path = path.display();
    let overlay = match (options.syncprov, options.log) {
        (false, _) => "",
        (true, false) => "overlay syncprov\n",
        (true, true) => "overlay syncprov\nsyncprov-sessionlog 10000\n",
    };
    format!(
        r#"
include /etc/ldap/schema/core.schema
include /etc/ldap/schema/cosine.schema
include /etc/ldap/schema/inetorgperson.schema
include /etc/ldap/schema/nis.schema
modulepath /usr/lib/ldap
moduleload back_mdb
moduleload syncprov
moduleload ppolicy
moduleload lastbind
pidfile {path}/pid
TLSCertificateFile {path}/server.pem
TLSCertificateKeyFile {path}/server.key
TLSCACertificateFile {path}/ca.pem
database mdb
suffix "{BASE}"
rootdn "{ADMIN}"
rootpw {PASSWORD}
directory {path}/db
maxsize 268435456
dbnosync
index objectClass,entryUUID,entryCSN,uid,member eq
{limits}
access to attrs=userPassword by anonymous auth by * none
access to * by dn.exact="{READER}" read by * none
{overlay}overlay ppolicy
overlay lastbind
"#,
        limits = options.limits,
    )
}

/// The name of a user: each seventh has signs in it that names escape.
pub(super) fn user(number: usize) -> String {
    if number.is_multiple_of(7) {
        format!("cn=User\\, no. {number} \\+ \u{e9},ou=people,{BASE}")
    } else {
        format!("uid=u{number},ou=people,{BASE}")
    }
}

/// Groups of ten, in groups of ten, the last ones of which contain each other.
fn company(users: usize) -> String {
    let mut ldif = format!(
        "dn: {BASE}\nobjectClass: dcObject\nobjectClass: organization\ndc: corp\no: Corp\n\n\
         dn: {READER}\nobjectClass: organizationalRole\nobjectClass: simpleSecurityObject\ncn: throng\nuserPassword: {PASSWORD}\n\n\
         dn: ou=people,{BASE}\nobjectClass: organizationalUnit\nou: people\n\n\
         dn: ou=groups,{BASE}\nobjectClass: organizationalUnit\nou: groups\n\n"
    );
    for number in 0..users {
        let dn = STANDARD.encode(user(number));
        let cn = if number.is_multiple_of(7) {
            format!("User, no. {number} + \u{e9}")
        } else {
            format!("User {number}")
        };
        writeln!(
            ldif,
            "dn:: {dn}\nobjectClass: inetOrgPerson\nuid: u{number}\ncn:: {}\nsn: Number {number}\nmail: u{number}@corp.example\nuserPassword: {PASSWORD}\n",
            STANDARD.encode(cn)
        )
        .unwrap();
    }
    for group in 0..users / 10 {
        writeln!(
            ldif,
            "dn: cn=team {group},ou=groups,{BASE}\nobjectClass: groupOfNames\ncn: team {group}"
        )
        .unwrap();
        for member in 0..10 {
            // Whoever wrote it did not mind spaces and case.
            let dn = user(group * 10 + member).replace(",ou=people", ",OU=People");
            writeln!(ldif, "member:: {}", STANDARD.encode(dn)).unwrap();
        }
        ldif.push('\n');
    }
    for group in 0..=(users / 100) {
        writeln!(
            ldif,
            "dn: cn=unit {group},ou=groups,{BASE}\nobjectClass: groupOfNames\ncn: unit {group}"
        )
        .unwrap();
        for team in (group * 10..group * 10 + 10).filter(|team| *team < users / 10) {
            writeln!(ldif, "member: cn=Team  {team},ou=groups,{BASE}").unwrap();
        }
        writeln!(
            ldif,
            "member: cn=unit 0,ou=groups,{BASE}\nmember: cn=nobody,ou=people,{BASE}\n"
        )
        .unwrap();
    }
    ldif
}
