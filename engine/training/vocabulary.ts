import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { TrainConfig } from '../../dsl/plan/types.ts';
import { loadTokenizer, tokenizerToJson } from '../../ops/io/tokenizer/file.ts';
import type { Tokenizer } from '../../ops/io/tokenizer/tokenizer.ts';
import { trainBpe } from '../../ops/io/tokenizer/train.ts';
import { textsForTokenizer } from '../data/batches/open.ts';
import { DataError, type Artifact, type StageContext } from '../stages/types.ts';
import { CONTRAST_TOKENIZER, TOKENIZER } from './layout.ts';
import type { Objective } from './objective.ts';
import { findFile, linkOrCopy } from './weights.ts';

/**
 * The tokenizer that a stage's text goes through: the one that came with the weights it starts from, else byte-level BPE learnt from
 * the stage's own texts, with as many tokens as the model's vocabulary.
 */
export async function openTokenizer(
  context: StageContext<TrainConfig>,
  objective: Objective,
  sources: readonly Artifact[],
): Promise<Tokenizer> {
  const { config, seed } = context;
  const vocab = objective.vocabulary(config);
  const stored = await findFile(sources, objective.tokenizerFile);
  if (stored !== null) return checked(await loadTokenizer(stored), vocab, stored);
  if (config.model.language?.tokenizer.kind === 'hub' && objective.tokenizerFile === TOKENIZER) {
    throw new DataError(
      `the language model of ${config.model.name} brings its own tokenizer, and its folder has not been read by any stage before`,
    );
  }
  const texts = await textsForTokenizer(config, { resolve: (ref) => context.resolve(ref), seed });
  return trainBpe(texts, { vocab });
}

/** Takes both tokenizers of a model into the artifact: this stage's own, and what came with the weights. */
export async function keepTokenizers(
  out: string,
  objective: Objective,
  tokenizer: Tokenizer,
  sources: readonly Artifact[],
): Promise<void> {
  await writeFile(join(out, objective.tokenizerFile), tokenizerToJson(tokenizer));
  for (const file of [TOKENIZER, CONTRAST_TOKENIZER]) {
    const stored = file === objective.tokenizerFile ? null : await findFile(sources, file);
    if (stored !== null) await linkOrCopy(stored, join(out, file));
  }
}

function checked(tokenizer: Tokenizer, vocab: number, file: string): Tokenizer {
  if (tokenizer.size <= vocab) return tokenizer;
  throw new DataError(`${file} has ${tokenizer.size} tokens, the model's vocabulary only ${vocab}: raise \`vocab\``);
}
