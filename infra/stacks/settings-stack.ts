import { Stack } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import type { CodeOf } from '../bundle/worker-code.ts';
import { SettingParameters } from '../constructs/setting-parameters.ts';
import type { StageContext } from '../context.ts';

export interface SettingsStackProps {
  readonly context: Pick<StageContext, 'stage' | 'keepData'>;
  readonly code: CodeOf;
}

/** What operators tune while the stage runs. A deploy makes what is missing, and touches nothing that somebody has set. */
export class SettingsStack extends Stack {
  readonly parameters: SettingParameters;

  constructor(scope: Construct, id: string, { context, code }: SettingsStackProps) {
    const { stage, keepData } = context;
    super(scope, id, { description: `Mailweir ${stage}: a parameter for each setting` });
    this.parameters = new SettingParameters(this, 'Settings', { stage, code, remove: keepData ? 'unset' : 'all' });
  }
}
