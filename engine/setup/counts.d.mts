/** Types of counts.mjs for TypeScript. */
export interface VitestReport {
  numPassedTests: number;
  numFailedTests: number;
  numPendingTests: number;
  numTodoTests?: number;
  testResults: { status: string; assertionResults: { status: string }[] }[];
}

export interface Counts {
  passed: number;
  failed: number;
  skipped: number;
  /** Why a failed test is counted that the report does not show. */
  problem: string | null;
}

export function countTests(report: VitestReport | null, code: number): Counts;
