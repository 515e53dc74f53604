/** AWS's public parameters of images without SSM Agent. */
const WITHOUT_AGENT = [
  {
    names: /^\/aws\/service\/.*minimal|^al2023-ami-minimal|^amzn2-ami-minimal/,
    what: "minimal images",
    instead: "use the standard image",
  },
  {
    names: /^\/aws\/service\/debian\//,
    what: "Debian's images",
    instead: "use an image of yours that has it",
  },
];

/** What kind of image without SSM Agent a parameter's or an AMI's name tells of, and what to use instead. */
export function withoutAgent(name: string): { readonly what: string; readonly instead: string } | undefined {
  return WITHOUT_AGENT.find(({ names }) => names.test(name));
}
