/** The same as in the quick suite, with a database that stands still for half a minute. */
import './disturbed.test.ts';
