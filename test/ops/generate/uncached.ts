import { load, type Binding, type ExecutorKind } from '../../../ops/backend/index.ts';
import { argmax, dynamicSlice, Program, reshape, type HostTensor } from '../../../ops/graph/index.ts';
import type { ModelConfig } from '../../../ops/models/config.ts';
import { llamaHidden, logitsOf } from '../../../ops/models/llama.ts';
import { llavaEmbeddings } from '../../../ops/models/llava.ts';
import { pictureInput } from '../../../ops/models/losses.ts';
import { weightsOf } from '../../../ops/models/weights.ts';
import { concat } from '../../../ops/graph/index.ts';

/** Greedy decoding of one prompt without any cache: the whole sequence goes through the model for each token. */
export function decodeUncached(
  binding: Binding,
  config: ModelConfig,
  weights: ReadonlyMap<string, HostTensor>,
  prompt: { ids: ArrayLike<number>; slots?: Int32Array; features?: HostTensor },
  options: { maxNewTokens: number; eos: number; kind: ExecutorKind },
): number[] {
  const length = prompt.ids.length + options.maxNewTokens;
  const language = config.language!;
  const program = new Program();
  program.define('next', (g) => {
    const w = weightsOf(g, config);
    const ids = g.input('input_ids', [1, length], 'i32');
    const last = g.input('last', [1], 'i32');
    const images = prompt.features
      ? { pictures: pictureInput(g, config, 1, true), slots: g.input('image_slots', [1, length], 'i32') }
      : null;
    const hidden = llamaHidden(w, language, llavaEmbeddings(w, config, ids, images));
    const begin = concat([g.constant([0], [1], 'i32'), last, g.constant([0], [1], 'i32')], 0);
    const row = reshape(dynamicSlice(hidden, begin, [1, 1, language.width]), [1, language.width]);
    return { token: argmax(logitsOf(w, language, row)) };
  });
  const executable = load(binding, program, options.kind);
  executable.write(new Map([...weights].filter(([name]) => program.variables.has(name))));
  const ids = new Int32Array(length);
  ids.set(prompt.ids);
  const slots = new Int32Array(length).fill(-1);
  slots.set(prompt.slots ?? []);
  const answer: number[] = [];
  for (let at = prompt.ids.length; at < length; at++) {
    const inputs: Record<string, HostTensor> = {
      input_ids: { dtype: 'i32', shape: [1, length], data: ids },
      last: { dtype: 'i32', shape: [1], data: Int32Array.of(at - 1) },
    };
    if (prompt.features) {
      inputs.image_features = prompt.features;
      inputs.image_slots = { dtype: 'i32', shape: [1, length], data: slots };
    }
    const token = executable.run('next', inputs).token!.data[0]!;
    if (token === options.eos) break;
    ids[at] = token;
    answer.push(token);
  }
  executable.dispose();
  return answer;
}
