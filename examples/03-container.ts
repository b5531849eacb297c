/**
 * A container: `npm run example 03-container [ROOT]` (as root).
 *
 * ROOT is the container's root folder, such as a Buildroot `output/target`; without it one is made of BusyBox and
 * removed at the end. On a terminal you get a shell in the container; otherwise a short script looks around in it.
 * See namespaces(7), mount(2), chroot(2).
 */
import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import * as linux from 'keelson/kernel';
import { type Kernel, Netlink, shellExitCode, startAgent } from 'keelson/kernel';

const LOOK_AROUND = `
echo "hostname: $(hostname)"; echo 'processes:'; ps
echo 'files:'; ls /; ls /dev
echo 'network:'; ifconfig
echo "user: $(id)"
`;

// Released in reverse order: first the container, then the folder that it stands on.
using stack = new DisposableStack();
// npm starts us in the project's folder and leaves in INIT_CWD where the user stood.
const root = process.argv[2] ? resolve(process.env.INIT_CWD ?? '.', process.argv[2]) : makeRoot(stack);
await using agent = startAgent();

const { CLONE_NEWPID, CLONE_NEWNS, CLONE_NEWUTS, CLONE_NEWIPC, CLONE_NEWNET } = linux;
const container = agent.kernel.clone(CLONE_NEWPID | CLONE_NEWNS | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWNET);
const { exited } = agent.kernel.watch(container.pidfd);
const pid = await container.pid;
// Ctrl-C reaches us, as the container has a session of its own. Pass it on to all that runs in the shell's group.
process.on('SIGINT', () => void agent.kernel.kill(-pid, linux.SIGINT, { allow: 'any' }).then());

// Nothing below waits for an answer: all these calls travel to the child in one batch, which stops at the first failure.
container.kernel.sethostname('container');
enterRoot(container.kernel, root);
makeDevices(container.kernel);
new Netlink(container.kernel).links.enableLoopback(); // the kernel gives it 127.0.0.1
runShell(container.kernel);
await container.kernel.flush();
process.exitCode = shellExitCode(await exited);

/** From here on the child sees nothing but the folder. Keelson itself uses pivot_root(2), from which root cannot escape. */
function enterRoot(kernel: Kernel, folder: string): void {
  // Debian shares mounts with new namespaces. Without this line the host would get our mounts.
  kernel.mount(null, '/', null, linux.MS_REC | linux.MS_PRIVATE);
  kernel.chroot(folder);
  kernel.chdir('/');
  // Only now: a symbolic link in the folder can no longer lead out of it. `ps` reads /proc, which shows the pid
  // namespace of whoever mounts it.
  kernel.mount('proc', '/proc', 'proc', linux.MS_NOSUID | linux.MS_NODEV | linux.MS_NOEXEC);
}

/** The device nodes that every program expects, in memory, so that the folder stays as it was. */
function makeDevices(kernel: Kernel): void {
  kernel.mount('tmpfs', '/dev', 'tmpfs', linux.MS_NOSUID, 'mode=755');
  kernel.umask(0); // else it takes the right to write from everybody but root
  // Numbers from the kernel's Documentation/admin-guide/devices.txt.
  const devices = { null: [1, 3], zero: [1, 5], full: [1, 7], random: [1, 8], urandom: [1, 9], tty: [5, 0] } as const;
  for (const [name, [major, minor]] of Object.entries(devices)) {
    kernel.mknodat(linux.AT_FDCWD, `/dev/${name}`, linux.S_IFCHR | 0o666, (major << 8) | minor);
  }
  kernel.umask(0o022);
}

/** The child has done its work and becomes the shell, which is process 1. */
function runShell(kernel: Kernel): void {
  const interactive = process.stdin.isTTY && process.stdout.isTTY;
  const environment = ['PATH=/bin:/sbin:/usr/bin:/usr/sbin', 'HOME=/', `TERM=${process.env.TERM ?? 'dumb'}`];
  kernel.setsid();
  kernel.execve('/bin/sh', interactive ? ['sh', '-i'] : ['sh', '-c', LOOK_AROUND], environment);
}

/** A root of one static program: BusyBox is all commands in one file and looks at the name it is called by. */
function makeRoot(cleanUp: DisposableStack): string {
  const folder = mkdtempSync(join(tmpdir(), 'keelson-example-'));
  cleanUp.defer(() => rmSync(folder, { recursive: true }));
  for (const name of ['bin', 'dev', 'etc', 'proc', 'tmp']) mkdirSync(join(folder, name));
  copyFileSync('/bin/busybox', join(folder, 'bin/busybox'));
  const commands = execFileSync('/bin/busybox', ['--list'], { encoding: 'utf8' }).trim().split('\n');
  for (const name of commands) {
    if (name !== 'busybox') symlinkSync('busybox', join(folder, 'bin', name));
  }
  writeFileSync(join(folder, 'etc/passwd'), 'root:x:0:0:root:/:/bin/sh\n'); // the names that `id` and `ps` print
  writeFileSync(join(folder, 'etc/group'), 'root:x:0:\n');
  return folder;
}
