import type { Call, Fd } from '../call.ts';
import { Flags, Struct } from '../call.ts';
import {
  FSCONFIG_CMD_CREATE,
  FSCONFIG_SET_FD,
  FSCONFIG_SET_FLAG,
  FSCONFIG_SET_STRING,
  FSOPEN_CLOEXEC,
  MOVE_MOUNT_F_EMPTY_PATH,
  MOVE_MOUNT_T_EMPTY_PATH,
  OPEN_TREE_CLOEXEC,
} from '../constants/mount.ts';
import type { Value } from '../value.ts';
import { AttributeCalls } from './attribute-calls.ts';
import type { Allow } from './file-calls.ts';

export interface MountAttributes {
  /** MOUNT_ATTR_* */
  set?: number;
  clear?: number;
  /** MS_SHARED, MS_SLAVE, MS_PRIVATE, MS_UNBINDABLE; 0 leaves it. */
  propagation?: number;
  /** User namespace whose maps the mount takes; with MOUNT_ATTR_IDMAP. */
  userNamespace?: Fd;
}

/** Mounts: the new calls on descriptors, and the old ones where there is no new one. */
export abstract class MountCalls extends AttributeCalls {
  fsopen(type: string, options: Allow = {}): Value {
    return this.number({ name: 'fsopen', args: [type, new Flags(FSOPEN_CLOEXEC, 'FSOPEN_')], ...options });
  }

  /** FSCONFIG_SET_STRING, or FSCONFIG_SET_FLAG without a value. */
  fsconfigSet(fs: Fd, key: string, value?: string, options: Allow = {}): Value {
    const command = new Flags(value === undefined ? FSCONFIG_SET_FLAG : FSCONFIG_SET_STRING, '=FSCONFIG_');
    return this.number({ name: 'fsconfig', args: [fs, command, key, value ?? null, 0], ...options });
  }

  fsconfigSetFd(fs: Fd, key: string, fd: Fd): Value {
    return this.number({ name: 'fsconfig', args: [fs, new Flags(FSCONFIG_SET_FD, '=FSCONFIG_'), key, null, fd] });
  }

  fsconfigCreate(fs: Fd, options: Allow = {}): Value {
    const command = new Flags(FSCONFIG_CMD_CREATE, '=FSCONFIG_');
    return this.number({ name: 'fsconfig', args: [fs, command, null, null, 0], ...options });
  }

  /** `attributes`: MOUNT_ATTR_*. */
  fsmount(fs: Fd, attributes: number, options: Allow = {}): Value {
    const args = [fs, new Flags(1, 'FSMOUNT_'), new Flags(attributes, 'MOUNT_ATTR_')];
    return this.number({ name: 'fsmount', args, ...options });
  }

  /** `flags`: OPEN_TREE_CLONE, AT_RECURSIVE, AT_EMPTY_PATH… */
  openTree(dir: Fd, path: string, flags: number, options: Allow = {}): Value {
    const shown = new Flags((flags | OPEN_TREE_CLOEXEC) >>> 0, 'OPEN_TREE_|AT_');
    return this.number({ name: 'open_tree', args: [dir, path, shown], ...options });
  }

  /** Attaches a mount that a descriptor holds onto the file or folder that another holds. */
  moveMount(mount: Fd, target: Fd, options: Allow & { flags?: number } = {}): Value {
    const { flags = 0, ...allow } = options;
    const both = MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH | flags;
    return this.number({ name: 'move_mount', args: [mount, '', target, '', new Flags(both, 'MOVE_MOUNT_')], ...allow });
  }

  /** `flags`: AT_EMPTY_PATH, AT_RECURSIVE. */
  mountSetattr(dir: Fd, path: string, flags: number, change: MountAttributes & Allow & Pick<Call, 'failure'>): Value {
    const bytes = Buffer.alloc(32);
    bytes.writeBigUInt64LE(BigInt(change.set ?? 0), 0);
    bytes.writeBigUInt64LE(BigInt(change.clear ?? 0), 8);
    bytes.writeBigUInt64LE(BigInt(change.propagation ?? 0), 16);
    const { userNamespace } = change;
    const late =
      userNamespace !== undefined && typeof userNamespace !== 'number' ? [{ at: 24, value: userNamespace }] : [];
    if (typeof userNamespace === 'number') bytes.writeBigUInt64LE(BigInt(userNamespace), 24);
    const shown = `{set=${change.set ?? 0}, clear=${change.clear ?? 0}, propagation=${change.propagation ?? 0}}`;
    const args = [dir, path, new Flags(flags, 'AT_'), new Struct(bytes, late, { shown }), 32];
    return this.number({ name: 'mount_setattr', args, allow: change.allow, failure: change.failure });
  }

  /** mount(2), for what the new calls cannot do: propagation, remounting the root. */
  mount(source: string | null, target: string, type: string | null, flags: number, data: string | null = null): Value {
    return this.number({ name: 'mount', args: [source, target, type, new Flags(flags, 'MS_'), data] });
  }

  umount2(target: string, flags: number, options: Allow = {}): Value {
    return this.number({ name: 'umount2', args: [target, new Flags(flags, 'MNT_')], ...options });
  }

  pivotRoot(newRoot: string, putOld: string): Value {
    return this.number({ name: 'pivot_root', args: [newRoot, putOld] });
  }

  chroot(path: string): Value {
    return this.number({ name: 'chroot', args: [path] });
  }
}
