import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Guest } from './root-image.ts';

export interface Machine extends Guest {
  /** The image of what is tested. */
  work: string;
  /** Where temporary files go. */
  folder: string;
  /** Milliseconds after which the machine is stopped. */
  patience: number;
}

export interface Ended {
  /** Exit code of the tests; none when the machine ended without one. */
  status?: number;
  /** What the kernel and systemd said. */
  console: string;
  timedOut: boolean;
}

const CORES = 2;
const MEMORY = '3G';
const COMMAND_LINE = [
  'console=ttyS0 quiet panic=-1 systemd.unit=keelson-tests.service systemd.show_status=no',
  // Emulation has no side channels to close. A loaded host delays the clock that the kernel checks its timers by.
  'mitigations=off no_timer_check tsc=reliable nowatchdog audit=0',
  'systemd.unified_cgroup_hierarchy=1 swapaccount=1 hugepages=8',
].join(' ');

/** Starts the virtual machine, prints the report of its tests, and waits for its end. Leaves no process and no file. */
export async function runMachine(machine: Machine): Promise<Ended> {
  const folder = mkdtempSync(join(machine.folder, 'run-'));
  const consoleFile = join(folder, 'console');
  const statusFile = join(folder, 'status');
  try {
    const timedOut = await qemu(machine, [
      ...['-serial', `file:${consoleFile}`],
      ...['-device', 'virtio-serial-pci', '-chardev', 'stdio,id=report,signal=off'],
      ...['-device', 'virtserialport,chardev=report,name=report'],
      ...['-chardev', `file,id=status,path=${statusFile}`, '-device', 'virtserialport,chardev=status,name=status'],
    ]);
    const status = /^\d+$/m.exec(readFileSync(statusFile, 'utf8'))?.[0];
    const console = readFileSync(consoleFile, 'utf8');
    return { ...(status === undefined ? {} : { status: Number(status) }), console, timedOut };
  } finally {
    rmSync(folder, { recursive: true }); // no-mount-below: two text files
  }
}

/** Runs the emulator to its end; whether the watchdog had to end it. */
async function qemu({ kernel, initramfs, root, work, folder, patience }: Machine, more: string[]): Promise<boolean> {
  const disk = (name: string, file: string) => [
    ...['-drive', `if=none,id=${name},file=${file},format=raw,snapshot=on,cache=unsafe`],
    ...['-device', `virtio-blk-pci,drive=${name}`],
  ];
  const args = [
    ...['-machine', 'q35,usb=off', '-accel', 'tcg,thread=multi,tb-size=512', '-smp', String(CORES), '-m', MEMORY],
    // A fifth level of page tables only makes each look into them longer.
    ...['-cpu', 'max,la57=off', '-nodefaults', '-no-user-config', '-display', 'none', '-no-reboot'],
    ...['-kernel', kernel, '-initrd', initramfs, '-append', COMMAND_LINE, '-device', 'virtio-rng-pci'],
    ...disk('root', root),
    ...disk('work', work),
    ...more,
  ];
  // With us, whatever ends us, goes the emulator.
  const child = spawn('setpriv', ['--pdeathsig', 'KILL', 'qemu-system-x86_64', ...args], {
    // An input that ends would close the port of the report.
    stdio: ['pipe', 'inherit', 'inherit'],
    env: { ...process.env, TMPDIR: folder },
  });
  let timedOut = false;
  const watchdog = setTimeout(() => {
    timedOut = true;
    child.kill('SIGKILL');
  }, patience);
  const stop = () => child.kill('SIGKILL');
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, stop);
  try {
    await new Promise((resolve, reject) => child.on('error', reject).on('close', resolve));
  } finally {
    clearTimeout(watchdog);
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.off(signal, stop);
  }
  return timedOut;
}
