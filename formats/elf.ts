// The ELF headers that matter for booting (System V ABI, chapters 4 and 5).
import type { Arch } from '../contract/inventory.ts';

export interface ElfFacts {
  /** The architecture as in nodes.yaml, or the machine number in the header. */
  readonly machine: Arch | number;
  /** Whether it can be run, unlike a library or an object file. */
  readonly isProgram: boolean;
  /** The dynamic loader; null for a static program. */
  readonly interpreter: string | null;
}

const ET_EXEC = 2;
const ET_DYN = 3;
const PT_INTERP = 3;
/** Interpreter paths are short; a longer one is damaged. */
const MAX_INTERPRETER = 4096;

/** Both are 64-bit and little-endian, as the other fields are read. */
const MACHINES: ReadonlyMap<number, Arch> = new Map([
  [62, 'amd64'],
  [183, 'arm64'],
]);

interface ProgramHeader {
  readonly type: number;
  readonly offset: number;
  readonly size: number;
}

/** Null unless it is a 64-bit ELF file with complete headers. */
export function elfFacts(bytes: Uint8Array): ElfFacts | null {
  const view = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  if (view.length < 64 || view.toString('latin1', 0, 6) !== '\x7fELF\x02\x01') return null;
  const headers = programHeaders(view);
  if (headers === null) return null;
  const type = view.readUInt16LE(16);
  const machine = view.readUInt16LE(18);
  const entry = view.readBigUInt64LE(24);
  const wanted = headers.find((header) => header.type === PT_INTERP);
  return {
    machine: MACHINES.get(machine) ?? machine,
    isProgram: (type === ET_EXEC || type === ET_DYN) && entry !== 0n && headers.length > 0,
    interpreter: wanted === undefined ? null : textAt(view, wanted),
  };
}

/** Null when they are outside the file. */
function programHeaders(view: Buffer): ProgramHeader[] | null {
  const start = Number(view.readBigUInt64LE(32));
  const [size, count] = [view.readUInt16LE(54), view.readUInt16LE(56)];
  if (count === 0) return [];
  if (size < 56 || start + size * count > view.length) return null;
  return Array.from({ length: count }, (_, index) => {
    const at = start + index * size;
    return {
      type: view.readUInt32LE(at),
      offset: Number(view.readBigUInt64LE(at + 8)),
      size: Number(view.readBigUInt64LE(at + 32)),
    };
  });
}

function textAt(view: Buffer, { offset, size }: ProgramHeader): string {
  const end = offset + Math.min(size, MAX_INTERPRETER);
  return view.toString('latin1', offset, end).replace(/\0.*$/s, '');
}
