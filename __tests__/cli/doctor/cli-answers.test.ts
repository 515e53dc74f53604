import { cliError } from "../../../cli/doctor/cli-answers";

// As version 1 and 2 of the AWS CLI write it.
test.each([
  [
    "\nAn error occurred (AccessDeniedException) when calling the GetSchedule operation: no\n",
    { name: "AccessDeniedException", message: "no" },
  ],
  [
    "aws: [ERROR]: An error occurred (ThrottlingException) when calling the GetSchedule operation (reached max retries: 4): Rate exceeded",
    { name: "ThrottlingException", message: "Rate exceeded" },
  ],
  [
    "usage: aws [options]\n\naws: error: unknown option\n",
    { name: "", message: "aws: error: unknown option" },
  ],
  ["\n", undefined],
])("%j is an error with a name", (stderr, error) => {
  expect(cliError(stderr)).toEqual(error);
});
