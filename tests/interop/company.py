"""The truth about the simulated company, by the names that throng serves."""

import json
import os
import urllib.request
from collections import Counter, defaultdict

URL = os.environ["CROWD_URL"]
APPLICATION = os.environ["CROWD_APP"]
PASSWORD = os.environ["CROWD_PASSWORD"]


class Company:
    def __init__(self):
        with urllib.request.urlopen(os.environ["TRUTH_URL"]) as answer:
            truth = json.load(answer)
        self.users = {user["upn"]: user for user in truth["users"].values()}
        self.group_count = len(truth["groups"])
        spelled = {id: group["display"].strip() for id, group in truth["groups"].items()}
        times = Counter(name.lower() for name in spelled.values())
        # Groups of one name are served with a suffix: only the others can be asked for by name here.
        named = {id: name for id, name in spelled.items() if times[name.lower()] == 1}
        self.groups = set(named.values())
        self.members = defaultdict(set)
        self.groups_of = defaultdict(set)
        for group, user in truth["members"]:
            if group in named:
                upn = truth["users"][user]["upn"]
                self.members[named[group]].add(upn)
                self.groups_of[upn].add(named[group])
        self.children = defaultdict(set)
        for parent, child in truth["nested"]:
            if parent in named and child in named:
                self.children[named[parent]].add(named[child])
        # Nesting goes on through groups that cannot be asked for by name.
        self.named = named
        self.edges = {"down": defaultdict(set), "up": defaultdict(set)}
        for parent, child in truth["nested"]:
            self.edges["down"][parent].add(child)
            self.edges["up"][child].add(parent)
        self.users_in = defaultdict(set)
        self.groups_with = defaultdict(set)
        for group, user in truth["members"]:
            self.users_in[group].add(truth["users"][user]["upn"])
            self.groups_with[truth["users"][user]["upn"]].add(group)
        self.ids = {name: id for id, name in named.items()}
        assert len(self.users) >= 250 and len(self.groups) >= 20 and self.children, "the company is too small to tell"

    def _reached(self, ids, way):
        seen, open_ = set(), list(ids)
        while open_:
            id = open_.pop()
            if id not in seen:
                seen.add(id)
                open_.extend(self.edges[way][id])
        return seen

    def nested_members(self, group):
        return set().union(*(self.users_in[id] for id in self._reached([self.ids[group]], "down")))

    def nested_groups(self, user):
        """The ids of all groups that a user is in."""
        return self._reached(self.groups_with[user], "up")

    def relatives(self, group, way):
        """The ids of all groups below (`down`) or above (`up`) a group."""
        return self._reached([self.ids[group]], way) - {self.ids[group]}

    def same_groups(self, found, ids, what):
        """Compares names with ids: groups that share a name are served with a suffix, and only counted here."""
        found = list(found)
        assert len(found) == len(set(found)) == len(ids), f"{what}: {len(found)} instead of {len(ids)}"
        same((name for name in found if name in self.groups), (self.named[id] for id in ids if id in self.named), what)

    def a_nested_group(self):
        """One that has groups below it and is in another."""
        middle = [name for name in sorted(self.groups) if self.edges["down"][self.ids[name]]]
        return max(middle, key=lambda name: len(self.relatives(name, "up")))

    def an_active_user(self):
        """One in several groups, whose name needs no escaping: not all clients escape."""
        plain = [upn for upn, user in self.users.items() if user["enabled"] and upn.replace("@", "").replace(".", "").isalnum()]
        return max(plain, key=lambda upn: len(self.groups_of[upn]))

    def an_inactive_user(self):
        return next(upn for upn, user in self.users.items() if not user["enabled"])

    def largest_group(self):
        return max(self.groups, key=lambda name: len(self.members[name]))


def same(found, expected, what):
    found, expected = list(found), set(expected)
    assert len(found) == len(set(found)), f"{what}: something is told twice"
    missing, extra = expected - set(found), set(found) - expected
    assert not missing and not extra, f"{what}: missing {sorted(missing)[:5]}, extra {sorted(extra)[:5]}"
