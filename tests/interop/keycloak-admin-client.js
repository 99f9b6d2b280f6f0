// Keycloak's own client walks the simulated Keycloak to the right totals, so that our connector is not measured against our own idea.
const assert = require('node:assert');
const { pathToFileURL } = require('node:url');

const base = process.env.KEYCLOAK_URL;

async function walk(client, groups, seen) {
  for (const group of groups) {
    const row = { name: group.name, path: group.path, members: new Set(), children: [] };
    seen.set(group.id, row);
    for (let first = 0; ; first += 100) {
      const page = await client.groups.listMembers({ id: group.id, first, max: 100 });
      page.forEach((user) => row.members.add(user.id));
      if (page.length < 100) break;
    }
    const children = [];
    for (let first = 0; children.length < group.subGroupCount; first += 10) {
      const page = await client.groups.listSubGroups({ parentId: group.id, first, max: 10 });
      assert(page.length > 0, `${group.path} tells fewer groups than it counts`);
      children.push(...page);
    }
    row.children = children.map((child) => child.id);
    await walk(client, children, seen);
  }
}

// What an administrator changes is in the events, the newest first; a user tells the groups it is in.
async function changes(client, truth) {
  const [group, user] = truth.members[0];
  const edits = [{ do: 'rename-user', user, upn: 'renamed@corp.example' }, { do: 'leave', group, member: user }];
  const done = await fetch(`${base}/_control/edit`, { method: 'POST', body: JSON.stringify(edits) });
  assert(done.ok, await done.text());
  assert.strictEqual((await client.realms.getConfigEvents({ realm: 'corp' })).adminEventsEnabled, true);
  const asked = { realm: 'corp', resourceTypes: ['USER', 'GROUP_MEMBERSHIP'], dateFrom: '2026-01-01', first: 0, max: 100 };
  const events = await client.realms.findAdminEvents(asked);
  assert.deepStrictEqual(events.map((event) => event.resourcePath), [`users/${user}/groups/${group}`, `users/${user}`]);
  assert(events[0].time > events[1].time);
  const others = await client.realms.findAdminEvents({ ...asked, resourceTypes: ['GROUP'] });
  assert.deepStrictEqual(others, []);
  const left = truth.members.filter((edge) => edge[1] === user && edge[0] !== group).map((edge) => edge[0]).sort();
  const groups = await client.users.listGroups({ id: user });
  assert.deepStrictEqual(groups.map((one) => one.id).sort(), left);
}

async function main() {
  const module = require.resolve('@keycloak/keycloak-admin-client');
  const { default: KeycloakAdminClient } = await import(pathToFileURL(module));
  const client = new KeycloakAdminClient({ baseUrl: base, realmName: 'corp' });
  await client.auth({ grantType: 'client_credentials', clientId: 'throng', clientSecret: 'simulated-secret' });
  const truth = await (await fetch(`${base}/_control/truth`)).json();

  const users = new Map();
  for (let first = 0; ; first += 100) {
    const page = await client.users.find({ first, max: 100 });
    page.forEach((user) => users.set(user.id, user));
    if (page.length === 0) break;
  }
  assert.strictEqual(await client.users.count(), users.size);
  assert.deepStrictEqual(new Set(users.keys()), new Set(Object.keys(truth.users)));
  for (const [id, user] of Object.entries(truth.users)) {
    assert.strictEqual(users.get(id).username, user.upn.toLowerCase());
    assert.strictEqual(users.get(id).enabled, user.enabled);
  }

  const groups = new Map();
  await walk(client, await client.groups.find({ max: 1000 }), groups);
  assert.strictEqual((await client.groups.count()).count, groups.size);
  assert.deepStrictEqual(new Set(groups.keys()), new Set(Object.keys(truth.groups)));
  const members = truth.members.map(([group, user]) => `${group} ${user}`).sort();
  const found = [...groups].flatMap(([id, group]) => [...group.members].map((user) => `${id} ${user}`)).sort();
  assert.deepStrictEqual(found, members);
  const nested = [...groups].reduce((sum, [, group]) => sum + group.children.length, 0);
  assert(users.size >= 250 && nested > 0 && members.length > 500, 'the company is too small to tell');
  await changes(client, truth);
  console.log(`keycloak-admin-client: ${users.size} users, ${groups.size} groups, ${members.length} memberships, ${nested} groups within groups`);
}

main().catch((error) => { console.error(error); process.exit(1); });
