/**
 * What a train artifact holds:
 *
 * - `vision.safetensors`, `contrast.safetensors`, `projector.safetensors`, `language.safetensors`: the modules that this stage or one
 *   before it trained or loaded, under canonical parameter names; a module that was frozen throughout is a hard link to its origin.
 * - `tokenizer.json`: the language model's tokenizer; `contrast_tokenizer.json`: that of CLIP's text side.
 * - `model.json`: the plan's description of the model, as this stage saw it.
 * - `history.json`: loss, gradient norm and learning rates of each optimizer step.
 */
export const MODULES = ['vision', 'contrast', 'projector', 'language'] as const;

export type Module = (typeof MODULES)[number];

export const TOKENIZER = 'tokenizer.json';
export const CONTRAST_TOKENIZER = 'contrast_tokenizer.json';
export const MODEL = 'model.json';
export const HISTORY = 'history.json';

/** `language.layers.0.mlp.up_proj.weight` → `language`. */
export function moduleOf(parameter: string): Module {
  const head = parameter.slice(0, parameter.indexOf('.'));
  const module = MODULES.find((m) => m === head);
  if (module === undefined) throw new Error(`'${parameter}' belongs to no module (${MODULES.join(', ')})`);
  return module;
}

export function weightsFile(module: Module): string {
  return `${module}.safetensors`;
}
