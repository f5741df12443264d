import { benchAdmission } from './admission.ts';
import { benchBodyCache } from './body-cache.ts';
import { benchBundles } from './bundles.ts';
import { benchFetch } from './fetch-throughput.ts';
import { benchIdleMemory } from './idle-memory.ts';
import { benchLargeMailbox } from './large-mailbox.ts';
import { benchMailboxUnits } from './mailbox-units.ts';
import { benchManyTasks } from './many-tasks.ts';
import { benchOutbound } from './outbound.ts';
import { benchPostfix } from './postfix.ts';
import { benchStorm } from './storm.ts';
import { benchTextSignatures } from './text-signatures.ts';
import { benchImap, benchPop3, benchSmtp } from './throughput.ts';
import { benchWriteUnits } from './write-units.ts';

// `npm run bench` runs all; `npm run bench -- smtp memory` some.
const benches: Readonly<Record<string, () => Promise<void>>> = {
  smtp: benchSmtp,
  postfix: benchPostfix,
  outbound: benchOutbound,
  imap: benchImap,
  pop3: benchPop3,
  fetch: benchFetch,
  admission: benchAdmission,
  storm: benchStorm,
  'many-tasks': benchManyTasks,
  memory: benchIdleMemory,
  'write-units': benchWriteUnits,
  bundles: benchBundles,
  'mailbox-units': benchMailboxUnits,
  'large-mailbox': benchLargeMailbox,
  'body-cache': benchBodyCache,
  'text-signatures': benchTextSignatures,
};

const asked = process.argv.slice(2);
const unknown = asked.filter((name) => !(name in benches));
if (unknown.length > 0) throw new Error(`no bench ${unknown.join(', ')}; there are ${Object.keys(benches).join(', ')}`);

for (const [name, bench] of Object.entries(benches)) if (asked.length === 0 || asked.includes(name)) await bench();
