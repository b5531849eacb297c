import { describe } from 'node:test';
import { reads, refuses } from '../testing/assert-parser.ts';
import { securityOption } from './security-option.ts';

describe('securityOption', () => {
  reads(securityOption, [
    ['no-new-privileges', { kind: 'no-new-privileges', value: true }],
    ['no-new-privileges:false', { kind: 'no-new-privileges', value: false }],
    ['no-new-privileges=true', { kind: 'no-new-privileges', value: true }],
    ['seccomp=unconfined', { kind: 'seccomp', profile: 'unconfined' }],
    ['seccomp:builtin', { kind: 'seccomp', profile: 'default' }],
    ['seccomp=a=b.json', { kind: 'seccomp', profile: { path: 'a=b.json' } }],
    ['apparmor=unconfined', { kind: 'apparmor', profile: 'unconfined' }],
    ['label=type:svirt_t', { kind: 'label', label: 'type:svirt_t' }],
    ['systempaths=unconfined', { kind: 'systempaths' }],
  ]);
  refuses(securityOption, [
    ['', /expected no-new-privileges, seccomp=FILE/],
    ['seccomp', /expected no-new-privileges/],
    ['seccomp=', /expected no-new-privileges/],
    ['no-new-privileges=maybe', /expected no-new-privileges/],
    ['systempaths=on', /expected no-new-privileges/],
    ['bogus=1', /expected no-new-privileges/],
  ]);
});
