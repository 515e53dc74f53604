/** Seconds within which a session must have begun its recording: the agent takes about two for the first line. */
export const SECONDS_TO_RECORD = 120;

/** What the state machine of a watch is made for. */
export interface WatchedSessions {
  /** Partition of AWS, such as `aws`. */
  readonly partition: string;
  /** Log group in which every session has a stream. */
  readonly logGroupName: string;
  /** Names and ARNs of the documents whose sessions are recorded; sessions with any other are left alone. */
  readonly documents: readonly string[];
  /** Topic that is told. */
  readonly topicArn: string;
}

/** The one error that proves that nothing is recorded: there is no log group. */
const NO_GROUP = "CloudWatchLogs.ResourceNotFoundException";

const ENDED = ["Terminating", "Terminated", "Failed"];

/**
 * A state machine that looks once at all active sessions, and ends those that are not recorded: there is no stream of
 * theirs, or no log group at all. What it cannot look up is left to the next minute, and the run fails.
 *
 * AWS's integrations make the calls, and expressions in JSONata choose: there is no function to keep.
 * https://docs.aws.amazon.com/step-functions/latest/dg/transforming-data.html
 */
export function sessionWatchDefinition({ partition, ...watched }: WatchedSessions): string {
  const call = (action: string): string => `arn:${partition}:states:::${action}`;
  return JSON.stringify({
    Comment: "Tells of active sessions without a recording, and ends them",
    QueryLanguage: "JSONata",
    TimeoutSeconds: 240,
    StartAt: "List",
    States: {
      List: {
        Type: "Task",
        Resource: call("aws-sdk:ssm:describeSessions"),
        // The first page has nothing to merge.
        Arguments: "{% $merge([{'State': 'Active', 'MaxResults': 200}, $states.input.Page]) %}",
        Output: {
          Page: "{% $states.result.NextToken ? {'NextToken': $states.result.NextToken} : {} %}",
          Unclear: "{% $states.input.Unclear = true %}",
          Sessions: `{% [$states.result.Sessions[${conditions(watched.documents)}].{'SessionId': SessionId, 'Owner': Owner, 'Target': Target}] %}`,
        },
        Retry: retry(["States.ALL"]),
        Next: "Each",
      },
      Each: {
        Type: "Map",
        Items: "{% $states.input.Sessions %}",
        // One after the other, as an account may ask for streams 25 times a second, whoever asks.
        MaxConcurrency: 1,
        ItemProcessor: {
          ProcessorConfig: { Mode: "INLINE" },
          StartAt: "Look",
          States: statesOfOne(call, watched),
        },
        Output: {
          Page: "{% $states.input.Page %}",
          Unclear: "{% $states.input.Unclear or true in $states.result.Unclear %}",
        },
        Next: "Rest",
      },
      Rest: {
        Type: "Choice",
        Choices: [
          { Condition: "{% $exists($states.input.Page.NextToken) %}", Next: "List" },
          { Condition: "{% $states.input.Unclear %}", Next: "Incomplete" },
        ],
        Default: "Done",
      },
      // A run that fails is missed by the alarm.
      Incomplete: {
        Type: "Fail",
        Error: "Incomplete",
        Cause: "Some sessions could not be looked up or told of",
      },
      Done: { Type: "Succeed" },
    },
  });
}

function conditions(documents: readonly string[]): string {
  return [
    `DocumentName in ${JSON.stringify(documents)}`,
    `$not(Status in ${JSON.stringify(ENDED)})`,
    `$toMillis(StartDate) < $millis() - ${SECONDS_TO_RECORD * 1000}`,
  ].join(" and ");
}

/** Looks for the stream of one session; where there is none, ends the session and tells what came of it. */
function statesOfOne(
  call: (action: string) => string,
  { logGroupName, topicArn }: Omit<WatchedSessions, "partition">,
): Readonly<Record<string, object>> {
  const withOutcome = (outcome: string): string => `{% $merge([$states.input, {'Outcome': ${outcome}}]) %}`;
  const anyError = (Next: string, Output: string): object[] => [
    { ErrorEquals: ["States.ALL"], Output, Next },
  ];
  return {
    Look: {
      Type: "Task",
      Resource: call("aws-sdk:cloudwatchlogs:describeLogStreams"),
      Arguments: {
        LogGroupName: logGroupName,
        LogStreamNamePrefix: "{% $states.input.SessionId %}",
        Limit: 1,
      },
      Output: "{% $merge([$states.input, {'IsRecorded': $exists($states.result.LogStreams[0])}]) %}",
      Retry: [{ ErrorEquals: [NO_GROUP], MaxAttempts: 0 }, ...retry(["States.ALL"])],
      Catch: [
        { ErrorEquals: [NO_GROUP], Output: "{% $states.input %}", Next: "End" },
        // A session that may well be recorded is not ended for a fault of AWS, or of a permission: the alarm tells of those.
        ...anyError("Unclear", "{% $states.input %}"),
      ],
      Next: "IsRecorded",
    },
    IsRecorded: {
      Type: "Choice",
      Choices: [{ Condition: "{% $states.input.IsRecorded %}", Next: "Clear" }],
      Default: "End",
    },
    // First, as a topic that takes no message must not keep the session open.
    End: {
      Type: "Task",
      Resource: call("aws-sdk:ssm:terminateSession"),
      Arguments: { SessionId: "{% $states.input.SessionId %}" },
      Output: withOutcome("'It has been ended.'"),
      Retry: retry(["States.ALL"]),
      Catch: anyError(
        "Tell",
        withOutcome(
          "'It could NOT be ended (' & $states.errorOutput.Error & '), which is tried every minute.'",
        ),
      ),
      Next: "Tell",
    },
    Tell: {
      Type: "Task",
      Resource: call("sns:publish"),
      Arguments: {
        TopicArn: topicArn,
        Subject: "A session was not recorded",
        Message:
          "{% 'Session ' & $states.input.SessionId & ' of ' & $states.input.Owner & ' on ' & $states.input.Target & " +
          `' is not recorded: the log group ${logGroupName} had no stream of it ${SECONDS_TO_RECORD / 60} minutes after its start. ' & ` +
          "$states.input.Outcome %}",
      },
      Retry: retry(["States.ALL"]),
      Catch: anyError("Unclear", "{% $states.input %}"),
      Next: "Clear",
    },
    Clear: { Type: "Pass", Output: { Unclear: false }, End: true },
    Unclear: { Type: "Pass", Output: { Unclear: true }, End: true },
  };
}

function retry(ErrorEquals: readonly string[]): object[] {
  return [{ ErrorEquals, IntervalSeconds: 1, MaxAttempts: 3, BackoffRate: 2, JitterStrategy: "FULL" }];
}
