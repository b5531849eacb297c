import { mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import { launch, loopbackOnly, openRuntime, type RuntimeHost } from '../src/runtime/index.ts';
import type { Bundle } from './bundle.ts';
import { CGROUP } from './bundle.ts';
import { NO_STREAMS } from './peers.ts';

/** Starts containers in this program, with a resident agent. */
export interface Library extends AsyncDisposable {
  /** One container from the making of its folders to their removal; milliseconds. */
  run(id: string): Promise<number>;
}

export async function openLibrary(bundle: Bundle): Promise<Library> {
  const folder = mkdtempSync(join(bundle.folder, 'resident-'));
  const host = await openRuntime({ residentFolder: folder });
  return {
    run: (id) => runOnce(host, bundle, id),
    [Symbol.asyncDispose]: () => host[Symbol.asyncDispose](),
  };
}

async function runOnce(host: RuntimeHost, bundle: Bundle, id: string): Promise<number> {
  const { snapshotter } = bundle.images;
  const start = performance.now();
  const root = await snapshotter.prepare(id, bundle.image);
  const spec = bundle.spec(`${CGROUP}/${id}`);
  const launched = await launch(host, { id, spec, root, network: loopbackOnly(), stdio: NO_STREAMS });
  const { status, signal } = await launched.exited;
  launched.monitor.release();
  await launched.cgroup.remove();
  await snapshotter.remove(id);
  const milliseconds = performance.now() - start;
  if (status !== 0) throw new Error(`true ended with ${signal ?? status}`);
  return milliseconds;
}
