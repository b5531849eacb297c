import { anyText, list, lists, orUnset, single, toggle } from '../flags/make-flag.ts';
import { absolutePath } from '../values/absolute-path.ts';
import { capabilityValue } from '../values/capability.ts';
import { containerName } from '../values/container-name.ts';
import { cpuSetValue } from '../values/cpu-set.ts';
import { cpusValue } from '../values/cpus.ts';
import { deviceCgroupRule, deviceValue } from '../values/device.ts';
import { environmentVariable } from '../values/environment-variable.ts';
import { explainFormat } from '../values/explain-format.ts';
import { extraHostValue, resolverOption, searchDomain } from '../values/extra-host.ts';
import { healthTime } from '../values/health-time.ts';
import { hostnameValue } from '../values/hostname.ts';
import { addressValue, ip4Value, ip6Value, macValue } from '../values/ip-address.ts';
import { keyValue } from '../values/key-value.ts';
import { mountValue } from '../values/mount.ts';
import { hostOrPrivate, ipcMode, pidMode } from '../values/namespace-mode.ts';
import { networkMode } from '../values/network-mode.ts';
import { exposeValue, publishValue } from '../values/publish.ts';
import { pullPolicy } from '../values/pull-policy.ts';
import { securityOption } from '../values/security-option.ts';
import { signalName } from '../values/signal-name.ts';
import { sizeOrUnlimitedValue, sizeValue } from '../values/size.ts';
import { streamName } from '../values/stream-name.ts';
import { sysctlValue } from '../values/sysctl.ts';
import { tmpfsValue } from '../values/tmpfs.ts';
import { ulimitValue } from '../values/ulimit.ts';
import { groupValue, userValue } from '../values/user.ts';
import { idMapValue, usernsMode } from '../values/user-namespace.ts';
import { volumeValue } from '../values/volume.ts';
import { wholeNumber } from '../values/whole-number.ts';

const GENERAL = 'General';
const PROCESS = 'Process';
const HEALTH = 'Health check';
const FILES = 'Root file system and mounts';
const NETWORK = 'Network';
const LIMITS = 'Limits';
const PRIVILEGES = 'Privileges';
const NAMESPACES = 'Namespaces';
const LEARN = 'See what happens';

const general = {
  name: single('NAME', 'A name for the container; made up when left out', {
    group: GENERAL,
    parse: orUnset(containerName),
  }),
  detach: toggle('Run in the background and print the id', { short: 'd', group: GENERAL }),
  pull: single('WHEN', 'Pull the image: missing (default), always or never', {
    group: GENERAL,
    complete: ['missing', 'always', 'never'],
    parse: orUnset(pullPolicy),
  }),
  platform: single('OS/ARCH', 'Pull the image for another platform', { group: GENERAL, parse: orUnset(anyText) }),
  quiet: toggle('Do not tell what is pulled', { short: 'q', group: GENERAL }),
  rm: toggle('Remove the container when it has exited', { group: GENERAL }),
  interactive: toggle('Keep the standard input open', { short: 'i', group: GENERAL }),
  tty: toggle('Give the container a terminal', { short: 't', group: GENERAL }),
  attach: list('STREAM', 'Connect only stdin, stdout or stderr (repeat for more)', {
    short: 'a',
    group: GENERAL,
    complete: ['stdin', 'stdout', 'stderr'],
    parse: streamName,
  }),
  'sig-proxy': toggle('Pass signals on to the process (on unless --sig-proxy=false)', {
    group: GENERAL,
    initial: true,
  }),
  cidfile: single('FILE', 'Write the id to a file that must not exist', {
    group: GENERAL,
    complete: 'file',
    parse: orUnset(anyText),
  }),
  label: list('KEY=VALUE', 'Label the container', { short: 'l', group: GENERAL, parse: keyValue }),
  'label-file': list('FILE', 'Read labels from a file', { group: GENERAL, complete: 'file', parse: anyText }),
  annotation: list('KEY=VALUE', 'An annotation of the OCI specification', { group: GENERAL, parse: keyValue }),
};

const processFlags = {
  env: list('NAME=VALUE', 'Set a variable; NAME alone takes our value of it', {
    short: 'e',
    group: PROCESS,
    parse: environmentVariable,
  }),
  'env-file': list('FILE', 'Read variables from a file', { group: PROCESS, complete: 'file', parse: anyText }),
  workdir: single('PATH', 'The working folder', { short: 'w', group: PROCESS, parse: orUnset(absolutePath) }),
  user: single('USER[:GROUP]', 'By name or number', { short: 'u', group: PROCESS, parse: orUnset(userValue) }),
  'group-add': list('GROUP', 'One more group', { group: PROCESS, parse: groupValue }),
  entrypoint: single('PROGRAM', "Replaces the image's entrypoint; '' clears it", { group: PROCESS, parse: anyText }),
  init: toggle('Run an init as pid 1 that forwards signals and reaps', { group: PROCESS }),
  'stop-signal': single('SIGNAL', 'What asks it to stop (default SIGTERM)', {
    group: PROCESS,
    parse: orUnset(signalName),
  }),
  'stop-timeout': single('SECONDS', 'From the stop signal to SIGKILL (default 10); -1 waits for ever', {
    group: PROCESS,
    parse: wholeNumber({ min: -1 }),
  }),
};

