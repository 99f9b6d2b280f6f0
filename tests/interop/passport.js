// npm passport-atlassian-crowd and @natlibfi/passport-atlassian-crowd: log-ins of web applications.
'use strict';

const assert = require('assert');
const { Strategy } = require('passport-atlassian-crowd');
const { BearerTokenStrategy } = require('@natlibfi/passport-atlassian-crowd');
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

  const bearer = new BearerTokenStrategy({
    url: `${company.url}/rest`,
    appName: company.application,
    appPassword: company.password,
  });
  // Anything but 404 would be an error of the server to it, and to its users.
  const unknown = await logIn(bearer, {}, { authorization: 'Bearer no-such-token' });
  assert.strictEqual(unknown.fail, true, String(unknown.error));
  console.log('passport: log-ins are refused with their reason');
};

main().catch((error) => {
  console.error(error);
  process.exit(1);
});
