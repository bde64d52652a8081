// What a listener has written down (attacks/listen.py), and whether a secret is in it, in whatever spelling.

interface Segment {
  readonly sequence: number;
  readonly data: Buffer;
}

const IPV4 = 0x0800;
const IPV6 = 0x86dd;
const TCP = 6;

/** The frames of a capture; a last one that is cut off is left out. */
export function framesOf(capture: Buffer): Buffer[] {
  const frames: Buffer[] = [];
  for (let at = 0; at + 4 <= capture.length; ) {
    const end = at + 4 + capture.readUInt32BE(at);
    if (end > capture.length) break;
    frames.push(capture.subarray(at + 4, end));
    at = end;
  }
  return frames;
}

/** What was said in each direction of each TCP connection, in order: a frame may end within a word. */
export function streamsOf(frames: readonly Buffer[]): Buffer[] {
  const flows = new Map<string, Segment[]>();
  for (const frame of frames) {
    const found = segmentOf(frame);
    if (found === null || found.data.length === 0) continue;
    const flow = flows.get(found.flow) ?? [];
    flow.push(found);
    flows.set(found.flow, flow);
  }
  return [...flows.values()].map(joined);
}

function segmentOf(frame: Buffer): (Segment & { readonly flow: string }) | null {
  const ip = ipOf(frame);
  if (ip === null || ip.protocol !== TCP || ip.data.length < 20) return null;
  const { addresses, data } = ip;
  const flow = `${addresses}${data.subarray(0, 4).toString('hex')}`;
  const head = (data.readUInt8(12) >> 4) * 4;
  return { flow, sequence: data.readUInt32BE(4), data: data.subarray(head) };
}

/** The packet in an Ethernet frame, without padding. */
function ipOf(frame: Buffer) {
  if (frame.length < 34) return null;
  const type = frame.readUInt16BE(12);
  const packet = frame.subarray(14);
  if (type === IPV4) {
    const head = (packet.readUInt8(0) & 0xf) * 4;
    const data = packet.subarray(head, packet.readUInt16BE(2) || undefined);
    const addresses = packet.subarray(12, 20).toString('hex');
    return { protocol: packet.readUInt8(9), addresses, data };
  }
  if (type !== IPV6 || packet.length < 40) return null;
  const addresses = packet.subarray(8, 40).toString('hex');
  return { protocol: packet.readUInt8(6), addresses, data: packet.subarray(40) };
}

/** By sequence number (RFC 9293 section 3.4), retransmissions dropped. */
function joined(segments: readonly Segment[]): Buffer {
  const first = segments[0]?.sequence ?? 0;
  const after = ({ sequence }: Segment) => (sequence - first) | 0;
  const pieces: Buffer[] = [];
  let end = Number.NEGATIVE_INFINITY;
  for (const segment of segments.toSorted((one, other) => after(one) - after(other))) {
    const at = after(segment);
    const fresh = segment.data.subarray(Math.max(0, Math.min(segment.data.length, end - at)));
    if (fresh.length > 0) pieces.push(fresh);
    end = Math.max(end, at + segment.data.length);
  }
  return Buffer.concat(pieces);
}

/**
 * How a secret could be written: as it is, in capitals, in hex, in base64 at any offset, and, if it is hex
 * itself, as the bytes that it stands for, likewise.
 */
function spellingsOf(secret: string): Buffer[] {
  const forms = [Buffer.from(secret)];
  if (/^([0-9a-f]{2}){8,}$/.test(secret)) forms.push(Buffer.from(secret, 'hex'));
  const texts = forms.flatMap((form) => [form.toString('hex'), ...base64Of(form)]);
  return [...forms, Buffer.from(secret.toUpperCase()), ...texts.map((text) => Buffer.from(text))];
}

/** In base64 (RFC 4648 sections 4 and 5) within something longer: without what its neighbours change. */
function base64Of(form: Buffer): string[] {
  return [0, 1, 2].flatMap((offset) => {
    const text = Buffer.concat([Buffer.alloc(offset), form])
      .toString('base64')
      .replace(/=+$/, '');
    const own = text.slice(offset === 0 ? 0 : offset + 1, -1);
    return [own, own.replaceAll('+', '-').replaceAll('/', '_')];
  });
}

/** Whether a secret is in one of these, in any spelling. */
export function holds(places: readonly Buffer[], secret: string): boolean {
  const spellings = spellingsOf(secret);
  return places.some((place) => spellings.some((spelling) => place.includes(spelling)));
}
