import { appendFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { Rows, readRows } from '../../../engine/worker/rows.ts';

const dir = mkdtempSync(join(tmpdir(), 'llava-rows-'));
afterAll(() => rmSync(dir, { recursive: true, force: true }));

test('rows recorded again after a restart replace those of the lost steps', () => {
  const file = join(dir, 'metrics.jsonl');
  const first = new Rows(file);
  for (let step = 1; step <= 7; step++) first.append({ step, loss: 10 - step });
  appendFileSync(file, '{"step":8,"lo');

  const second = new Rows(file);
  for (let step = 6; step <= 9; step++) second.append({ step, loss: 10 - step });
  expect(readRows(file)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9].map((step) => ({ step, loss: 10 - step })));
});
