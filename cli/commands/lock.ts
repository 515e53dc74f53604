import { Command } from "commander";
import { LOCK_FILE, lockedProviders } from "../../stacks/provider-lock";
import { print } from "../terminal/output";
import { PLATFORMS, lockProviders } from "../terraform/lock-providers";

/** `npm run lock`: the checksums of the providers, kept in the project. */
export const lock = new Command()
  .description(
    `Writes ${LOCK_FILE}, the checksums of the pinned providers for ${PLATFORMS.join(", ")}, which synthesis puts ` +
      "beside each stack. Options are those of terraform providers lock.",
  )
  .argument(
    "[options...]",
    "such as -fs-mirror=<folder>, -net-mirror=<url>, -platform=<platform> for other platforms",
  )
  .allowUnknownOption()
  .action(async (_options: unknown, _parsed: unknown, { args }: Command) => {
    const { before, after } = await lockProviders(args);
    const now = lockedProviders(after);
    now.forEach(({ address, version }) => print(`${LOCK_FILE} has ${address} ${version}`));
    lockedProviders(before)
      .filter(({ address }) => !now.some((one) => one.address === address))
      .forEach(({ address, version }) => print(`${LOCK_FILE} no longer has ${address} ${version}`));
    print("next:  npm start, and commit the file");
  });
