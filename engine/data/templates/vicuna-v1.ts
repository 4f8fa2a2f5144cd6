import { chatTemplate } from './chat.ts';

/** FastChat's `vicuna_v1.1`, the template that Vicuna was tuned with and LLaVA 1.5 uses; the system sentence is part of the format. */
export const vicunaV1 = chatTemplate(
  'vicuna_v1',
  "A chat between a curious user and an artificial intelligence assistant. The assistant gives helpful, detailed, and polite answers to the user's questions.",
  ' ',
);
