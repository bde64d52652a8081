// What to do after `init`: everything from here to a cluster.
import { INVENTORY } from './project-flags.ts';

/**
 * Lines for the terminal.
 * @param inventory its path, which commands need unless it is nodes.yaml
 * @param pages the URLs at which other machines will see the page
 */
export function stepsAfterInit(inventory: string, pages: readonly string[]): string[] {
  const flag = inventory === INVENTORY.default ? '' : ` --inventory ${inventory}`;
  const page = pages.length === 0 ? 'start prints its address' : pages.join(' or ');
  const steps = [
    [`./homepbp fetch${flag}`, 'downloads Ubuntu, k3s and iPXE, 1 to 2 GB for one release'],
    [
      `sudo ./homepbp start --proxy-dhcp${flag}`,
      'builds, serves, and tells machines to boot from here; the router stays as it is.\n' +
        'Root is for binding ports only, and is given up before any file is read',
    ],
    ["In each machine's firmware, enable network boot (PXE, IPv4) and put it first", ''],
    ['Switch the machines on', `and watch them on the page: ${page}`],
    ['./homepbp kubeconfig', 'once they are ready; it prints the kubectl command to try'],
  ];
  return [
    'What to do next:',
    ...steps.flatMap(([what, why = ''], index) => [
      `  ${index + 1}. ${what}`,
      ...why.split('\n').flatMap((line) => (line === '' ? [] : `     ${line}`)),
    ]),
  ];
}
