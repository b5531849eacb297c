import type { Room } from './rooms.ts';
import type { SourceFile } from './source-file.ts';

export interface Finding {
  line: number;
  what: string;
}

/** A thing that code must not do in some rooms, with the reason, which is printed with every finding. */
export interface Rule {
  name: string;
  reason: string;
  /** Rooms where it is allowed; or, with `only`, the rooms that it is about. */
  except?: readonly Room[];
  only?: readonly Room[];
  /**
   * Where set, a use is right when the comment directly above it starts with this word and a colon: the author then
   * claims, in the words that follow, that the danger does not exist there.
   */
  claim?: string;
  find(file: SourceFile): Finding[];
}

/** Does the rule speak about this room? */
export function concerns(rule: Rule, room: Room): boolean {
  return rule.only === undefined ? !(rule.except ?? []).includes(room) : rule.only.includes(room);
}

/** Is there a comment `// word: reason` in the comment lines directly above `line`? */
export function hasClaim(file: SourceFile, line: number, word: string): boolean {
  for (let above = line - 2; above >= 0; above--) {
    const comment = /^\s*\/\/\s*(.*)$/.exec(file.lines[above] ?? '')?.[1];
    if (comment === undefined) return false;
    if (comment.startsWith(`${word}: `) && comment.length > word.length + 12) return true;
  }
  return false;
}
