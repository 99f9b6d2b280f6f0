// npm atlassian-crowd-client: JSON, lists by the query language.
'use strict';

const assert = require('assert');
const CrowdClient = require('atlassian-crowd-client');
const company = require('./company');

const refused = async (promise, type) => {
  const error = await promise.then(() => assert.fail('this should have been refused'), (reason) => reason);
  assert.strictEqual(error.type, type, String(error));
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

  const xml = await crowd.group.membership();
  assert.strictEqual(xml.split('</membership>').length - 1, truth.groupCount);
  const cookie = await crowd.config.cookie();
  assert.strictEqual(cookie.name, 'crowd.token_key');

  await refused(crowd.user.get('nobody'), 'USER_NOT_FOUND');
  await refused(crowd.authentication.authenticate(alice, 'whatever'), 'INVALID_USER_AUTHENTICATION');
  await refused(crowd.session.create(alice, 'whatever'), 'APPLICATION_PERMISSION_DENIED');
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
