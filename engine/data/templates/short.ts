import { chatTemplate } from './chat.ts';

/** vicuna_v1 without its system sentence: for small models with short contexts. */
export const short = chatTemplate('short', '');
