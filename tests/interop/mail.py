"""A mail server nobody here wrote (aiosmtpd) takes throng's mails over STARTTLS, signed in; Python's own library reads them.

Puts off the first mail, as greylisting does, and counts that none is lost and none comes twice over a restart.
"""

import email
import email.policy
import json
import os
import socket
import ssl
import subprocess
import tempfile
import time
from pathlib import Path

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, LoginPassword

THRONG = os.environ["THRONG"]
ACCOUNT = LoginPassword(b"throng", b"pa:ss w\xc3\xb6rd")


class Post:
    """Takes mails; the first recipient of each address is asked to come again."""

    def __init__(self):
        self.put_off, self.taken = set(), []

    async def handle_RCPT(self, server, session, envelope, address, options):
        if address not in self.put_off:
            self.put_off.add(address)
            return "451 4.7.1 greylisted"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        assert session.ssl is not None and session.authenticated
        self.taken.append((envelope.mail_from, envelope.rcpt_tos, envelope.content))
        return "250 taken"


def authenticate(server, session, envelope, mechanism, data):
    return AuthResult(success=data == ACCOUNT, handled=False)


def certificate(folder):
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost",
         "-addext", "subjectAltName=DNS:localhost", "-addext", "basicConstraints=critical,CA:FALSE",
         "-keyout", folder / "key.pem", "-out", folder / "cert.pem"],
        check=True, capture_output=True)
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(folder / "cert.pem", folder / "key.pem")
    return context


def configuration(folder, port, admin):
    source = folder / "source"
    source.mkdir()
    users = [{"id": f"u{n}", "userName": f"user{n}", "active": True, "meta": {"created": "2020-01-01T00:00:00Z"}}
             for n in range(3)]
    (source / "users.jsonl").write_text("".join(json.dumps(user) + "\n" for user in users))
    (source / "groups.jsonl").write_text('{"id": "g1", "displayName": "staff"}\n')
    file = folder / "throng.toml"
    file.write_text(f'''
store = {{ engine = "sled", path = "{folder}/data" }}
crowd = {{ listen = "127.0.0.1:0" }}
[admin]
listen = "127.0.0.1:{admin}"
tokens = [ {{ name = "interop", secret = {{ env = "THRONG_ADMIN_TOKEN" }}, scopes = ["*"] }} ]
[smtp]
url = "smtp://localhost:{port}?tls=required"
from = "thröng <throng@corp.example>"
username = "throng"
password = {{ env = "SMTP_PASSWORD" }}
ca_file = "{folder}/cert.pem"
[notify]
administrators = ["ops@corp.example", "boss@corp.example"]
report = {{ subject = "Räumung {{policy}}: {{what}}", text = ".\\n{{what}}\\n{{users}}\\n" }}
[[directory]]
id = "corp"
source = {{ kind = "file", path = "{source}", settle = "0s" }}
[[cleanup]]
name = "stale"
inactive_for = "90d"
evidence = ["source"]
notify = {{ reports = true }}
''')
    return file


def free_port():
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        return held.getsockname()[1]


def throng(file, *words):
    done = subprocess.run([THRONG, *words, "--config", file], capture_output=True, text=True, check=False)
    return done.returncode, done.stdout + done.stderr


def until(what, ready):
    for _ in range(600):
        found = ready()
        if found:
            return found
        time.sleep(0.1)
    raise AssertionError(f"{what} did not come within a minute")


def serve(file, log):
    daemon = subprocess.Popen([THRONG, "serve", "--config", file], stdout=log, stderr=log)
    until("the daemon", lambda: throng(file, "plan", "list")[0] == 0)
    return daemon


def states(file):
    code, out = throng(file, "--output", "json", "notices")
    assert code == 0, out
    return sorted(notice["state"] for notice in json.loads(out)["notices"])


def main():
    os.environ["SMTP_PASSWORD"] = ACCOUNT.password.decode()
    with tempfile.TemporaryDirectory() as name:
        folder, post = Path(name), Post()
        port, admin = free_port(), free_port()
        server = Controller(post, hostname="127.0.0.1", port=port, tls_context=certificate(folder),
                            require_starttls=True, auth_required=True, authenticator=authenticate)
        server.start()
        file = configuration(folder, port, admin)
        code, out = throng(file, "check", "--online")
        assert code == 0 and "takes mail over TLS, with its account" in out, out
        os.environ["SMTP_PASSWORD"] = "guess"
        code, out = throng(file, "check", "--online")
        assert code == 1 and "SMTP_SIGN_IN" in out, out
        os.environ["SMTP_PASSWORD"] = ACCOUNT.password.decode()
        with open(folder / "serve.log", "w", encoding="utf-8") as log:
            daemon = serve(file, log)
            code, out = throng(file, "sync", "corp")
            assert code == 0, out
            code, out = throng(file, "cleanup", "stale")
            assert code == 0, out
            until("both refusals", lambda: len(post.put_off) == 2)
            daemon.kill()  # in the middle of it
            daemon.wait()
            daemon = serve(file, log)
            until("both mails", lambda: states(file) == ["sent", "sent"])
            daemon.terminate()
            daemon.wait()
        server.stop()
        assert sorted(to for _, to, _ in post.taken) == [["boss@corp.example"], ["ops@corp.example"]], post.taken
        for sender, _, content in post.taken:
            mail = email.message_from_bytes(content, policy=email.policy.default)
            assert sender == "throng@corp.example" and mail["From"].addresses[0].display_name == "thröng"
            assert mail["Subject"].startswith("Räumung stale: a report, as the mode"), mail["Subject"]
            text = mail.get_content().replace("\r\n", "\n")
            assert text.startswith(".\na report, as the mode; nothing was changed\n"), text
            assert mail["Auto-Submitted"] == "auto-generated" and mail["Message-ID"].endswith("@corp.example>")
            assert not mail.defects, mail.defects
    print("aiosmtpd took each mail once")


if __name__ == "__main__":
    main()
