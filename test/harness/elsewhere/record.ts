/** A message whose final dot arrived, whatever was replied. */
export interface TakenMessage {
  readonly host: string;
  readonly id: string;
  readonly from: string;
  readonly to: readonly string[];
  /** Parameters of MAIL and of each RCPT, as they came. */
  readonly parameters: readonly string[];
  readonly octets: number;
  /** latin1, dots unstuffed; empty unless texts are kept. */
  readonly text: string;
  readonly secure: boolean;
  /** The reply that was written to the socket; undefined when none was. */
  reply: string | undefined;
  /** The client said something more on this connection, so it had the reply. */
  wentOn: boolean;
}

/** One connection to a host. */
export interface SeenConnection {
  readonly host: string;
  readonly nth: number;
  readonly startedAt: number;
  endedAt: number | undefined;
  /** Connections to the host that stood when this one came, itself included. */
  besides: number;
  secure: boolean;
  /** Name of a certificate the client asked for (SNI). */
  servername: string | undefined;
  user: string | undefined;
  readonly commands: string[];
  readonly messages: TakenMessage[];
  saidQuit: boolean;
}

export const isTaken = ({ reply }: TakenMessage): boolean => reply?.startsWith('2') === true;

/** The sender can't know whether it was taken: the connection was cut between the final dot and whatever it would have said next. */
export const isCut = ({ reply, wentOn }: TakenMessage): boolean => !wentOn && (reply === undefined || reply.startsWith('2'));
