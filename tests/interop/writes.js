// What the JavaScript clients write, into a local directory, as an application that may.
'use strict';

const assert = require('assert');
const CrowdClient = require('atlassian-crowd-client');
const User = require('atlassian-crowd-client/lib/models/user');
const Group = require('atlassian-crowd-client/lib/models/group');
const Attributes = require('atlassian-crowd-client/lib/models/attributes');
const company = require('./company');

const refused = (promise, type) => promise.then(
  () => assert.fail(`should have been refused with ${type}`),
  (error) => assert.strictEqual(error.type, type, error.message)
);

const main = async () => {
  const crowd = new CrowdClient({ baseUrl: company.url, application: { name: 'accounts', password: company.password } });
  const made = await crowd.user.create(new User('Eve', 'E', 'Eve E', 'e@example.com', 'eve+1', 'first'));
  assert.deepStrictEqual([made.username, made.displayname, made.active], ['eve+1', 'Eve E', true]);
  await refused(crowd.user.create(new User('', '', '', '', 'EVE+1', 'x')), 'INVALID_USER');
  const changed = await crowd.user.update('eve+1', new User('Eve', 'F', 'Eve F', 'f@example.com', 'eve+1'));
  assert.deepStrictEqual([changed.email, changed.displayname], ['f@example.com', 'Eve F']);
  assert.strictEqual((await crowd.authentication.authenticate('eve+1', 'first')).username, 'eve+1');
  await crowd.user.password.set('eve+1', 'sécond');
  await refused(crowd.authentication.authenticate('eve+1', 'first'), 'INVALID_USER_AUTHENTICATION');
  await crowd.authentication.authenticate('eve+1', 'sécond');
  const attributes = await crowd.user.attributes.set('eve+1', new Attributes({ phone: '1', list: [1, 2] }));
  assert.deepStrictEqual(attributes.attributes, { phone: '1', list: [1, 2] });
  await crowd.user.attributes.remove('eve+1', 'list');
  assert.deepStrictEqual((await crowd.user.attributes.list('eve+1')).attributes, { phone: '1' });
  await crowd.user.rename('eve+1', 'eva');

  for (const name of ['web', 'all']) {
    assert.strictEqual((await crowd.group.create(new Group(name, 'of js'))).groupname, name);
  }
  await refused(crowd.group.create(new Group('WEB')), 'INVALID_GROUP');
  assert.strictEqual((await crowd.group.update('web', new Group('web', 'changed'))).description, 'changed');
  const kept = await crowd.group.attributes.set('web', new Attributes({ k: 'v' }));
  assert.deepStrictEqual(kept.attributes, { k: 'v' });
  await crowd.group.attributes.remove('web', 'k');
  await crowd.user.groups.add('eva', 'web');
  await refused(crowd.group.users.add('web', 'eva'), 'MEMBERSHIP_ALREADY_EXISTS');
  await crowd.group.children.add('all', 'web');
  await refused(crowd.group.parents.add('all', 'web'), 'INVALID_MEMBERSHIP');
  assert.deepStrictEqual(await crowd.group.users.list('all', true), ['eva']);
  await crowd.group.children.remove('all', 'web');
  await crowd.group.parents.add('web', 'all');
  assert.deepStrictEqual(await crowd.group.parents.list('web'), ['all']);
  await crowd.user.groups.remove('eva', 'web');
  await crowd.group.users.add('web', 'eva');
  await crowd.group.users.remove('web', 'eva');
  await refused(crowd.user.groups.get('eva', 'web'), 'MEMBERSHIP_NOT_FOUND');
  await refused(crowd.user.password.reset('eva'), 'UNSUPPORTED_OPERATION');
  await refused(crowd.user.username.request('nobody@example.com'), 'INVALID_EMAIL');
  for (const name of ['web', 'all']) await crowd.group.remove(name);
  await crowd.user.remove('eva');
  await refused(crowd.user.get('eva'), 'USER_NOT_FOUND');
  console.log('atlassian-crowd-client: whatever it writes');
};

main().catch((error) => {
  console.error(error);
  process.exit(1);
});
