import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readJsonEntries } from '../../../../engine/data/formats/files.ts';
import { findJsonFault } from '../../../../engine/data/formats/json-error.ts';
import { JsonScanner } from '../../../../engine/data/formats/json-scanner.ts';
import type { JsonEntry } from '../../../../engine/data/formats/json-scanner.ts';
import { messageOf, scratch } from '../support.ts';

const scan = (text: string, options: { root: 'list' | 'object'; lists?: string[] }, chunk = 1 << 20): JsonEntry[] => {
  const entries: JsonEntry[] = [];
  const scanner = new JsonScanner({ ...options, visit: (entry) => entries.push(entry) });
  const bytes = Buffer.from(text);
  for (let i = 0; i < bytes.length; i += chunk) scanner.push(bytes.subarray(i, i + chunk));
  scanner.end();
  return entries;
};

describe('reading JSON entry by entry', () => {
  it('gives the values that JSON.parse gives, however the file is cut into chunks', () => {
    fc.assert(
      fc.property(
        fc.array(fc.jsonValue()),
        fc.integer({ min: 0, max: 3 }),
        fc.integer({ min: 1, max: 9 }),
        (values, indent, chunk) => {
          const text = JSON.stringify(values, null, indent);
          const entries = scan(text, { root: 'list' }, chunk);
          expect(entries.map((e) => e.value)).toEqual(JSON.parse(text));
          expect(entries.map((e) => e.index)).toEqual(values.map((_, i) => i));
        },
      ),
      { numRuns: 200 },
    );
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), fc.integer({ min: 1, max: 9 }), (object, chunk) => {
        const text = JSON.stringify(object, null, 2);
        const entries = scan(text, { root: 'object' }, chunk);
        expect(entries.map((e) => [e.key, e.value])).toEqual(Object.entries(JSON.parse(text) as object));
      }),
      { numRuns: 200 },
    );
  });

  it('visits the wanted lists of an object and skips its other keys', () => {
    const text = '{"info": {"images": [9]}, "images": [1, {"a": "]"}], "more": "x", "annotations": []}';
    const entries = scan(text, { root: 'object', lists: ['images', 'annotations'] });
    expect(entries.map(({ key, index, value }) => [key, index, value])).toEqual([
      ['images', 0, 1],
      ['images', 1, { a: ']' }],
    ]);
  });

  it('says where an entry begins', () => {
    const entries = scan('[\n {"a": "ü"},\n {"b": 2}\n]', { root: 'list' });
    expect(entries.map(({ byte, line }) => [byte, line])).toEqual([
      [3, 2],
      [17, 3],
    ]);
  });

  it('calls every file that was cut off cut off, wherever that was', () => {
    const whole = '{"images": [{"id": 1, "file_name": "ä.png"}, {"id": 2, "n": [1.5e3, -1, true, null]}], "n": 12.5e3}';
    const bytes = Buffer.from(whole);
    for (let n = 1; n < bytes.length; n++) {
      const scanner = new JsonScanner({ root: 'object', visit: () => undefined });
      expect(() => {
        scanner.push(bytes.subarray(0, n));
        scanner.end();
      }).toThrow(expect.objectContaining({ kind: 'truncated', byte: n }) as Error);
    }
  });
});

describe('finding a fault', () => {
  it('agrees with JSON.parse on what is JSON', () => {
    const mangled = fc
      .tuple(fc.jsonValue(), fc.nat(), fc.constantFrom('', '"', '{', ']', ',', ':', '\\', '0', 'x', '\n'))
      .map(([value, at, put]) => {
        const text = JSON.stringify(value, null, 1);
        const i = at % (text.length + 1);
        return text.slice(0, i) + put + text.slice(i + 1);
      });
    fc.assert(
      fc.property(mangled, (text) => {
        let good = true;
        try {
          JSON.parse(text);
        } catch {
          good = false;
        }
        expect(findJsonFault(text) === null).toBe(good);
      }),
      { numRuns: 2000 },
    );
  });

  it.each([
    ['{"a": 1, "b" 2}', 13, 'expected ":" after the key, found "2"'],
    ['{"a": 1,}', 8, 'a "," stands before "}"'],
    ["{'a': 1}", 1, 'expected a key in double quotes'],
    ['[1, NaN]', 4, 'expected a value, found "N"'],
  ])('%s', (text, index, reason) => {
    expect(findJsonFault(text)).toMatchObject({ index, reason, truncated: false });
  });
});

describe('messages about a broken file', () => {
  const read = (path: string): Promise<string> => messageOf(readJsonEntries(path, { root: 'list' }, () => undefined));

  it('names the path, the byte and the line', async () => {
    const path = join(scratch({ 'a.json': '[\n {"id": 1},\n {"id" 2},\n {"id": 3}\n]' }), 'a.json');
    expect(await read(path)).toBe(
      `${path}: not valid JSON at byte 21 (line 3): expected ":" after the key, found "2" (in entry 1).`,
    );
  });

  it('finds a forgotten bracket where it is, not at the end of the file', async () => {
    const path = join(scratch({ 'a.json': '[\n {"id": [1, 2},\n {"id": 3}\n]' }), 'a.json');
    expect(await read(path)).toContain('at byte 15 (line 2): expected "," or "]", found "}"');
  });

  it('tells a file that was cut off, an empty one, and another kind of file', async () => {
    const dir = scratch({
      'cut.json': '[{"id": 1}, {"id"',
      'empty.json': '',
      'object.json': '{"a": 1}',
      'page.json': '<!DOCTYPE html><html>',
    });
    writeFileSync(join(dir, 'lfs.json'), 'version https://git-lfs.github.com/spec/v1\noid sha256:00\n');
    expect(await read(join(dir, 'cut.json'))).toContain(
      'cut off at byte 17 (line 1): it ends inside entry 1, which begins at byte 12',
    );
    expect(await read(join(dir, 'empty.json'))).toContain('the file is empty');
    expect(await read(join(dir, 'object.json'))).toContain(
      'it holds a JSON object { … } where a JSON list [ … ] is expected at byte 0',
    );
    expect(await read(join(dir, 'page.json'))).toContain('looks like a web page');
    expect(await read(join(dir, 'lfs.json'))).toContain('git lfs pull');
  });

  it('asks whether a near name was meant', async () => {
    const dir = scratch({ 'captions_val2017.json': '[]' });
    expect(await read(join(dir, 'caption_val2017.json'))).toBe(
      `${join(dir, 'caption_val2017.json')}: no such file. Did you mean ${join(dir, 'captions_val2017.json')}?`,
    );
    expect(await read(join(dir, 'nowhere', 'x.json'))).toContain(`(there is no folder ${join(dir, 'nowhere')})`);
    expect(await read(dir)).toContain('a folder where a file is expected');
  });
});
