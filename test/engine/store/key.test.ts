import fc from 'fast-check';
import { mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import type { StageNode } from '../../../dsl/plan/types.ts';
import { DataError } from '../../../engine/stages/types.ts';
import { openHome } from '../../../engine/store/home.ts';
import { canonicalJson, stageKey } from '../../../engine/store/key.ts';
import { FileDigests, lookupStages } from '../../../engine/store/lookup.ts';

const root = mkdtempSync(join(tmpdir(), 'llava-key-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));

const node = (over: Partial<StageNode> = {}): StageNode => ({
  id: 'instruct-11111111',
  name: 'instruct',
  kind: 'generate',
  config: {
    kind: 'generate',
    from: {
      format: 'coco',
      name: 'coco',
      captions: { file: 'captions.json' },
      instances: { file: 'instances.json' },
      images: { file: 'images' },
      samples: null,
    },
    teacher: { kind: 'offline' },
    conversation: 1,
    detail: 1,
    reasoning: 1,
  },
  inputs: [],
  after: [],
  seed: 0,
  retry: { times: 0, backoffSeconds: 0 },
  asserts: [],
  ...over,
});

const home = openHome(join(root, 'home'));
const base = join(root, 'data');
mkdirSync(join(base, 'images'), { recursive: true });
for (const file of ['captions.json', 'instances.json', 'images/a.jpg']) writeFileSync(join(base, file), file);

async function key(of: StageNode, folder = base, implementation = 1): Promise<string> {
  const files = new FileDigests(home, folder);
  const made = await stageKey(of, {
    implementation,
    files: [],
    inputKey: (stage) => `key of ${stage}`,
    digest: (file) => files.of(file),
  });
  return made.key;
}

describe('the key of a stage', () => {
  test('is its name and 64 hex digits, the same every time', async () => {
    expect(await key(node())).toMatch(/^instruct-[0-9a-f]{64}$/);
    expect(await key(node())).toBe(await key(node()));
  });

  test('does not depend on where the files lie or what they are called', async () => {
    const before = await key(node());
    const moved = join(root, 'moved');
    mkdirSync(moved);
    mkdirSync(join(moved, 'images'));
    writeFileSync(join(moved, 'c.json'), 'captions.json');
    writeFileSync(join(moved, 'instances.json'), 'instances.json');
    writeFileSync(join(moved, 'images/a.jpg'), 'images/a.jpg');
    const config = structuredClone(node().config);
    if (config.kind === 'generate' && config.from.format === 'coco') config.from.captions = { file: 'c.json' };
    expect(await key(node({ config }), moved)).toBe(before);
  });

  test('changes with the content of a file, the names in a folder, the seed, the config and the implementation', async () => {
    const keys = new Set([await key(node())]);
    keys.add(await key(node({ seed: 1 })));
    keys.add(await key(node(), base, 2));
    keys.add(await key(node({ config: { ...node().config, conversation: 2 } as StageNode['config'] })));
    writeFileSync(join(base, 'captions.json'), 'captions.jsoN');
    keys.add(await key(node()));
    renameSync(join(base, 'images/a.jpg'), join(base, 'images/b.jpg'));
    keys.add(await key(node()));
    writeFileSync(join(base, 'images/b.jpg'), 'images/A.jpg');
    keys.add(await key(node()));
    expect(keys.size).toBe(7);
  });

  test('of a stage whose file is absent is an error that names the path', async () => {
    await expect(lookupStages(home, { stages: [node()] }, join(root, 'nowhere'))).rejects.toThrow(DataError);
    await expect(lookupStages(home, { stages: [node()] }, join(root, 'nowhere'))).rejects.toThrow(
      join(root, 'nowhere'),
    );
  });
});

test('canonical JSON does not depend on the order of keys and reads back as the same value', () => {
  fc.assert(
    fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (value) => {
      const turned = Object.fromEntries(Object.entries(value).reverse());
      expect(canonicalJson(turned)).toBe(canonicalJson(value));
      expect(canonicalJson(JSON.parse(canonicalJson(value)))).toBe(canonicalJson(value));
    }),
  );
});