const health = {
  'health-cmd': single('COMMAND', 'What the shell in it runs to see whether it does its work: 0 is healthy', {
    group: HEALTH,
    parse: anyText,
  }),
  'health-interval': single('TIME', 'From the end of one check to the next, and before the first (default 30s)', {
    group: HEALTH,
    parse: healthTime,
  }),
  'health-timeout': single('TIME', 'How long a check may take (default 30s)', { group: HEALTH, parse: healthTime }),
  'health-retries': single('COUNT', 'So many checks in a row must fail for unhealthy (default 3)', {
    group: HEALTH,
    parse: wholeNumber({ min: 0, max: 2 ** 31 - 1 }),
  }),
  'health-start-period': single('TIME', 'Failures do not count so long after the start (default 0s)', {
    group: HEALTH,
    parse: healthTime,
  }),
  'health-start-interval': single('TIME', 'Between checks in that period (default 5s)', {
    group: HEALTH,
    parse: healthTime,
  }),
  'no-healthcheck': toggle('No check, whatever the image says', { group: HEALTH }),
};

const files = {
  rootfs: single('FOLDER', 'Use a folder as the root instead of an image', {
    group: FILES,
    complete: 'folder',
    parse: anyText,
  }),
  'rootfs-writable': toggle('Write to that folder itself, not to a layer over it', { group: FILES }),
  'read-only': toggle('Make the root read-only', { group: FILES }),
  volume: list('[SOURCE:]PATH[:OPTIONS]', 'Mount a folder of the host or a volume', {
    short: 'v',
    group: FILES,
    parse: volumeValue,
  }),
  mount: list('KEY=VALUE,…', 'The same in long form: type=bind|volume|tmpfs,src=…,dst=…', {
    group: FILES,
    parse: mountValue,
  }),
  tmpfs: list('PATH[:OPTIONS]', 'Mount a file system in memory', { group: FILES, parse: tmpfsValue }),
  device: list('PATH[:PATH][:rwm]', 'Give access to a device of the host', {
    group: FILES,
    complete: 'file',
    parse: deviceValue,
  }),
  'shm-size': single('SIZE', 'Size of /dev/shm (default 64m)', { group: FILES, parse: sizeValue }),
};

const network = {
  network: single('MODE', 'bridge (default), none, host or container:NAME', {
    aliases: ['net'],
    group: NETWORK,
    complete: ['bridge', 'none', 'host'],
    parse: orUnset(networkMode),
  }),
  publish: lists('[IP:][HOST_PORT:]PORT[/udp]', 'Make a port reachable from outside', {
    short: 'p',
    group: NETWORK,
    parse: publishValue,
  }),
  'publish-all': toggle('Make the ports of the image and of --expose reachable, on any free ports of the host', {
    short: 'P',
    group: NETWORK,
  }),
  expose: lists('PORT[/udp]', 'Names a port for --publish-all; other containers reach every port anyway', {
    group: NETWORK,
    parse: exposeValue,
  }),
  ip: single('ADDRESS', 'A certain IPv4 address', { group: NETWORK, parse: orUnset(ip4Value) }),
  ip6: single('ADDRESS', 'A certain IPv6 address', { group: NETWORK, parse: orUnset(ip6Value) }),
  'mac-address': single('ADDRESS', 'A certain Ethernet address', { group: NETWORK, parse: orUnset(macValue) }),
  hostname: single('NAME', 'The host name (default: the short id)', {
    short: 'h',
    group: NETWORK,
    parse: orUnset(hostnameValue),
  }),
  domainname: single('NAME', 'The NIS domain name', { group: NETWORK, parse: orUnset(hostnameValue) }),
  dns: list('ADDRESS', 'A name server', { group: NETWORK, parse: addressValue }),
  'dns-search': list('DOMAIN', 'A domain in which names are looked up', { group: NETWORK, parse: searchDomain }),
  'dns-option': list('OPTION', 'An option of resolv.conf', {
    aliases: ['dns-opt'],
    group: NETWORK,
    parse: resolverOption,
  }),
  'add-host': list('NAME:ADDRESS', 'A line of /etc/hosts', { group: NETWORK, parse: extraHostValue }),
};

