import { CloudwatchLogGroup } from "@cdktf/provider-aws/lib/cloudwatch-log-group";
import { DataAwsS3Bucket } from "@cdktf/provider-aws/lib/data-aws-s3-bucket";
import { KmsAlias } from "@cdktf/provider-aws/lib/kms-alias";
import { KmsKey } from "@cdktf/provider-aws/lib/kms-key";
import { SsmDocument } from "@cdktf/provider-aws/lib/ssm-document";
import { Token } from "cdktf";
import { Construct } from "constructs";
import {
  ARCHIVE_BUCKET,
  EXPIRE_DAYS,
  archiveProblems,
  lockProblem,
  shortArchiveProblem,
} from "./facts/archive";
import { checked, checkedOptional } from "./facts/bound";
import { DEFAULTS } from "./facts/defaults";
import { RETENTION } from "./facts/retention";
import {
  IDLE_MINUTES,
  MAX_MINUTES,
  RUN_AS_USER,
  SESSION_USER,
  rootShellProblem,
  shellProfileProblem,
  typedProfile,
} from "./facts/sessions";
import { literal } from "./private/terraform";
import { bucketPrefixProblem, sessionNames } from "./private/session-names";
import { namePrefixProblem } from "./facts/name-prefix";
import { accountId } from "./private/once-per-stack";
import { recordingsKeyPolicy } from "./private/recordings-key-policy";
import { refuseBadProps } from "./private/refuse-bad-props";
import { ACCOUNT_PREFERENCES, RECORDINGS_TAG } from "./facts/names";
import { type ArchivedCopies, SessionArchive } from "./session-archive";
import { guard } from "./rules/guard";

/** Props of {@link SessionLogging}. */
export interface SessionLoggingProps {
  /**
   * The beginning of every name: 1 to 32 letters, digits and hyphens, beginning with a letter and not with `sg-`.
   * Where a bucket is made, up to 26 to 31, by the Region, as its own name has up to 63 characters.
   */
  readonly name: string;
  /** Region of the provider, such as `eu-central-1`. */
  readonly region: string;
  /**
   * How many days recordings are kept: one of the periods of CloudWatch Logs, 1 to 3653.
   * @default 365
   */
  readonly retentionDays?: number;
  /**
   * Minutes without input after which a session ends, 1 to 60.
   * @default 20
   */
  readonly idleMinutes?: number;
  /**
   * Minutes after which a session ends in any case, 1 to 1440.
   * @default 480
   */
  readonly maxMinutes?: number;
  /**
   * User of the operating system that sessions run as: neither root nor one whom images let use sudo. The image must bring
   * that user, or sessions are refused. Windows knows no such thing.
   * @default "ssm-user", whom `ManagedInstance` makes at the first boot, and who may not use sudo
   */
  readonly runAsUser?: string;
  /**
   * Makes a second document, for the few who must be root at times: its sessions are recorded like all others, and run as
   * a user of the image who may use sudo, such as `ec2-user`.
   * @default - no root shells
   */
  readonly rootShell?: {
    /** User of the operating system who may use sudo; SSM Agent refuses root itself. */
    readonly user: string;
  };
  /**
   * Whether shells write a journal of commands into the recording: what they run, as it was edited, on lines of its own that
   * nobody sees. It is typed at the start of every session on Linux, for bash 4.4 and later; where `sh` is another shell, the
   * session goes on in bash. `false` leaves alarms and readers with what the terminal showed.
   * @default true
   */
  readonly commandJournal?: boolean;
  /**
   * Commands that are typed at the start of every session on Linux, after the journal, up to 132 characters, or 512 without
   * a journal. They are recorded too.
   * @default - nothing but the journal; without one `: This session is recorded`, as a recording begins with a line
   */
  readonly shellProfile?: string;
  /**
   * Commands that alarms watch for, which the shell profile must not contain.
   * @default - none
   */
  readonly watchedCommands?: readonly string[];
  /**
   * What destroying does to recordings and their key: `"retain"` refuses to destroy them, and has CloudWatch Logs refuse to
   * delete the log group, whoever asks; `"delete"` deletes them.
   * @default "retain"
   */
  readonly recordings?: "retain" | "delete";
  /**
   * Keeps a copy of every recording in S3, for longer than the log group: in a bucket that is made, or in yours.
   * @default - no copy
   */
  readonly archive?: {
    /**
     * Your bucket: 3 to 63 lower-case letters, digits, dots and hyphens. It must be in the same Region, which Terraform
     * checks, and encrypted with AES256 or aws:kms, as the agent takes no other.
     * @default - a bucket is made
     */
    readonly bucketName?: string;
    /**
     * Days that copies are kept, and locked, in a bucket that is made, as many as `retentionDays` to 36500. Then S3 hides them, and deletes them
     * after as many days again.
     * @default 3650
     */
    readonly expireDays?: number;
    /**
     * Who may delete a copy before its time from a bucket that is made: with `"governance"` those who have
     * `s3:BypassGovernanceRetention`, with `"compliance"` nobody, not even root; that one is refused together with
     * `recordings: "delete"`. https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-lock.html
     * @default "governance"
     */
    readonly lockMode?: "governance" | "compliance";
  };
  /**
   * Makes these rules the account's own preferences in the Region too, for sessions that name no document:
   * `"import"` takes over the preferences there are, `"create"` makes them where there are none. They are protected
   * from being destroyed.
   * @default - the account's preferences are left alone
   */
  readonly accountPreferences?: "import" | "create";
}

