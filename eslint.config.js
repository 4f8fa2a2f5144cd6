import js from '@eslint/js';
import importX from 'eslint-plugin-import-x';
import tseslint from 'typescript-eslint';

/** One direction of imports: what each top-level folder may take from the others (docs/architecture.md). */
const layers = {
  dsl: [],
  ops: [],
  workflows: ['dsl/plan'],
};

const folders = ['dsl', 'ops', 'workflows', 'engine', 'test', 'experiments'];

const zones = Object.entries(layers).flatMap(([target, allowed]) =>
  folders
    .filter((from) => from !== target)
    .map((from) => ({
      target: `./${target}`,
      from: `./${from}`,
      except: allowed.filter((path) => path.startsWith(`${from}/`)).map((path) => `./${path.slice(from.length + 1)}`),
      message: `${target}/ may not import from ${from}/ (docs/architecture.md, Folders)`,
    })),
);

export default tseslint.config(
  { ignores: ['node_modules', '**/.llava', 'test/fixtures'] },
  js.configs.recommended,
  ...tseslint.configs.strict,
  {
    plugins: { 'import-x': importX },
    settings: { 'import-x/resolver': { node: { extensions: ['.ts', '.js', '.mjs'] } } },
    rules: {
      'import-x/no-restricted-paths': ['error', { basePath: import.meta.dirname, zones }],
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/no-non-null-assertion': 'off',
      '@typescript-eslint/no-dynamic-delete': 'off',
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
    },
  },
  { files: ['engine/**', 'test/**'], rules: { 'import-x/no-restricted-paths': 'off' } },
  {
    files: ['**/*.mjs'],
    languageOptions: { globals: { process: 'readonly', console: 'readonly', URL: 'readonly', setTimeout: 'readonly' } },
  },
);
