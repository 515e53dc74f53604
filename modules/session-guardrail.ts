import { IamPolicy } from "@cdktf/provider-aws/lib/iam-policy";
import { Construct } from "constructs";
import { checkedEach, checkedOptional } from "./facts/bound";
import { ARCHIVE_BUCKET } from "./facts/archive";
import { IAM_PATH } from "./facts/iam-names";
import { MAX_NAME_PREFIX, checkedName } from "./facts/name-prefix";
import {
  ACCESS_TAG,
  ACCOUNT_PREFERENCES,
  MAX_REGION_NAME,
  RUN_AS_TAG,
  sessionDocumentName,
} from "./facts/names";
import { problem } from "./facts/refusal";
import { DOCUMENT_NAME } from "./facts/sessions";
import { accountId, arnsIn, partition } from "./private/once-per-stack";
import { type PolicyStatement, policyDocument, policyVariable } from "./private/policy";
import { policySizeProblem } from "./private/policy-size";
import { refuseBadProps } from "./private/refuse-bad-props";
import { writtenPath } from "./private/role";
import { sessionNames } from "./private/session-names";
import { guard } from "./rules/guard";

/** Props of {@link SessionGuardrail}. */
export interface SessionGuardrailProps {
  /** The beginning of every name: 1 to 32 letters, digits and hyphens, beginning with a letter and not with `sg-`. */
  readonly name: string;
  /** Region of the provider, such as `eu-central-1`. */
  readonly region: string;
  /** Names of the documents that record sessions: the only ones that shells are opened with. At least one. */
  readonly documentNames: readonly string[];
  /** ARN of the key that encrypts sessions and recordings. */
  readonly keyArn: string;
  /** ARN of the log group that sessions are recorded in. */
  readonly logGroupArn: string;
  /**
   * Name of the bucket that keeps copies of recordings, below the name.
   * @default - no copies are kept
   */
  readonly archiveBucket?: string;
  /**
   * IAM path of the policy: up to 128 characters, with a slash at both ends, such as `/teams/payments/`.
   * @default "/"
   */
  readonly iamPath?: string;
}

/** Ways to an instance, to its disk or to its role that leave no recording. */
const UNRECORDED_WAYS = [
  "ssm:SendCommand",
  "ssm:StartAutomationExecution",
  "ssm:StartChangeRequestExecution",
  "ssm:CreateAssociation*",
  "ssm:UpdateAssociation",
  "ssm:StartAssociationsOnce",
  "ssm:RegisterTaskWithMaintenanceWindow",
  "ssm:UpdateMaintenanceWindowTask",
  "ec2-instance-connect:*",
  "ec2:GetPasswordData",
  "ec2:ModifyInstanceMetadataOptions",
  "ec2:ModifyInstanceAttribute",
  "ec2:AssociateIamInstanceProfile",
  "ec2:ReplaceIamInstanceProfileAssociation",
  "ec2:CreateSnapshot*",
  "ec2:CreateImage",
  "ec2:CreateReplaceRootVolumeTask",
  "ec2:AttachVolume",
  "ec2:DetachVolume",
  "ebs:GetSnapshotBlock",
];

/** What changes or deletes recordings, or what they are made by. */
const TAMPERING = [
  "logs:Delete*",
  "logs:Put*",
  // An empty stream passes for a recording.
  "logs:CreateLogStream",
  "logs:AssociateKmsKey",
  "logs:DisassociateKmsKey",
  "s3:Delete*",
  "s3:Put*",
  "s3:BypassGovernanceRetention",
  "kms:ScheduleKeyDeletion",
  "kms:DisableKey",
  "kms:PutKeyPolicy",
  "ssm:CreateDocument",
  "ssm:UpdateDocument*",
  "ssm:DeleteDocument",
  "ssm:ModifyDocumentPermission",
];

/** What silences those who watch over recordings and tell. IAM knows no resource for unsubscribing. */
const SILENCING = [
  "cloudwatch:DeleteAlarms",
  "cloudwatch:DisableAlarmActions",
  "cloudwatch:PutMetricAlarm",
  "cloudwatch:SetAlarmState",
  "events:DeleteRule",
  "events:DisableRule",
  "events:Put*",
  "events:RemoveTargets",
  "scheduler:DeleteSchedule",
  "scheduler:UpdateSchedule",
  "sns:AddPermission",
  "sns:DeleteTopic",
  "sns:RemovePermission",
  "sns:SetTopicAttributes",
  "states:DeleteStateMachine",
  "states:UpdateStateMachine",
];

