import { IamPolicy } from "@cdktf/provider-aws/lib/iam-policy";
import { SsmDocument } from "@cdktf/provider-aws/lib/ssm-document";
import { Construct } from "constructs";
import { MAX_NAME_PREFIX, checkedName } from "./facts/name-prefix";
import { auditorStatements } from "./private/auditor-statements";
import { arnsIn } from "./private/once-per-stack";
import { type PolicyCondition, type PolicyStatement, policyDocument, policyVariable } from "./private/policy";
import { checked, checkedOptional } from "./facts/bound";
import { FORWARD_PORT, HOST, TARGET_NAME } from "./facts/forward-target";
import { policySizeProblem } from "./private/policy-size";
import { IAM_PATH } from "./facts/iam-names";
import { refuseBadProps } from "./private/refuse-bad-props";
import { writtenPath } from "./private/role";
import { ACCESS_TAG, MAX_REGION_NAME, sessionDocumentName } from "./facts/names";
import { MAX_TAG_VALUE, tagValueProblem } from "./facts/tags";
import { guard } from "./rules/guard";
import type { ArchivedCopies } from "./session-archive";

/** A host and port that operators may forward to, through an instance. */
export interface ForwardTarget {
  /** Name or IPv4 address of the host, as the instance sees it; `localhost` is the instance itself. */
  readonly host: string;
  /** Port of the host, 1 to 65535, but not 22: SSH in a tunnel is recorded nowhere. */
  readonly port: number;
}

/** Props of {@link OperatorAccess}. */
export interface OperatorAccessProps {
  /** The beginning of every name: 1 to 32 letters, digits and hyphens, beginning with a letter and not with `sg-`. */
  readonly name: string;
  /** Region of the provider, such as `eu-central-1`. */
  readonly region: string;
  /** Value of the `SessionAccess` tag that instances carry: the environment's name, up to 256 characters. */
  readonly accessTag: string;
  /** Name of the document that records sessions: the only one for shells. */
  readonly documentName: string;
  /**
   * Name of the document of root shells, for a policy of its own.
   * @default - none
   */
  readonly rootDocumentName?: string;
  /** ARN of the key that encrypts sessions. */
  readonly keyArn: string;
  /** ARN of the log group that sessions are recorded in. */
  readonly logGroupArn: string;
  /**
   * Copies of recordings, which auditors read too.
   * @default - there are none
   */
  readonly archive?: ArchivedCopies;
  /**
   * What may be forwarded to, by name: 1 to 40 lower-case letters, digits and hyphens, beginning with a letter.
   * Forwarding is not recorded.
   * @default - nothing
   */
  readonly forward?: Readonly<Record<string, ForwardTarget>>;
  /**
   * Demands a session with multi-factor authentication. People who come from IAM Identity Center never carry that
   * mark: for them, demand it there.
   * @default false
   */
  readonly requireMfa?: boolean;
  /**
   * IAM path of the policies: up to 128 characters, with a slash at both ends, such as `/teams/payments/`.
   * @default "/"
   */
  readonly iamPath?: string;
}

/**
 * Managed policies for people, to be attached to whatever users, groups, roles or permission sets there are: `shell`
 * opens recorded sessions on the environment's instances, `root` those of a user who may use sudo, `forward` the tunnels that
 * the environment names, `auditor` reads recordings. None allows Run Command, another document, a change of documents, tags or logs.
 * https://docs.aws.amazon.com/systems-manager/latest/userguide/getting-started-restrict-access-examples.html
 *
 * @throws where a name, the path, the tag's value, or a forward target's host or port is not allowed.
 */
export class OperatorAccess extends Construct {
  /** ARN of the policy that opens recorded shells. */
  public readonly shellPolicyArn: string;
  /** ARN of the policy that opens recorded root shells; undefined without. */
  public readonly rootPolicyArn: string | undefined;
  /** ARN of the policy that opens tunnels; undefined where there is nothing to forward to. */
  public readonly forwardPolicyArn: string | undefined;
  /** ARN of the policy that reads recordings and the history of sessions. */
  public readonly auditorPolicyArn: string;
  /** Names of the documents that open tunnels, by target. */
  public readonly forwardDocuments: Readonly<Record<string, string>>;

  private readonly arn: ReturnType<typeof arnsIn>;

  constructor(
    scope: Construct,
    id: string,
    private readonly props: OperatorAccessProps,
  ) {
    super(scope, id);
    this.arn = arnsIn(this, props.region);
    guard(this, props);
    const targets = Object.entries(props.forward ?? {});
    refuseBadProps(this, [
      checkedName(props.name),
      checkedOptional("iamPath", props.iamPath, IAM_PATH),
      { prop: "accessTag", given: props.accessTag, problem: tagValueProblem(props.accessTag) },
      { prop: "forward", given: targets.length, problem: this.tunnelsProblem(targets.map(([name]) => name)) },
      ...targets.flatMap(([name, { host, port }]) => [
        checked(`forward.${name}`, name, TARGET_NAME),
        checked(`forward.${name}.host`, host, HOST),
        checked(`forward.${name}.port`, port, FORWARD_PORT),
      ]),
    ]);
    this.forwardDocuments = Object.fromEntries(
      targets.map(([name, target]) => [name, this.createForwardDocument(name, target)]),
    );
    this.shellPolicyArn = this.createPolicy(
      "shell",
      "Opens recorded sessions",
      this.recordedSessions("RecordedSessions", props.documentName),
    );
    this.rootPolicyArn =
      props.rootDocumentName === undefined
        ? undefined
        : this.createPolicy(
            "root",
            "Opens recorded sessions of a user who may use sudo",
            this.recordedSessions("RootSessions", props.rootDocumentName),
          );
    this.forwardPolicyArn =
      targets.length > 0
        ? this.createPolicy(
            "forward",
            "Opens the tunnels of this environment",
            this.startSession("Tunnels", Object.values(this.forwardDocuments)),
          )
        : undefined;
    this.auditorPolicyArn = this.createPolicy(
      "auditor",
      "Reads recordings and the history of sessions",
      auditorStatements(this, props),
    );
  }

