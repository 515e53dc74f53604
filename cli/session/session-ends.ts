import { howToGetPermission } from "../aws/errors";
import { BadFrame } from "../channel/frame";
import { Failure } from "../terminal/failure";
import { type SessionContext, mayPass, sessionFailure } from "./start-session";
import type { SessionOver } from "./tunnel-attempt";

/** Why AWS or the agent ends a session: how it says so, and what a person can do. */
interface KnownEnd {
  readonly output: RegExp;
  readonly says: (context: SessionContext, found: RegExpExecArray) => string;
  /** Whether the next session would end like this one. */
  readonly lasting: boolean;
}

const doctor = ({ instance }: SessionContext): string => `npm run doctor -- ${instance.name} tells more`;

/** The first that fits counts. The texts are the agent's own, https://github.com/aws/amazon-ssm-agent. */
const ENDS: readonly KnownEnd[] = [
  {
    output: /encryption is not set up on the selected CloudWatch Logs log group/,
    says: (context) =>
      `the instance cannot see that the log group ${context.environment.recording?.logGroupName ?? "of the recordings"} is there and encrypted: ` +
      `it is gone or has lost its key, its role may not ask (logs:DescribeLogGroups), or CloudWatch Logs is not reached; ${doctor(context)}, ` +
      `and npm run deploy -- ${context.environment.name} brings back what is gone`,
    lasting: true,
  },
  {
    output: /encryption is not set up on the selected Amazon S3 bucket/,
    says: ({ environment }) =>
      `the archive bucket is not encrypted: turn its default encryption on, then npm run plan -- ${environment.name}`,
    lasting: true,
  },
  {
    output: /unable to validate encryption on Amazon S3 bucket. Error: (.*)/s,
    says: (context, [, error = ""]) =>
      `the instance cannot see that the archive bucket is encrypted: the bucket is gone, its role may not ask ` +
      `(s3:GetEncryptionConfiguration), or S3 is not reached; ${doctor(context)} (${error})`,
    lasting: true,
  },
  {
    output: /Fetching data key failed:?(.*)/s,
    says: (context, [, error = ""]) =>
      `the instance may not decrypt the session's key: its role needs kms:Decrypt, and the key must be enabled; ${doctor(context)} (${error.trim()})`,
    lasting: true,
  },
  {
    output: /Error calling KMS GenerateDataKey API:? ?(.*)/s,
    says: ({ policy }, [, error = ""]) =>
      `you may not use the recordings' key (kms:GenerateDataKey): ` +
      `${howToGetPermission(policy && `the policy ${policy}`)} (${error.trim()})`,
    lasting: true,
  },
  {
    output: /RunAs user (\S+) does not exist/,
    says: (_, [, user = ""]) =>
      `the instance has no user ${user}: its image must bring it, or the first boot make it; docs/recording.md says how an instance gets ssm-user`,
    lasting: true,
  },
  {
    output: /document worker timed out|document process failed unexpectedly/,
    says: ({ instance }) =>
      `the session's process on ${instance.name} died: look at memory and disk there, then npm run connect -- ${instance.name} again`,
    lasting: false,
  },
  {
    output: /lookup (\S+?)[: ].*no such host|lookup (\S+).*server misbehaving/s,
    says: (_, [, host, other]) =>
      `the instance does not find ${host ?? other ?? "the host"} by its name: correct it in sessions.forward, or have the network's DNS know it`,
    lasting: true,
  },
  {
    output: /Forwarding to IP address (\S+) is forbidden/,
    says: (_, [, address = ""]) =>
      `SSM Agent forwards nothing to ${address}: name another host in sessions.forward`,
    lasting: true,
  },
  {
    output: /timed out due to inactivity/,
    says: () => "the session was idle for as long as sessions.idleMinutes allows",
    lasting: false,
  },
  {
    output: /maximum (session )?duration|exceeded the maximum/i,
    says: () => "the session has lasted as long as sessions.maxMinutes allows",
    lasting: false,
  },
];

/** What a session ended with, in words. */
export interface SessionEnd {
  readonly text: string;
  /** Whether the next one would end like this. */
  readonly lasting: boolean;
}

/** Says why a session ended, and what a person can do; undefined where it ended as an end of it wished. */
export function sessionEnd(
  { output, trouble }: SessionOver,
  context: SessionContext,
): SessionEnd | undefined {
  if (output !== "") {
    return outputEnd(output, context);
  }
  if (trouble === undefined) {
    return undefined;
  }
  if (typeof trouble === "string") {
    return { text: trouble, lasting: false };
  }
  if (trouble instanceof BadFrame) {
    const text = `this client refuses what it does not know (${trouble.message}): install AWS's plugin, and take --client plugin`;
    return { text, lasting: true };
  }
  if ((trouble as NodeJS.ErrnoException).syscall === "listen") {
    return { text: `the local port cannot be opened: ${(trouble as Error).message}`, lasting: true };
  }
  const isOurs = trouble instanceof Failure;
  return {
    text: isOurs ? trouble.message : sessionFailure(trouble, context).message,
    lasting: isOurs || !mayPass(trouble),
  };
}

function outputEnd(output: string, context: SessionContext): SessionEnd {
  for (const { output: pattern, says, lasting } of ENDS) {
    const found = pattern.exec(output);
    if (found !== null) {
      return { text: says(context, found), lasting };
    }
  }
  const [line] = output.split("\n").filter((one) => one.trim() !== "" && !/^-+ERROR-+$/.test(one.trim()));
  return { text: `the session was ended: ${line ?? output}`, lasting: false };
}
