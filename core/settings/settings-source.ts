/** What operators have set, by name, unparsed. Names not present have the profile's value. */
export interface SettingsVersion {
  readonly version: number;
  readonly values: ReadonlyMap<string, string>;
}

/** Where set values are kept; a change is seen by every process within two seconds locally. */
export interface SettingsSource {
  read(): Promise<SettingsVersion>;
  /** Sets and unsets (undefined) in one step. Values have been checked by the caller. */
  write(changes: ReadonlyMap<string, string | undefined>): Promise<void>;
  watch(changed: (now: SettingsVersion) => void): () => void;
}
