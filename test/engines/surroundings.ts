import { mkdirSync, rmSync } from 'node:fs';
import { output } from './run-program.ts';

/** What `scripts/test-engines` made for us; the namespaces are ours too. */
export const folder = needed('KEELSON_ENGINES_FOLDER');
/** Everything of an engine is below it in each hierarchy. */
export const cgroupParent = needed('KEELSON_ENGINES_CGROUP');

export const keelsonRuntime = new URL('../../build/keelson-runtime', import.meta.url).pathname;
export const runtimes = { runc: '/usr/sbin/runc', keelson: keelsonRuntime } as const;
export type RuntimeName = keyof typeof runtimes;

function needed(name: string): string {
  const value = process.env[name];
  if (value) return value;
  throw new Error('run these tests by scripts/test-engines');
}

/** An image of the host's static busybox, as `docker save` writes it. Gives the path of the archive. */
export async function makeImage(name = 'busybox', command: readonly string[] = ['sh']): Promise<string> {
  const work = `${folder}/image`;
  const bin = `${work}/root/bin`;
  for (const name of ['bin', 'etc', 'root', 'proc', 'sys', 'dev', 'var', 'usr']) {
    mkdirSync(`${work}/root/${name}`, { recursive: true });
  }
  const shell = [
    `mkdir -m 1777 '${work}/root/tmp'`,
    `cp "$(command -v busybox)" '${bin}/busybox'`,
    `for applet in $(busybox --list); do [ "$applet" = busybox ] || ln -s busybox "${bin}/$applet"; done`,
    `printf 'root:x:0:0:root:/root:/bin/sh\\nworker:x:1000:1000::/:/bin/sh\\n' >'${work}/root/etc/passwd'`,
    `printf 'root:x:0:\\nworker:x:1000:\\n' >'${work}/root/etc/group'`,
    `cd '${work}' && umoci init --layout oci && umoci new --image oci:busybox`,
    'umoci insert --image oci:busybox root /',
    `umoci config --image oci:busybox ${command.map((word) => `--config.cmd ${word}`).join(' ')} --config.env PATH=/bin`,
    `skopeo --insecure-policy copy -q oci:oci:busybox docker-archive:image.tar:docker.io/library/${name}:latest`,
  ];
  await output(['sh', '-euc', shell.join('\n')]);
  return `${work}/image.tar`;
}

export function removeImage(): void {
  // no-mount-below: files that we wrote, and nobody has mounted anything there
  rmSync(`${folder}/image`, { recursive: true, force: true });
}
