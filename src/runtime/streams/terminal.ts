import type { Fd } from '../../kernel/index.ts';
import {
  AT_EMPTY_PATH,
  O_NOCTTY,
  O_RDWR,
  OPEN_TREE_CLONE,
  TIOCGPTPEER,
  TIOCSPTLCK,
  TIOCSWINSZ,
} from '../../kernel/index.ts';
import type { InitContext } from '../init-context.ts';
import type { RootTree } from '../rootfs/root-tree.ts';
import { windowSize } from './window-size.ts';

/** A terminal from the container's own devpts, so that `tty` in it names one that exists there. Gives the inner end. */
export function openTerminal(context: InitContext, tree: RootTree, socket: Fd): Fd {
  const { kernel } = context;
  const inner = openTerminalHere(context, tree, socket);
  kernel.step('Terminal and streams', 'show the terminal as /dev/console', '--tty');
  // From the descriptor, not from /dev/pts/N, which could be replaced meanwhile, and not over what a link leads to, which
  // could be a file of /proc that is to be hidden (CVE-2025-52565, CVE-2026-88264).
  const node = kernel.openTree(inner, '', OPEN_TREE_CLONE | AT_EMPTY_PATH);
  tree.attach(node, tree.file('/dev/console', { strict: true }), '/dev/console');
  return inner;
}

/** The same for a process that enters a container which has its /dev/console already. */
export function openTerminalHere(context: InitContext, tree: RootTree, socket: Fd): Fd {
  const { kernel, plan } = context;
  const { columns, rows } = plan.stdio.terminal ?? { columns: 80, rows: 24 };
  kernel.step('Terminal and streams', 'open a terminal and hand its outer end to the monitor', '--tty');
  const master = tree.open('/dev/pts/ptmx', { flags: O_RDWR | O_NOCTTY });
  kernel.ioctl(master, TIOCSPTLCK, Buffer.alloc(4));
  // By descriptor: no path of the container is followed to the inner end (CVE-2016-9962 and relatives).
  const inner = kernel.ioctl(master, TIOCGPTPEER, O_RDWR | O_NOCTTY);
  kernel.ioctl(inner, TIOCSWINSZ, windowSize(columns, rows));
  kernel.sendDescriptor(socket, master);
  kernel.close(master);
  return inner;
}
