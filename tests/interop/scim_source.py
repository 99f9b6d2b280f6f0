"""A SCIM server that nobody here wrote (scim2-server), filled, then read by throng by index and by cursors."""

import json
import os
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path

THRONG = os.environ["THRONG"]
SERVER = Path(sys.executable).with_name("scim2-server")
TOKEN = "interop-scim-token"
PEOPLE, GROUPS = 250, 12


def free_port():
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        return held.getsockname()[1]


def ask(method, url, body=None, token=TOKEN, kind="application/scim+json"):
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(url, data, method=method)
    request.add_header("Authorization", f"Bearer {token}")
    request.add_header("Content-Type", kind)
    with urllib.request.urlopen(request) as answer:
        text = answer.read()
        return json.loads(text) if text else None


def wait_for(what, attempt):
    for _ in range(300):
        try:
            return attempt()
        except (urllib.error.URLError, ConnectionError):
            time.sleep(0.1)
    raise SystemExit(f"{what} did not come within 30 s")


def configuration(cursors):
    told = {
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig"],
        "patch": {"supported": True}, "filter": {"supported": True, "maxResults": 60},
        "bulk": {"supported": False, "maxOperations": 0, "maxPayloadSize": 0},
        "changePassword": {"supported": False}, "sort": {"supported": False}, "etag": {"supported": True},
    }
    if cursors:
        told["pagination"] = {
            "cursor": True, "index": True, "defaultPaginationMethod": "cursor",
            "defaultPageSize": 40, "maxPageSize": 60, "cursorTimeout": 3600,
        }
    return told


class House:
    """The server with people, and a throng that reads it."""

    def __init__(self, work, cursors):
        self.work, self.started = Path(work), []
        self.scim = f"http://127.0.0.1:{free_port()}"
        (self.work / "told.json").write_text(json.dumps(configuration(cursors)))
        self.start([SERVER, "--bearer-token", TOKEN, "--port", self.scim.rsplit(":", 1)[1],
                    "--service-provider-config", self.work / "told.json"], "server.log")
        told = wait_for("the SCIM server", lambda: ask("GET", f"{self.scim}/ServiceProviderConfig"))
        assert ("pagination" in told) == cursors, told
        self.users, self.groups = {}, {}
        for number in range(PEOPLE):
            self.hire(f"person{number}@corp.example", number % 7 != 0)
        for number in range(GROUPS):
            # One group of everybody, one of nobody, one within another.
            ids = list(self.users)
            members = ids if number == 0 else ids[number::GROUPS] if number > 1 else []
            self.found(f"Group {number}", members)
        groups = list(self.groups)
        self.change("Groups", groups[2], [{"op": "add", "path": "members", "value": [{"value": groups[3]}]}])

    def start(self, command, log):
        out = open(self.work / log, "w")
        self.started.append(subprocess.Popen([str(part) for part in command], stdout=out, stderr=out))

    def stop(self):
        for process in self.started:
            process.terminate()
            process.wait()

    def hire(self, name, active):
        user = {"schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "userName": name, "active": active,
                "displayName": f"Ms {name}", "emails": [{"value": name, "type": "work", "primary": True}]}
        self.users[ask("POST", f"{self.scim}/Users", user)["id"]] = (name, active)

    def found(self, name, members):
        group = {"schemas": ["urn:ietf:params:scim:schemas:core:2.0:Group"], "displayName": name,
                 "members": [{"value": member} for member in members]}
        self.groups[ask("POST", f"{self.scim}/Groups", group)["id"]] = (name, set(members))

    def change(self, kind, id, operations):
        body = {"schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"], "Operations": operations}
        ask("PATCH", f"{self.scim}/{kind}/{id}", body)

    def serve(self):
        crowd, self.admin = free_port(), f"http://127.0.0.1:{free_port()}"
        self.crowd = f"http://127.0.0.1:{crowd}/crowd/rest/usermanagement/1"
        self.file = self.work / "throng.toml"
        self.file.write_text(f"""
store = {{ engine = "memory" }}
crowd = {{ listen = "127.0.0.1:{crowd}" }}
[admin]
listen = "{self.admin[7:]}"
tokens = [ {{ name = "interop", secret = {{ env = "THRONG_ADMIN_TOKEN" }}, scopes = ["*"] }} ]
[[directory]]
id = "corp"
[directory.source]
kind = "scim"
url = "{self.scim}"
token = {{ env = "SCIM_TOKEN" }}
[directory.limits]
users = {{ max = 1000, percent = 100 }}
groups = {{ max = 1000, percent = 100 }}
memberships = {{ max = 10000, percent = 100 }}
[[application]]
name = "jira"
password = {{ value = "secret" }}
directories = ["corp"]
""")
        self.run("check", "--online")
        self.start([THRONG, "serve", "--config", self.file], "throng.log")
        wait_for("the daemon", lambda: urllib.request.urlopen(f"{self.admin}/livez"))

    def run(self, *arguments):
        command = [THRONG, *arguments, "--config", str(self.file), "--output", "json"]
        done = subprocess.run(command, capture_output=True, text=True)
        assert done.returncode == 0, f"{arguments}: {done.stdout}{done.stderr}"
        return json.loads(done.stdout)

    def seen(self, path):
        request = urllib.request.Request(f"{self.crowd}{path}")
        request.add_header("Authorization", "Basic amlyYTpzZWNyZXQ=")
        request.add_header("Accept", "application/json")
        with urllib.request.urlopen(request) as answer:
            return json.load(answer)

    def compare(self):
        listed = self.seen("/search?entity-type=user&max-results=-1&expand=user")["users"]
        found = {user["name"]: user["active"] for user in listed}
        there = dict(self.users.values())
        # Who is gone at the source stays, inactive.
        gone = {name for name, active in found.items() if name not in there and not active}
        assert {name: active for name, active in found.items() if name not in gone} == there
        groups = self.seen("/search?entity-type=group&max-results=-1")["groups"]
        assert {group["name"] for group in groups} == {name for name, _ in self.groups.values()}
        for name, members in self.groups.values():
            told = self.seen(f"/group/user/direct?groupname={name.replace(' ', '%20')}&max-results=-1")["users"]
            assert {user["name"] for user in told} - gone == {self.users[id][0] for id in members}, name
        nested = self.seen("/group/child-group/direct?groupname=Group%202&max-results=-1")["groups"]
        assert [group["name"] for group in nested] == ["Group 3"], nested


