import { posix } from 'node:path';
import type { Fd } from '../../kernel/index.ts';
import {
  AT_FDCWD,
  AT_SYMLINK_NOFOLLOW,
  EEXIST,
  OPEN_TREE_CLONE,
  S_IFBLK,
  S_IFCHR,
  S_IFIFO,
} from '../../kernel/index.ts';
import type { Device } from '../../spec/index.ts';
import { DEFAULT_DEVICE_LINKS, DEFAULT_DEVICES } from '../../spec/index.ts';
import type { InitContext } from '../init-context.ts';
import { because, hasUserNamespace } from '../init-context.ts';
import type { RootTree } from './root-tree.ts';

const KINDS = { b: S_IFBLK, c: S_IFCHR, u: S_IFCHR, p: S_IFIFO } as const;

/** Makes the default device nodes and links in a new /dev, and the spec's own. */
export function makeDevices(context: InitContext, tree: RootTree): void {
  const { kernel, spec } = context;
  const dev = tree.mountAt('/dev');
  const own = spec.linux?.devices ?? [];
  const ownPaths = new Set(own.map((d) => d.path));
  if (dev !== undefined) {
    kernel.step('Devices', 'make the device nodes every program expects');
    for (const device of DEFAULT_DEVICES) if (!ownPaths.has(device.path)) makeDevice(context, tree, device);
    kernel.step('Devices', 'link the names for the standard streams');
    for (const { path, target } of DEFAULT_DEVICE_LINKS) {
      kernel.symlinkat(target, dev, path.slice('/dev/'.length), { allow: [EEXIST] });
    }
  }
  own.forEach((device, index) => {
    kernel.step('Devices', `make ${device.path}`, because(context, `linux.devices[${index}]`));
    makeDevice(context, tree, device);
  });
}

function makeDevice(context: InitContext, tree: RootTree, device: Device): void {
  const { kernel, plan, spec } = context;
  // mknod(2) of a device is refused in a user namespace: the host's own node is shown instead.
  if ((hasUserNamespace(spec) || plan.insideUserNamespace) && device.type !== 'p') return bindDevice(tree, device);
  const parent = parentFolder(tree, device.path);
  const name = posix.basename(device.path);
  const number = makedev(device.major ?? 0, device.minor ?? 0);
  const mode = (device.fileMode ?? 0o666) & 0o7777;
  // What the image has at that path stays, as with runc.
  kernel.mknodat(parent, name, KINDS[device.type] | mode, number, { allow: [EEXIST] });
  if (device.uid || device.gid) {
    kernel.fchownat(parent, name, { uid: device.uid ?? 0, gid: device.gid ?? 0 }, AT_SYMLINK_NOFOLLOW);
  }
}

function bindDevice(tree: RootTree, device: Device): void {
  const node = tree.kernel.openTree(AT_FDCWD, device.path, OPEN_TREE_CLONE);
  tree.attach(node, tree.file(device.path), device.path);
}

function parentFolder(tree: RootTree, path: string): Fd {
  const parent = posix.dirname(path);
  return tree.mountAt(parent) ?? tree.folder(parent);
}

/** makedev(3) */
function makedev(major: number, minor: number): number {
  return (minor & 0xff) | ((major & 0xfff) << 8) | ((minor & ~0xff) << 12);
}
