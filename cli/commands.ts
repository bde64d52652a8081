// The table of all commands.

interface Command {
  /** One line for the list of commands. */
  readonly summary: string;
  /** Loaded only when the command runs, so that `build` does not pay for a server. */
  readonly load: () => Promise<{ run(args: readonly string[]): Promise<number> }>;
  /** Runs until it is stopped, also when nobody reads its output any more. */
  readonly isServer?: boolean;
  /** Works on HomePBP itself. */
  readonly isForDevelopers?: boolean;
}

/** In the order in which the usage lists them. */
export const COMMANDS: Readonly<Record<string, Command>> = {
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
  serve: {
    summary: 'serves dist/ over TFTP and HTTP',
    load: () => import('./serve.ts'),
    isServer: true,
  },
  start: {
    summary: 'builds, serves, and rebuilds on changes',
    load: () => import('./start.ts'),
    isServer: true,
  },
  dev: {
    summary: 'serves the page and previews, live while you edit',
    load: () => import('./dev.ts'),
    isServer: true,
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
  usb: {
    summary: 'makes the image of a stick for machines that cannot boot over the network: FILE',
    load: () => import('./usb.ts'),
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
  completion: {
    summary: 'prints a script by which a shell completes commands, flags and names of nodes',
    load: () => import('./completion.ts'),
  },
  demo: {
    summary: 'shows it all on virtual machines, without hardware (Linux with QEMU)',
    load: () => import('./demo.ts'),
    isServer: true,
  },
  test: {
    summary: 'checks types and lint, runs unit and golden tests',
    load: () => import('./test.ts'),
    isForDevelopers: true,
  },
  'test:system': {
    summary: 'runs tests that need root, QEMU or a lot of time',
    load: () => import('./test-system.ts'),
    isForDevelopers: true,
  },
  e2e: {
    summary: 'boots real firmware in QEMU',
    load: () => import('./e2e.ts'),
    isForDevelopers: true,
  },
  bench: {
    summary: 'measures ratios against peers',
    load: () => import('./bench.ts'),
    isForDevelopers: true,
  },
  simulate: {
    summary: 'runs many machines in virtual time: is there ever a second cluster?',
    load: () => import('./simulate.ts'),
    isForDevelopers: true,
  },
};

/** The command with a name; undefined if there is none. */
export function findCommand(name: string): Command | undefined {
  return Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
}

/** What `./homepbp help` prints. */
export function usage(): string {
  const forUsers = section(({ isForDevelopers = false }) => !isForDevelopers);
  const forDevelopers = section(({ isForDevelopers = false }) => isForDevelopers);
  return `usage: ./homepbp COMMAND [flags]

${forUsers}

for developers of HomePBP:
${forDevelopers}

./homepbp COMMAND --help describes a command's flags; ./homepbp --version prints the version
`;
}

function section(isIn: (command: Command) => boolean): string {
  const width = Math.max(...Object.keys(COMMANDS).map((name) => name.length));
  return Object.entries(COMMANDS)
    .filter(([, command]) => isIn(command))
    .map(([name, { summary }]) => `  ${name.padEnd(width)} ${summary}`)
    .join('\n');
}
