// The fake is held to the suite that the real drivers pass.
import { hostTemplates } from '../conformance/templates.ts';
import { describeDriver } from '../conformance.ts';
import { createFakeDriver } from './fake-driver.ts';

describeDriver('fake', async () => createFakeDriver(), { templates: hostTemplates(), real: false });
