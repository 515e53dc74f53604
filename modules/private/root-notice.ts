import type { Construct } from "constructs";
import { addNotice } from "./notice";

/**
 * Tells a topic of every root shell that somebody starts, or tries to start, as CloudTrail sees it. A document may be
 * asked for by its name or by its ARN.
 *
 * @param name name of the rule, which the topic must let publish
 */
export function addRootNotice(scope: Construct, topicArn: string, name: string, document: string): void {
  addNotice(scope, "root-session-started", {
    name,
    description: "A root shell is started, seen by CloudTrail",
    eventPattern: JSON.stringify({
      source: ["aws.ssm"],
      "detail-type": ["AWS API Call via CloudTrail"],
      detail: {
        eventSource: ["ssm.amazonaws.com"],
        eventName: ["StartSession"],
        requestParameters: { documentName: [document, { suffix: `:document/${document}` }] },
      },
    }),
    topicArn,
    // Without the reason, which is free text: a quotation mark in it could keep the notice from being sent.
    inputPaths: {
      who: "$.detail.userIdentity.arn",
      target: "$.detail.requestParameters.target",
      time: "$.time",
      error: "$.detail.errorCode",
    },
    inputTemplate: '"ROOT SHELL: <who> started one on <target> at <time>. <error>"',
  });
}
