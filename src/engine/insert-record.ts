import { isKeelsonError, randomName } from '../base/index.ts';
import { randomBytes } from './random-bytes.ts';
import type { ContainerRecord, Store } from './store.ts';

/** Words alone are few: with a hundred containers at once two draw the same. */
const ATTEMPTS = 10;

/**
 * Inserts the row of a new container. A name that was drawn is drawn again when another has it.
 * @throws KeelsonError conflict `NAME_IN_USE`, for a name that the user gave
 */
export function insertRecord(store: Store, record: ContainerRecord): void {
  const { state } = record;
  for (let attempt = 1; ; attempt++) {
    try {
      store.insert(record);
      return;
    } catch (error) {
      const drawn = state.config.name === undefined && isKeelsonError(error) && error.code === 'NAME_IN_USE';
      if (!drawn || attempt === ATTEMPTS) throw error;
      state.name = randomName(randomBytes, attempt);
    }
  }
}
