import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { format, resolveConfig } from 'prettier';
import { languageReference } from './reference.ts';

const file = fileURLToPath(new URL('../../docs/language.md', import.meta.url));

/** docs/language.md as it should be, formatted as the rest of the repository. */
export async function referenceFile(): Promise<string> {
  return format(languageReference(), { ...(await resolveConfig(file)), parser: 'markdown' });
}

// `node dsl/docs/write.ts` brings the file up to date.
if (process.argv[1] === fileURLToPath(import.meta.url)) writeFileSync(file, await referenceFile());
