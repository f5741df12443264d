/** A measured rate beside the reference of the same run. Rates alone say little on a noisy machine; the ratio does. */
export interface Measured {
  readonly what: string;
  readonly unit: string;
  readonly ours: number;
  readonly reference: number;
  readonly referenceName: string;
  /** What we aim for, as text. */
  readonly aim?: string;
}

const figure = (n: number): string => (n >= 100 ? Math.round(n).toLocaleString('en') : n.toFixed(1));

export function printMeasured({ what, unit, ours, reference, referenceName, aim }: Measured): void {
  const ratio = (ours / reference).toFixed(2);
  console.log(
    `${what}: ${figure(ours)} ${unit}, ${referenceName} ${figure(reference)} ${unit}, ratio ${ratio}${aim === undefined ? '' : ` (aim ${aim})`}`,
  );
}

export const median = (values: readonly number[]): number => [...values].sort((a, b) => a - b)[values.length >> 1] ?? Number.NaN;
