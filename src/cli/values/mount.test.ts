import { describe } from 'node:test';
import { reads, refuses, survivesAnyText } from '../testing/assert-parser.ts';
import { mountValue } from './mount.ts';

describe('mountValue', () => {
  const bind = { type: 'bind' as const, source: '/x', target: '/y', readOnly: false, createSource: false };
  reads(mountValue, [
    ['type=bind,src=/x,dst=/y', bind],
    ['target=/y,source=/x,type=bind', bind],
    ['type=bind,src=/x,dst=/y,readonly', { ...bind, readOnly: true, recursiveReadOnly: true }],
    ['type=bind,src=/x,dst=/y,ro=false', bind],
    ['type=bind,src=/x,dst=/y,bind-propagation=rshared', { ...bind, propagation: 'rshared' }],
    ['type=bind,src=/x,dst=/y,bind-nonrecursive', { ...bind, nonRecursive: true }],
    ['type=bind,src=/x,dst=/y,bind-recursive=disabled', { ...bind, nonRecursive: true }],
    ['type=bind,src=/x,dst=/y,ro,bind-recursive=writable', { ...bind, readOnly: true, recursiveReadOnly: false }],
    ['type=bind,src=/x,dst=/y,bind-create-src', { ...bind, createSource: true }],
    ['type=bind,"src=/x,z",dst=/y', { ...bind, source: '/x,z' }],
    ['src=data,dst=/y', { type: 'volume', source: 'data', target: '/y', readOnly: false }],
    ['dst=/y,volume-nocopy', { type: 'volume', target: '/y', readOnly: false, options: ['nocopy'] }],
    [
      'type=tmpfs,dst=/y,tmpfs-size=1m,tmpfs-mode=700',
      { type: 'tmpfs', target: '/y', readOnly: false, tmpfsSize: 1_048_576, tmpfsMode: 0o700 },
    ],
  ]);
  refuses(mountValue, [
    ['', /expected the keys type, source, target/],
    ['type=bind', /expected target=PATH/],
    ['type=bind,dst=/y', /expected source=PATH/],
    ['type=bind,src=,dst=/y', /expected a path or volume name/],
    ['type=nfs,dst=/y', /expected type=bind, volume or tmpfs, not 'nfs'/],
    ['type=bind,src=/x,dst=y', /absolute path/],
    ['type=tmpfs,src=/x,dst=/y', /a tmpfs has no source/],
    ['type=volume,src=/x,dst=/y', /'\/x' is no volume name/],
    ['type=volume,dst=/y,tmpfs-size=1', /'tmpfs-size' is for type=tmpfs, not for type=volume/],
    ['type=bind,src=/x,dst=/y,bogus=1', /not 'bogus'/],
    ['type=bind,src=/x,dst=/y,constructor=1', /not 'constructor'/],
    ['type=bind,src,dst=/y', /expected src=VALUE/],
    ['type=bind,src=/x,dst=/y,ro=maybe', /expected true or false/],
    ['type=bind,src=/x,dst=/y,bind-propagation=up', /expected bind-propagation=rprivate.*not 'up'/],
    ['type=bind,src=/x,dst=/y,bind-recursive=maybe', /expected bind-recursive=enabled/],
    ['type=bind,src=/x,dst=/y,bind-recursive=readonly', /go with readonly/],
    ['type=bind,src=/x,dst=/y,"a', /quotes/],
  ]);
  survivesAnyText(mountValue, ['type=', 'bind', 'volume', 'tmpfs', ',', 'src=/x', 'dst=/y', 'readonly', '"']);
});
