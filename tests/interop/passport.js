// npm passport-atlassian-crowd and @natlibfi/passport-atlassian-crowd: log-ins of web applications.
'use strict';

const assert = require('assert');
const { Strategy } = require('passport-atlassian-crowd');
const strategies = require('@natlibfi/passport-atlassian-crowd');
const CrowdClient = require('atlassian-crowd-client');
const User = require('atlassian-crowd-client/lib/models/user');
const Group = require('atlassian-crowd-client/lib/models/group');
const company = require('./company');

// What the strategy says about one log-in.
const logIn = (strategy, body, headers = {}) => new Promise((resolve) => {
  const attempt = Object.create(strategy);
  attempt.success = (user) => resolve({ user });
  attempt.fail = (why) => resolve({ fail: why || true });
  attempt.error = (error) => resolve({ error });
  attempt.authenticate({ body, query: {}, headers, connection: { remoteAddress: '127.0.0.1' } });
});

const main = async () => {
  const { alice } = await company.read();
  const strategy = new Strategy({
    crowdServer: `${company.url}/`,
    crowdApplication: company.application,
    crowdApplicationPassword: company.password,
  }, (profile, done) => done(null, profile));
  const wrong = await logIn(strategy, { username: alice, password: 'whatever' });
  assert.strictEqual(wrong.fail && wrong.fail.reason, 'INVALID_USER_AUTHENTICATION', JSON.stringify(wrong));
  const nobody = await logIn(strategy, { username: 'nobody', password: 'whatever' });
  assert.strictEqual(nobody.fail && nobody.fail.reason, 'USER_NOT_FOUND', JSON.stringify(nobody));

  const bearer = new strategies.BearerTokenStrategy({
    url: `${company.url}/rest`,
    appName: company.application,
    appPassword: company.password,
  });
  // Anything but 404 would be an error of the server to it, and to its users.
  const unknown = await logIn(bearer, {}, { authorization: 'Bearer no-such-token' });
  assert.strictEqual(unknown.fail, true, String(unknown.error));
  console.log('passport: log-ins are refused with their reason');
  await lettingIn();
  console.log('passport: log-ins by password, with groups, by bearer token');
};

// An account of the local directory, in a group that is in another: every strategy lets it in.
const lettingIn = async () => {
  const crowd = new CrowdClient({ baseUrl: company.url, application: { name: 'accounts', password: company.password } });
  await crowd.user.create(new User('Pia', 'P', 'Pia P', 'pia@example.com', 'pia', 'first'));
  for (const name of ['web', 'all']) await crowd.group.create(new Group(name));
  await crowd.group.children.add('all', 'web');
  await crowd.user.groups.add('pia', 'web');
  const strategy = new Strategy({
    crowdServer: `${company.url}/`,
    crowdApplication: 'accounts',
    crowdApplicationPassword: company.password,
    retrieveGroupMemberships: true,
  }, (profile, done) => done(null, profile));
  const { user } = await logIn(strategy, { username: 'PIA', password: 'first' });
  assert.deepStrictEqual([user.username, user.displayName, user.groups], ['pia', 'Pia P', ['all', 'web']]);

  const settings = { url: `${company.url}/rest`, appName: 'accounts', appPassword: company.password, fetchGroupMembership: true };
  const basic = (password) => ({ authorization: `Basic ${Buffer.from(`pia:${password}`).toString('base64')}` });
  const credentials = new strategies.BearerCredentialsStrategy(settings);
  const { user: token } = await logIn(credentials, {}, basic('first'));
  assert.ok(typeof token === 'string' && token.length >= 22, String(token));
  assert.strictEqual((await logIn(credentials, {}, basic('wrong'))).fail, true);
  const told = await logIn(new strategies.BearerTokenStrategy(settings), {}, { authorization: `Bearer ${token}` });
  assert.deepStrictEqual([told.user.id, told.user.emails[0].value, told.user.groups], ['pia', 'pia@example.com', ['web', 'all']]);
  const inside = await logIn(new strategies.BasicStrategy(settings), {}, basic('first'));
  assert.deepStrictEqual(inside.user.groups, ['web', 'all']);
  for (const name of ['web', 'all']) await crowd.group.remove(name);
  await crowd.user.remove('pia');
  assert.ok((await logIn(new strategies.BearerTokenStrategy(settings), {}, { authorization: `Bearer ${token}` })).fail);
};

main().catch((error) => {
  console.error(error);
  process.exit(1);
});
