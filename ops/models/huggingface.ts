/**
 * Names of tensors in Hugging Face checkpoints ↔ our canonical names. Shapes are the same on both sides.
 */

/** A beginning of a stored name and the canonical beginning that it stands for. The first that fits decides. */
const READ_PREFIXES: readonly (readonly [RegExp, string])[] = [
  // LlavaForConditionalGeneration: transformers 5 in memory (model.…), as saved, and before 4.52 (vision_model inside the tower).
  [/^(model\.)?vision_tower\.(vision_tower\.)?(vision_model\.)?/, 'vision.'],
  [/^(model\.)?multi_modal_projector\./, 'projector.'],
  [/^language_model\.lm_head\./, 'language.lm_head.'],
  [/^(model\.)?language_model\.(model\.)?/, 'language.'],
  // CLIPModel and CLIPVisionModel.
  [/^vision_model\./, 'vision.'],
  [/^text_model\./, 'contrast.text.'],
  [/^(?=(visual_projection|text_projection)\.|logit_scale$)/, 'contrast.'],
  // LlamaForCausalLM, and the language part of the authors' own LLaVA checkpoints.
  [/^lm_head\./, 'language.lm_head.'],
  [/^model\.(?=layers\.|embed_tokens\.|norm\.)/, 'language.'],
];

/** Buffers that old checkpoints carry although they follow from the config. */
const BUFFERS = /(\.rotary_emb\.inv_freq|\.position_ids)$/;

/** The authors' LLaVA: `mm_projector.weight` (linear), `mm_projector.0`, `.2`, … (linear maps with activations between). */
const MM_PROJECTOR = /^model\.mm_projector\.(?:(\d+)\.)?(weight|bias)$/;

/** The canonical name of a stored tensor; null for buffers and for tensors that no part of ours has. */
export function fromHuggingFace(stored: string): string | null {
  if (BUFFERS.test(stored)) return null;
  const projector = MM_PROJECTOR.exec(stored);
  if (projector) return `projector.linear_${Number(projector[1] ?? 0) / 2 + 1}.${projector[2]!}`;
  for (const [pattern, prefix] of READ_PREFIXES)
    if (pattern.test(stored)) return stored.replace(pattern, prefix).replace(/\.encoder\.layers\./, '.layers.');
  return null;
}

/** Which model class a checkpoint is written for. */
export type Checkpoint = 'llava' | 'llama' | 'clip';

const WRITE_PREFIXES: Readonly<Record<Checkpoint, readonly (readonly [RegExp, string])[]>> = {
  // As transformers 5 saves a LlavaForConditionalGeneration.
  llava: [
    [/^vision\.layers\./, 'vision_tower.encoder.layers.'],
    [/^vision\./, 'vision_tower.'],
    [/^projector\./, 'multi_modal_projector.'],
    [/^language\.lm_head\./, 'language_model.lm_head.'],
    [/^language\./, 'language_model.model.'],
  ],
  llama: [
    [/^language\.lm_head\./, 'lm_head.'],
    [/^language\./, 'model.'],
  ],
  clip: [
    [/^vision\.layers\./, 'vision_model.encoder.layers.'],
    [/^vision\./, 'vision_model.'],
    [/^contrast\.text\.layers\./, 'text_model.encoder.layers.'],
    [/^contrast\.text\./, 'text_model.'],
    [/^contrast\./, ''],
  ],
};

/** The name under which a parameter is stored in such a checkpoint; null where that kind of model does not have it. */
export function toHuggingFace(name: string, checkpoint: Checkpoint): string | null {
  for (const [pattern, prefix] of WRITE_PREFIXES[checkpoint])
    if (pattern.test(name)) return name.replace(pattern, prefix);
  return null;
}
