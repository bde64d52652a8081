// Kernel, initrd and root image of a release: one build from the streams at images.maas.io.
import type { IndexDates } from '../../dates.ts';
import { verifiedText } from '../../signatures.ts';
import { below, type Sources } from '../source.ts';
import { badIndex, noSuchBuild, noSuchProduct } from '../source-errors.ts';
import {
  buildOf,
  type Products,
  parseIndex,
  parseProducts,
  type StreamBuild,
  type StreamWanted,
  serialsOf,
} from './streams.ts';

const INDEX = 'streams/v1/index.sjson';
const MAX_INDEX = 4 << 20;
/** The whole list has about 5 MB. */
const MAX_PRODUCTS = 64 << 20;

/**
 * Finds the newest build, or the one with a serial.
 * @throws {UserError} if a signature is wrong, a list is older than recorded, or there is no such build
 */
export async function findBuild(
  wanted: StreamWanted,
  serial: string | null,
  outOfSupport: boolean,
  sources: Sources,
): Promise<StreamBuild> {
  const { productsPath } = await readSigned(INDEX, MAX_INDEX, sources, parseIndex);
  const { products } = await readSigned(productsPath, MAX_PRODUCTS, sources, parseProducts);
  const url = below(sources.mirrors.images, productsPath);
  const serials = serialsOf(products, wanted);
  const name = `${wanted.release} ${wanted.arch} ${wanted.kernel}`;
  const chosen = serial ?? serials[0];
  if (chosen === undefined) {
    throw noSuchProduct(url, name, outOfSupport, kernelsOf(products, wanted));
  }
  const build = buildOf(products, wanted, chosen);
  if (build === null) throw noSuchBuild(url, name, chosen, serials);
  return build;
}

async function readSigned<T extends IndexDates>(
  path: string,
  maxBytes: number,
  { mirrors, http, signers, dates }: Sources,
  parse: (text: string) => T,
): Promise<T> {
  const url = below(mirrors.images, path);
  const text = await verifiedText(await http.bytes(url, { maxBytes }), signers.images, url);
  const parsed = parseSigned(text, url, parse);
  dates.check(`images ${path}`, url, parsed);
  return parsed;
}

function parseSigned<T>(text: string, url: string, parse: (text: string) => T): T {
  try {
    return parse(text);
  } catch (cause) {
    throw badIndex(url, 'it is signed, but is not a list of boot images', cause);
  }
}

/** The kernels that the release has for that architecture, such as `ga-24.04`. */
function kernelsOf(products: Products, { release, arch }: StreamWanted): string[] {
  const marker = `:boot:${release}:${arch}:`;
  return Object.keys(products)
    .filter((name) => name.includes(marker))
    .map((name) => name.slice(name.indexOf(marker) + marker.length))
    .filter((kernel) => /^(ga|hwe)-[\d.]+$/.test(kernel));
}
