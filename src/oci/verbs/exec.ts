import { KeelsonError } from '../../base/index.ts';
import { execIn } from '../../runtime/index.ts';
import { callerRights } from '../caller-rights.ts';
import type { Command } from '../command.ts';
import { attachingDriver } from '../container-cgroup.ts';
import { bundleOf } from '../container-state.ts';
import { execCgroupPaths } from '../exec-cgroup-paths.ts';
import { execProcess } from '../exec-process.ts';
import { findContainer } from '../find-container.ts';
import { ForegroundTerminal } from '../foreground-terminal.ts';
import { HeldSignals } from '../held-signals.ts';
import { pidfdSocket, writePidFile } from '../make-container.ts';
import { processStdio } from '../process-stdio.ts';
import { startFailure } from '../start-failure.ts';
import { hookSurroundings } from '../state-hooks.ts';
import { warnOfUnknownCapabilities } from '../unknown-capabilities.ts';
import { waitForeground } from '../wait-foreground.ts';

/** Starts one more program in a running container. */
export const exec: Command = {
  flags: {
    'console-socket': { value: true },
    cwd: { value: true },
    env: { letter: 'e', value: true },
    tty: { letter: 't' },
    user: { letter: 'u', value: true },
    'additional-gids': { letter: 'g', value: true, form: 'numbers' },
    process: { letter: 'p', value: true },
    detach: { letter: 'd' },
    'pid-file': { value: true },
    'pidfd-socket': { value: true },
    'process-label': { value: true },
    apparmor: { value: true },
    'no-new-privs': {},
    cap: { letter: 'c', value: true },
    'preserve-fds': { value: true, form: 'number' },
    cgroup: { value: true },
    'ignore-paused': {},
  },
  args: { least: 1, most: Number.POSITIVE_INFINITY },
  usage: 'exec [command options] <container-id> <command> [command options]  || -p process.json <container-id>',
  purpose: 'execute new process inside the container',
  failure: { text: 'exec failed', named: false, exitCode: 255 },
  program: true,
  async run(call) {
    const { folder, state, status } = findContainer(call);
    if (status === 'stopped') throw refused('cannot exec in a stopped container');
    if (status === 'paused' && !call.flags.on('ignore-paused')) {
      throw refused('cannot exec in a paused container (use --ignore-paused to override)');
    }
    const process = execProcess(call, state.config.spec.process);
    warnOfUnknownCapabilities(call, process);
    const detached = call.flags.on('detach');
    using terminal = new ForegroundTerminal();
    const stdio = await terminal.take(call.context, processStdio(call, process, detached));
    using signals = detached ? undefined : new HeldSignals(call.context);
    const spec = { ...state.config.spec, process };
    const { no_new_keyring: noNewKeyring } = state.config;
    const hooks = hookSurroundings(bundleOf(state), call);
    const root = { kind: 'folder' as const, path: '/' };
    const cgroupPaths = execCgroupPaths(state.cgroup_paths, call.flags.values('cgroup'));
    const { cacheFolder } = call.options;
    const plan = {
      ...callerRights(call),
      ...{ cacheFolder, id: folder.id, spec, root, stdio, hooks, cgroupPaths, adopted: detached, noNewKeyring },
      setHome: true,
      cgroupDriver: await attachingDriver(call.context, state),
      pidfdSocket: pidfdSocket(call),
    };
    const host = await call.context.openRuntime();
    const launched = await execIn(host, state.init_process_pid, plan).catch((error: unknown) => {
      throw startFailure(error, process);
    });
    writePidFile(call, launched.pid);
    if (signals) return await waitForeground(launched, { terminal, signals });
    launched.monitor.release();
    await launched.monitor.closed;
    return 0;
  },
};

function refused(message: string): KeelsonError {
  return new KeelsonError('conflict', message, { code: 'CONTAINER_STATE' });
}
