// The truth about the simulated company, by the names that throng serves.
'use strict';

const assert = require('assert');
const http = require('http');

exports.url = process.env.CROWD_URL;
exports.application = process.env.CROWD_APP;
exports.password = process.env.CROWD_PASSWORD;

exports.read = async () => {
  const truth = await new Promise((resolve, reject) => {
    http.get(process.env.TRUTH_URL, (answer) => {
      let text = '';
      answer.on('data', (chunk) => (text += chunk));
      answer.on('end', () => resolve(JSON.parse(text)));
    }).on('error', reject);
  });
  const groups = new Map(Object.entries(truth.groups).map(([id, group]) => [id, group.display.trim()]));
  const times = {};
  for (const name of groups.values()) times[name.toLowerCase()] = (times[name.toLowerCase()] || 0) + 1;
  const members = {};
  const groupsOf = {};
  for (const [group, user] of truth.members) {
    const name = groups.get(group);
    // Groups of one name are served with a suffix: only the others can be asked for by name here.
    if (times[name.toLowerCase()] > 1) continue;
    const { upn } = truth.users[user];
    (members[name] = members[name] || []).push(upn);
    (groupsOf[upn] = groupsOf[upn] || []).push(name);
  }
  const users = Object.values(truth.users);
  const plain = users.filter((user) => user.enabled && /^[a-z0-9.]+@[a-z0-9.]+$/.test(user.upn));
  const most = (lists) => (a, b) => (lists[b] || []).length - (lists[a] || []).length;
  const nested = truth.nested.filter(([parent, child]) => [parent, child].every((id) => times[groups.get(id).toLowerCase()] === 1));
  // Whose parents and children all have names of their own.
  const plainGroup = ([parent, child]) => [parent, child].every((id) => truth.nested.every((edge) => !edge.includes(id) || nested.includes(edge)));
  const [parent, child] = nested.find(plainGroup).map((id) => groups.get(id));
  const edges = nested.map((edge) => edge.map((id) => groups.get(id)));
  return {
    parent,
    child,
    childrenOf: (name) => edges.filter((edge) => edge[0] === name).map((edge) => edge[1]),
    parentsOf: (name) => edges.filter((edge) => edge[1] === name).map((edge) => edge[0]),
    users: users.map((user) => user.upn),
    active: users.filter((user) => user.enabled).map((user) => user.upn),
    byName: Object.fromEntries(users.map((user) => [user.upn, user])),
    groupCount: groups.size,
    members,
    groupsOf,
    alice: plain.map((user) => user.upn).sort(most(groupsOf))[0],
    // The clients here do not escape: a group whose name needs none.
    group: Object.keys(members).filter((name) => /^[\w.-]+$/.test(name)).sort(most(members))[0],
  };
};

exports.same = (found, expected, what) => assert.deepStrictEqual([...found].sort(), [...expected].sort(), what);
