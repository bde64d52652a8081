// Simplestreams as images.maas.io has them (canonical/maas-images, meph2/stream.py): index →
// products → versions → items. Pure; its input is already verified.
import { z } from 'zod';
import { type IndexDates, parseIndexDate } from '../../dates.ts';

const CONTENT = /^com\.ubuntu\.maas(:[\w.-]+)?:v3:download$/;

const indexSchema = z.object({
  format: z.literal('index:1.0'),
  updated: z.string().optional(),
  index: z.record(z.string(), z.object({ format: z.string().optional(), path: z.string() })),
});

const itemSchema = z.object({
  ftype: z.string(),
  path: z.string().regex(/^(?!.*\.\.)[\w.+~-]+(\/[\w.+~-]+)*$/),
  size: z.int().nonnegative(),
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
});

const productsSchema = z.object({
  format: z.literal('products:1.0'),
  updated: z.string().optional(),
  products: z.record(
    z.string(),
    z.looseObject({
      arch: z.string(),
      version: z.string(),
      release: z.string(),
      // Checked when one is chosen: other products may have any shape.
      versions: z.record(
        z.string(),
        z.looseObject({ items: z.record(z.string(), z.looseObject({})) }),
      ),
    }),
  ),
});

export type StreamItem = z.infer<typeof itemSchema>;
export type Products = z.infer<typeof productsSchema>['products'];

/** A signed document and when it was written; simplestreams have no expiry. */
export type Dated<T> = T & IndexDates;

/** The path of the signed products file of boot images, below the base URL. */
export function parseIndex(text: string): Dated<{ readonly productsPath: string }> {
  const { index, updated } = indexSchema.parse(JSON.parse(text));
  const [entry] = Object.entries(index).filter(([id]) => CONTENT.test(id));
  if (entry === undefined) throw new Error('it does not list any boot images');
  return { productsPath: entry[1].path.replace(/\.json$/, '.sjson'), ...datesOf(updated) };
}

export function parseProducts(text: string): Dated<{ readonly products: Products }> {
  const { products, updated } = productsSchema.parse(JSON.parse(text));
  return { products, ...datesOf(updated) };
}

function datesOf(updated: string | undefined): IndexDates {
  return { date: parseIndexDate(updated), validUntil: null };
}

/** A published build of one product: a serial such as `20250716` and its files by kind. */
export interface StreamBuild {
  readonly serial: string;
  readonly kernel: StreamItem;
  readonly initrd: StreamItem;
  readonly squashfs: StreamItem;
  readonly manifest: StreamItem;
}

export interface StreamWanted {
  /** Such as `24.04`. */
  readonly release: string;
  readonly arch: string;
  /** `ga-24.04` or `hwe-24.04`. */
  readonly kernel: string;
}

/** The serials that have all files of such a product, newest first. */
export function serialsOf(products: Products, wanted: StreamWanted): string[] {
  const versions = findProduct(products, wanted)?.versions ?? {};
  return Object.keys(versions)
    .filter((serial) => buildOf(products, wanted, serial) !== null)
    .sort((a, b) => compareSerials(b, a));
}

/** One build; null if it is not listed or lacks a file. */
export function buildOf(
  products: Products,
  wanted: StreamWanted,
  serial: string,
): StreamBuild | null {
  const product = findProduct(products, wanted);
  const version = product?.versions[serial];
  if (product === undefined || version === undefined) return null;
  const items = Object.values(version.items).flatMap((item) => {
    // Fields that all items share are given once, on the version or the product (products_condense).
    const { success, data } = itemSchema.safeParse({ ...product, ...version, ...item });
    return success ? [data] : [];
  });
  const ofType = (...types: string[]) => items.find(({ ftype }) => types.includes(ftype));
  const [kernel, initrd] = [ofType('boot-kernel'), ofType('boot-initrd')];
  const [squashfs, manifest] = [ofType('squashfs'), ofType('squashfs.manifest', 'manifest')];
  if (!kernel || !initrd || !squashfs || !manifest) return null;
  return { serial, kernel, initrd, squashfs, manifest };
}

/** `com.ubuntu.maas.stable:v3:boot:24.04:amd64:ga-24.04`; flavours have a longer last word. */
function findProduct(products: Products, { release, arch, kernel }: StreamWanted) {
  const ending = `:boot:${release}:${arch}:${kernel}`;
  const name = Object.keys(products).find((one) => one.endsWith(ending));
  return name === undefined ? undefined : products[name];
}

/** `20250716`, or `20250716.1` for a second build of that day. */
function compareSerials(a: string, b: string): number {
  const [[day = '', build = '0'], [otherDay = '', otherBuild = '0']] = [a.split('.'), b.split('.')];
  return Number(day) - Number(otherDay) || Number(build) - Number(otherBuild);
}
