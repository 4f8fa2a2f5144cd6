import { platformName } from '../cache.ts';

/** A wheel on the Python package index; `sha256` is the digest that the index publishes for it. */
export interface Wheel {
  project: string;
  version: string;
  file: string;
  sha256: string;
}

/** TensorFlow's version 2.21.0 is the newest whose C interface the binding of tfjs-node 4.22 was measured with. */
export const tensorflowVersion = '2.21.0';

export interface Flavour {
  name: 'cpu' | 'cuda';
  wheel: Wheel;
  /** Wheels with the shared objects that this one loads at run time. */
  companions: Wheel[];
  /** Bytes that lie on the disk while it is unpacked, the downloads aside. */
  unpacked: number;
}

const wheel = (project: string, version: string, tags: string, sha256: string): Wheel => ({
  project,
  version,
  file: `${project.replaceAll('-', '_')}-${version}-${tags}.whl`,
  sha256,
});

const tensorflow = (project: string, tags: string, sha256: string): Wheel =>
  wheel(project, tensorflowVersion, `cp311-cp311-${tags}`, sha256);

const nvidia = (name: string, version: string, tags: string, sha256: string): Wheel =>
  wheel(`nvidia-${name}-cu12`, version, `py3-none-${tags}`, sha256);

const many2010 = 'manylinux2010_x86_64.manylinux_2_12_x86_64';
const many2014 = 'manylinux2014_x86_64.manylinux_2_17_x86_64';
const many227 = 'manylinux_2_27_x86_64';

const cpuWheels: Record<string, Wheel> = {
  'linux-x64': tensorflow(
    'tensorflow-cpu',
    many227,
    '2b847d217b02ee7731ed91431daf3250daa0196c3c94614d23be27232e6e5b6c',
  ),
  'linux-arm64': tensorflow(
    'tensorflow',
    'manylinux_2_27_aarch64',
    '4b24aca16d527a3cf1c37f720c04c484c3d20f4d0fdfa98632ac8b9f3be6eb5c',
  ),
  'darwin-arm64': tensorflow(
    'tensorflow',
    'macosx_12_0_arm64',
    '51f46f4806139d01fc7920cc72a4c75876f80649bf40ff083ab6212ceb43ca88',
  ),
};

/** CUDA 12 as the wheel's metadata asks for it (extra `and-cuda`), each at the newest version within its range. */
const cuda: Flavour = {
  name: 'cuda',
  wheel: tensorflow('tensorflow', many227, '9056fbc9ba04235810b71ae6cbd958a196e8804fb53bbcffbf3e23b56155f124'),
  companions: [
    nvidia('cublas', '12.9.3.13', many227, 'd7d51055f161b317c7105ddaae90e71eda059026074ffef93cf7cde2886bfe72'),
    nvidia('cuda-cupti', '12.8.90', many2014, 'ea0cb07ebda26bb9b29ba82cda34849e73c166c18162d3913575b0c9db9a6182'),
    nvidia('cuda-nvcc', '12.9.86', many2010, '5d6a0d32fdc7ea39917c20065614ae93add6f577d840233237ff08e9a38f58f0'),
    nvidia('cuda-nvrtc', '12.9.86', many2010, '210cf05005a447e29214e9ce50851e83fc5f4358df8b453155d5e1918094dcb4'),
    nvidia('cuda-runtime', '12.9.79', many2014, '25bba2dfb01d48a9b59ca474a1ac43c6ebf7011f1b0b8cc44f54eb6ac48a96c3'),
    nvidia('cudnn', '9.28.0.42', many227, '9ff58b7f36dacd0a93e89f8f2957b52466889217963701daa15e577317cfa375'),
    nvidia('cufft', '11.4.1.4', many2014, 'c67884f2a7d276b4b80eb56a79322a95df592ae5e765cf1243693365ccab4e28'),
    nvidia('curand', '10.3.10.19', many227, '49b274db4780d421bd2ccd362e1415c13887c53c214f0d4b761752b8f9f6aa1e'),
    nvidia('cusolver', '11.7.5.82', many227, '15da72d1340d29b5b3cf3fd100e3cd53421dde36002eda6ed93811af63c40d88'),
    nvidia('cusparse', '12.5.10.65', many2014, '73060ce019ac064a057267c585bf1fd5a353734151f87472ff02b2c5c9984e78'),
    nvidia('nccl', '2.32.3', many227, 'bb94b2348e4861d5e8aa00b36c3d12d9bdf9c6369b82cbb723de0b582280a21c'),
    nvidia('nvjitlink', '12.9.86', many2010, 'e3f1171dbdc83c5932a45f0f4c99180a70de9bd2718c1ab77d14104f6d7147f9'),
  ],
  unpacked: 8e9,
};

/** What this platform can use, best first. */
export function flavours(gpu: boolean, platform: string = platformName()): Flavour[] {
  const cpu = cpuWheels[platform];
  return [
    ...(gpu && platform === 'linux-x64' ? [cuda] : []),
    ...(cpu ? [{ name: 'cpu' as const, wheel: cpu, companions: [], unpacked: 1.1e9 }] : []),
  ];
}

/** `zig c++` for machines without a compiler. */
export const zigWheels: Record<string, Wheel> = {
  'linux-x64': wheel(
    'ziglang',
    '0.15.2',
    'py3-none-manylinux_2_12_x86_64.manylinux2010_x86_64.musllinux_1_1_x86_64',
    '806316453d1ede7174ed3fefb8e5348154629089c3bb5fe812dfd0e172fac130',
  ),
  'linux-arm64': wheel(
    'ziglang',
    '0.15.2',
    'py3-none-manylinux_2_17_aarch64.manylinux2014_aarch64.musllinux_1_1_aarch64',
    'edc0aa60ec964a4cf462d40f68d7de242ddf37fd9a80f2afaee6397059463230',
  ),
  'darwin-arm64': wheel(
    'ziglang',
    '0.15.2',
    'py3-none-macosx_12_0_arm64',
    'acae2a9ce67ed249ad68d42c21bc73b5f9d51a33ba5ea42f609f78683e8d9bb7',
  ),
  'darwin-x64': wheel(
    'ziglang',
    '0.15.2',
    'py3-none-macosx_12_0_x86_64',
    '47af4f85e3e59bd672126cc026d3a01b516cad24b9a9ea075abfe8532f4c6bc1',
  ),
};
