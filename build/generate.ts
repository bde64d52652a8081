// Plan → the files of dist/, in the order of the data flow; pure.
import { macWithColons } from '../contract/mac.ts';
import {
  ABSENT_SCRIPT,
  BOOT_SCRIPT,
  INVENTORY,
  MANIFEST,
  NODE_FILES,
  nodePath,
  osPath,
  PAYLOAD_LAYER,
  PREVIEW,
  previewPath,
  TFTP_ROOT,
  UNKNOWN_SCRIPT,
} from '../contract/paths.ts';
import { textCheckFor } from './check-text.ts';
import { dhcpSnippets } from './dhcp-snippets.ts';
import type { Asset, IpxeFile } from './media.ts';
import { inventoryFile, kernelLine, nodeConfig } from './node-documents.ts';
import { manifestOf, type OutputFile, sortTree } from './output.ts';
import type { Page } from './page/vite.ts';
import type { NodePlan, Plan } from './plan.ts';
import { makeRender, type Render, type Templates } from './render.ts';
import type { SystemPlan } from './system-plan.ts';
import { withExtra, withHiddenExtra } from './user-data.ts';

/** Everything in dist/ that the plan does not provide. */
export interface Materials {
  readonly templates: Templates;
  readonly ipxe: ReadonlyMap<IpxeFile, Uint8Array>;
  /** k3s and its images, as `<version>/<file>`. */
  readonly k3s: readonly Asset[];
  /** index.html and what it refers to. */
  readonly page: Page;
}

/**
 * All files of dist/, sorted by path. The same inputs give the same bytes.
 */
export function generate(plan: Plan, materials: Materials): OutputFile[] {
  const render = makeRender(materials.templates);
  const files = [
    ...scripts(plan, render),
    ...dhcpSnippets(plan, materials.ipxe, render),
    ...plan.nodes.flatMap((node) => nodeFiles(node, plan, render)),
    ...plan.systems.flatMap(systemFiles),
    ...mediaLinks('k3s', materials.k3s),
    ...[...materials.ipxe].map(([name, content]) => ({ path: `${TFTP_ROOT}/${name}`, content })),
    ...[...materials.page].map(([path, content]) => ({ path, content })),
    { path: INVENTORY, content: json(inventoryFile(plan)) },
  ];
  const tree = sortTree(files);
  return sortTree([...tree, { path: MANIFEST, content: json(manifestOf(tree)) }]);
}

function scripts(plan: Plan, render: Render): OutputFile[] {
  const paths = [
    BOOT_SCRIPT,
    UNKNOWN_SCRIPT,
    `${TFTP_ROOT}/boot.ipxe`,
    `${TFTP_ROOT}/autoexec.ipxe`,
  ];
  const view = { ...plan, absent: ABSENT_SCRIPT };
  return paths.map((path) => ({ path, content: render(`${path}.eta`, view) }));
}

function nodeFiles(node: NodePlan, plan: Plan, render: Render): OutputFile[] {
  return node.macs.flatMap((mac) => {
    const view = nodeView(node, mac, plan);
    return NODE_FILES.flatMap((file) => {
      const content = render(`nodes/${file}.eta`, view);
      if (file === 'user-data') {
        const { extraUserData: extra } = node;
        return [
          { path: nodePath(mac, file), content: withExtra(content, extra, render), secret: true },
          { path: previewPath(mac, file), content: withHiddenExtra(content, extra, render) },
        ];
      }
      return [
        { path: nodePath(mac, file), content },
        { path: previewPath(mac, file), content, twin: nodePath(mac, file) },
      ];
    });
  });
}

/** What a node's templates see. */
function nodeView(node: NodePlan, mac: string, { genesis, cluster }: Plan) {
  const config = JSON.stringify(nodeConfig(node, mac, cluster), null, 2).split('\n');
  return {
    node,
    mac,
    macColons: macWithColons(mac),
    kernelLine: kernelLine(node, mac),
    layer: PAYLOAD_LAYER,
    uris: (name: string) => bootUris(node.system, name),
    genesis,
    config,
  };
}

/** Where iPXE finds a file of an operating system, in the order to try; relative to a node's script. */
function bootUris({ id, assets }: SystemPlan, name: string): string[] {
  const asset = assets.find((known) => known.name === name);
  const here = asset === undefined || asset.local === null ? [] : [`../../${osPath(id, name)}`];
  return asset === undefined || asset.url === null ? here : [...here, asset.url];
}

function systemFiles(system: SystemPlan): OutputFile[] {
  if (system.layer === null) return [];
  return [
    ...mediaLinks(`os/${system.id}`, system.assets),
    { path: osPath(system.id, PAYLOAD_LAYER), content: system.layer },
    { path: osPath(system.id, 'fetch.list'), content: system.fetchList },
  ];
}

/** The files of a media/ folder that are present. */
function mediaLinks(folder: string, assets: readonly Asset[]): OutputFile[] {
  return assets.flatMap(({ name, local, size, sha256 }) =>
    local === null ? [] : [{ path: `${folder}/${name}`, target: local, size, sha256 }],
  );
}

/**
 * Parses rendered files as machines will.
 * @throws {Error} when one does not parse: a template's error, not the user's
 */
export function refuseBroken(files: readonly OutputFile[]) {
  const faults = files.flatMap((file) => {
    // A twin, and a preview that hides a part, parses if its original does.
    if ('target' in file || typeof file.content !== 'string' || isPreview(file.path)) return [];
    return (textCheckFor(file.path)?.(file.content) ?? []).map((fault) => `${file.path} ${fault}`);
  });
  if (faults.length > 0)
    throw new Error(`a template produced an invalid file:\n  ${faults.join('\n  ')}`);
}

function isPreview(path: string): boolean {
  return path.startsWith(`${PREVIEW}/`);
}

function json(value: object): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}
