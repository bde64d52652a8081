import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { faultsOf, firstInventory } from '../build/first-inventory.ts';
import { UserError } from '../messages/user-error.ts';
import type { Given, Suggestions } from './init-answers.ts';
import { askAnswers, type Rules } from './init-questions.ts';

const MACHINE: Suggestions = {
  networks: [{ name: 'eth0', cidr: '192.168.1.10/24', gateway: '192.168.1.254' }],
  usualKeys: 2,
  otherKeys: [],
};

/** The build's own judgement; a key is good when it is `auto` or ends in .pub. */
const RULES: Rules = {
  problem: (answers, withKeys) => {
    const faults = faultsOf(firstInventory(answers, './s'), ({ document }) => {
      const keys = document.nodes[0]?.ssh_keys;
      const isGood = !withKeys || keys === 'auto' || keys?.[0]?.endsWith('.pub');
      return isGood ? [] : [{ offset: 0, message: 'no such key' }];
    });
    return faults[0]?.message ?? null;
  },
  keyReference: (line) => line.toLowerCase(),
};

/** Answers questions from a list, and gives the questions with the answers, and what was said. */
async function converse(lines: readonly string[], given: Given = {}, machine = MACHINE) {
  const said: string[] = [];
  const left = [...lines];
  const terminal = {
    ask: async (question: string) => {
      const line = left.shift();
      if (line === undefined) throw new Error(`nothing left to answer: ${question}`);
      said.push(question + line);
      return line;
    },
    say: (line: string) => void said.push(line),
  };
  const answers = await askAnswers(terminal, given, machine, RULES);
  assert.deepEqual(left, []);
  return { answers, said };
}

describe('the questions of init', () => {
  test('accept the proposal on Enter', async () => {
    const { answers } = await converse(['', '', '', '', '52:54:00:00:00:01', '', '', '']);
    assert.deepEqual(answers, {
      release: '24.04',
      cluster: 'home',
      genesisIp: 'auto',
      keys: 'auto',
      nodes: [{ name: 'k8s-node01', mac: ['52:54:00:00:00:01'], ip: undefined }],
      gateway: undefined,
      dns: [],
    });
  });

  test('repeat until the answer is valid, and say what is wrong', async () => {
    const lines = ['24.05', '22.04', 'Home', 'attic', 'key', 'KEY.pub', 'me', '192.168.1.10'];
    const first = ['', 'x', '52:54:00:00:00:01', 'a', '192.168.1.10/24', '192.168.1.101/24'];
    const second = ['5254.0000.0001', '52:54:00:00:00:02', 'a', 'b', ''];
    const rest = ['', '10.0.0.1', '192.168.1.1', 'dns', '192.168.1.1, 9.9.9.9'];
    const { answers, said } = await converse([...lines, ...first, ...second, ...rest]);
    assert.deepEqual(answers.nodes, [
      { name: 'a', mac: ['52:54:00:00:00:01'], ip: '192.168.1.101/24' },
      { name: 'b', mac: ['52:54:00:00:00:02'], ip: undefined },
    ]);
    const { release, cluster, genesisIp, keys, gateway, dns } = answers;
    assert.deepEqual(
      [release, cluster, genesisIp, keys],
      ['22.04', 'attic', '192.168.1.10', ['key.pub']],
    );
    assert.deepEqual([gateway, dns], ['192.168.1.1', ['192.168.1.1', '9.9.9.9']]);
    assert.ok(said.includes('no such key'));
    assert.ok(said.includes('192.168.1.10 is the address of Genesis'));
    assert.ok(said.includes('duplicate mac 52:54:00:00:00:01'));
    assert.ok(
      said.includes('Router for machines with a fixed address (or none) [192.168.1.254]: 10.0.0.1'),
    );
  });

  test('skip what flags answered', async () => {
    const nodes = [{ name: 'k8s-node02', mac: ['52:54:00:00:00:01'], ip: '192.168.1.101/24' }];
    const given = {
      release: '22.04',
      cluster: 'attic',
      genesisIp: 'auto',
      keys: 'auto',
      nodes,
    } as const;
    const { answers } = await converse(['none', ''], given);
    assert.deepEqual([answers.gateway, answers.dns], [undefined, []]);
  });

  test('do not start if flags are wrong', async () => {
    await assert.rejects(converse([], { release: '24.05' }), (error) => {
      assert.ok(error instanceof UserError);
      return error.message.startsWith("init: 'release': '24.05' is not one of");
    });
  });

  test('propose the only key found, or none', async () => {
    const machine = { ...MACHINE, usualKeys: 0, otherKeys: ['~/.ssh/work.pub'] };
    const given = {
      release: '22.04',
      cluster: 'a',
      genesisIp: 'auto',
      nodes: [{ name: 'a', mac: ['02-00-00-00-00-01'] }],
    };
    assert.deepEqual((await converse([''], given, machine)).answers.keys, ['~/.ssh/work.pub']);
    const bare = { ...machine, otherKeys: [] };
    const { answers } = await converse(['', 'a.pub'], given, bare);
    assert.deepEqual(answers.keys, ['a.pub']);
  });
});
