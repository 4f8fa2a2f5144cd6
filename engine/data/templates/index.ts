import type { TemplateName } from '../../../dsl/plan/types.ts';
import { plain } from './plain.ts';
import type { Template } from './segment.ts';
import { short } from './short.ts';
import { vicunaV1 } from './vicuna-v1.ts';

/** Every conversation template there is. A new one is a file beside this one and a line here. */
export const TEMPLATES: Readonly<Record<TemplateName, Template>> = { vicuna_v1: vicunaV1, plain, short };
