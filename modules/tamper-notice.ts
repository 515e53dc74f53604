import { Token } from "cdktf";
import { Construct } from "constructs";
import { inPlace } from "./facts/arn";
import { checkedEach } from "./facts/bound";
import { ROLE_ARN } from "./facts/iam-names";
import { checkedName } from "./facts/name-prefix";
import { onceProblem } from "./facts/refusal";
import { addNotice } from "./private/notice";
import { accountId } from "./private/once-per-stack";
import { providerPlace } from "./private/provider-place";
import { refuseBadProps } from "./private/refuse-bad-props";
import { sessionNames } from "./private/session-names";
import { evidencePattern, patternProblem, watchersPattern } from "./private/tamper-patterns";
import { guard } from "./rules/guard";

/** Props of {@link TamperNotice}. */
export interface TamperNoticeProps {
  /** The beginning of every name: 1 to 32 letters, digits and hyphens, beginning with a letter and not with `sg-`. */
  readonly name: string;
  /** Region of the provider, such as `eu-central-1`. */
  readonly region: string;
  /** ARN of the topic that is told, which must be that of the {@link CommandAlarm} of the same name. */
  readonly topicArn: string;
  /** ARN of the key that is watched over. */
  readonly keyArn: string;
  /**
   * Name of the bucket that keeps copies.
   * @default - there is none
   */
  readonly bucketName?: string;
  /**
   * ARNs of the roles that deploy, whose calls tell nobody. Whoever can use such a role goes unnoticed.
   * @default - none: every deploy that changes something watched over is told
   */
  readonly deployerRoleArns?: readonly string[];
}

/**
 * Tells a topic who changes or deletes recordings and what they are made with, or what watches and tells: log group,
 * documents, key and bucket; alarms, rules, topic, and the watch for sessions without a recording. CloudTrail must have a
 * trail that records management events.
 * https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-service-event-cloudtrail.html
 *
 * Not seen by it: what happens to single objects in S3, and to roles and policies, whose events AWS has in one Region only.
 *
 * @throws where the name or a role is not allowed, or EventBridge would not take so long a pattern.
 */
export class TamperNotice extends Construct {
  constructor(
    scope: Construct,
    id: string,
    private readonly props: TamperNoticeProps,
  ) {
    super(scope, id);
    guard(this, props);
    const { name, deployerRoleArns: deployers = [] } = props;
    const names = sessionNames(name, accountId(this), props.region);
    const evidence = evidencePattern(names, props, deployers);
    const watchers = watchersPattern(name, names, deployers);
    // Where only Terraform will know the name, nobody can tell how long a pattern is.
    const isKnown = !Token.isUnresolved(name);
    const tooLong = patternProblem(evidence) ?? patternProblem(watchers);
    refuseBadProps(this, [
      checkedName(name),
      ...checkedEach("deployerRoleArns", deployers, inPlace(ROLE_ARN, providerPlace(this))),
      {
        prop: "deployerRoleArns",
        given: deployers,
        problem: onceProblem(deployers) ?? (isKnown ? tooLong : undefined),
      },
    ]);
    this.tell(
      "evidence",
      names.rules.evidence,
      "Recordings, or what they are made with, are changed",
      evidence,
    );
    this.tell("watchers", names.rules.watchers, "What watches over recordings is changed", watchers);
  }

  private tell(id: string, name: string, description: string, eventPattern: string): void {
    addNotice(this, id, {
      name,
      description,
      eventPattern,
      topicArn: this.props.topicArn,
      inputPaths: {
        who: "$.detail.userIdentity.arn",
        what: "$.detail.eventName",
        service: "$.detail.eventSource",
        group: "$.detail.requestParameters.logGroupName",
        name: "$.detail.requestParameters.name",
        bucket: "$.detail.requestParameters.bucketName",
        address: "$.detail.sourceIPAddress",
        time: "$.time",
        error: "$.detail.errorCode",
        event: "$.detail.eventID",
      },
      inputTemplate: `"${description}: <who> called <what> of <service> at <time> from <address>, event <event> in CloudTrail. <group><name><bucket> <error>"`,
    });
  }
}
