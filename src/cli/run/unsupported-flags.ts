/**
 * Flags of Docker's that Keelson knows and cannot honour: taking them silently would run something else than was asked for.
 * Each with what to say.
 */
export const UNSUPPORTED_RUN_FLAGS: Readonly<Record<string, string>> = {
  'blkio-weight-device': 'limits of single disks are not made yet',
  'cpu-count': 'it is for Windows containers',
  'cpu-percent': 'it is for Windows containers',
  'cpu-rt-period': 'real-time scheduling in cgroups is gone from most kernels',
  'cpu-rt-runtime': 'real-time scheduling in cgroups is gone from most kernels',
  'detach-keys': 'a container cannot be left while it runs yet; start it with --detach',
  'device-read-bps': 'limits of single disks are not made yet',
  'device-read-iops': 'limits of single disks are not made yet',
  'device-write-bps': 'limits of single disks are not made yet',
  'device-write-iops': 'limits of single disks are not made yet',
  'disable-content-trust': 'images are not signed yet',
  gpus: 'graphics processors are not set up yet; --device passes device nodes',
  'io-maxbandwidth': 'it is for Windows containers',
  'io-maxiops': 'it is for Windows containers',
  isolation: 'it is for Windows containers',
  'kernel-memory': 'the kernel has no such limit any more',
  link: 'containers find each other by address; --add-host names one',
  'link-local-ip': 'link-local addresses cannot be chosen yet',
  'log-driver': 'output is always kept in one log file; read it with keelson logs',
  'log-opt': 'output is always kept in one log file; read it with keelson logs',
  'network-alias': 'networks have no names of their own yet',
  restart: 'containers are not restarted yet',
  runtime: 'Keelson is the runtime',
  'storage-opt': 'the size of a container cannot be limited yet',
  'use-api-socket': 'there is no API socket yet',
  'volume-driver': 'volumes are folders of this host',
  'volumes-from': 'mount the same volume by its name: --volume NAME:PATH',
};
