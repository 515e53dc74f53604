import { CloudwatchEventRule } from "@cdktf/provider-aws/lib/cloudwatch-event-rule";
import { CloudwatchEventTarget } from "@cdktf/provider-aws/lib/cloudwatch-event-target";
import type { Construct } from "constructs";

/** What is told of an event that CloudTrail has seen, and to whom. */
export interface NoticeProps {
  /** Name of the rule, which the topic's policy must let publish. */
  readonly name: string;
  /** What the events have in common. */
  readonly description: string;
  /** Which events they are, as JSON. */
  readonly eventPattern: string;
  /** ARN of the topic. */
  readonly topicArn: string;
  /** Where in an event the words of the message are. One that an event does not have is left empty. */
  readonly inputPaths: Readonly<Record<string, string>>;
  /** The message, in quotation marks. */
  readonly inputTemplate: string;
}

/** Tells a topic of events that CloudTrail has seen: a rule, and its target `<id>-notice`. */
export function addNotice(scope: Construct, id: string, props: NoticeProps): void {
  const { name, description, eventPattern, topicArn, inputPaths, inputTemplate } = props;
  const rule = new CloudwatchEventRule(scope, id, { name, description, eventPattern });
  new CloudwatchEventTarget(scope, `${id}-notice`, {
    rule: rule.name,
    arn: topicArn,
    targetId: "alerts",
    inputTransformer: { inputPaths, inputTemplate },
  });
}
