// The payload's unit tests under other interpreters: node-side Python must run on 20.04's 3.8, and mypy's
// newest releases know only later ones; PyPy is not the CPython that it was written with.
import { unitTests } from './python.trial.ts';

unitTests('python3.8', false);
unitTests('pypy3', process.env.HOMEPBP_REQUIRE_TOOLS === '1');
