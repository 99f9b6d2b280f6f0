//! The daemon under measurement, in a process of its own, on a store on disk.

use std::fs::File;
use std::io::Write;
use std::net::{TcpListener, TcpStream};
use std::process::{Child, Command};
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};
use tempfile::TempDir;

use crate::client::median;

pub const TOKEN: &str = "a-token-for-the-benchmark";

/// A daemon that dies with us.
pub struct Server {
    child: Child,
    folder: TempDir,
    pub port: u16,
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

impl Server {
    pub fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let [crowd, port, admin] = [(); 3].map(|()| free_port());
        let file = folder.path().join("throng.toml");
        let data = folder.path().join("data");
        let text = format!(
            r#"
[store]
path = "{}"
[crowd]
listen = "127.0.0.1:{crowd}"
[scim]
listen = "127.0.0.1:{port}"
[admin]
listen = "127.0.0.1:{admin}"
[[directory]]
id = "corp"
[directory.source]
kind = "scim-push"
tokens = [ {{ name = "bench", secret = {{ value = "{TOKEN}" }} }} ]
[[application]]
name = "jira"
password = {{ value = "secret" }}
directories = ["corp"]
"#,
            data.display()
        );
        std::fs::write(&file, text).unwrap();
        let child = Command::new(env!("CARGO_BIN_EXE_throng"))
            .args(["serve", "--config"])
            .arg(&file)
            .env("THRONG_LOG", "warn")
            .spawn()
            .unwrap();
        let server = Self { child, folder, port };
        while TcpStream::connect(("127.0.0.1", port)).is_err() {
            std::thread::sleep(Duration::from_millis(2));
        }
        server
    }

    /// What is in memory now, in megabytes.
    pub fn memory(&self) -> u64 {
        self.status("VmRSS")
    }

    /// The most that ever was.
    pub fn peak(&self) -> u64 {
        self.status("VmHWM")
    }

    /// How long the disk itself takes for one small durable write.
    pub fn durable_write(&self) -> Duration {
        let mut file = File::create(self.folder.path().join("probe")).unwrap();
        median(101, |_| {
            file.write_all(&[7; 4096]).unwrap();
            file.sync_data().unwrap();
        })
    }

    pub fn stop(mut self) {
        let id = i32::try_from(self.child.id()).ok().and_then(Pid::from_raw);
        kill_process(id.unwrap(), Signal::TERM).unwrap();
        assert!(
            self.child.wait().unwrap().success(),
            "the daemon did not end well"
        );
    }

    fn status(&self, key: &str) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap();
        let line = status.lines().find(|line| line.starts_with(key)).unwrap();
        line.split_whitespace().nth(1).unwrap().parse::<u64>().unwrap() / 1024
    }
}

fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
        .port()
}
