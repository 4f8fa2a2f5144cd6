/**
 * What a vitest run counts for, from its JSON report (null when it left none) and its exit code. A test file that does not load and a
 * failure that no test shows (an error outside of all tests, a crash, no test at all) count as one failed test each: `problem` names
 * the latter.
 */
export function countTests(report, code) {
  if (report === null) {
    return { passed: 0, failed: 1, skipped: 0, problem: `vitest ended with exit code ${code} and without a report` };
  }
  const broken = report.testResults.filter((file) => file.status === 'failed' && !file.assertionResults.some(failing));
  const failed = report.numFailedTests + broken.length;
  const counts = {
    passed: report.numPassedTests,
    failed,
    skipped: report.numPendingTests + (report.numTodoTests ?? 0),
    problem: null,
  };
  if (failed > 0 || code === 0) return counts;
  return { ...counts, failed: 1, problem: `vitest ended with exit code ${code} although no test failed (see above)` };
}

const failing = (test) => test.status === 'failed';