/**
 * Records what is typed and shown in sessions, encrypted, in a log group. A session does not start where the log group is
 * missing or not encrypted, or the agent cannot see it. Where the agent cannot write to it, the session goes on without a
 * recording, until {@link SessionWatch} ends it. Operators use the document made here, so that nobody else's preferences are touched.
 * https://docs.aws.amazon.com/systems-manager/latest/userguide/session-manager-logging.html
 *
 * @throws where a name, period, duration, user or shell profile is not allowed.
 */
export class SessionLogging extends Construct {
  /** Name of the Session document. */
  public readonly documentName: string;
  /** Name of the Session document of root shells; undefined without. */
  public readonly rootDocumentName: string | undefined;
  /**
   * Names of all documents whose sessions are recorded: with that of root shells, and the account's own preferences where
   * those are adopted.
   */
  public readonly documentNames: readonly string[];
  /** ARN of the log group. */
  public readonly logGroupArn: string;
  /** Name of the log group. */
  public readonly logGroupName: string;
  /** ARN of the key that encrypts sessions and recordings. */
  public readonly keyArn: string;
  /** Name of the bucket that keeps copies; undefined without. */
  public readonly archiveBucket: string | undefined;
  /** Where copies are, for those who read them; undefined without. */
  public readonly archive: ArchivedCopies | undefined;

