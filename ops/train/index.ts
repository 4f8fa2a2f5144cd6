export * from './adamw.ts';
export * from './rng.ts';
export * from './schedule.ts';
export * from './state.ts';
export * from './trainer.ts';
