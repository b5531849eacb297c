import { compareWith } from './compare.ts';
import { runc } from './drivers.ts';

compareWith(runc, { refusal: /level=error|^runc run failed/m, differs: ({ differs }) => differs });