const limits = {
  memory: single('SIZE', 'Memory', { short: 'm', group: LIMITS, parse: sizeValue }),
  'memory-swap': single('SIZE', 'Memory and swap together; -1: swap without limit', {
    group: LIMITS,
    parse: sizeOrUnlimitedValue,
  }),
  'memory-reservation': single('SIZE', 'Memory it keeps when the host runs short', { group: LIMITS, parse: sizeValue }),
  'memory-swappiness': single('PERCENT', '0 to 100', { group: LIMITS, parse: wholeNumber({ min: -1, max: 100 }) }),
  'oom-kill-disable': toggle('Let it wait instead of killing it when memory is out', { group: LIMITS }),
  'oom-score-adj': single('NUMBER', '-1000 to 1000: who is killed first', {
    group: LIMITS,
    parse: wholeNumber({ min: -1000, max: 1000 }),
  }),
  cpus: single('NUMBER', 'Processors: 1.5 is one and a half', { group: LIMITS, parse: cpusValue }),
  'cpu-shares': single('NUMBER', 'Share of the processors against others (default 1024)', {
    short: 'c',
    group: LIMITS,
    parse: wholeNumber({ min: 0, max: 262_144 }),
  }),
  'cpu-period': single('MICROSECONDS', 'For --cpu-quota (default 100000)', {
    group: LIMITS,
    parse: wholeNumber({ min: 0, max: 1_000_000 }),
  }),
  'cpu-quota': single('MICROSECONDS', 'Processor time in a period; -1: no limit', {
    group: LIMITS,
    parse: wholeNumber({ min: -1 }),
  }),
  'cpuset-cpus': single('LIST', 'Processors it may use: 0-3,5', { group: LIMITS, parse: orUnset(cpuSetValue) }),
  'cpuset-mems': single('LIST', 'Memory nodes it may use', { group: LIMITS, parse: orUnset(cpuSetValue) }),
  'pids-limit': single('NUMBER', 'Processes and threads; -1: no limit', {
    group: LIMITS,
    parse: wholeNumber({ min: -1 }),
  }),
  'blkio-weight': single('NUMBER', 'Share of the disks, 10 to 1000', { group: LIMITS, parse: blockWeight }),
  ulimit: list('NAME=SOFT[:HARD]', 'A limit of setrlimit(2): nofile=1024:2048', { group: LIMITS, parse: ulimitValue }),
  'device-cgroup-rule': list('RULE', "Devices it may open: 'c 10:200 rwm'", { group: LIMITS, parse: deviceCgroupRule }),
  'cgroup-parent': single('PATH', 'The cgroup above the one of the container', {
    group: LIMITS,
    parse: orUnset(anyText),
  }),
};

const privileges = {
  privileged: toggle('All capabilities and devices, nothing hidden, no system call filter', { group: PRIVILEGES }),
  'cap-add': list('CAPABILITY', 'Give a capability, or ALL', { group: PRIVILEGES, parse: capabilityValue }),
  'cap-drop': list('CAPABILITY', 'Take a capability away, or ALL', { group: PRIVILEGES, parse: capabilityValue }),
  'security-opt': list('OPTION', 'no-new-privileges, seccomp=FILE|unconfined, systempaths=unconfined', {
    group: PRIVILEGES,
    parse: securityOption,
  }),
  sysctl: list('NAME=VALUE', 'A kernel setting of its own namespaces', { group: PRIVILEGES, parse: sysctlValue }),
};

const namespaces = {
  pid: single('MODE', 'Processes: host, private or container:NAME', { group: NAMESPACES, parse: orUnset(pidMode) }),
  ipc: single('MODE', 'Shared memory: host, private, none or container:NAME', {
    group: NAMESPACES,
    parse: orUnset(ipcMode),
  }),
  uts: single('MODE', 'Host name: host or private', { group: NAMESPACES, parse: orUnset(hostOrPrivate) }),
  cgroupns: single('MODE', 'cgroups: host or private', { group: NAMESPACES, parse: orUnset(hostOrPrivate) }),
  userns: single('MODE', 'User ids: host, auto[:size=N] or keep-id[:uid=N,gid=N]', {
    group: NAMESPACES,
    parse: orUnset(usernsMode),
  }),
  uidmap: list('ID:HOST_ID:COUNT', 'Map user ids', { group: NAMESPACES, parse: idMapValue }),
  gidmap: list('ID:HOST_ID:COUNT', 'Map group ids', { group: NAMESPACES, parse: idMapValue }),
};

const learn = {
  explain: single('FORMAT', 'Tell every step with its system calls on stderr: text or json', {
    bare: 'text',
    group: LEARN,
    complete: ['text', 'json'],
    parse: explainFormat,
  }),
  'dry-run': toggle('Tell the steps on stdout and do nothing', { group: LEARN }),
};

/** All flags of `keelson run`, with Docker's names and meaning. */
export const RUN_FLAGS = {
  ...general,
  ...processFlags,
  ...health,
  ...files,
  ...network,
  ...limits,
  ...privileges,
  ...namespaces,
  ...learn,
};

/** 0 means what leaving it out means, as in Docker. */
function blockWeight(text: string): number | undefined {
  return text === '0' ? undefined : wholeNumber({ min: 10, max: 1000 })(text);
}
