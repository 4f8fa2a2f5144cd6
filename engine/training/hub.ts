import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { DataError } from '../stages/types.ts';

/**
 * The folder of a Hugging Face model with its safetensors: `repo` itself where it is a path, else the newest snapshot in Hugging Face's own
 * cache (`$HF_HUB_CACHE`, `$HF_HOME/hub`, `~/.cache/huggingface/hub`). Nothing is downloaded.
 *
 * @throws DataError when it is not there, with the command that brings it.
 */
export async function hubFolder(repo: string): Promise<string> {
  if (/^(\.|\/|~)/.test(repo)) {
    const folder = resolve(repo.replace(/^~/, homedir()));
    if (existsSync(folder)) return folder;
    throw new DataError(`${folder} does not exist; \`hub("${repo}")\` names it as a model's folder`);
  }
  const cache =
    process.env['HF_HUB_CACHE'] ?? join(process.env['HF_HOME'] ?? join(homedir(), '.cache', 'huggingface'), 'hub');
  const snapshots = join(cache, `models--${repo.replaceAll('/', '--')}`, 'snapshots');
  const found = (await readdir(snapshots).catch(() => [])).sort();
  const newest = found.at(-1);
  if (newest !== undefined) return join(snapshots, newest);
  throw new DataError(
    `the weights of ${repo} are not on this machine (looked in ${snapshots}). ` +
      `Bring them with \`huggingface-cli download ${repo}\`, or write a folder: hub("./models/${repo.split('/').pop() ?? repo}")`,
  );
}
