/** Everything that Temporal's workflow sandbox loads. */
export { runWorkflow } from './run.ts';
export { stageWorkflow } from './stage.ts';
export { variantWorkflow } from './variant.ts';
