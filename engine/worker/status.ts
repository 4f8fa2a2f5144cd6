import { readJson, writeFileWhole } from '../store/files.ts';
import type { Home } from '../store/home.ts';
import { statusFile } from '../store/work.ts';
import type { Progress } from '../stages/types.ts';

/**
 * What the attempt that runs a stage tells those who wait for it, in the stage's work folder: a file, because waiting must cost
 * Temporal nothing, and because `llava status` reads it while no server is up.
 */
export interface StageLive {
  /** Milliseconds since 1970. */
  at: number;
  attempt: number;
  progress: Progress | null;
}

export function writeLive(home: Home, key: string, live: StageLive): void {
  try {
    writeFileWhole(statusFile(home, key), JSON.stringify(live));
  } catch {
    // The folder goes away when the artifact is committed.
  }
}

export function readLive(home: Home, key: string): StageLive | null {
  return readJson(statusFile(home, key)) as StageLive | null;
}
