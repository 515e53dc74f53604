import { z } from "zod";
import {
  ARCHIVE_BUCKET,
  EXPIRE_DAYS,
  LOCK_MODES,
  archiveProblems,
  lockProblem,
  shortArchiveProblem,
} from "../../modules/facts/archive";
import { WATCHED_COMMAND, watchedCommandsProblem } from "../../modules/facts/command-pattern";
import { DEFAULTS } from "../../modules/facts/defaults";
import { EMAIL } from "../../modules/facts/email";
import { FORWARD_PORT, HOST, TARGET_NAME, forwardNetworkProblems } from "../../modules/facts/forward-target";
import { ROLE_ARN } from "../../modules/facts/iam-names";
import { onceProblem } from "../../modules/facts/refusal";
import { RETENTION } from "../../modules/facts/retention";
import {
  IDLE_MINUTES,
  MAX_MINUTES,
  MAX_SHELL_PROFILE,
  RUN_AS_USER,
  rootShellProblem,
  shellProfileProblem,
} from "../../modules/facts/sessions";
import { checkedNumber, checkedText, choice, flag, onceGood, refusal, reportTo, section } from "./section";

const list = (element: z.ZodString, example: string) =>
  z.array(element, refusal("a list of texts", `write [${JSON.stringify(example)}]`));

const ONE_PORT = "a tunnel leads to one port: write port, and a target of its own for each further one";

const forwardTarget = section(
  {
    /** Host that operators may forward to, by name or IPv4 address as the instance looks it up; `localhost` is the instance. */
    host: checkedText(HOST),
    /** Port that operators may forward to; not 22, as SSH in a tunnel is recorded nowhere. */
    port: z
      .number(
        refusal(FORWARD_PORT.allowed, "write one number, and a target of its own for each further port"),
      )
      .superRefine(reportTo(FORWARD_PORT.problem)),
    /** IPv4 block the host is in, which instances are then let out to. Default: one of these two; neither for `localhost`. */
    cidr: z.string(refusal("an IPv4 block", "write it as a text")).optional(),
    /** Security group the host is in, which instances are then let out to. Default: one of these two. */
    securityGroupId: z.string(refusal("a security group id", "write it as a text")).optional(),
  },
  {
    protocol: "remove it: Session Manager forwards TCP, and never UDP",
    ports: ONE_PORT,
    hosts: "a tunnel leads to one host: write host, and a target of its own for each further one",
    url: "write host and port",
    localPort: "remove it: whoever opens the tunnel may give one, npm run forward -- <target>:<port>",
    prefixListId: "write the cidr the host is in",
  },
).superRefine(
  (target, context) => {
    for (const { field, problem: message } of forwardNetworkProblems(target)) {
      context.addIssue({ code: "custom", path: field ? [field] : [], message });
    }
  },
  onceGood("host", "cidr", "securityGroupId"),
);

