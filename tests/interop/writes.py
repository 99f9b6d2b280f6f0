"""What the Python clients write, into a local directory, as an application that may."""

import os

import crowd as python_crowd
import requests
from atlassian import Crowd

URL, PASSWORD = os.environ["CROWD_URL"], os.environ["CROWD_PASSWORD"]


def refused(attempt, *statuses):
    try:
        attempt()
    except requests.HTTPError as error:
        assert error.response is None or error.response.status_code in statuses, error
    else:
        raise AssertionError("this should have been refused")


def by_python_crowd():
    server = python_crowd.CrowdServer(URL, "accounts", PASSWORD.encode())
    assert server.add_user("ann", password="first", email="a@example.com", first_name="Ann", raise_on_error=True)
    assert not server.add_user("ANN", password="x", email="a@example.com")
    assert server.auth_user("ann", "first")["name"] == "ann" and server.auth_user("ann", "wrong") is None
    assert server.change_password("ann", "second", raise_on_error=True)
    assert server.auth_user("ann", "first") is None and server.auth_user("ann", "second")
    assert server.set_active("ann", False) and server.get_user("ann")["active"] is False
    assert server.set_active("ann", True) and server.auth_user("ann", "second")
    assert server.set_user_attribute("ann", "phone", "1 & 2", raise_on_error=True)
    assert server.get_user("ann")["attributes"]["attributes"][0]["values"] == ["1 & 2"]
    for name in ("devs", "core"):
        assert server.create_group(name, "of python", raise_on_error=True) is None
    assert "exists" in server.create_group("DEVS")
    assert server.update_group("devs", {"description": "changed"}, raise_on_error=True) is None
    assert server.add_child_group("core", "devs", raise_on_error=True) is None
    assert "itself" in server.add_child_group("devs", "core")
    assert server.add_user_to_group("ann", "core", raise_on_error=True)
    assert not server.add_user_to_group("ann", "core")
    assert server.get_groups("ann") == ["core"] and set(server.get_nested_groups("ann")) == {"core", "devs"}
    assert server.get_memberships()["devs"]["groups"] == ["core"]
    assert not server.send_password_reset_link("ann"), "no mail is sent in this version"
    assert server.remove_user_from_group("ann", "core", raise_on_error=True)
    assert not server.remove_user_from_group("ann", "core")
    assert server.remove_child_group("core", "devs", raise_on_error=True) is None
    for name in ("devs", "core"):
        assert server.remove_group(name, raise_on_error=True) is None
    return "python-crowd"


def by_atlassian_python_api():
    crowd = Crowd(url=URL, username="accounts", password=PASSWORD, timeout=30, api_version="1")
    made = crowd.user_create("bob", True, "Bob", "B", "Bob B", "b@example.com", "first")
    assert made["name"] == "bob" and made["display-name"] == "Bob B", made
    refused(lambda: crowd.user_create("bob", True, "", "", "", "", "x"), 400)
    crowd.user_update("bob", {"name": "bob", "email": "c@example.com"})
    assert crowd.user("bob")["email"] == "c@example.com" and crowd.user("bob")["first-name"] == "Bob"
    crowd.user_update_password("bob", "second")
    assert crowd.user_authenticate("bob", "second")["name"] == "bob"
    crowd.user_deactivate("bob")
    refused(lambda: crowd.user_authenticate("bob", "second"), 400)
    crowd.user_activate("bob")
    crowd.user_store_attributes("bob", {"attributes": [{"name": "k", "values": ["1", "2"]}]})
    assert crowd.user_attributes("bob")["attributes"][0]["values"] == ["1", "2"]
    crowd.user_remove_attribute("bob", "k")
    assert crowd.user_attributes("bob")["attributes"] == []
    assert crowd.user_rename("bob", "bobby")["name"] == "bobby"
    for name in ("ops", "net"):
        crowd.post("rest/usermanagement/1/group", data={"name": name, "type": "GROUP"})
    crowd.group_update("ops", {"name": "ops", "type": "GROUP", "description": "d"})
    assert crowd.group("ops")["description"] == "d"
    crowd.group_store_attributes("ops", {"attributes": [{"name": "k", "values": ["v"]}]})
    crowd.group_remove_attribute("ops", "k")
    assert crowd.group_attributes("ops")["attributes"] == []
    crowd.group_add_user("bobby", "net")
    assert crowd.is_user_in_group("bobby", "net")
    crowd.group_add_child_group("ops", "net")
    assert crowd.group_child_groups("ops") == ["net"] and crowd.nested_group_members("ops") == ["bobby"]
    crowd.group_remove_child_group("ops", "net")
    crowd.group_add_parent_group("net", "ops")
    assert crowd.group_parent_groups("net") == ["ops"]
    crowd.group_remove_user("bobby", "net")
    refused(lambda: crowd.group_remove_user("bobby", "net"), 404)
    refused(lambda: crowd.user_request_password_reset("bobby"), 400)
    refused(lambda: crowd.user_request_usernames_reminder("nobody@example.com"), 400)
    crowd.user_expire_all_passwords()
    refused(lambda: crowd.user_authenticate("bobby", "second"), 400)
    crowd.user_delete_password("bobby")
    for name in ("ops", "net"):
        crowd.group_delete(name)
    crowd.user_delete("bobby")
    refused(lambda: crowd.user("bobby"), 404)
    return "atlassian-python-api"


print(", ".join(client() for client in (by_python_crowd, by_atlassian_python_api)) + ": whatever they write")
