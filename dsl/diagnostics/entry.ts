export type Severity = 'error' | 'warning';

/** One kind of problem. */
export interface CatalogueEntry {
  severity: Severity;
  /** `{name}` stands for a parameter. */
  message: string;
  /** What `llava explain CODE` prints: what it means, how to mend it, an example. */
  explain: string;
}
