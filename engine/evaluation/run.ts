import type { BenchmarkPlan, EvaluateConfig } from '../../dsl/plan/types.ts';
import type { Metrics, StageContext, StageResult } from '../stages/types.ts';
import { linearProbe } from './linear-probe.ts';
import { scienceQa } from './science-qa.ts';
import { textProbe } from './text-probe.ts';

type Benchmark<B extends BenchmarkPlan> = (context: StageContext<EvaluateConfig>, benchmark: B) => Promise<Metrics>;

/** One file for each benchmark; each writes what it saw into the artifact and returns its figures. */
const BENCHMARKS: { [K in BenchmarkPlan['kind']]: Benchmark<Extract<BenchmarkPlan, { kind: K }>> } = {
  linear_probe: linearProbe,
  science_qa: scienceQa,
  text_probe: textProbe,
};

/** Runs the benchmark of an evaluate stage. */
export async function runEvaluation(context: StageContext<EvaluateConfig>): Promise<StageResult> {
  const { benchmark } = context.config;
  const run = BENCHMARKS[benchmark.kind] as Benchmark<BenchmarkPlan>;
  const metrics = await run(context, benchmark);
  context.log.info(metrics, 'evaluated');
  return { metrics };
}
