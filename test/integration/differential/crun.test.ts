import { compareWith } from './compare.ts';
import { crun } from './drivers.ts';

compareWith(crun, { refusal: /^executable file `/m, differs: ({ differsFromCrun }) => differsFromCrun });
