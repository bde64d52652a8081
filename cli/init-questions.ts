// The questions that `init` asks on a terminal. What flags answered is not asked.
import type { FirstAnswers } from '../build/first-inventory.ts';
import type { NewNode } from '../build/node-entry.ts';
import { RELEASES } from '../build/schema/os.ts';
import { UserError } from '../messages/user-error.ts';
import {
  exampleAddress,
  type Given,
  hasFixedAddress,
  NO_GATEWAY,
  proposeGateway,
  proposeKeys,
  routing,
  STANDARD,
  type Suggestions,
} from './init-answers.ts';

export interface Terminal {
  /** Shows a question and returns the line that was typed. */
  readonly ask: (question: string) => Promise<string>;
  readonly say: (line: string) => void;
}

export interface Rules {
  /**
   * What is wrong with the answers, as a message for the user; null if nothing.
   * @param withKeys whether the ssh keys were answered
   */
  readonly problem: (answers: FirstAnswers, withKeys: boolean) => string | null;
  /** An ssh key as typed → as nodes.yaml refers to it. */
  readonly keyReference: (line: string) => string;
}

/** Used until a machine is known, as an inventory needs at least one. */
const PLACEHOLDER: NewNode = { name: 'k8s-node01', mac: ['02-00-00-00-00-01'] };

/**
 * Asks for what flags left open, repeating each question until its answer is valid.
 * @throws {UserError} if a flag's value is invalid
 */
export async function askAnswers(
  terminal: Terminal,
  given: Given,
  suggested: Suggestions,
  rules: Rules,
): Promise<FirstAnswers> {
  const interview = new Interview(terminal, given, rules);
  interview.checkGiven();
  terminal.say('Press Enter to accept the answer in [brackets].');
  await interview.text('release', `Ubuntu release (${RELEASES.join(', ')})`, STANDARD.release);
  await interview.text('cluster', 'Cluster name', STANDARD.cluster);
  await interview.keys(suggested);
  const own = suggested.networks.map(({ name, cidr }) => `${cidr.split('/')[0]} on ${name}`);
  const here = own.length === 0 ? '' : `; this machine is ${own.join(', ')}`;
  const genesis = `Address of Genesis, the computer that serves the boot files (auto: from DHCP${here})`;
  await interview.text('genesisIp', genesis, STANDARD.genesisIp);
  await interview.nodes(exampleAddress(suggested));
  await interview.routing(suggested);
  return interview.answers;
}

class Interview {
  readonly #terminal: Terminal;
  readonly #given: Given;
  readonly #rules: Rules;
  #hasKeys: boolean;
  answers: FirstAnswers;

  constructor(terminal: Terminal, given: Given, rules: Rules) {
    this.#terminal = terminal;
    this.#given = given;
    this.#rules = rules;
    this.#hasKeys = given.keys !== undefined;
    const { release, cluster, genesisIp, keys, nodes } = given;
    this.answers = {
      release: release ?? STANDARD.release,
      cluster: cluster ?? STANDARD.cluster,
      genesisIp: genesisIp ?? STANDARD.genesisIp,
      keys: keys ?? 'auto',
      nodes: nodes ?? [],
      ...routing(given.gateway, given.dns),
    };
  }

  checkGiven() {
    const problem = this.#problem(this.answers);
    if (problem !== null) throw new UserError(`init: ${problem}`);
  }

  #problem(answers: FirstAnswers): string | null {
    const nodes = answers.nodes.length > 0 ? answers.nodes : [PLACEHOLDER];
    return this.#rules.problem({ ...answers, nodes }, this.#hasKeys);
  }

  /** Asks until `use` turns the line into valid answers, and keeps those. */
  async #until(question: string, proposal: string, use: (line: string) => Partial<FirstAnswers>) {
    const shown = proposal === '' ? `${question}: ` : `${question} [${proposal}]: `;
    for (;;) {
      const line = (await this.#terminal.ask(shown)).trim() || proposal;
      const answers = { ...this.answers, ...use(line) };
      const problem = this.#problem(answers);
      if (problem === null) {
        this.answers = answers;
        return line;
      }
      this.#terminal.say(problem);
    }
  }

  async text(key: 'release' | 'cluster' | 'genesisIp', question: string, proposal: string) {
    if (this.#given[key] === undefined)
      await this.#until(question, proposal, (line) => ({ [key]: line }));
  }

  async keys(suggested: Suggestions) {
    if (this.#given.keys !== undefined) return;
    const { usualKeys } = suggested;
    const found = `auto: the ${usualKeys} found in ~/.ssh; or a path, or a public key`;
    const proposal = [proposeKeys(suggested) ?? ''].flat().join('');
    const question = `Who may log in over ssh (${usualKeys > 0 ? found : 'the path of a public key, or the key itself'})`;
    this.#hasKeys = true;
    await this.#until(question, proposal, (line) => ({
      keys: line === 'auto' ? line : [this.#rules.keyReference(line)],
    }));
  }

  async nodes(example: string) {
    if (this.#given.nodes !== undefined) return;
    for (let number = 1; await this.#node(number, example); number += 1);
  }

  /** Asks for one machine; false if there are no more. */
  async #node(number: number, example: string): Promise<boolean> {
    const before = this.answers.nodes;
    const name = freeName(before, number);
    const set = (node: NewNode) => ({ nodes: [...before, node] });
    const more = number === 1 ? 'on its label or in its firmware' : 'Enter: no more machines';
    const mac = await this.#until(`MAC address of machine ${number} (${more})`, '', (line) =>
      line === '' && number > 1 ? {} : set({ name, mac: [line] }),
    );
    if (mac === '') return false;
    const given = await this.#until('  its name', name, (line) => set({ name: line, mac: [mac] }));
    await this.#until(`  its address, such as ${example} (Enter: use DHCP)`, '', (line) =>
      set({ name: given, mac: [mac], ip: line === '' ? undefined : line }),
    );
    return true;
  }

  async routing(suggested: Suggestions) {
    const { gateway, dns } = this.#given;
    if (!hasFixedAddress(this.answers.nodes)) return;
    if (gateway === undefined) {
      const proposal = proposeGateway(this.answers.nodes, suggested) ?? NO_GATEWAY;
      const question = `Router for machines with a fixed address (or ${NO_GATEWAY})`;
      await this.#until(question, proposal, (line) => routing(line, dns));
    }
    if (dns !== undefined) return;
    const servers = (line: string) => line.split(/[\s,]+/).filter((word) => word !== '');
    await this.#until('Name servers for those machines', this.answers.dns.join(' '), (line) => ({
      dns: servers(line),
    }));
  }
}

/** `k8s-node01` and so on, by number, past names that are taken. */
function freeName(nodes: readonly NewNode[], number: number): string {
  const name = `k8s-node${String(number).padStart(2, '0')}`;
  return nodes.some((node) => node.name === name) ? freeName(nodes, number + 1) : name;
}
