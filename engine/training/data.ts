import type { TrainConfig } from '../../dsl/plan/types.ts';
import type { Tokenizer } from '../../ops/io/tokenizer/tokenizer.ts';
import { openTrainData } from '../data/batches/open.ts';
import type { TrainData } from '../data/batches/types.ts';
import type { StageContext } from '../stages/types.ts';

/** How pictures stand in the text; objectives without pictures in their text leave it out. */
export interface ImageTokens {
  /** Tokens that one picture becomes. */
  count: number;
  id: number;
}

/** A train stage's data; oddities that do not stop it go to the log. */
export function stageData(
  context: StageContext<TrainConfig>,
  tokenizer: Tokenizer,
  image: ImageTokens = { count: 0, id: -1 },
): Promise<TrainData> {
  return openTrainData(context.config, {
    resolve: (ref) => context.resolve(ref),
    seed: context.seed,
    tokenizer,
    imageTokens: image.count,
    imageTokenId: image.id,
    onWarning: (message) => {
      context.log.warn(message);
    },
  });
}
