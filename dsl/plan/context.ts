import { posix } from 'node:path';
import path from 'node:path';
import type { Reporter } from '../diagnostics/diagnostic.ts';
import type { FileReader } from '../files.ts';
import { Evaluator } from '../resolve/evaluate.ts';
import type { Decl, Scope } from '../resolve/scope.ts';
import { blockSpec } from '../schema/index.ts';
import { Settings } from '../resolve/values.ts';
import type { Of } from '../resolve/values.ts';

/** Where the experiment lies, for paths. */
export interface Place {
  /** The experiment's file as given. */
  file: string;
  /** The current directory, to which paths of `--set` are relative. */
  cwd: string;
  files: FileReader;
}

/** What the lowering of one variant needs at hand. */
export class Context {
  readonly scope: Scope;
  readonly evaluator: Evaluator;
  readonly reporter: Reporter;
  readonly place: Place;
  readonly #settings = new Map<string, Settings>();

  constructor(scope: Scope, reporter: Reporter, place: Place) {
    this.scope = scope;
    this.reporter = reporter;
    this.evaluator = new Evaluator(scope, reporter);
    this.place = place;
  }

  /** A block's evaluated attributes (computed once). */
  settings(decl: Decl): Settings {
    const known = this.#settings.get(decl.name.text);
    if (known !== undefined) return known;
    const where = `${decl.stageKind === null ? decl.kind : 'stage'} \`${decl.name.text}\``;
    const made =
      decl.spec === null
        ? new Settings(new Map(), decl.name.span)
        : this.evaluator.settings(decl.spec, decl.attributes, where, decl.name.span, decl.damaged);
    this.#settings.set(decl.name.text, made);
    return made;
  }

  /** Settings at the top of the file. */
  fileSettings(): Settings {
    return this.evaluator.settings(blockSpec('file'), this.scope.settings, 'the file', this.scope.span);
  }

  /**
   * A path as the plan holds it: relative to the experiment's folder, with `/`. A path whose leading piece came from `--set` is
   * relative to the current directory, and is rewritten; absolute paths stay.
   */
  planPath(value: Of<'string'>): string {
    const text = value.value.replaceAll('\\', '/');
    if (path.isAbsolute(value.value) || value.origin === 'file') return text;
    const folder = path.resolve(this.place.cwd, path.dirname(this.place.file));
    return posix.normalize(
      path.relative(folder, path.resolve(this.place.cwd, value.value)).split(path.sep).join('/') || '.',
    );
  }

  /** Where a path of the plan lies on this machine. */
  diskPath(planned: string): string {
    return path.resolve(this.place.cwd, path.dirname(this.place.file), planned);
  }
}
