// For tests: systemd/homepbp.service, and how its first comment says to install it.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
export const REPOSITORY = join(import.meta.dirname, '../..');
const UNIT = readFileSync(join(REPOSITORY, 'systemd/homepbp.service'), 'utf8');

/** The commands in the unit's first comment, for root and another place for the unit. */
export function installation(place = '/etc/systemd/system/homepbp.service'): string {
  const comment = UNIT.slice(0, UNIT.indexOf('[Unit]'));
  const commands = [...comment.matchAll(/^# {3}(.*)$/gm)].map(([, command = '']) => command);
  assert.equal(commands.length, 5);
  return commands
    .join('\n')
    .replaceAll('sudo ', '')
    .replaceAll('/etc/systemd/system/homepbp.service', place);
}