  constructor(scope: Construct, id: string, props: SessionLoggingProps) {
    super(scope, id);
    guard(this, props);
    const {
      retentionDays = DEFAULTS.retentionDays,
      idleMinutes = DEFAULTS.idleMinutes,
      maxMinutes = DEFAULTS.maxMinutes,
      recordings = DEFAULTS.recordings,
      commandJournal = DEFAULTS.commandJournal,
      runAsUser = SESSION_USER,
      rootShell,
    } = props;
    const { name, region, archive = {} } = props;
    const { bucketName } = archive;
    const makesBucket = props.archive !== undefined && bucketName === undefined;
    refuseBadProps(this, [
      {
        prop: "name",
        given: name,
        problem: namePrefixProblem(name) ?? (makesBucket ? bucketPrefixProblem(name, region) : undefined),
      },
      checkedOptional("archive.bucketName", bucketName, ARCHIVE_BUCKET),
      ...archiveProblems(archive).map(({ field, problem }) => ({
        prop: `archive.${field}`,
        given: archive[field],
        problem,
      })),
      checkedOptional("archive.expireDays", makesBucket ? archive.expireDays : undefined, {
        allowed: EXPIRE_DAYS.allowed,
        // Of a period that only Terraform will know nobody can tell.
        problem: (days) =>
          EXPIRE_DAYS.problem(days) ??
          (Token.isUnresolved(retentionDays) ? undefined : shortArchiveProblem(days, retentionDays)),
      }),
      {
        prop: "archive.lockMode",
        given: archive.lockMode,
        problem: makesBucket ? lockProblem(archive.lockMode, recordings) : undefined,
      },
      checked("retentionDays", retentionDays, RETENTION),
      checked("idleMinutes", idleMinutes, IDLE_MINUTES),
      checked("maxMinutes", maxMinutes, MAX_MINUTES),
      checked("runAsUser", runAsUser, RUN_AS_USER),
      {
        prop: "rootShell.user",
        given: rootShell?.user,
        problem: rootShell && rootShellProblem(rootShell.user, runAsUser),
      },
      {
        prop: "shellProfile",
        given: props.shellProfile,
        problem: shellProfileProblem(props.shellProfile, props.watchedCommands ?? [], commandJournal),
      },
    ]);

    const names = sessionNames(props.name, accountId(this), props.region);
    const lifecycle = { preventDestroy: recordings === "retain" };
    const tags = { [RECORDINGS_TAG]: recordings };
    const key = new KmsKey(this, "key", {
      description: `Sessions of ${props.name}: the sessions themselves, their recordings and alerts`,
      enableKeyRotation: true,
      deletionWindowInDays: 30,
      policy: recordingsKeyPolicy(this, props.region, names.logGroup),
      tags,
      lifecycle,
    });
    new KmsAlias(this, "key-alias", { name: names.keyAlias, targetKeyId: key.keyId });
    const logGroup = new CloudwatchLogGroup(this, "Default", {
      name: names.logGroup,
      retentionInDays: retentionDays,
      kmsKeyId: key.arn,
      deletionProtectionEnabled: recordings === "retain",
      tags,
      lifecycle,
    });
    if (makesBucket) {
      const { expireDays, lockMode } = archive;
      const made = { bucketName: names.archiveBucket, keyArn: key.arn, expireDays, lockMode, recordings };
      const { bucketName } = new SessionArchive(this, "archive", made);
      this.archive = { bucketName, prefix: name, keyArn: key.arn };
    } else if (bucketName !== undefined) {
      this.inspectBucket(bucketName, region);
      this.archive = { bucketName, prefix: name };
    }
    this.archiveBucket = this.archive?.bucketName;

    // With Run As on, the agent makes nobody: where the user is missing it refuses the session, in place of giving sudo.
    const inputs = {
      cloudWatchLogGroupName: logGroup.name,
      cloudWatchEncryptionEnabled: true,
      cloudWatchStreamingEnabled: true,
      s3BucketName: this.archiveBucket ?? "",
      s3KeyPrefix: this.archive?.prefix ?? "",
      s3EncryptionEnabled: true,
      kmsKeyId: key.arn,
      idleSessionTimeout: asText(idleMinutes),
      maxSessionDuration: asText(maxMinutes),
      runAsEnabled: true,
      runAsDefaultUser: runAsUser,
      shellProfile: { linux: literal(typedProfile(props.shellProfile, commandJournal)), windows: "" },
    };
    const content = sessionDocument(inputs);
    const document = new SsmDocument(this, "document", {
      name: names.document,
      documentType: "Session",
      documentFormat: "JSON",
      content,
    });
    this.rootDocumentName =
      rootShell &&
      new SsmDocument(this, "root-document", {
        name: names.rootDocument,
        documentType: "Session",
        documentFormat: "JSON",
        content: sessionDocument({ ...inputs, runAsDefaultUser: rootShell.user }),
      }).name;
    if (props.accountPreferences !== undefined) {
      const preferences = new SsmDocument(this, "account-preferences", {
        name: ACCOUNT_PREFERENCES,
        documentType: "Session",
        documentFormat: "JSON",
        content,
        lifecycle: { preventDestroy: true },
      });
      if (props.accountPreferences === "import") {
        preferences.importFrom(ACCOUNT_PREFERENCES);
      }
    }
    this.documentName = document.name;
    this.documentNames = [
      document.name,
      ...(this.rootDocumentName === undefined ? [] : [this.rootDocumentName]),
      ...(props.accountPreferences === undefined ? [] : [ACCOUNT_PREFERENCES]),
    ];
    this.logGroupArn = logGroup.arn;
    this.logGroupName = logGroup.name;
    this.keyArn = key.arn;
  }

  /**
   * A bucket that others made is read before anything is planned: where it is missing, or instances do not reach it, the
   * agent refuses every session. Its encryption, which no data source has, is left to `npm run doctor`.
   */
  private inspectBucket(bucket: string, region: string): void {
    const condition = {
      condition: `\${self.bucket_region == "${region}"}`,
      errorMessage:
        `${bucket} is in \${self.bucket_region}, and instances in ${region} reach S3 of their own Region alone, so that no ` +
        "session would start: name a bucket of that Region in archive.bucketName.",
    };
    new DataAwsS3Bucket(this, "archive-bucket", { bucket, lifecycle: { postcondition: [condition] } });
  }
}

/** A number within a text: of one that only Terraform will know, JavaScript would write something else. */
function asText(number: number): string {
  return Token.isUnresolved(number) ? Token.asString(number) : `${number}`;
}

/** A Session document: https://docs.aws.amazon.com/systems-manager/latest/userguide/session-manager-schema.html */
function sessionDocument(inputs: Readonly<Record<string, unknown>>): string {
  return JSON.stringify({
    schemaVersion: "1.0",
    description: "Shell sessions that are encrypted and recorded; one that turns out not to be is ended",
    sessionType: "Standard_Stream",
    inputs,
  });
}
