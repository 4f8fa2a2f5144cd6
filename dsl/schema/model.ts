import { arg, count, form, integer, optional, positive, required, word } from './build.ts';
import type { AttributeSpec, BlockSpec } from './types.ts';

const size = (isRequired: boolean) => (doc: string) =>
  isRequired ? required(count(), doc) : optional(count(), `${doc} Taken from \`config\` when it is not written.`);

const FEATURES: AttributeSpec = {
  type: {
    is: 'choice',
    forms: {
      before_last: form('the hidden state before the last layer (as in the paper)'),
      last: form('the hidden state after the last layer'),
      layer: form('`layer -3`: any hidden state; 0 is the embedding, -1 the last layer'),
    },
  },
  required: false,
  default: 'before_last',
  doc: 'Hidden state of the vision tower that the projector reads.',
};

const TEMPLATES = word('vicuna_v1', 'plain', 'short');

function visionAttributes(own: boolean): Record<string, AttributeSpec> {
  const sized = size(own);
  return {
    layers: sized('Transformer layers.'),
    width: sized('Hidden size.'),
    heads: sized('Attention heads; divides `width`.'),
    image: sized('Side of a picture in pixels; a multiple of `patch`.'),
    patch: sized('Side of a patch in pixels.'),
    mlp: optional(count(), 'Inner size of the MLP. Without it: 4 × `width`.'),
    features: FEATURES,
    tokens: optional(
      word('patches', 'patches + class'),
      'Which positions the projector reads: the patches, or the class token too.',
      'patches',
    ),
    layer_norm_eps: optional(positive(), 'Epsilon of the layer norms. Without it: 1e-5.'),
    initializer_range: optional(
      positive(),
      'Standard deviation of random patch and position embeddings to start from. Without it: 0.02.',
    ),
    activation: optional(word('quick_gelu', 'gelu'), 'Activation of the MLPs. Without it: quick_gelu.'),
  };
}

function languageAttributes(own: boolean): Record<string, AttributeSpec> {
  const sized = size(own);
  return {
    layers: sized('Transformer layers.'),
    width: sized('Hidden size.'),
    heads: sized('Attention heads; divides `width`.'),
    kv_heads: optional(count(), 'Key and value heads (grouped-query attention); divides `heads`. Without it: `heads`.'),
    head_dim: optional(count(), 'Size of a head. Without it: `width` / `heads`.'),
    mlp: optional(count(), 'Inner size of the MLP. Without it: 8/3 × `width`, rounded up to a multiple of 8.'),
    vocab: own
      ? optional(count(), 'Size of the vocabulary.', '512')
      : optional(count(), 'Size of the vocabulary. Taken from `config` when it is not written.'),
    context: sized('Longest sequence in tokens, image tokens included.'),
    rope_theta: optional(positive(), 'Base of the rotary embedding. Without it: 10000.'),
    rms_norm_eps: optional(positive(), 'Epsilon of the RMS norms. Without it: 1e-6.'),
    initializer_range: optional(
      positive(),
      'Standard deviation of random starting weights; small models learn faster from greater ones. Without it: 0.02.',
    ),
    tie_embeddings: optional(
      { is: 'boolean' },
      'The output layer shares the weights of the embedding. Without it: false.',
    ),
    template: optional(TEMPLATES, 'How a conversation is written out as text.', 'vicuna_v1'),
  };
}

const CONFIG = optional(
  { is: 'file' },
  'A Hugging Face `config.json` that holds the sizes; what is written in the block wins over it.',
);

export const MODEL_BLOCKS: Record<string, BlockSpec> = {
  model: {
    doc: 'A LLaVA: a vision tower, a projector and a language model.',
    verbs: [],
    attributes: {
      vision: optional(
        {
          is: 'choice',
          forms: {
            clip: form('a CLIP vision transformer, trained from nothing', 'clip'),
            hub: form('a CLIP vision tower of the Hugging Face hub', 'hub_vision', [
              arg('repo', { is: 'string' }, 'name of the repository'),
            ]),
          },
        },
        'The vision tower.',
      ),
      contrast: optional(
        { is: 'choice', forms: { clip_text: form("CLIP's text transformer and both projections", 'clip_text') } },
        "CLIP's text side; only the objective `contrastive` reads it.",
      ),
      projector: optional(
        {
          is: 'choice',
          forms: {
            linear: form('one matrix: H_v = W · Z_v', 'projector'),
            mlp: form('several layers with an activation between them', 'projector', [
              arg('layers', integer(1), 'number of layers'),
              arg('activation', word('gelu'), 'the activation', true),
            ]),
          },
        },
        "What turns vision features into the language model's embeddings.",
        'linear',
      ),
      language: optional(
        {
          is: 'choice',
          forms: {
            llama: form('a LLaMA, trained from nothing', 'llama'),
            hub: form('a LLaMA-like model of the Hugging Face hub', 'hub_language', [
              arg('repo', { is: 'string' }, 'name of the repository'),
            ]),
          },
        },
        'The language model.',
      ),
    },
  },
  clip: { doc: 'CLIP ViT.', verbs: [], attributes: visionAttributes(true) },
  hub_vision: { doc: 'CLIP ViT of the hub.', verbs: [], attributes: { config: CONFIG, ...visionAttributes(false) } },
  clip_text: {
    doc: "CLIP's text side.",
    verbs: [],
    attributes: {
      layers: required(count(), 'Transformer layers.'),
      width: required(count(), 'Hidden size.'),
      heads: required(count(), 'Attention heads; divides `width`.'),
      mlp: optional(count(), 'Inner size of the MLP. Without it: 4 × `width`.'),
      context: optional(count(), 'Longest caption in tokens.', '77'),
      embed: optional(count(), 'Size of the shared embedding. Without it: `width`.'),
      vocab: optional(count(), 'Size of the vocabulary.', '512'),
    },
  },
  projector: {
    doc: 'Settings of a projector.',
    verbs: [],
    attributes: { bias: optional({ is: 'boolean' }, 'Add a bias.', 'true') },
  },
  llama: {
    doc: 'LLaMA.',
    verbs: [],
    attributes: {
      ...languageAttributes(true),
      tokenizer: optional(word('bpe'), 'Byte-level BPE, learnt by the stage that trains the model on text.', 'bpe'),
    },
  },
  hub_language: { doc: 'LLaMA of the hub.', verbs: [], attributes: { config: CONFIG, ...languageAttributes(false) } },
};
