import type { Override } from './overrides.ts';
import type { RouteRule } from './route-rules.ts';
import type { Setting } from './setting.ts';

/** Settings as a process reads them: always the value in force now. Reading is a map look-up; do it where the value is used, so that a change takes effect. */
export interface LiveSettings {
  get<T>(setting: Setting<T>): T;
  /** Those whose time is not over may be in force; see overrides.ts. */
  overrides(): readonly Override[];
  /** In no order; see route-rules.ts for which one counts. */
  routeRules(): readonly RouteRule[];
  /** @param changed names whose value in force changed. @returns stops listening */
  onChange(listener: (changed: ReadonlySet<string>) => void): () => void;
}
