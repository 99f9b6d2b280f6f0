//! The demo's parts: company, configuration, daemon, client.

use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::Path;
use std::sync::Arc;

use anyhow::{Context, Result};

use super::{Demo, Say};
use crate::app::Daemon;
use crate::app::secrets::generate_token;
use crate::client;
use crate::clock::SystemClock;
use crate::config::Config;
use crate::secret::Secret;
use crate::simulator::entra::{Options, Running, start};
use crate::simulator::jira::Jira;

/// The password of the demo's application; the listener is on loopback.
const PASSWORD: &str = "demo-password";

pub(super) async fn begin(users: usize, say: Say<'_>) -> Result<Demo> {
    let options = Options {
        listen: usual(8090),
        users,
        groups: users.div_ceil(10),
        memberships: users * 5,
        ..Options::default()
    };
    let secret = options.client_secret.clone();
    let company = start(options)
        .await
        .context("the simulated Entra ID does not start")?;
    let folder = tempfile::tempdir().context("no temporary folder for the store")?;
    let (admin_token, _) = generate_token()?;
    let text = configuration(&company, &secret, folder.path(), admin_token.expose());
    let config = Config::parse(&text, Path::new("demo"))?;
    let daemon = Daemon::start(&config, Arc::new(SystemClock)).await?;
    let jira = Jira::new(
        client::build_direct()?,
        daemon.crowd_url(),
        "jira",
        Secret::new(PASSWORD),
    );
    say(format!(
        "a simulated company of {users} people is at {}, throng's Crowd service at {}",
        company.url(),
        daemon.crowd_url()
    ));
    say(format!(
        "admin API at http://{}/api/v1, bearer token `{}`",
        daemon.admin(),
        admin_token.expose()
    ));
    Ok(Demo {
        admin_token: admin_token.expose().to_owned(),
        company,
        daemon,
        jira,
        _folder: folder,
    })
}

/// The usual port on loopback, or any free one while it is taken.
fn usual(port: u16) -> SocketAddr {
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    match TcpListener::bind(address) {
        Ok(_) => address,
        Err(_) => SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
    }
}

/// What an administrator would write for this company.
fn configuration(company: &Running, secret: &str, folder: &Path, admin_token: &str) -> String {
    let options = Options::default();
    format!(
        r#"
        [store]
        path = "{path}"
        [crowd]
        listen = "{crowd}"
        [admin]
        listen = "{admin}"
        tokens = [ {{ name = "demo", secret = {{ value = "{admin_token}" }}, scopes = ["*"] }} ]
        [[directory]]
        id = "corp"
        [directory.source]
        kind = "entra"
        tenant = "{tenant}"
        client_id = "{client}"
        client_secret = {{ value = "{secret}" }}
        login_url = "{url}"
        graph_url = "{url}"
        [[application]]
        name = "jira"
        password = {{ value = "{PASSWORD}" }}
        directories = ["corp"]
        "#,
        path = folder.join("data").display(),
        crowd = usual(8095),
        admin = usual(8097),
        tenant = options.tenant,
        client = options.client_id,
        url = company.url(),
    )
}

/// What a person can do next.
pub(super) fn farewell(demo: &Demo, say: Say<'_>) {
    let url = demo.daemon.crowd_url();
    say(format!(
        "a Crowd client may use {url}, application `jira`, password `{PASSWORD}`, for example:"
    ));
    say(format!(
        "  curl -u jira:{PASSWORD} '{url}/rest/usermanagement/1/search?entity-type=user&max-results=3&expand=user'"
    ));
    say("change the company, let throng read it, look again:".to_owned());
    say(format!(
        "  curl {}/_control/edit -d '{{\"do\": \"create-user\", \"name\": \"new.person\"}}'",
        demo.company.url()
    ));
    say(format!(
        "  curl -X POST -H 'Authorization: Bearer {}' http://{}/api/v1/directories/corp/sync",
        demo.admin_token,
        demo.daemon.admin()
    ));
}
