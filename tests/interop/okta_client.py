"""The simulated Okta read by Okta's own client: every page of users, groups, members; users and groups by their filters."""

import asyncio
import json
import os
import urllib.request

# The client speaks https only, unless it is told so before it is made.
os.environ["OKTA_TESTING_TESTINGDISABLEHTTPSCHECK"] = "true"
from okta.client import Client  # noqa: E402

BASE = os.environ["OKTA_URL"]


def control(path, body):
    request = urllib.request.Request(f"{BASE}/_control/{path}", data=json.dumps(body).encode())
    with urllib.request.urlopen(request) as answer:
        return json.load(answer)


async def every(ask, **query):
    """Follows `after`, as the client's own pages do."""
    found, after = [], None
    while True:
        rows, response, error = await ask(after=after, **query)
        assert error is None, error
        found += rows
        links = [link for name, link in response.headers.items() if name.lower() == "link"]
        following = [part for link in links for part in link.split(", <") if 'rel="next"' in part]
        if not following:
            return found
        after = following[0].split("after=")[1].split("&")[0].split(">")[0]


async def main():
    # The space: okta 3.4.6 itself puts none between `SSWS` and the token.
    client = Client({"orgUrl": BASE, "token": " " + os.environ["OKTA_TOKEN"]})
    users = await every(client.list_users, limit=70)
    assert {user.status for user in users} >= {"ACTIVE", "SUSPENDED"}, {user.status for user in users}
    groups = await every(client.list_groups, limit=9)
    members = {}
    for group in groups:
        rows = await every(lambda after=None, limit=None: client.list_group_users(group.id, after=after, limit=limit), limit=50)
        members[group.id] = {row.id for row in rows}
    size = (len(users), len(groups), sum(map(len, members.values())))
    wanted = tuple(int(os.environ[f"OKTA_{what}"]) for what in ("USERS", "GROUPS", "MEMBERSHIPS"))
    assert size == wanted, (size, wanted)

    gone = users[0].id
    control("edit", {"do": "delete-user", "user": gone})
    rows = await every(client.list_users, filter='status eq "DEPROVISIONED"', limit=200)
    assert [row.id for row in rows] == [gone]
    rows = await every(client.list_users, limit=200)
    assert gone not in {row.id for row in rows} and len(rows) == len(users) - 1
    print("okta: {} users, {} groups, {} memberships, the deprovisioned by filter".format(*size))


asyncio.run(main())
