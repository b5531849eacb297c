import { object, optional } from '../schema/composites.ts';
import { integer, oneOf } from '../schema/scalars.ts';
import type { Schema } from '../schema/schema.ts';

/** Classes of ioprio_set(2); the place in the list plus one is the number. */
export const IO_PRIORITY_CLASSES = ['IOPRIO_CLASS_RT', 'IOPRIO_CLASS_BE', 'IOPRIO_CLASS_IDLE'] as const;

export interface IoPriority {
  class: (typeof IO_PRIORITY_CLASSES)[number];
  /** 0 (first) to 7; 0 when missing. */
  priority?: number | undefined;
}

export const ioPrioritySchema: Schema<IoPriority> = object<IoPriority>({
  class: oneOf(IO_PRIORITY_CLASSES),
  priority: optional(integer(0, 7)),
});
