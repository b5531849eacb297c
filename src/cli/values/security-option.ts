import { invalid } from '../../base/index.ts';

/** What one `--security-opt` says. A seccomp profile is still the path of its file. */
export type SecurityOption =
  | { kind: 'no-new-privileges'; value: boolean }
  | { kind: 'seccomp'; profile: 'default' | 'unconfined' | { path: string } }
  | { kind: 'apparmor'; profile: string }
  | { kind: 'label'; label: string }
  | { kind: 'systempaths' };

const EXPECTED =
  'expected no-new-privileges, seccomp=FILE|default|unconfined, systempaths=unconfined, apparmor=PROFILE or label=LABEL';

/** `--security-opt no-new-privileges`, `seccomp=profile.json`; Docker also takes `:` for `=`. */
export function securityOption(text: string): SecurityOption {
  const [, kind = text, value] = /^([a-z-]+)[=:](.*)$/s.exec(text) ?? [];
  if (kind === 'no-new-privileges' && /^(true|false)?$/.test(value ?? '')) return { kind, value: value !== 'false' };
  if (value === undefined || value === '') throw invalid('SECURITY_OPTION', EXPECTED);
  if (kind === 'seccomp') return { kind, profile: seccompProfile(value) };
  if (kind === 'apparmor') return { kind, profile: value };
  if (kind === 'label') return { kind, label: value };
  if (kind === 'systempaths' && value === 'unconfined') return { kind };
  throw invalid('SECURITY_OPTION', EXPECTED);
}

function seccompProfile(value: string): 'default' | 'unconfined' | { path: string } {
  if (value === 'unconfined') return value;
  return value === 'default' || value === 'builtin' ? 'default' : { path: value };
}
