// npm atlassian-crowd-client: JSON, lists by the query language.
'use strict';

const assert = require('assert');
const CrowdClient = require('atlassian-crowd-client');
const company = require('./company');

const refused = async (promise, type) => {
  const error = await promise.then(() => assert.fail('this should have been refused'), (reason) => reason);
  assert.strictEqual(error.type, type, String(error));
};

// What is left of its reads.
const reads = async (crowd, truth) => {
  const { alice, group, parent, child } = truth;
  const own = truth.groupsOf[alice][0];
  assert.strictEqual(await crowd.user.groups.get(alice, own), own);
  assert.strictEqual(await crowd.user.groups.get(alice, own.toUpperCase(), true), own);
  const nested = await crowd.user.groups.list(alice, true);
  assert(truth.groupsOf[alice].every((name) => nested.includes(name)), 'nested groups hold the direct ones');
  assert.strictEqual((await crowd.user.groups.list(alice, false, 1, 1)).length, 1);
  await refused(crowd.user.groups.get(alice, 'nothing'), 'MEMBERSHIP_NOT_FOUND');
  const member = truth.members[group][0];
  assert.strictEqual(await crowd.group.users.get(group, member), member);
  assert.strictEqual(await crowd.group.users.get(group, member, true), member);
  const whole = await crowd.group.users.list(group, false, 0, -1, true);
  company.same(whole.map((entry) => entry.username), truth.members[group], 'members, expanded');
  assert(whole.every((entry) => entry.active === truth.byName[entry.username].enabled));
  assert((await crowd.group.users.list(group, true, 0, -1)).length >= whole.length);
  assert.strictEqual(await crowd.group.parents.get(child, parent), parent);
  assert.strictEqual(await crowd.group.parents.get(child, parent, true), parent);
  company.same(await crowd.group.parents.list(child), truth.parentsOf(child), 'parents');
  assert((await crowd.group.parents.list(child, true)).includes(parent));
  assert.strictEqual((await crowd.group.children.get(parent, child)).name, child);
  company.same(await crowd.group.children.list(parent), truth.childrenOf(parent), 'children');
  assert((await crowd.group.children.list(parent, true)).includes(child));
  await refused(crowd.group.children.get(parent, 'nothing'), 'MEMBERSHIP_NOT_FOUND');
  assert.deepStrictEqual((await crowd.user.attributes.list(alice)).attributes || {}, {});
  assert.deepStrictEqual((await crowd.group.attributes.list(group)).attributes || {}, {});
  assert.strictEqual((await crowd.group.get(group, true)).active, true);
  const groups = await crowd.search.group(`name = "${group}" or name = '${parent}'`, true);
  company.same(groups.map((entry) => entry.groupname), [group, parent], 'groups, expanded');
  assert.deepStrictEqual(await crowd.search.user('name = "*"', false, 100000, 10), []);
  await refused(crowd.search.user('shoe = 44'), 'ILLEGAL_ARGUMENT');
  await refused(crowd.group.get('nothing'), 'GROUP_NOT_FOUND');
};

const main = async () => {
  const truth = await company.read();
  const settings = { baseUrl: company.url, application: { name: company.application, password: company.password } };
  const crowd = new CrowdClient(settings);
  const { alice, group } = truth;

  const user = await crowd.user.get(alice, true);
  assert.strictEqual(user.username, alice);
  assert.strictEqual(user.displayname, truth.byName[alice].display);
  assert.strictEqual(user.active, true);
  company.same(await crowd.user.groups.list(alice), truth.groupsOf[alice], 'groups of a user');
  assert.strictEqual((await crowd.group.get(group)).groupname, group);
  company.same(await crowd.group.users.list(group, false, 0, -1), truth.members[group], 'members of a group');
  company.same(await crowd.search.user('', false, 0, -1), truth.users, 'everybody');
  company.same(await crowd.search.user('active = true', false, 0, -1), truth.active, 'everybody active');
  const found = await crowd.search.user(`name = "${alice}"`, true);
  company.same(found.map((entry) => entry.email), [truth.byName[alice].mail || ''], 'one user, expanded');
  assert.strictEqual((await crowd.search.group('', false, 0, -1)).length, truth.groupCount);

  await reads(crowd, truth);

  const xml = await crowd.group.membership();
  assert.strictEqual(xml.split('</membership>').length - 1, truth.groupCount);
  const cookie = await crowd.config.cookie();
  assert.strictEqual(cookie.name, 'crowd.token_key');

  await refused(crowd.user.get('nobody'), 'USER_NOT_FOUND');
  await refused(crowd.authentication.authenticate(alice, 'whatever'), 'INVALID_USER_AUTHENTICATION');
  await refused(crowd.session.create(alice, 'whatever'), 'INVALID_USER_AUTHENTICATION');
  const session = await crowd.session.createUnvalidated(alice);
  assert.strictEqual((await crowd.session.createUnvalidated(alice)).token, session.token);
  assert.strictEqual((await crowd.session.validate(session.token)).token, session.token);
  assert.strictEqual((await crowd.session.getUser(session.token)).username, alice);
  await crowd.session.removeAll(alice, session.token);
  await crowd.session.validate(session.token);
  await crowd.session.remove(session.token);
  await refused(crowd.session.validate(session.token), 'INVALID_SSO_TOKEN');
  await refused(crowd.session.validate('no-such-token'), 'INVALID_SSO_TOKEN');
  await refused(crowd.user.remove(alice), 'APPLICATION_PERMISSION_DENIED');
  await crowd.session.remove('no-such-token');
  const stranger = new CrowdClient({ ...settings, application: { name: 'jira', password: 'wrong' } });
  await refused(stranger.user.get(alice), 'APPLICATION_ACCESS_DENIED');
  console.log(`atlassian-crowd-client: ${truth.users.length} users, ${truth.groupCount} groups`);
};

main().catch((error) => {
  console.error(error);
  process.exit(1);
});
