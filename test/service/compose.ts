// For tests: compose.yaml's service.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { load } from 'js-yaml';

export const REPOSITORY = join(import.meta.dirname, '../..');

export interface Service {
  readonly user: string;
  readonly network_mode: string;
  readonly read_only: boolean;
  readonly cap_drop: readonly string[];
  readonly cap_add: readonly string[];
  readonly security_opt?: readonly string[];
  readonly logging: { readonly driver: string; readonly options: Readonly<Record<string, string>> };
  readonly volumes: readonly { source: string; target: string; read_only?: boolean }[];
}

/** The service in a text of Compose's. */
export function serviceIn(text: string): Service {
  return (load(text) as { services: { homepbp: Service } }).services.homepbp;
}

export const service = serviceIn(readFileSync(join(REPOSITORY, 'compose.yaml'), 'utf8'));
