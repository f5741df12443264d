import { onRealProcesses } from '../slots/on-real-processes.ts';
import { FaultyRoad } from './faulty-road.ts';
import { endpoint, makeSlotTable, noEndpoint } from './slot-tables.ts';

onRealProcesses({
  name: 'one DynamoDB table',
  skip: noEndpoint,
  lease: 4_000, // what a Date header leaves open is part of it
  stops: ['does not answer', 'refuses connections'],
  open: async (stops) => {
    const table = await makeSlotTable();
    const road = await FaultyRoad.open(endpoint ?? '');
    return {
      place: { dynamodb: table.name, endpoint: road.url },
      stop: async () => {
        if (stops === 'refuses connections') await road.refuse();
        else road.fate = () => 'lost';
        return async () => {
          road.fate = () => 'well';
          if (stops === 'refuses connections') await road.accept();
        };
      },
      close: async () => {
        await road.close();
        await table.remove();
      },
    };
  },
});
