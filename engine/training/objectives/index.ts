import type { Objective as ObjectiveName } from '../../../dsl/plan/types.ts';
import type { Objective } from '../objective.ts';
import { contrastive } from './contrastive.ts';
import { instruct } from './instruct.ts';
import { text } from './text.ts';

export const OBJECTIVES: Readonly<Record<ObjectiveName, Objective>> = { contrastive, instruct, text };