/**
 * A managed policy that only denies, for people who have other policies too, since what policies allow adds up:
 * whatever those allow, sessions are recorded ones or this environment's tunnels, nobody takes over another's, and
 * recordings, and what watches over them, stay as they are. It allows nothing, and holds nobody who may change IAM: they can detach it.
 *
 * What it denies holds for the account's every instance, so two of them on one person allow no session at all: give one
 * that names the documents of both.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html
 *
 * @throws where a name or the path is not allowed, or there are more documents than one policy holds.
 */
export class SessionGuardrail extends Construct {
  /** ARN of the policy, to be attached to operators beside all that they have. */
  public readonly policyArn: string;

  private readonly arn: ReturnType<typeof arnsIn>;

  constructor(
    scope: Construct,
    id: string,
    private readonly props: SessionGuardrailProps,
  ) {
    super(scope, id);
    this.arn = arnsIn(this, props.region);
    guard(this, props);
    const { name, region, documentNames: given } = props;
    const document = policyDocument(...this.statements());
    const lengths = new Map([
      [name, MAX_NAME_PREFIX],
      [region, MAX_REGION_NAME],
    ]);
    refuseBadProps(this, [
      checkedName(name),
      {
        prop: "documentNames",
        given: given.length,
        problem:
          given.length === 0
            ? problem("at least one document", "name the one that records sessions")
            : policySizeProblem(this, { document, lengths, what: "documents" }),
      },
      ...checkedEach("documentNames", given, DOCUMENT_NAME),
      checkedOptional("archiveBucket", props.archiveBucket, ARCHIVE_BUCKET),
      checkedOptional("iamPath", props.iamPath, IAM_PATH),
    ]);
    this.policyArn = new IamPolicy(this, "policy", {
      name: `${name}-session-guardrail`,
      path: writtenPath(props.iamPath),
      description: `Denies sessions that are not recorded, and changes of recordings (${name})`,
      policy: document,
    }).arn;
  }

  private statements(): PolicyStatement[] {
    const { name, region, documentNames, keyArn, logGroupArn, archiveBucket: bucket } = this.props;
    const { topic, watch } = sessionNames(name, accountId(this), region);
    const copies = `arn:${partition(this)}:s3:::${bucket}`;
    const documents = [...documentNames, sessionDocumentName(name, "*")].map((one) =>
      this.arn("ssm", `document/${one}`),
    );
    return [
      {
        Sid: "NoOtherSession",
        Effect: "Deny",
        Action: "ssm:StartSession",
        NotResource: [this.arn("ec2", "instance/*"), ...documents],
      },
      { Sid: "NoUnrecordedWay", Effect: "Deny", Action: UNRECORDED_WAYS, Resource: "*" },
      {
        Sid: "OwnSessionsOnly",
        Effect: "Deny",
        Action: ["ssm:ResumeSession", "ssm:TerminateSession"],
        Resource: "*",
        Condition: {
          StringNotEquals: { "ssm:resourceTag/aws:ssmmessages:session-id": policyVariable("aws:userid") },
        },
      },
      {
        // IAM does not mind the case of a tag's key where a condition asks for its value.
        Sid: "NoTagOfAccess",
        Effect: "Deny",
        Action: ["ec2:CreateTags", "ec2:DeleteTags"],
        Resource: "*",
        Condition: { "ForAnyValue:StringEqualsIgnoreCase": { "aws:TagKeys": ACCESS_TAG } },
      },
      {
        Sid: "NoUserByTag",
        Effect: "Deny",
        Action: ["iam:TagUser", "iam:TagRole", "sts:TagSession"],
        Resource: "*",
        Condition: { "ForAnyValue:StringEqualsIgnoreCase": { "aws:TagKeys": RUN_AS_TAG } },
      },
      {
        // Making a document is among it: one that is named like a tunnel's could be a shell.
        Sid: "NoTampering",
        Effect: "Deny",
        Action: TAMPERING,
        Resource: [
          logGroupArn,
          `${logGroupArn}:*`,
          ...(bucket === undefined ? [] : [copies, `${copies}/${name}/*`]),
          keyArn,
          ...documents,
          // What sessions follow that name no document.
          this.arn("ssm", `document/${ACCOUNT_PREFERENCES}`),
        ],
      },
      {
        Sid: "NoSilencing",
        Effect: "Deny",
        Action: SILENCING,
        Resource: [
          this.arn("cloudwatch", `alarm:${name}-*`),
          this.arn("events", `rule/${name}-*`),
          this.arn("scheduler", `schedule/default/${watch}`),
          this.arn("sns", topic),
          this.arn("states", `stateMachine:${watch}`),
        ],
      },
    ];
  }
}
