/** Which Temporal cluster serves a home. */
export interface Target {
  /** `host:port` of its frontend. */
  address: string;
  namespace: string;
}

export const DEFAULT_NAMESPACE = 'default';
