import { invalid } from '../../base/index.ts';

/**
 * The text of a seccomp profile, after a first look that it is one: what it says is checked by who compiles it.
 * @param path for the message
 */
export function seccompProfileText(path: string, content: Uint8Array): string {
  const text = new TextDecoder().decode(content);
  let profile: unknown;
  try {
    profile = JSON.parse(text);
  } catch (cause) {
    const reason = cause instanceof Error ? `: ${cause.message}` : '';
    throw invalid('SECCOMP_PROFILE_INVALID', `seccomp profile ${path} is not JSON${reason}`);
  }
  if (typeof profile !== 'object' || profile === null || !('defaultAction' in profile)) {
    throw invalid('SECCOMP_PROFILE_INVALID', `seccomp profile ${path} has no defaultAction`);
  }
  return text;
}
