import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { release, tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Image, ImageStore } from '../src/image/index.ts';
import { containerCapabilities, defaultSeccompProfile } from '../src/runtime/index.ts';
import {
  type CapabilityName,
  DEFAULT_DEVICES,
  DEFAULT_MASKED_PATHS,
  DEFAULT_PATH,
  DEFAULT_READONLY_PATHS,
  defaultMounts,
  OCI_VERSION,
  type RuntimeSpec,
} from '../src/spec/index.ts';

/** The cgroup, in every hierarchy, below which all rows make theirs. */
export const CGROUP = '/keelson-bench';

/** Docker's, as every row gets them. */
const CAPABILITIES: readonly CapabilityName[] = [
  'CAP_AUDIT_WRITE',
  'CAP_CHOWN',
  'CAP_DAC_OVERRIDE',
  'CAP_FOWNER',
  'CAP_FSETID',
  'CAP_KILL',
  'CAP_MKNOD',
  'CAP_NET_BIND_SERVICE',
  'CAP_NET_RAW',
  'CAP_SETFCAP',
  'CAP_SETGID',
  'CAP_SETPCAP',
  'CAP_SETUID',
  'CAP_SYS_CHROOT',
];

/** One container, in every form that somebody in the comparison takes it in. */
export interface Bundle extends Disposable {
  /** A folder of ours, for what a row has to write. */
  folder: string;
  /** For what runtimes keep of their containers: in memory, as /run is. */
  stateFolder: string;
  /** Makes an OCI bundle for runc and crun, with a cgroup of its own as each of our containers has; its folder. */
  bundleFor(id: string): string;
  /** The unpacked image. */
  rootfs: string;
  images: ImageStore;
  image: Image;
  spec(cgroupsPath: string): RuntimeSpec;
}

/** Makes the bundle: six namespaces, limits, default mounts, masked paths, capabilities and filter, and `true` in it. */
export async function makeBundle(): Promise<Bundle> {
  const folder = mkdtempSync(join(tmpdir(), 'keelson-bench-'));
  const stateFolder = mkdtempSync('/dev/shm/keelson-bench-');
  const images = new ImageStore({ root: join(folder, 'data') });
  const image = await images.resolve('busybox');
  const root = await images.snapshotter.prepare('bundle', image);
  if (root.kind !== 'overlay')
    throw new Error('the temporary folder must be on a file system that overlayfs can write to');
  const rootfs = root.lower[0] ?? '';
  return {
    folder,
    stateFolder,
    bundleFor: (id) => writeBundle(folder, { id, rootfs }),
    rootfs,
    images,
    image,
    spec: specOf,
    [Symbol.dispose]() {
      for (const path of [folder, stateFolder]) rmSync(path, { recursive: true, force: true });
    },
  };
}

function writeBundle(parent: string, { id, rootfs }: { id: string; rootfs: string }): string {
  const folder = join(parent, `bundle-${id}`);
  mkdirSync(folder, { recursive: true });
  // They get the unpacked image itself, since an overlay, which is a part of our time, they cannot make. The version is
  // the newest that crun of Debian 12 knows; it changes nothing in what is asked for.
  const config = { ...specOf(`${CGROUP}/${id}`), ociVersion: '1.0.2', root: { path: rootfs, readonly: true } };
  writeFileSync(join(folder, 'config.json'), JSON.stringify(config));
  return folder;
}

function specOf(cgroupsPath: string): RuntimeSpec {
  const devices = DEFAULT_DEVICES.map(({ major, minor }) => ({
    allow: true,
    type: 'c' as const,
    major,
    minor,
    access: 'rwm',
  }));
  return {
    ociVersion: OCI_VERSION,
    hostname: 'bench',
    root: { path: '/', readonly: false },
    mounts: defaultMounts(),
    process: {
      args: ['/bin/true'],
      env: [`PATH=${DEFAULT_PATH}`],
      cwd: '/',
      user: { uid: 0, gid: 0 },
      capabilities: containerCapabilities(CAPABILITIES, 0),
      noNewPrivileges: true,
    },
    linux: {
      namespaces: (['mount', 'pid', 'ipc', 'uts', 'cgroup', 'network'] as const).map((type) => ({ type })),
      cgroupsPath,
      resources: {
        memory: { limit: 256 << 20 },
        cpu: { shares: 512, quota: 100_000, period: 100_000 },
        pids: { limit: 100 },
        devices: [{ allow: false, access: 'rwm' }, ...devices],
      },
      maskedPaths: DEFAULT_MASKED_PATHS,
      readonlyPaths: DEFAULT_READONLY_PATHS,
      seccomp: defaultSeccompProfile({
        capabilities: CAPABILITIES,
        arch: process.arch === 'arm64' ? 'arm64' : 'x64',
        kernel: release(),
      }),
    },
  };
}
