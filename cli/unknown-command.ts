import { escaped } from '../messages/escaped.ts';
import { nearest, type Synonyms } from '../messages/nearest.ts';
import { didYouMean } from './flag-faults.ts';

/** What other tools call our commands. */
const COMMAND_SYNONYMS: Synonyms = {
  new: 'init',
  create: 'init',
  setup: 'init',
  generate: 'build',
  make: 'build',
  compile: 'build',
  download: 'fetch',
  pull: 'fetch',
  update: 'fetch',
  upgrade: 'fetch',
  run: 'start',
  up: 'start',
  watch: 'start',
  boot: 'start',
  server: 'serve',
  plan: 'diff',
  show: 'explain',
  describe: 'explain',
  copy: 'export',
  publish: 'export',
  deploy: 'export',
  check: 'doctor',
  diagnose: 'doctor',
  validate: 'build',
  ps: 'status',
  ls: 'status',
  list: 'status',
  nodes: 'status',
  approve: 'enroll',
  admit: 'enroll',
  kubectl: 'kubeconfig',
  config: 'kubeconfig',
};

/** The message for a command that does not exist. */
export function unknownCommand(name: string, known: readonly string[]): string {
  const near = nearest(name, known, COMMAND_SYNONYMS);
  return `homepbp: unknown command '${escaped(name)}'${didYouMean(near)}\n  hint: ./homepbp --help lists the commands`;
}