def play(cursors):
    with tempfile.TemporaryDirectory() as work:
        house = House(work, cursors)
        try:
            house.serve()
            first = house.run("sync", "corp")
            assert (first["state"], first["full"]) == ("succeeded", True), first
            house.compare()
            house.hire("late@corp.example", True)
            late, one = list(house.users)[-1], list(house.users)[1]
            house.change("Users", one, [{"op": "replace", "path": "active", "value": False}])
            house.users[one] = (house.users[one][0], False)
            staff = list(house.groups)[1]
            house.change("Groups", staff, [{"op": "add", "path": "members", "value": [{"value": late}]}])
            house.groups[staff][1].add(late)
            second = house.run("sync", "corp")
            assert second["state"] == "succeeded", second
            house.compare()
            gone = list(house.users)[5]
            ask("DELETE", f"{house.scim}/Users/{gone}")
            del house.users[gone]
            for _, members in house.groups.values():
                members.discard(gone)
            third = house.run("sync", "corp")
            assert (third["state"], third["full"]) == ("succeeded", True), third
            house.compare()
            print(f"scim2-server by {'cursors' if cursors else 'index'}: read, changes by "
                  f"{'a full read' if second['full'] else 'an increment'}, a loss noticed")
        except BaseException:
            for log in Path(work).glob("*.log"):
                print(f"== {log.name}\n" + "\n".join(log.read_text().splitlines()[-20:]))
            raise
        finally:
            house.stop()


os.environ["SCIM_TOKEN"] = TOKEN
os.environ.setdefault("THRONG_ADMIN_TOKEN", "interop-admin-token")
for cursors in (False, True):
    play(cursors)
