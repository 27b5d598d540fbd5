/** The same as in the quick suite, with ten times as many jobs. */
import './scale.test.ts';