const recorded = section({
  /** Days that recordings are kept: one of CloudWatch's periods. Default: `365`. */
  retentionDays: checkedNumber(RETENTION).default(DEFAULTS.retentionDays),
  /**
   * What destroying does to recordings and their key: it is refused (`"retain"`, with which CloudWatch Logs protects the log
   * group too), or deletes them (`"delete"`). Default: `"retain"`.
   */
  recordings: choice(["retain", "delete"]).default(DEFAULTS.recordings),
  /** Keeps copies in S3, in a bucket that is made or in yours. Default: none. */
  archive: section({
    /** Your bucket for copies of recordings, encrypted and in the same Region. Default: one is made. */
    bucketName: checkedText(ARCHIVE_BUCKET).optional(),
    /**
     * Days that copies are kept and locked in a bucket that is made, which deletes them after as many again; no fewer than
     * `retentionDays`. Default: 3650.
     */
    expireDays: checkedNumber(EXPIRE_DAYS).optional(),
    /**
     * Who may delete a copy before its time from a bucket that is made: who has `s3:BypassGovernanceRetention`
     * (`"governance"`), or nobody, root included (`"compliance"`, not with `recordings: "delete"`). Default: `"governance"`.
     */
    lockMode: choice(LOCK_MODES).optional(),
  })
    .superRefine(
      (archive, context) => {
        for (const { field, problem: message } of archiveProblems(archive)) {
          context.addIssue({ code: "custom", path: [field], message });
        }
      },
      onceGood("bucketName", "expireDays", "lockMode"),
    )
    .optional(),
  /** Minutes without input after which a session ends, 1 to 60. Default: `20`. */
  idleMinutes: checkedNumber(IDLE_MINUTES).default(DEFAULTS.idleMinutes),
  /** Minutes after which a session ends in any case, 1 to 1440. Default: `480`. */
  maxMinutes: checkedNumber(MAX_MINUTES).default(DEFAULTS.maxMinutes),
  /**
   * User of the operating system that sessions run as, whom the image must bring; nobody who may use sudo. Default:
   * `ssm-user`, made at the first boot.
   */
  runAsUser: checkedText(RUN_AS_USER).optional(),
  /** Root shells, recorded too, with a policy and a notice of their own. Default: none. */
  rootShell: section({
    /** User of the image who may use sudo, such as `ec2-user`, for root shells. Default: there are none. */
    user: z.string(refusal("a user who may use sudo", "name one such as ec2-user")),
  }).optional(),
  /** Whether shells write what they run into the recording, unseen by people. Default: `true`. */
  commandJournal: flag().default(DEFAULTS.commandJournal),
  /**
   * Commands typed, and recorded, at the start of every session, up to 132 characters beside the journal. Default: none; without
   * a journal `: This session is recorded`.
   */
  shellProfile: z
    .string(refusal(`a text of up to ${MAX_SHELL_PROFILE} characters`, "write it as a text"))
    .optional(),
  /**
   * Makes the same rules the account's own preferences, taken over (`"import"`) or made (`"create"`). Default: left alone.
   */
  adoptAccountPreferences: choice(["import", "create"]).optional(),
  /** Commands that raise an alarm, up to four. Default: `["rm"]`. */
  watchedCommands: list(checkedText(WATCHED_COMMAND), "rm")
    .superRefine(reportTo(watchedCommandsProblem))
    .default([...DEFAULTS.watchedCommands]),
  /** Addresses that alerts are sent to, once each has confirmed. Default: `[]`. */
  alertEmails: list(checkedText(EMAIL), "ops@example.com").superRefine(reportTo(onceProblem)).default([]),
  /** Roles that deploy, whose changes of recordings and alarms tell nobody. Default: `[]`. */
  deployerRoleArns: list(checkedText(ROLE_ARN), "arn:aws:iam::111122223333:role/deploy")
    .superRefine(reportTo(onceProblem))
    .default([]),
  /** Demands multi-factor authentication of operators. Default: `false`. */
  requireMfa: flag().default(false),
  /** Tunnels for operators, by name. Forwarding is not recorded. Default: `{}`. */
  forward: z
    .record(
      z.string(),
      forwardTarget,
      refusal("a map of targets by name", 'write { db: { host: "...", ... } }'),
    )
    .superRefine((targets, context) => {
      for (const name of Object.keys(targets)) {
        const message = TARGET_NAME.problem(name);
        if (message !== undefined) {
          context.addIssue({ code: "custom", path: [name], message, params: { given: name } });
        }
      }
    }, onceGood())
    .default({}),
})
  .superRefine(
    ({ shellProfile, watchedCommands, commandJournal }, context) => {
      const message = shellProfileProblem(shellProfile, watchedCommands, commandJournal);
      if (message !== undefined) {
        context.addIssue({ code: "custom", path: ["shellProfile"], message });
      }
    },
    onceGood("shellProfile", "watchedCommands", "commandJournal"),
  )
  .superRefine(
    ({ archive, recordings }, context) => {
      const message = lockProblem(archive?.lockMode, recordings);
      if (message !== undefined) {
        context.addIssue({ code: "custom", path: ["archive", "lockMode"], message });
      }
    },
    onceGood("archive.lockMode", "archive.bucketName", "recordings"),
  )
  .superRefine(
    ({ archive, retentionDays }, context) => {
      const message = shortArchiveProblem(archive?.expireDays, retentionDays);
      if (message !== undefined) {
        context.addIssue({ code: "custom", path: ["archive", "expireDays"], message });
      }
    },
    onceGood("archive.expireDays", "archive.bucketName", "retentionDays"),
  )
  .superRefine(({ rootShell, runAsUser }, context) => {
    const message = rootShell && rootShellProblem(rootShell.user, runAsUser);
    if (message !== undefined) {
      context.addIssue({ code: "custom", path: ["rootShell", "user"], message });
    }
  }, onceGood("rootShell"));

/**
 * How sessions are recorded. `false` keeps the stack, empty, so that what was in it is destroyed; an environment that
 * never recorded leaves the setting out.
 */
export const sessionsSettings = z
  .union([z.literal(false), recorded], refusal("{} with its settings, or false", "write sessions: {}"))
  .optional();

/** How sessions are recorded, as validated. */
export type RecordedSessions = z.output<typeof recorded>;
