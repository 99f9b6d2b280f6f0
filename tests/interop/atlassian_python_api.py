"""PyPI atlassian-python-api: its Crowd class."""

import requests
from atlassian import Crowd

from company import APPLICATION, PASSWORD, URL, Company, same

company = Company()
crowd = Crowd(url=URL, username=APPLICATION, password=PASSWORD)
alice = company.an_active_user()
group = company.largest_group()

user = crowd.user(alice)
assert (user["name"], user["email"]) == (alice, company.users[alice]["mail"] or ""), user
assert (user["display-name"], user["active"]) == (company.users[alice]["display"], True), user
assert user["key"].startswith("corp:"), user
assert crowd.user(company.an_inactive_user())["active"] is False

same(crowd.user_groups(alice), company.groups_of[alice], "groups of a user")
same(crowd.group_members(group), company.members[group], "members of a group")
same(crowd.nested_group_members(group), company.nested_members(group), "nested members of a group")
parent, children = max(company.children.items(), key=lambda edge: len(edge[1]))
same(crowd.group_child_groups(parent), children, "child groups")
assert parent in crowd.group_parent_groups(next(iter(children)))
assert crowd.is_user_in_group(alice, next(iter(company.groups_of[alice])))
assert not crowd.is_user_in_group(alice, next(name for name in sorted(company.groups) if name not in company.groups_of[alice]))

memberships = crowd.memberships
assert len(memberships) == company.group_count, len(memberships)
for name in company.groups:
    same(memberships[name], company.members[name], f"membership of {name}")

everybody = crowd.search("user", max_results=-1)["users"]
same((entry["name"] for entry in everybody), company.users, "search without restriction")
restriction = {
    "restriction-type": "property-search-restriction",
    "property": {"name": "name", "type": "STRING"},
    "match-mode": "EXACTLY_MATCHES",
    "value": alice.upper(),
}
same((entry["name"] for entry in crowd.search("user", restriction)["users"]), [alice], "search by name")
active = {upn for upn, user in company.users.items() if user["enabled"]}
same((entry["name"] for entry in crowd.search_cql("user", "active = true")["users"]), active, "search by CQL")
assert len(crowd.search_cql("group")["groups"]) == company.group_count



def reads():
    """What is left of its reads."""
    middle = company.a_nested_group()
    below, above = company.relatives(middle, "down"), company.relatives(middle, "up")
    company.same_groups(crowd.user_groups(alice, kind="nested"), company.nested_groups(alice), "nested groups")
    company.same_groups(crowd.nested_user_groups(alice), company.nested_groups(alice), "nested groups again")
    same(crowd.group_members(group, kind="nested"), company.nested_members(group), "nested members again")
    assert len(crowd.group_members(group, max_results=2)) == 2
    company.same_groups(crowd.nested_group_child_groups(middle), below, "nested children")
    company.same_groups(crowd.nested_group_parent_groups(middle), above, "nested parents")
    company.same_groups(crowd.group_parent_groups(middle), company.edges["up"][company.ids[middle]], "parents")
    assert len(crowd.nested_group_child_groups(middle, start_index=1)) == len(below) - 1
    # With a child it asks for that one alone, and looks for a list in the answer: found is None, not found an error.
    assert crowd.group_child_groups(parent, child_groupname=next(iter(children))) is None
    deep = next(name for name in sorted(company.groups) if company.ids[name] in company.nested_groups(alice))
    assert crowd.is_user_in_group(alice, deep, kind="nested")
    assert crowd.group(group.upper())["name"] == group and crowd.group(group)["type"] == "GROUP"
    assert crowd.group_attributes(group)["attributes"] == crowd.user_attributes(alice)["attributes"] == []
    assert crowd.get_cookie_config()["name"] == "crowd.token_key"
    restriction = {
        "restriction-type": "boolean-search-restriction",
        "boolean-logic": "or",
        "restrictions": [
            {"restriction-type": "property-search-restriction", "property": {"name": "name", "type": "STRING"},
             "matchMode": "EXACTLY_MATCHES", "value": name.lower()} for name in (group, middle)
        ],
    }
    same((entry["name"] for entry in crowd.search("group", restriction)["groups"]), {group, middle}, "any of two names")
    assert len(crowd.search_cql("user", f'name = "{alice[:3]}*"', start_index=0, max_results=1)["users"]) == 1
    assert crowd.search_cql("user", start_index=100_000)["users"] == []
    for missing in (
        lambda: crowd.user("nobody"),
        lambda: crowd.group("nothing"),
        lambda: crowd.user_avatar(alice, 48),
        lambda: crowd.nested_group_parent_groups(middle, parent_groupname=middle),
        lambda: crowd.search_cql("user", "shoe = 44"),
    ):
        try:
            missing()
        except requests.HTTPError as error:
            assert error.response.status_code in (400, 404), error
        else:
            raise AssertionError("this should not have been found")


reads()
for refused in (
    lambda: crowd.user_authenticate(alice, "whatever"),
    lambda: crowd.session_create(alice, "whatever"),
    lambda: crowd.group_add_user(alice, group),
    lambda: crowd.session_validate("no-such-token"),
):
    try:
        refused()
    except requests.HTTPError as error:
        assert str(error), "the sentence must reach the person"
    else:
        raise AssertionError("this should have been refused")
session = crowd.session_create(alice, "unused", validate_password=False, duration=60)
assert session["expiry-date"] - session["created-date"] == 60_000, session
assert crowd.session_validate(session["token"])["user"]["name"] == alice
assert crowd.session_get(session["token"])["token"] == session["token"]
crowd.session_delete_user_tokens(alice, exclude=session["token"])
crowd.session_validate(session["token"])
crowd.session_delete(session["token"])
crowd.session_delete("no-such-token")
print(f"atlassian-python-api: {len(everybody)} users, {len(memberships)} groups")
