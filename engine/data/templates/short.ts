import { chatTemplate } from './chat.ts';

/** vicuna_v1 without its system sentence and with a line for each speaker: for small models with short contexts. */
export const short = chatTemplate('short', '', '\n');
