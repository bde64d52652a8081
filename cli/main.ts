// The command line: finds the command, runs it, and turns its errors into messages.
import { escaped } from '../messages/escaped.ts';
import { UserError } from '../messages/user-error.ts';
import { HelpAsked } from './flags.ts';
import { helpText } from './help-text.ts';
import { missingPackage } from './missing-package.ts';

interface Command {
  /** One line for the list of commands. */
  readonly summary: string;
  /** Loaded only when the command runs, so that `build` does not pay for a server. */
  readonly load: () => Promise<{ run(args: readonly string[]): Promise<number> }>;
}

const COMMANDS: Readonly<Record<string, Command>> = {
  init: {
    summary: 'asks a few questions and writes a first nodes.yaml',
    load: () => import('./init.ts'),
  },
  add: { summary: 'adds a machine to nodes.yaml: NAME --mac M', load: () => import('./add.ts') },
  fetch: {
    summary: 'downloads kernels, k3s and iPXE → media/ and media.lock.json',
    load: () => import('./fetch.ts'),
  },
  build: { summary: 'builds nodes.yaml → dist/', load: () => import('./build.ts') },
  serve: { summary: 'serves dist/ over TFTP and HTTP', load: () => import('./serve.ts') },
  start: { summary: 'builds, serves, and rebuilds on changes', load: () => import('./start.ts') },
  dev: {
    summary: 'serves the page and previews, live while you edit',
    load: () => import('./dev.ts'),
  },
  explain: {
    summary: 'shows what a machine will fetch and run: NAME|MAC',
    load: () => import('./explain.ts'),
  },
  diff: { summary: 'shows what a build would change in dist/', load: () => import('./diff.ts') },
  export: {
    summary: 'copies dist/ to a folder that another web server serves: DIR',
    load: () => import('./export.ts'),
  },
  doctor: {
    summary: 'checks everything a machine needs to boot, as a machine would',
    load: () => import('./doctor.ts'),
  },
  status: { summary: 'shows how far each node is', load: () => import('./status.ts') },
  enroll: {
    summary: "lists who has enrolled, or lets a node's next key in: NAME…",
    load: () => import('./enroll.ts'),
  },
  rotate: {
    summary: 'gives the nodes new secrets while the cluster runs, and ends the old ones',
    load: () => import('./rotate.ts'),
  },
  kubeconfig: {
    summary: 'gets the admin kubeconfig from a server over ssh → secrets/kubeconfig',
    load: () => import('./kubeconfig.ts'),
  },
  test: {
    summary: 'checks types and lint, runs unit and golden tests',
    load: () => import('./test.ts'),
  },
  'test:system': {
    summary: 'runs tests that need root, QEMU or a lot of time',
    load: () => import('./test-system.ts'),
  },
  bench: { summary: 'measures ratios against peers [NAME…]', load: () => import('./bench.ts') },
  simulate: {
    summary: 'runs many machines in virtual time: is there ever a second cluster?',
    load: () => import('./simulate.ts'),
  },
  e2e: { summary: 'boots real firmware in QEMU [NAME…]', load: () => import('./e2e.ts') },
};

/** Runs one command and sets the process's exit status. Never throws. */
export async function main(args: readonly string[]): Promise<void> {
  process.exitCode = await runCommand(args);
}

/** Runs one command and returns the exit status; anything it throws is a bug. */
export async function runCommand([name, ...args]: readonly string[]): Promise<number> {
  if (name === undefined || name === 'help' || name === '--help' || name === '-h') {
    process.stdout.write(usage());
    return name === undefined ? 1 : 0;
  }
  const command = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
  if (command === undefined) {
    process.stderr.write(`homepbp: unknown command '${name}'\n\n${usage()}`);
    return 1;
  }
  try {
    return await (await command.load()).run(args);
  } catch (error) {
    if (error instanceof HelpAsked) {
      const { columns = 80 } = process.stdout;
      process.stdout.write(helpText(command.summary, error.syntax, columns));
      return 0;
    }
    const missing = missingPackage(error);
    if (missing !== null) {
      process.stderr.write(`${name}: ${missing}\n`);
      return 1;
    }
    if (!(error instanceof UserError)) throw error;
    // It may quote what servers answered.
    process.stderr.write(`${escaped(error.message)}\n`);
    return 1;
  }
}

function usage(): string {
  const width = Math.max(...Object.keys(COMMANDS).map((name) => name.length));
  const lines = Object.entries(COMMANDS).map(
    ([name, { summary }]) => `  ${name.padEnd(width)} ${summary}`,
  );
  return `usage: ./homepbp COMMAND [flags]\n\n${lines.join('\n')}\n`;
}
