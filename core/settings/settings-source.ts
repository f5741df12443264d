import type { Rejected } from './resolve-values.ts';
import type { Place } from './setting.ts';

/** What operators have set, by name, unparsed. Names not present have the profile's value. */
export interface SettingsVersion {
  readonly version: number;
  readonly values: ReadonlyMap<string, string>;
}

/** Where set values are kept; a change is seen by every process within two seconds locally, within 15 seconds on AWS. */
export interface SettingsSource {
  read(): Promise<SettingsVersion>;
  /** Sets and unsets (undefined) in one step. Values have been checked by the caller. */
  write(changes: ReadonlyMap<string, string | undefined>): Promise<void>;
  watch(changed: (now: SettingsVersion) => void): () => void;
  /** Of the processes that follow. @default - this machine */
  readonly place?: Place;
  /** How far what is set is in force, where that takes a step of its own. @default - it is when `write` resolves */
  standing?(): Promise<SettingsStanding>;
}

/** What became of set values on their way to the processes. */
export interface SettingsStanding {
  /** Of the values in force. */
  readonly version: number;
  readonly inForce: SettingsVersion['values'];
  /** Names whose value is allowed and not in force yet. */
  readonly waiting: readonly string[];
  /** Values that are not taken; the last good ones stay in force. */
  readonly rejected: readonly Rejected[];
}