  /** What is wrong with more targets than the policy for tunnels can name. */
  private tunnelsProblem(targets: readonly string[]): string | undefined {
    const { name, region, accessTag } = this.props;
    const documents = targets.map((target) => sessionDocumentName(name, target));
    return policySizeProblem(this, {
      document: policyDocument(...this.startSession("Tunnels", documents)),
      lengths: new Map([
        [name, MAX_NAME_PREFIX],
        [region, MAX_REGION_NAME],
        [accessTag, MAX_TAG_VALUE],
      ]),
      what: "targets",
    });
  }

  private recordedSessions(sid: string, document: string): PolicyStatement[] {
    return [
      ...this.startSession(sid, [document]),
      {
        // The plugin names session and instance to the key, so that nothing else is encrypted with it. No variable of
        // IAM holds the instance's bare id: any instance's will do.
        Sid: "EncryptedSessions",
        Effect: "Allow",
        Action: "kms:GenerateDataKey",
        Resource: this.props.keyArn,
        Condition: { StringLike: { "kms:EncryptionContext:aws:ssm:TargetId": "i-*" } },
      },
      {
        // What the connect command needs, without the state: the document's name is known, the instance is found.
        Sid: "ReadTheDocument",
        Effect: "Allow",
        Action: ["ssm:GetDocument", "ssm:DescribeDocument"],
        Resource: this.arn("ssm", `document/${document}`),
      },
    ];
  }

  /**
   * Starting sessions with these documents on the environment's instances, and one's own sessions afterwards. The
   * document is checked even where the caller names none: else the unrecorded default would do.
   */
  private startSession(sid: string, documents: readonly string[]): PolicyStatement[] {
    const checked: PolicyCondition = { BoolIfExists: { "ssm:SessionDocumentAccessCheck": "true" } };
    const mfa: PolicyCondition = this.props.requireMfa
      ? { Bool: { "aws:MultiFactorAuthPresent": "true" } }
      : {};
    return [
      {
        Sid: sid,
        Effect: "Allow",
        Action: "ssm:StartSession",
        Resource: this.arn("ec2", "instance/*"),
        Condition: {
          ...checked,
          ...mfa,
          StringEquals: { [`ssm:resourceTag/${ACCESS_TAG}`]: this.props.accessTag },
        },
      },
      {
        Sid: `${sid}Document`,
        Effect: "Allow",
        Action: "ssm:StartSession",
        Resource: documents.map((document) => this.arn("ssm", `document/${document}`)),
        Condition: { ...checked, ...mfa },
      },
      {
        // By the tag that Session Manager puts on a session, which fits users, roles and Identity Center alike.
        Sid: `${sid}Own`,
        Effect: "Allow",
        Action: ["ssm:ResumeSession", "ssm:TerminateSession"],
        Resource: this.arn("ssm", "session/*"),
        Condition: {
          StringEquals: { "ssm:resourceTag/aws:ssmmessages:session-id": policyVariable("aws:userid") },
        },
      },
      {
        // A session is named after the person, such as alice-0abc, and aws:userid is AROA...:alice: no pattern fits
        // both. What keeps others out is the token that AWS gives to whoever starts or resumes the session.
        Sid: `${sid}Channel`,
        Effect: "Allow",
        Action: "ssmmessages:OpenDataChannel",
        Resource: this.arn("ssm", "session/*"),
      },
      {
        // AWS knows no narrower resource for these.
        Sid: `${sid}Find`,
        Effect: "Allow",
        Action: [
          "ec2:DescribeInstances",
          "ssm:DescribeInstanceInformation",
          "ssm:DescribeSessions",
          "ssm:GetConnectionStatus",
        ],
        Resource: "*",
      },
    ];
  }

  /** IAM cannot limit a document's parameters, so host and port are fixed in a document of the target's own. */
  private createForwardDocument(name: string, { host, port }: ForwardTarget): string {
    return new SsmDocument(this, `forward-${name}`, {
      name: sessionDocumentName(this.props.name, name),
      documentType: "Session",
      documentFormat: "JSON",
      content: JSON.stringify({
        schemaVersion: "1.0",
        description: `Tunnel to ${name}: ${host}, port ${port}`,
        sessionType: "Port",
        parameters: {
          localPortNumber: {
            type: "String",
            description: "Port on the operator's own machine; 0 chooses one",
            allowedPattern:
              "^([0-9]|[1-9][0-9]{1,3}|[1-5][0-9]{4}|6[0-4][0-9]{3}|65[0-4][0-9]{2}|655[0-2][0-9]|6553[0-5])$",
            default: "0",
          },
        },
        properties: {
          type: "LocalPortForwarding",
          host,
          portNumber: `${port}`,
          localPortNumber: "{{ localPortNumber }}",
        },
      }),
    }).name;
  }

  private createPolicy(name: string, description: string, statements: readonly PolicyStatement[]): string {
    return new IamPolicy(this, name, {
      name: `${this.props.name}-session-${name}`,
      path: writtenPath(this.props.iamPath),
      description: `${description} (${this.props.name})`,
      policy: policyDocument(...statements),
    }).arn;
  }
}
