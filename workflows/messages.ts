import { defineQuery, defineSignal, defineUpdate } from '@temporalio/workflow';
import type { RunProgress, StageProgress, StageStatus } from './types.ts';

/** To a run: how far one of its stages is. */
export const reportSignal = defineSignal<[StageStatus]>('report');
/** Of a run. */
export const progressQuery = defineQuery<RunProgress>('progress');

/** To a stage: this waiter wants the artifact. */
export const joinSignal = defineSignal<[waiter: string]>('join');
/** To a stage: this waiter wants it no more; answers how many still do. The last one to leave stops the stage. */
export const leaveUpdate = defineUpdate<number, [waiter: string]>('leave');
export const stageQuery = defineQuery<StageProgress>('stage');
