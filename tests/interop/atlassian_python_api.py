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
crowd.session_delete("no-such-token")
print(f"atlassian-python-api: {len(everybody)} users, {len(memberships)} groups")
