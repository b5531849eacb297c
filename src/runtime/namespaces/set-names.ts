import type { InitContext } from '../init-context.ts';
import { because } from '../init-context.ts';

/** Host and domain name of a new UTS namespace. */
export function setNames(context: InitContext): void {
  const { kernel, spec } = context;
  if (spec.hostname) {
    kernel.step('Identity', `call the host ${spec.hostname}`, because(context, 'hostname'));
    kernel.sethostname(spec.hostname);
  }
  if (spec.domainname) {
    kernel.step('Identity', `call the domain ${spec.domainname}`, because(context, 'domainname'));
    kernel.setdomainname(spec.domainname);
  }
}
