import { invalid } from '../../base/index.ts';

/** A template that cannot be read, or that does not fit the data. */
export function templateError(message: string): Error {
  return invalid('TEMPLATE', `template: ${message}`, "for example --format '{{.Name}}' or '{{json .}}'");
}
