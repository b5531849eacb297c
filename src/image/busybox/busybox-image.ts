import { createHash } from 'node:crypto';
import {
  chmodSync,
  copyFileSync,
  existsSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { KeelsonError } from '../../base/index.ts';
import { startAgent } from '../../kernel/index.ts';
import type { ExecutionConfig } from '../../spec/index.ts';

/** An image that is ready to be the lower layer of containers. */
export interface LocalImage {
  /** `sha256:` and the digest of what it was made from. */
  id: string;
  /** Topmost first. */
  layers: string[];
  config: ExecutionConfig;
}

const SOURCE = '/bin/busybox';
const FOLDERS = ['bin', 'dev', 'etc', 'home', 'proc', 'root', 'sbin', 'sys', 'usr/bin', 'usr/sbin', 'var/log'];
const CONFIG: ExecutionConfig = {
  Cmd: ['sh'],
  Env: ['PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'],
};

/**
 * The built-in image: the host's static BusyBox with all its applets, unpacked once under the data root.
 * @throws KeelsonError unavailable `BUSYBOX_MISSING`
 */
export async function busyboxImage(root: string): Promise<LocalImage> {
  const digest = createHash('sha256').update(readSource()).digest('hex');
  const folder = join(root, 'snapshots', `busybox-${digest.slice(0, 24)}`);
  if (!existsSync(folder)) unpack(folder, await listApplets());
  return { id: `sha256:${digest}`, layers: [folder], config: CONFIG };
}

function readSource(): Buffer {
  try {
    return readFileSync(SOURCE);
  } catch (cause) {
    throw new KeelsonError('unavailable', `the busybox image is made from ${SOURCE}, which is missing`, {
      code: 'BUSYBOX_MISSING',
      hint: 'install it: apt-get install busybox-static',
      cause,
    });
  }
}

/** Into a folder beside its place, which is then renamed: nobody ever sees half of it, and two who do it at once agree. */
function unpack(folder: string, applets: readonly string[]): void {
  mkdirSync(dirname(folder), { recursive: true, mode: 0o700 });
  const temporary = mkdtempSync(`${folder}.`);
  try {
    for (const name of FOLDERS) mkdirSync(join(temporary, name), { recursive: true, mode: 0o755 });
    mkdirSync(join(temporary, 'tmp'));
    chmodSync(join(temporary, 'tmp'), 0o1777);
    chmodSync(join(temporary, 'root'), 0o700);
    const program = join(temporary, 'bin/busybox');
    copyFileSync(SOURCE, program);
    chmodSync(program, 0o755);
    for (const applet of applets) {
      const path = join(temporary, applet);
      mkdirSync(dirname(path), { recursive: true });
      if (!existsSync(path)) linkSync(program, path);
    }
    writeFileSync(
      join(temporary, 'etc/passwd'),
      'root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/home:/bin/false\n',
    );
    writeFileSync(join(temporary, 'etc/group'), 'root:x:0:\ntty:x:5:\nnogroup:x:65534:\n');
    chmodSync(temporary, 0o755);
    renameSync(temporary, folder);
  } catch (error) {
    // no-mount-below: we made it just now and mount nothing in it
    rmSync(temporary, { recursive: true, force: true });
    if (!existsSync(folder)) throw error;
  }
}

/** What `busybox --list-full` prints: `bin/ls` and so on. */
async function listApplets(): Promise<string[]> {
  await using agent = startAgent({ stdio: ['ignore', 'ignore', 'ignore'] });
  const { kernel } = agent;
  const [output, input] = kernel.pipe2(0);
  const child = kernel.clone(0, { name: 'busybox' });
  kernel.close(input);
  child.kernel.dup3(input, 1, 0);
  child.kernel.execve(SOURCE, [SOURCE, '--list-full'], []);
  await Promise.all([kernel.flush(), child.kernel.flush()]);
  const parts: Buffer[] = [];
  do parts.push(await kernel.read(output, 1 << 16));
  while (parts.at(-1)?.length);
  return Buffer.concat(parts).toString().split('\n').filter(Boolean);
}
