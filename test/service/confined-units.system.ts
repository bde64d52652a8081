// homepbp-k3s-files.service and homepbp-ready.service under a real systemd: with the few rights that their units
// leave them they still do their work.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { type TestContext, test } from 'node:test';
import { skip } from '../privileges/privileges.trial.ts';
import { bootNode, placeUnit } from './payload.ts';
import { type Systemd, until } from './systemd.ts';

const VERSION = 'v1.30.0+k3s1';
const PROGRAM = '#!/bin/sh\n';
const IMAGES = 'images';
const FILES = { k3s: PROGRAM, 'k3s-airgap-images-amd64.tar.zst': IMAGES };

/** The files of the unit's node.json, as the server below has them. */
const NODE = {
  name: 'n1',
  cluster: { k3s_version: VERSION },
  k3s_files: Object.entries(FILES).map(([name, text]) => ({
    path: `${VERSION}/${name}`,
    url_path: name,
    url: null,
    sha256: createHash('sha256').update(text).digest('hex'),
    size: text.length,
  })),
};

/** Serves the files, and keeps the last body that was posted to it in /run/posted. */
const GENESIS = `
import http.server, json
FILES = json.loads(r'''${JSON.stringify(FILES)}''')
class Genesis(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
        self.wfile.write(FILES[self.path[1:]].encode())
    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        open("/run/posted", "wb").write(body)
        self.send_response(204)
        self.end_headers()
http.server.HTTPServer(("127.0.0.1", 8080), Genesis).serve_forever()`;

/** STATE as the initramfs mounts it: whole, and its folders in their places. */
const PLACE = `
  mkdir -p /etc/homepbp /run/homepbp/state
  mount -t tmpfs tmpfs /etc/homepbp
  mount -t tmpfs tmpfs /run/homepbp/state
  for folder in var/lib/homepbp var/lib/rancher; do
    mkdir -p /run/homepbp/state/$folder
    mount --bind /run/homepbp/state/$folder /$folder
  done
  printf 'HOMEPBP_BASE=http://127.0.0.1:8080\\nHOMEPBP_NODE=52-54-00-12-34-01\\n' >/run/homepbp/boot.env
  echo '{"state": "mounted"}' >/run/homepbp/disk.json`;

async function bootWithGenesis(t: TestContext): Promise<Systemd | null> {
  const systemd = await bootNode(t);
  if (systemd === null) return null;
  systemd.sh(PLACE);
  systemd.sh(`cat >/run/genesis.py <<'END'\n${GENESIS}\nEND`);
  systemd.sh('systemd-run --unit=genesis -p DefaultDependencies=no python3 /run/genesis.py');
  const answers = 'python3 -c "import socket; socket.create_connection((\'127.0.0.1\', 8080))"';
  assert.ok(await until(() => systemd.sh(`${answers} 2>&1 || true`) === ''));
  return systemd;
}

test('k3s is downloaded and put into use', { skip, timeout: 120_000 }, async (t) => {
  const systemd = await bootWithGenesis(t);
  if (systemd === null) return;
  systemd.sh(`cat >/etc/homepbp/node.json <<'END'\n${JSON.stringify(NODE)}\nEND`);
  placeUnit(systemd, 'homepbp-k3s-files.service');
  systemd.sh('systemctl start homepbp-k3s-files');
  const state = () => systemd.sh('systemctl show -P ActiveState homepbp-k3s-files').trim();
  assert.ok(await until(() => state() === 'inactive'), systemd.sh('cat /run/log'));
  assert.match(systemd.sh('cat /run/log'), new RegExp(`${VERSION.replace('+', '\\+')} is in use`));
  assert.equal(systemd.sh('cat /var/lib/homepbp/bin/k3s'), PROGRAM);
  const images = systemd.sh('stat -c %h /var/lib/rancher/k3s/agent/images/*').trim();
  assert.equal(images, '2', 'a link to the file that was downloaded, not a copy');
});

test('Genesis is told that the system is up', { skip, timeout: 120_000 }, async (t) => {
  const systemd = await bootWithGenesis(t);
  if (systemd === null) return;
  placeUnit(systemd, 'homepbp-ready.service');
  systemd.sh('systemctl start homepbp-ready');
  assert.match(systemd.sh('cat /run/posted'), /"stage": "seed"/);
});
