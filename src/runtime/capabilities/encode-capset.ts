import type { CapabilitySets } from './capability-sets.ts';

/** _LINUX_CAPABILITY_VERSION_3 of include/uapi/linux/capability.h: two words a set (Linux 2.6.26). */
const VERSION_3 = 0x2008_0522;
/** sizeof(struct __user_cap_data_struct): effective, permitted, inheritable, 32 bits each. */
const DATA_SIZE = 12;

/**
 * The two arguments of capset(2) for the calling thread. Bounding and ambient sets are changed by prctl(2) instead, and
 * the order of all of it matters. A process that becomes a container's:
 *
 * 1. PR_CAPBSET_DROP for each capability that is not in the bounding set: needs CAP_SETPCAP, so before all else, and it
 *    takes nothing from the thread itself.
 * 2. A seccomp filter, when no_new_privs is not wanted: without that it needs CAP_SYS_ADMIN.
 * 3. PR_SET_KEEPCAPS, 1: a change from uid 0 to another empties the permitted set otherwise. (Effective and ambient sets
 *    are emptied all the same.)
 * 4. setgroups, setresgid, setresuid: the first two need CAP_SETGID, which the third takes away.
 * 5. capset: sets the permitted, effective and inheritable sets to what they shall be; only ever less than before.
 * 6. PR_CAP_AMBIENT_CLEAR_ALL, then PR_CAP_AMBIENT_RAISE for each: after capset, since they must be permitted and
 *    inheritable, and a later setresuid would clear them.
 * 7. PR_SET_NO_NEW_PRIVS and a seccomp filter, when it is wanted; execve, which clears PR_SET_KEEPCAPS.
 */
export function encodeCapset({
  effective,
  permitted,
  inheritable,
}: Pick<CapabilitySets, 'effective' | 'permitted' | 'inheritable'>): {
  header: Uint8Array;
  data: Uint8Array;
} {
  // struct __user_cap_header_struct: u32 version, int pid; 0 is the thread itself.
  const header = new DataView(new ArrayBuffer(8));
  header.setUint32(0, VERSION_3, true);
  const data = new DataView(new ArrayBuffer(2 * DATA_SIZE));
  for (const [place, mask] of [effective, permitted, inheritable].entries()) {
    data.setUint32(4 * place, Number(mask & 0xffff_ffffn), true);
    data.setUint32(DATA_SIZE + 4 * place, Number((mask >> 32n) & 0xffff_ffffn), true);
  }
  return { header: new Uint8Array(header.buffer), data: new Uint8Array(data.buffer) };
}
