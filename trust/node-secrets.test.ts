import assert from 'node:assert/strict';
import { test } from 'node:test';
import { nodeSecretsSchema } from '../contract/node-secrets.ts';
import { parseValue } from '../contract/parse.ts';
import { secretsFor } from './node-secrets.ts';
import { proof, proves } from './proof.ts';

const SET = {
  id: '0123456789abcdef',
  token: 'the token',
  agentToken: 'for agents',
  peerKey: 'key',
};

const ISSUED = { passwordKey: 'secret' };

test('a server gets the secrets of servers, an agent its own only', () => {
  const server = secretsFor({ name: 'n1', role: 'server' }, SET, ISSUED);
  assert.deepEqual([server.token, server.peer_key], ['the token', 'key']);
  const agents = ['w1', 'w2'].map((name) => secretsFor({ name, role: 'agent' }, SET, ISSUED));
  for (const agent of agents) {
    parseValue(nodeSecretsSchema, agent);
    const text = JSON.stringify(agent);
    for (const secret of ['the token', '"key"']) assert.ok(!text.includes(secret));
  }
  assert.equal(agents[0]?.peer_key, proof('key', 'agent', 'w1'));
  assert.notEqual(agents[0]?.peer_key, agents[1]?.peer_key);
  assert.equal(server.node_password, null);
  // As payload/artefacts/password.py derived it from this key and this name.
  assert.equal(agents[0]?.node_password, 'd829ad3ba2cda8d07a7851f4f8c9e175');
});

test('a proof is for one key, one purpose and these fields', () => {
  const made = proof('key', 'latch', 'nonce', 'founded', '1');
  assert.ok(proves(made, 'key', 'latch', 'nonce', 'founded', '1'));
  assert.ok(!proves(made, 'other', 'latch', 'nonce', 'founded', '1'));
  assert.ok(!proves(made, 'key', 'check-in', 'nonce', 'founded', '1'));
  assert.ok(!proves(made, 'key', 'latch', 'nonce', 'founded', '2'));
  assert.ok(!proves('', 'key', 'latch', 'nonce', 'founded', '1'));
});
