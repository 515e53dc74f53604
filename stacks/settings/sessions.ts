import { z } from "zod";
import { emailProblem, watchedCommandsProblem } from "../../modules/command-alarm";
import { watchedCommandProblem } from "../../modules/facts/command-pattern";
import { egressRuleProblems } from "../../modules/private/egress-rule";
import { retentionProblem } from "../../modules/facts/retention";
import { hostProblem, portProblem, targetNameProblem } from "../../modules/operator-access";
import { onceProblem, problem } from "../../modules/facts/refusal";
import { archiveProblem, bucketNameProblem, expireDaysProblem } from "../../modules/session-archive";
import { minutesProblem, runAsUserProblem, shellProfileProblem } from "../../modules/session-logging";
import { checkedNumber, checkedText, choice, flag, onceGood, refusal, reportTo, section } from "./section";

const minutes = (most: number) =>
  checkedNumber(`a whole number of minutes from 1 to ${most}`, (value) => minutesProblem(value, most));

const list = (element: z.ZodString, example: string) =>
  z.array(element, refusal("a list of texts", `write [${JSON.stringify(example)}]`));

const forwardTarget = section({
  /** Host name or address, as the instance looks it up. */
  host: checkedText("a host name or IPv4 address", hostProblem),
  /** Port of the host. */
  port: checkedNumber("a port from 1 to 65535", portProblem),
  /** IPv4 block the host is in, which instances are then let out to. */
  cidr: z.string(refusal("an IPv4 block", "write it as a text")).optional(),
  /** Security group the host is in, which instances are then let out to. */
  securityGroupId: z.string(refusal("a security group id", "write it as a text")).optional(),
}).superRefine(
  ({ cidr, securityGroupId }, context) => {
    for (const found of egressRuleProblems({ cidr, securityGroupId, ports: 1, description: "network" })) {
      if (found.field === "") {
        const message = problem("exactly one network: cidr or securityGroupId", "say where the host is");
        context.addIssue({ code: "custom", message });
      } else if (found.field === "cidr" || found.field === "securityGroupId") {
        context.addIssue({ code: "custom", path: [found.field], message: found.problem });
      }
    }
  },
  onceGood("cidr", "securityGroupId"),
);

const recorded = section({
  /** Days that recordings are kept: one of CloudWatch's periods. Default: 365. */
  retentionDays: checkedNumber("a number of days", retentionProblem).default(365),
  /** What destroying does to recordings and their key: refuse ("retain"), or delete them. Default: retain. */
  recordings: choice(["retain", "delete"]).default("retain"),
  /** Keeps copies in S3, in a bucket that is made or in yours. Default: none. */
  archive: section({
    /** Your bucket, which must be encrypted. Default: one is made. */
    bucketName: checkedText("the name of an S3 bucket", bucketNameProblem).optional(),
    /** Days that copies are kept in a bucket that is made. Default: 3650. */
    expireDays: checkedNumber("a whole number of days from 1", expireDaysProblem).optional(),
  })
    .superRefine(
      (archive, context) => {
        const message = archiveProblem(archive);
        if (message !== undefined) {
          context.addIssue({ code: "custom", path: ["expireDays"], message });
        }
      },
      onceGood("bucketName", "expireDays"),
    )
    .optional(),
  /** Minutes without input after which a session ends, 1 to 60. Default: 20. */
  idleMinutes: minutes(60).default(20),
  /** Minutes after which a session ends in any case, 1 to 1440. Default: 480. */
  maxMinutes: minutes(1440).default(480),
  /** User of the operating system that sessions run as; never root. Default: ssm-user. */
  runAsUser: checkedText("the name of a user", runAsUserProblem).optional(),
  /** Commands typed, and recorded, at the start of every session. Default: none. */
  shellProfile: z.string(refusal("a text of up to 512 characters", "write it as a text")).optional(),
  /** Makes the same rules the account's own preferences: taken over ("import") or made ("create"). Default: left alone. */
  adoptAccountPreferences: choice(["import", "create"]).optional(),
  /** Commands that raise an alarm, up to four. Default: rm. */
  watchedCommands: list(checkedText("the name of a command", watchedCommandProblem), "rm")
    .superRefine(reportTo(watchedCommandsProblem))
    .default(["rm"]),
  /** Addresses that alerts are sent to, once each has confirmed. Default: none. */
  alertEmails: list(checkedText("an e-mail address", emailProblem), "ops@example.com")
    .superRefine(reportTo(onceProblem))
    .default([]),
  /** Demands multi-factor authentication of operators. Default: false. */
  requireMfa: flag().default(false),
  /** What operators may forward to, by name. Forwarding is not recorded. Default: nothing. */
  forward: z
    .record(
      z.string(),
      forwardTarget,
      refusal("a map of targets by name", 'write { db: { host: "...", ... } }'),
    )
    .superRefine((targets, context) => {
      for (const name of Object.keys(targets)) {
        const message = targetNameProblem(name);
        if (message !== undefined) {
          context.addIssue({ code: "custom", path: [name], message, params: { given: name } });
        }
      }
    }, onceGood())
    .default({}),
}).superRefine(
  ({ shellProfile, watchedCommands }, context) => {
    const message = shellProfileProblem(shellProfile, watchedCommands);
    if (message !== undefined) {
      context.addIssue({ code: "custom", path: ["shellProfile"], message });
    }
  },
  onceGood("shellProfile", "watchedCommands"),
);

/**
 * How sessions are recorded. `false` keeps the stack, empty, so that what was in it is destroyed; an environment that
 * never recorded leaves the setting out.
 */
export const sessionsSettings = z
  .union([z.literal(false), recorded], refusal("{} with its settings, or false", "write sessions: {}"))
  .optional();

/** How sessions are recorded, as validated. */
export type RecordedSessions = z.output<typeof recorded>;
