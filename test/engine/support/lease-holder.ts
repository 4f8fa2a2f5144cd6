import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { acquireLease } from '../../../engine/store/lease.ts';

const [dir = '', counter = '', rounds = '1', dieHolding = 'false'] = process.argv.slice(2);

for (let round = 1; round <= Number(rounds); round++) {
  const lease = (await acquireLease(dir))!;
  // Read and write with a pause between: two at once would lose an increment.
  const before = existsSync(counter) ? Number(readFileSync(counter, 'utf8')) : 0;
  await new Promise((resolve) => setTimeout(resolve, 3));
  lease.check();
  writeFileSync(counter, String(before + 1));
  if (dieHolding === 'true' && round === Number(rounds)) process.kill(process.pid, 'SIGKILL');
  lease.release();
}
