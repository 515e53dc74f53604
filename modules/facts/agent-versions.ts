/**
 * The first SSM Agent that does without the endpoint `ec2messages`, because it uses `ssmmessages` for everything:
 * https://docs.aws.amazon.com/systems-manager/latest/userguide/systems-manager-setting-up-messageAPIs.html
 */
export const FIRST_WITHOUT_EC2MESSAGES = "3.3.40.0";

/** Images whose agent may be older than that, or uses `ec2messages` whatever its age, as on Windows Server 2012. */
const NEEDS_EC2MESSAGES = /amzn2-ami|amazon-linux-2(?!0)|windows_server-2012/i;

/** Whether the agent of an image needs `ec2messages`, as far as the name of an AMI or a parameter tells. */
export function needsEc2Messages(imageName: string): boolean {
  return NEEDS_EC2MESSAGES.test(imageName);
}

/** Whether a version of the agent comes before another. One that is not made of numbers counts as older. */
export function isOlder(version: string, than: string): boolean {
  const parts = version.split(".").map(Number);
  for (const [index, wanted] of than.split(".").map(Number).entries()) {
    const part = parts[index] ?? 0;
    if (part !== wanted) {
      return !(part > wanted);
    }
  }
  return false;
}
