/**
 * Run as a program in a process of its own, because a library that does not fit can take its process down:
 * `probe.ts BINDING` loads the binding and prints what it is, `probe.ts BINDING matmul SIZE REPEATS` also how fast it multiplies.
 */
import { openBinding, type Binding } from '../../../ops/backend/binding.ts';

export interface ProbeReport {
  version: string;
  gpu: boolean;
  /** Median of the repeats, in 10^9 floating-point operations a second (2·n³ of them for two n×n matrices). */
  gflops?: number;
}

const FLOAT32 = 1;

function matmul(binding: Binding, size: number, repeats: number): number {
  const matrix = (): number => {
    const data = new Float32Array(size * size);
    for (let i = 0; i < data.length; i++) data[i] = ((i * 7919) % 1000) / 1000 - 0.5;
    return binding.createTensor([size, size], FLOAT32, data);
  };
  const inputs = [matrix(), matrix()];
  const attributes = [
    { name: 'transpose_a', type: binding.TF_ATTR_BOOL, value: false },
    { name: 'transpose_b', type: binding.TF_ATTR_BOOL, value: false },
    { name: 'T', type: binding.TF_ATTR_TYPE, value: FLOAT32 },
  ];
  const seconds: number[] = [];
  // The first product also pays for buffers and threads: it is not counted.
  for (let i = 0; i <= repeats; i++) {
    const start = process.hrtime.bigint();
    const product = binding.executeOp('MatMul', attributes, inputs, 1)[0]!;
    // A GPU answers before it has computed; reading the result waits for it.
    if (binding.isUsingGpuDevice()) binding.tensorDataSync(product.id);
    if (i > 0) seconds.push(Number(process.hrtime.bigint() - start) / 1e9);
    binding.deleteTensor(product.id);
  }
  for (const id of inputs) binding.deleteTensor(id);
  seconds.sort((a, b) => a - b);
  return (2 * size ** 3) / seconds[seconds.length >> 1]! / 1e9;
}

const [path = '', mode, size, repeats] = process.argv.slice(2);
const binding = openBinding(path);
const report: ProbeReport = { version: binding.TF_Version, gpu: binding.isUsingGpuDevice() };
if (mode === 'matmul') report.gflops = matmul(binding, Number(size), Number(repeats));
process.stdout.write(`${JSON.stringify(report)}\n`);
