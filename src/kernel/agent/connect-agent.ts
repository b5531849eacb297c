import { Socket } from 'node:net';
import type { Architecture } from '../syscall-numbers.ts';
import { AgentProcess } from './agent-process.ts';

/**
 * A second way to an agent process that serves a Unix socket (`Kernel.serve`): to a monitor, after the program that
 * started it has gone. Only the same user is let in; to anybody else the process is gone (`AGENT_GONE`).
 */
export function connectAgent(path: string, options: { name?: string } = {}): AgentProcess {
  const socket = new Socket({ allowHalfOpen: true });
  socket.cork();
  socket.once('connect', () => socket.uncork());
  const kernel = new AgentProcess(socket, {
    name: options.name ?? 'monitor',
    architecture: process.arch as Architecture,
  });
  socket.connect(path);
  return kernel;
}
