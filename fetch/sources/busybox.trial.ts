// For tests: the busybox-static package as in the Ubuntu archive.
import { zstdCompressSync } from 'node:zlib';
import { Header } from 'tar';
import { trialBusybox } from '../../formats/elf.trial.ts';
import type { TrialPackage } from './ubuntu/site.trial.ts';

export const BUSYBOX_VERSION = '1:1.36.1-6ubuntu3.1';

export function busyboxPackage(arch: string): TrialPackage {
  const program = trialBusybox(arch === 'arm64' ? 'arm64' : 'amd64');
  const data = zstdCompressSync(packTar({ './usr/bin/busybox': program }));
  const content = packDeb({ 'data.tar.zst': data });
  return { name: 'busybox-static', version: BUSYBOX_VERSION, source: 'busybox', content };
}

/** A Debian package with these members after debian-binary. */
export function packDeb(members: Readonly<Record<string, Uint8Array>>): Buffer {
  const all = {
    'debian-binary': Buffer.from('2.0\n'),
    'control.tar.zst': Buffer.from('odd'),
    ...members,
  };
  const packed = Object.entries(all).flatMap(([name, content]) => [
    Buffer.from(
      `${name.padEnd(16)}${'0'.padEnd(12)}${'0'.padEnd(6).repeat(2)}${'100644'.padEnd(8)}${String(content.length).padEnd(10)}\`\n`,
    ),
    content,
    Buffer.from(content.length % 2 === 0 ? '' : '\n'),
  ]);
  return Buffer.concat([Buffer.from('!<arch>\n'), ...packed]);
}

export function packTar(files: Readonly<Record<string, Uint8Array>>): Buffer {
  const entries = Object.entries(files).flatMap(([path, content]) => {
    const header = Buffer.alloc(512);
    new Header({ path, size: content.length, mode: 0o755, type: 'File' }).encode(header, 0);
    return [header, content, Buffer.alloc((512 - (content.length % 512)) % 512)];
  });
  return Buffer.concat([...entries, Buffer.alloc(1024)]);
}
