"""PyPI crowd (python-crowd): JSON, with XML for searches and memberships."""

import crowd

from company import APPLICATION, PASSWORD, URL, Company, same

company = Company()
server = crowd.CrowdServer(URL, APPLICATION, PASSWORD.encode())
alice = company.an_active_user()
group = company.largest_group()

assert server.auth_ping(), "404 for an unknown path says that the application is known"
assert not crowd.CrowdServer(URL, APPLICATION, "wrong").auth_ping()

user = server.get_user(alice)
assert (user["name"], user["active"]) == (alice, True), user
assert server.user_exists(alice) and server.user_exists("nobody") is None
same(server.get_groups(alice), company.groups_of[alice], "groups of a user")
assert set(server.get_nested_groups(alice)) >= company.groups_of[alice]
same(server.get_nested_group_users(group), company.nested_members(group), "nested members of a group")

memberships = server.get_memberships()
assert len(memberships) == company.group_count
for name in company.groups:
    same(memberships[name]["users"], company.members[name], f"users of {name}")
    assert company.children[name] <= set(memberships[name]["groups"])

domain = alice.split("@")[1]
found = server.search("user", "name", domain.upper())["users"]
same((entry["name"] for entry in found), (upn for upn in company.users if domain in upn.lower()), "search")
assert all(entry["display-name"] == company.users[entry["name"]]["display"] for entry in found)

company.same_groups(server.get_nested_groups(alice), company.nested_groups(alice), "nested groups of a user")
assert server.get_groups("nobody") is None and server.get_nested_group_users("nothing") is None
assert server.get_user("nobody") is None
found_groups = server.search("group", "name", group[1:-1].upper())["groups"]
assert group in [entry["name"] for entry in found_groups] and all(entry["type"] == "GROUP" for entry in found_groups)
assert server.search("user", "name", domain, start_index=1, max_results=2)["users"] == found[1:3]
assert server.search("user", "no-such-attribute", "x")["users"] == []

assert server.auth_user(alice, "whatever") is None
assert server.get_session(alice, "whatever") is None
assert server.validate_session("no-such-token") is None
assert server.terminate_session("no-such-token")
assert server.get_cookie_conf()["name"] == "crowd.token_key"
print(f"python-crowd: {len(memberships)} groups, {len(found)} users found")
