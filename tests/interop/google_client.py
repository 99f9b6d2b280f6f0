"""Google's own client walks the simulated Google Workspace to the right totals, and every answer is what the discovery documents say."""

import json
import os
import urllib.request

from google.oauth2 import service_account
from googleapiclient.discovery import build_from_document
from googleapiclient.discovery_cache import get_static_doc

BASE = os.environ["GOOGLE_URL"]
SCOPES = [
    "https://www.googleapis.com/auth/" + scope
    for scope in (
        "admin.directory.user.readonly",
        "admin.directory.group.readonly",
        "admin.directory.group.member.readonly",
        "admin.reports.audit.readonly",
    )
]


def fetch(path, body=None):
    data = None if body is None else json.dumps(body).encode()
    with urllib.request.urlopen(BASE + path, data=data) as answer:
        return json.load(answer)


# -- the discovery documents as schemas -------------------------------------------------------------------------------


def check(value, schema, schemas, where):
    """A value against a schema of a discovery document, strictly: what the schema does not know must not be told."""
    if "$ref" in schema:
        return check(value, schemas[schema["$ref"]], schemas, where)
    kind = schema.get("type", "any")
    python = {"string": str, "boolean": bool, "array": list, "object": dict, "number": (int, float), "integer": int}
    if kind == "any":
        return None
    assert isinstance(value, python[kind]), f"{where} is no {kind}: {value!r}"
    assert kind != "integer" or not isinstance(value, bool), f"{where} is a truth"
    if "enum" in schema:
        assert value in schema["enum"], f"{where} cannot be {value!r}"
    if kind == "array":
        for at, one in enumerate(value):
            check(one, schema["items"], schemas, f"{where}[{at}]")
    if kind == "object":
        known = schema.get("properties", {})
        for name, one in value.items():
            inner = known.get(name, schema.get("additionalProperties"))
            assert inner is not None, f"{where}.{name} is not in the discovery document"
            check(one, inner, schemas, f"{where}.{name}")
    return None


def service(name, version, credentials):
    document = json.loads(get_static_doc(name, version))
    document["rootUrl"] = BASE + "/"
    client = build_from_document(document, credentials=credentials)
    return client, document["schemas"]


def everything(collection, method, key, schema, schemas, **arguments):
    """All rows of a list, as the client pages through it."""
    request, rows, pages = getattr(collection, method)(**arguments), [], 0
    while request is not None:
        answer = request.execute()
        check(answer, schemas[schema], schemas, schema)
        rows += answer.get(key, [])
        pages += 1
        request = getattr(collection, method + "_next")(request, answer)
    return rows, pages


def main():
    key = fetch("/_control/key-file")
    credentials = service_account.Credentials.from_service_account_info(
        key, scopes=SCOPES, subject="sync-admin@corp.example"
    )
    directory, schemas = service("admin", "directory_v1", credentials)
    truth = fetch("/_control/truth")

    users, pages = everything(directory.users(), "list", "users", "Users", schemas, customer="my_customer", maxResults=100)
    assert pages == -(-len(users) // 100), "a page is not full"
    assert {user["id"] for user in users} == set(truth["users"])
    for user in users:
        known = truth["users"][user["id"]]
        assert user["primaryEmail"] == known["upn"] and user["name"]["fullName"] == known["display"]
        assert (not user["suspended"] and not user["archived"]) == known["enabled"], user

    groups, _ = everything(directory.groups(), "list", "groups", "Groups", schemas, customer="my_customer", maxResults=20)
    assert {group["id"]: group["name"] for group in groups} == {
        id: group["display"] for id, group in truth["groups"].items()
    }
    found, nested = set(), set()
    for group in groups:
        members, _ = everything(directory.members(), "list", "members", "Members", schemas, groupKey=group["id"], maxResults=50)
        people = {(group["id"], member["id"]) for member in members if member["type"] == "USER"}
        assert int(group["directMembersCount"]) == len(people), group
        found |= people
        nested |= {(group["id"], member["id"]) for member in members if member["type"] == "GROUP"}
    assert found == {tuple(pair) for pair in truth["members"]}
    assert nested == {tuple(pair) for pair in truth["nested"]}

    group, user = next(iter(sorted(found)))
    mine, _ = everything(directory.groups(), "list", "groups", "Groups", schemas, userKey=user)
    assert {row["id"] for row in mine} == {of for of, who in found if who == user}
    check(directory.users().get(userKey=user).execute(), schemas["User"], schemas, "User")
    check(directory.groups().get(groupKey=group).execute(), schemas["Group"], schemas, "Group")

    # What is deleted is listed apart; what changed is in the log.
    other = next(id for id in truth["users"] if (group, id) not in found)
    fetch("/_control/edit", [{"do": "leave", "group": group, "member": user}, {"do": "join", "group": group, "member": other}])
    reports, shapes = service("admin", "reports_v1", credentials)
    events = []
    for application in ("admin", "groups_enterprise"):
        rows, _ = everything(
            reports.activities(), "list", "items", "Activities", shapes,
            userKey="all", applicationName=application, startTime="2020-01-01T00:00:00.000Z", maxResults=1,
        )
        events += [event["name"] for row in rows for event in row["events"]]
    assert sorted(events) in (["ADD_GROUP_MEMBER", "remove_member"], ["REMOVE_GROUP_MEMBER", "add_member"]), events
    fetch("/_control/edit", {"do": "delete-user", "user": user})
    gone, _ = everything(directory.users(), "list", "users", "Users", schemas, customer="my_customer", showDeleted="true")
    assert [row["id"] for row in gone] == [user]
    assert len(users) >= 250 and len(nested) > 0 and len(found) > 500, "the company is too small to tell"
    print(f"google-api-python-client: {len(users)} users, {len(groups)} groups, {len(found)} memberships, {len(nested)} groups within groups")


main()
