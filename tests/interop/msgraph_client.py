"""The simulated Entra ID read by Microsoft's own client: every page of users, groups, members; two delta rounds."""

import asyncio
import json
import os
import urllib.request

from kiota_abstractions.authentication import BaseBearerTokenAuthenticationProvider
from kiota_abstractions.authentication.access_token_provider import AccessTokenProvider
from kiota_abstractions.authentication.allowed_hosts_validator import AllowedHostsValidator
from kiota_abstractions.base_request_configuration import RequestConfiguration
from msgraph import GraphRequestAdapter, GraphServiceClient
from msgraph.generated.groups.item.members.members_request_builder import MembersRequestBuilder
from msgraph.generated.users.users_request_builder import UsersRequestBuilder

BASE = os.environ["ENTRA_URL"]
TENANT = "11111111-1111-1111-1111-111111111111"
CLIENT = "22222222-2222-2222-2222-222222222222"


def ask(path, body=None):
    with urllib.request.urlopen(urllib.request.Request(BASE + path, data=body)) as answer:
        return json.load(answer)


class Tokens(AccessTokenProvider):
    async def get_authorization_token(self, uri, additional_authentication_context={}):
        form = f"grant_type=client_credentials&client_id={CLIENT}&client_secret=simulated-secret"
        form += "&scope=https%3A%2F%2Fgraph.microsoft.com%2F.default"
        return ask(f"/{TENANT}/oauth2/v2.0/token", form.encode())["access_token"]

    def get_allowed_hosts_validator(self):
        return AllowedHostsValidator([])


async def every(first, follow):
    page, found = await first, []
    while page is not None:
        found += page.value
        page = await follow(page.odata_next_link) if page.odata_next_link else None
    return found


async def main():
    adapter = GraphRequestAdapter(BaseBearerTokenAuthenticationProvider(Tokens()))
    adapter.base_url = BASE + "/v1.0"
    graph = GraphServiceClient(request_adapter=adapter)
    truth = ask("/_control/truth")

    query = UsersRequestBuilder.UsersRequestBuilderGetQueryParameters(
        select=["id", "userPrincipalName", "accountEnabled"], top=99
    )
    users = await every(
        graph.users.get(RequestConfiguration(query_parameters=query)),
        lambda link: graph.users.with_url(link).get(),
    )
    told = {user.id: (user.user_principal_name, user.account_enabled) for user in users}
    assert told == {id: (user["upn"], user["enabled"]) for id, user in truth["users"].items()}

    groups = await every(graph.groups.get(), lambda link: graph.groups.with_url(link).get())
    assert {group.id: group.display_name for group in groups} == {
        id: group["display"] for id, group in truth["groups"].items()
    }

    edges = set()
    for group in groups:
        of = graph.groups.by_group_id(group.id).members
        query = MembersRequestBuilder.MembersRequestBuilderGetQueryParameters(top=25)
        members = await every(
            of.get(RequestConfiguration(query_parameters=query)), lambda link, of=of: of.with_url(link).get()
        )
        edges |= {(group.id, member.id) for member in members}
    wanted = {tuple(edge) for edge in truth["members"] + truth["nested"]}
    assert edges == wanted, (len(edges), len(wanted))

    async def round_of(builder):
        page, found = await builder.get(), []
        while True:
            found += page.value
            if page.odata_delta_link:
                return found, page.odata_delta_link
            page = await builder.with_url(page.odata_next_link).get()

    found, link = await round_of(graph.users.delta)
    assert {user.id for user in found} == set(truth["users"])
    gone = next(iter(truth["users"]))
    ask("/_control/edit", json.dumps({"do": "delete-user", "user": gone}).encode())
    found, _ = await round_of(graph.users.delta.with_url(link))
    assert [user.id for user in found] == [gone] and "@removed" in found[0].additional_data
    print(f"msgraph-sdk: {len(users)} users, {len(groups)} groups, {len(edges)} memberships, two delta rounds")


asyncio.run(main())
