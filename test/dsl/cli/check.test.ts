import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { edited, root, SMALL } from '../helpers.ts';

const dir = mkdtempSync(join(tmpdir(), 'llava-check-'));
afterAll(() => rmSync(dir, { recursive: true }));

function llava(...args: string[]): { code: number | null; stdout: string; stderr: string } {
  const result = spawnSync(process.execPath, [join(root, 'engine/cli/main.ts'), ...args], {
    cwd: dir,
    encoding: 'utf8',
  });
  return { code: result.status, stdout: result.stdout, stderr: result.stderr };
}

writeFileSync(join(dir, 'good.llava'), SMALL);
writeFileSync(join(dir, 'bad.llava'), edited('freeze   vision, language', 'freeze   visoin, language'));

describe('llava check', () => {
  it('ends with 0 for a sound file', () => {
    const { code, stdout, stderr } = llava('check', 'good.llava');
    expect([code, stdout]).toEqual([0, '']);
    expect(stderr).toContain('good.llava: no problems');
  });

  it('underlines the mistake and ends with 1', () => {
    const { code, stdout } = llava('check', 'bad.llava');
    expect(code).toBe(1);
    expect(stdout).toContain('bad.llava:45:12\n45 |   freeze   visoin, language\n   |            ^^^^^^');
    expect(stdout).toContain('did you mean `vision`?');
  });

  it('prints the documented JSON, lines and columns from 1', () => {
    const { code, stdout } = llava('check', 'bad.llava', '--json');
    expect(code).toBe(1);
    expect(JSON.parse(stdout)).toEqual({
      diagnostics: [
        {
          code: 'LLV0502',
          severity: 'error',
          message: expect.stringContaining('visoin') as string,
          file: 'bad.llava',
          start: { line: 45, column: 12 },
          end: { line: 45, column: 18 },
          help: 'did you mean `vision`?',
          related: [],
        },
      ],
    });
  });

  it('takes changes from the command line', () => {
    expect(llava('check', 'good.llava', '--set', 'tune.batch=0').code).toBe(1);
    expect(llava('check', 'good.llava', '--set', 'tune.batch=8').code).toBe(0);
  });

  it('says when a file is not there', () => {
    const { code, stderr } = llava('check', 'absent.llava');
    expect(code).toBe(1);
    expect(stderr).toContain('absent.llava');
  });
});

describe('llava explain', () => {
  it('explains a code with an example', () => {
    const text = execFileSync(process.execPath, [join(root, 'engine/cli/main.ts'), 'explain', 'llv0502'], {
      encoding: 'utf8',
    });
    expect(text).toContain('LLV0502');
    expect(text).toContain('freeze vision');
  });

  it('ends with 2 for an unknown code', () => {
    expect(llava('explain', 'LLV9999').code).toBe(2);
  });
});
