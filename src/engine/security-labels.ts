import { existsSync, readFileSync } from 'node:fs';
import { invalid, KeelsonError } from '../base/index.ts';
import type { ContainerConfig, Process } from '../spec/index.ts';

/** Security modules of this host that label programs. */
export interface LabelModules {
  apparmor: boolean;
  selinux: boolean;
}

export function findLabelModules(): LabelModules {
  const parameter = '/sys/module/apparmor/parameters/enabled';
  const apparmor = existsSync(parameter) && readFileSync(parameter, 'latin1').startsWith('Y');
  return { apparmor, selinux: existsSync('/sys/fs/selinux/enforce') };
}

/** What the policies of distributions know containers by. */
const BASE = { user: 'system_u', role: 'system_r', type: 'container_t', level: 's0' };

/**
 * What `--security-opt apparmor=…` and `label=…` come to.
 * @throws KeelsonError unsupported `LABEL_UNAVAILABLE` where the host has no such module
 */
export function securityLabels(
  { privileges: { apparmor, labels = [] } }: ContainerConfig,
  modules: LabelModules,
): Pick<Process, 'apparmorProfile' | 'selinuxLabel'> {
  const profile = apparmor === undefined || apparmor === 'unconfined' ? undefined : apparmor;
  if (profile && !modules.apparmor) throw unavailable(`apparmor=${profile}`, 'AppArmor');
  const label = selinuxLabel(labels);
  if (label && !modules.selinux) throw unavailable(`label=${labels[0]}`, 'SELinux');
  return { ...(profile && { apparmorProfile: profile }), ...(label && { selinuxLabel: label }) };
}

function selinuxLabel(options: readonly string[]): string | undefined {
  if (options.length === 0 || options.includes('disable')) return undefined;
  const parts = { ...BASE };
  for (const option of options) {
    const at = option.indexOf(':');
    const key = option.slice(0, at);
    if (key !== 'user' && key !== 'role' && key !== 'type' && key !== 'level') {
      throw invalid(
        'LABEL_INVALID',
        `--security-opt label=${option}: expected disable, or user:, role:, type: or level: and a value`,
      );
    }
    parts[key] = option.slice(at + 1);
  }
  return `${parts.user}:${parts.role}:${parts.type}:${parts.level}`;
}

function unavailable(option: string, module: string): KeelsonError {
  return new KeelsonError('unsupported', `--security-opt ${option}: this host has no ${module}`, {
    code: 'LABEL_UNAVAILABLE',
    hint: `leave it out, or boot a kernel with ${module}`,
  });
}
