import { bool, int32, type MessageOf, message, nested, repeated, text, uint32 } from './protobuf.ts';

/** What is asked of criu, and what it answers: the part of its rpc.proto (criu 3 and 4) that a container needs. */
export const REQUEST_TYPES = {
  DUMP: 1,
  RESTORE: 2,
  PRE_DUMP: 4,
  NOTIFY: 6,
  FEATURE_CHECK: 9,
  VERSION: 10,
} as const;

export type RequestType = keyof typeof REQUEST_TYPES;

/** enum criu_cg_mode */
export const CGROUP_MODES = { ignore: 0, soft: 3, full: 4, strict: 5, default: 6 } as const;

const pageServer = message({ address: text(1), port: int32(2) });
const externalMount = message({ key: text(1), val: text(2) });
const inheritedDescriptor = message({ key: text(1), fd: int32(2) });
const cgroupRoot = message({ ctrl: text(1), path: text(2) });
const joinedNamespace = message({ ns: text(1), ns_file: text(2) });

const optionFields = {
  images_dir_fd: int32(1),
  pid: int32(2),
  leave_running: bool(3),
  ext_unix_sk: bool(4),
  tcp_established: bool(5),
  evasive_devices: bool(6),
  shell_job: bool(7),
  file_locks: bool(8),
  log_level: int32(9),
  log_file: text(10),
  ps: nested(11, pageServer),
  notify_scripts: bool(12),
  root: text(13),
  parent_img: text(14),
  track_mem: bool(15),
  auto_dedup: bool(16),
  work_dir_fd: int32(17),
  link_remap: bool(18),
  ext_mnt: repeated(nested(23, externalMount)),
  manage_cgroups: bool(24),
  cg_root: repeated(nested(25, cgroupRoot)),
  rst_sibling: bool(26),
  inherit_fd: repeated(nested(27, inheritedDescriptor)),
  manage_cgroups_mode: uint32(34),
  external: repeated(text(37)),
  empty_ns: uint32(38),
  join_ns: repeated(nested(39, joinedNamespace)),
  freeze_cgroup: text(44),
  tcp_skip_in_flight: bool(46),
  lazy_pages: bool(48),
  orphan_pts_master: bool(50),
  config_file: text(51),
  lsm_profile: text(53),
  lsm_mount_context: text(63),
};

/** struct criu_opts */
export type CriuOptions = MessageOf<typeof optionFields>;

const features = message({ mem_track: bool(1), lazy_pages: bool(2) });
const version = message({ major_number: int32(1), minor_number: int32(2), sublevel: int32(4) });

const requestFields = {
  type: uint32(1),
  opts: nested(2, message(optionFields)),
  notify_success: bool(3),
  keep_open: bool(4),
  features: nested(5, features),
};

/** struct criu_req */
export const criuRequest = message(requestFields);
export type CriuRequest = MessageOf<typeof requestFields>;

const answerFields = {
  type: uint32(1),
  success: bool(2),
  restore: nested(4, message({ pid: int32(1) })),
  notify: nested(5, message({ script: text(1), pid: int32(2) })),
  cr_errno: int32(7),
  features: nested(8, features),
  cr_errmsg: text(9),
  version: nested(10, version),
};

/** struct criu_resp */
export const criuAnswer = message(answerFields);
export type CriuAnswer = MessageOf<typeof answerFields>;
