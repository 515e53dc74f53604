import type { z } from "zod";
import { isAmazonLinux } from "../../modules/facts/instance-image";
import { problem } from "../../modules/facts/refusal";
import { SESSION_USER } from "../../modules/facts/sessions";
import { makesSessionUser, sessionUserProblems } from "../../modules/private/session-user-problems";
import { needsS3 } from "../features";
import { instance } from "./instances";
import type { NetworkSettings } from "./network";
import type { RecordedSessions } from "./sessions";

interface Given {
  readonly network: NetworkSettings;
  readonly sessions?: RecordedSessions | false | undefined;
  readonly instances: unknown;
}

/**
 * Whether instances make the user of sessions at their first boot: somebody else's sessions, and those that are recorded no
 * more, leave whoever is there; undefined where sessions never were recorded.
 */
export function sessionUserOf({ sessions }: Pick<Given, "sessions">): boolean | undefined {
  return sessions && (sessions.runAsUser ?? SESSION_USER) === SESSION_USER;
}

/** Refuses what an instance cannot have, by how the environment's sessions are. Instances that are bad by themselves are left out. */
export function checkSessionUser({ network, sessions, instances }: Given, context: z.RefinementCtx): void {
  const use = {
    recorded: Boolean(sessions),
    sessionUser: sessionUserOf({ sessions }) === true,
    commandJournal: sessions ? sessions.commandJournal : false,
  };
  for (const [name, given] of Object.entries((instances ?? {}) as Record<string, unknown>)) {
    const { data: settings } = instance.safeParse(given);
    if (settings === undefined) {
      continue;
    }
    for (const { field, problem: message } of sessionUserProblems(settings, use)) {
      context.addIssue({ code: "custom", path: ["instances", name, field], message });
    }
    if (
      makesSessionUser(settings, use) &&
      settings.metadataForRootOnly &&
      isAmazonLinux(settings.image) &&
      !needsS3({ network, sessions })
    ) {
      const message = problem(
        "true with network.endpoints.s3Gateway: true",
        "write that, which is free: Amazon Linux has the package nftables in S3, and without it sessions are refused",
      );
      context.addIssue({ code: "custom", path: ["instances", name, "metadataForRootOnly"], message });
    }
  }
}
