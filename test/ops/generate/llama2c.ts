import { readFileSync } from 'node:fs';
import type { HostTensor } from '../../../ops/graph/index.ts';
import type { LanguageConfig } from '../../../ops/models/config.ts';

/** A checkpoint of karpathy's llama2.c: seven i32 sizes, then f32 weights, layers of one kind one after the other. */
export function readLlama2c(file: string): { language: LanguageConfig; weights: Map<string, HostTensor> } {
  const bytes = readFileSync(file);
  const buffer = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength);
  const sizes = [...new Int32Array(buffer, 0, 7)] as [number, number, number, number, number, number, number];
  const [width, mlp, layers, heads, kvHeads, vocab, context] = sizes;
  const headDim = width / heads;
  const numbers = new Float32Array(buffer, 28);
  let at = 0;
  const take = (...shape: number[]): HostTensor => {
    const size = shape.reduce((a, b) => a * b, 1);
    at += size;
    return { dtype: 'f32', shape, data: numbers.slice(at - size, at) };
  };
  const weights = new Map<string, HostTensor>();
  const perLayer = (name: string, read: () => HostTensor) => {
    for (let i = 0; i < layers; i++) weights.set(`language.layers.${i}.${name}`, read());
  };
  weights.set('language.embed_tokens.weight', take(Math.abs(vocab), width));
  perLayer('input_layernorm.weight', () => take(width));
  perLayer('self_attn.q_proj.weight', () => halves(take(width, width), headDim));
  perLayer('self_attn.k_proj.weight', () => halves(take(kvHeads * headDim, width), headDim));
  perLayer('self_attn.v_proj.weight', () => take(kvHeads * headDim, width));
  perLayer('self_attn.o_proj.weight', () => take(width, width));
  perLayer('post_attention_layernorm.weight', () => take(width));
  perLayer('mlp.gate_proj.weight', () => take(mlp, width));
  perLayer('mlp.down_proj.weight', () => take(width, mlp));
  perLayer('mlp.up_proj.weight', () => take(mlp, width));
  weights.set('language.norm.weight', take(width));
  return {
    language: {
      layers,
      width,
      heads,
      kvHeads,
      headDim,
      mlp,
      vocab,
      context,
      ropeTheta: 10000,
      rmsNormEps: 1e-5,
      tieEmbeddings: true,
    },
    weights,
  };
}

/** llama2.c rotates neighbouring numbers, ours (and Hugging Face) the halves of a head: even rows go first. */
function halves(tensor: HostTensor, headDim: number): HostTensor {
  const [rows, width] = tensor.shape as [number, number];
  const data = new Float32Array(tensor.data.length);
  for (let row = 0; row < rows; row++) {
    const [head, inside] = [Math.floor(row / headDim), row % headDim];
    const target = head * headDim + (inside % 2) * (headDim / 2) + Math.floor(inside / 2);
    data.set(tensor.data.subarray(row * width, (row + 1) * width) as Float32Array, target * width);
  }
  return { ...tensor, data };
}

/** The pieces of llama2.c's tokenizer file; `<0x0A>` stands for a byte. */
export function readPieces(file: string, vocab: number): Buffer[] {
  const bytes = readFileSync(file);
  const pieces: Buffer[] = [];
  for (let at = 4; pieces.length < vocab;) {
    const length = bytes.readInt32LE(at + 4);
    const piece = bytes.subarray(at + 8, at + 8 + length);
    const byte = /^<0x([0-9A-F]{2})>$/.exec(piece.toString('latin1'));
    pieces.push(byte ? Buffer.from([Number.parseInt(byte[1]!, 16)]) : piece);
    at += 8 + length;
  }
  return pieces;
}
