import { type Launched, shellExitCode } from '../runtime/index.ts';
import type { RunningContainer, RunRequest } from '../spec/index.ts';
import { discardContainer } from './discard-container.ts';
import type { EngineContext } from './engine-context.ts';
import { planHealthcheck } from './health/health-plan.ts';
import { monitorGone } from './monitor-gone.ts';
import { processIdentity } from './process-identity.ts';
import { recordEnd } from './record-end.ts';
import { running } from './running-container.ts';
import { type ContainerRecord, NOBODY } from './store.ts';
import { waitContainer } from './wait-container.ts';

/** Records that the container runs, and what happens at its end as long as this program sees it. */
export function started(
  context: EngineContext,
  record: ContainerRecord,
  launched: Launched,
  request: RunRequest,
): RunningContainer {
  const { state } = record;
  state.pid = launched.pid;
  state.status = 'running';
  state.started = Date.now();
  const ready = { state, phase: 'ready' as const, owner: processIdentity(launched.pid) };
  if (planHealthcheck(state.config.healthcheck)) {
    const isOurs = !request.detach || context.healthKeeper === undefined;
    context.store.health.begin({ id: state.id, holder: isOurs ? context.holder : NOBODY });
  }
  // Only then does the record here say so: on a full disk it stays one that is being made, and is undone as such.
  context.store.save(ready);
  Object.assign(record, ready);
  if (request.detach) {
    launched.monitor.release();
    return running(launched, state.id, () => waitContainer(context, state.id));
  }
  const exited = launched.exited.then(
    async (event) => {
      launched.monitor.release();
      return recordEnd(context, record, { exitCode: shellExitCode(event), finished: event.time });
    },
    async (cause) => {
      // Nobody moves its output or could tell how it ends.
      await discardContainer(context, record);
      throw monitorGone(state.name, cause);
    },
  );
  return running(launched, state.id, () => exited);
}
